/** What the functions of this package read of the records that they are given. */
import type { TokenSource, Vocabulary } from '@unrolled/data';
import type { OptionKinds } from '@unrolled/errors';
import { checkOptions } from './refuse';

const VOCABULARY_KINDS: OptionKinds<Omit<Vocabulary, 'size' | 'endOfSequenceId' | 'unknownId'>> = {
  unit: "'character', 'byte' or 'word'",
  tokens: 'array',
  has: 'function',
  id: 'function',
  token: 'function',
  encode: 'function',
  decode: 'function',
  split: 'function',
  decoder: 'function',
  toJSON: 'function',
};

const SOURCE_KINDS: OptionKinds<TokenSource> = { length: 'integer of at least 0', read: 'function' };

/** Refuses what is no vocabulary. */
export function checkVocabulary(scope: string, vocabulary: Vocabulary): void {
  checkOptions(scope, vocabulary, VOCABULARY_KINDS, true);
}

/** Refuses what is no source of tokens. */
export function checkSource(scope: string, tokens: TokenSource): void {
  checkOptions(scope, tokens, SOURCE_KINDS, true);
}
