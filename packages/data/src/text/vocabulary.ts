/**
 * Tokens and their ids. Text is split into Unicode code points, never into UTF-16 units, so an emoji or a
 * rare Han character is one token; or into words; or into the bytes of its UTF-8. Texts are not normalised: é
 * as one code point and é as two are different.
 */

import { inWords, type OptionKinds } from '@unrolled/errors';
import { checkKind, checkOptions, refuse } from '../refuse';
import { buildVocabulary, describeToken } from './build-vocabulary';
import { byteTokens } from './bytes';
import { compareCodePoints, distinctCodePoints } from './code-points';
import { commonestTokens, type TokenLimits } from './commonest-tokens';
import { readSubwords } from './subwords/read-subwords';
import type { Vocabulary, VocabularyJson } from './vocabulary-contract';
import { splitWords } from './words';

export interface VocabularyOptions extends TokenLimits {
  /** The unit that a text is split into; default 'character'. The 256 bytes are {@link byteVocabulary}. */
  readonly unit?: 'character' | 'word';
  /** Adds a token that ends a sequence; `true` names it `<EOS>`. */
  readonly endOfSequence?: boolean | string;
  /** Adds a token for everything that the vocabulary lacks; `true` names it `<UNK>`. */
  readonly unknown?: boolean | string;
  /** By first appearance (default), or by code point, which does not depend on the order of the text. */
  readonly order?: 'appearance' | 'code-point';
}

const CREATE_VOCABULARY_KINDS: OptionKinds<VocabularyOptions> = {
  unit: 'value?',
  endOfSequence: 'string or boolean?',
  unknown: 'string or boolean?',
  order: "'appearance' or 'code-point'?",
  minimumCount: 'positive integer?',
  maximumSize: 'positive integer?',
};

/**
 * Creates a vocabulary of the distinct code points (or words) of a text, or of the distinct tokens of a list,
 * followed by the end-of-sequence token and the unknown token if requested. The same text gives the same ids.
 *
 * @throws UnrolledError for an empty text, a special token that the text contains, or limits that exclude all
 *   tokens
 */
export function createVocabulary(
  textOrTokens: string | readonly string[],
  options: VocabularyOptions = {},
): Vocabulary {
  const scope = 'createVocabulary';
  checkKind(scope, 'textOrTokens', textOrTokens, 'string or array');
  checkOptions(scope, options, CREATE_VOCABULARY_KINDS);
  const { order = 'appearance', unit = 'character' } = options;
  if (typeof textOrTokens !== 'string') checkTexts(scope, textOrTokens);
  checkUnit(scope, unit);
  if (textOrTokens.length === 0)
    refuse(scope, {
      expected: 'a text',
      got: 'an empty text',
      remedy: 'pass a text of at least one character',
    });
  const tokens = keptTokens(textOrTokens, options);
  if (order === 'code-point') tokens.sort(compareCodePoints);
  for (const special of [
    specialToken(options.endOfSequence, '<EOS>'),
    specialToken(options.unknown, '<UNK>'),
  ]) {
    if (special === undefined || !tokens.includes(special)) continue;
    refuse(scope, {
      expected: 'special tokens that do not occur in the text',
      got: describeToken(special),
      remedy: 'choose another name for the special token, or list all tokens with vocabularyOf',
    });
  }
  return vocabularyOf(tokens, { unit, endOfSequence: options.endOfSequence, unknown: options.unknown });
}

/** The distinct tokens within the limits, in order of appearance. */
function keptTokens(textOrTokens: string | readonly string[], options: VocabularyOptions): string[] {
  const { unit, minimumCount, maximumSize, endOfSequence, unknown } = options;
  const isText = typeof textOrTokens === 'string';
  const isLimited = minimumCount !== undefined || maximumSize !== undefined;
  if (isText && unit !== 'word' && !isLimited) return distinctCodePoints(textOrTokens);
  const split = unit === 'word' ? splitWords : (text: string) => Array.from(text);
  const all = isText ? split(textOrTokens) : textOrTokens;
  if (!isLimited) return [...new Set(all)];
  const counts = new Map<string, number>();
  for (const token of all) counts.set(token, (counts.get(token) ?? 0) + 1);
  const tokens = [...counts.keys()];
  const specials = Number(Boolean(endOfSequence)) + Number(Boolean(unknown));
  return commonestTokens('createVocabulary', [...counts.values()], options, specials).map(
    (index) => tokens[index]!,
  );
}

/** The 256 bytes, each with its own value as id. It can encode every text. */
export function byteVocabulary(): Vocabulary {
  return buildVocabulary({ unit: 'byte', tokens: byteTokens });
}

const VOCABULARY_OF_KINDS: OptionKinds<Pick<VocabularyOptions, 'unit' | 'endOfSequence' | 'unknown'>> = {
  unit: 'value?',
  endOfSequence: 'string or boolean?',
  unknown: 'string or boolean?',
};

/**
 * Creates a vocabulary of the given tokens, in their order. Special tokens that are not among them are added
 * at the end.
 *
 * @throws UnrolledError for no tokens, an empty one, a duplicate, or one name for both special tokens
 */
export function vocabularyOf(
  tokens: readonly string[],
  options: Pick<VocabularyOptions, 'unit' | 'endOfSequence' | 'unknown'> = {},
): Vocabulary {
  const scope = 'vocabularyOf';
  checkOptions(scope, options, VOCABULARY_OF_KINDS);
  const { unit = 'character' } = options;
  checkUnit(scope, unit);
  const endOfSequence = specialToken(options.endOfSequence, '<EOS>');
  const unknown = specialToken(options.unknown, '<UNK>');
  checkTexts(scope, tokens);
  if (endOfSequence !== undefined && endOfSequence === unknown) {
    refuse(scope, {
      expected: 'different names for the two special tokens',
      got: `${describeToken(unknown)} for both`,
      remedy: 'rename one of them',
    });
  }
  const all = [...tokens];
  for (const special of [endOfSequence, unknown]) {
    if (special !== undefined && !all.includes(special)) all.push(special);
  }
  checkTokens(all);
  return buildVocabulary({
    unit,
    tokens: Object.freeze(all),
    endOfSequence,
    unknown,
  });
}

/**
 * Restores a vocabulary from the result of `toJSON`.
 *
 * @param json the parsed object, which may come from an untrusted file
 * @throws UnrolledError if it is not such an object
 */
export function vocabularyFromJSON(json: unknown): Vocabulary {
  const scope = 'vocabularyFromJSON';
  const {
    unit = 'character',
    tokens,
    endOfSequence,
    unknown,
    ...rest
  } = (json ?? {}) as Partial<VocabularyJson>;
  const { base, merges, ...others } = rest as { readonly base?: unknown; readonly merges?: unknown };
  if (!Array.isArray(tokens) || !tokens.every((token) => typeof token === 'string')) {
    refuse(scope, {
      expected: 'an object whose `tokens` is an array of strings',
      got: preview(json),
      remedy: 'pass the object that toJSON returned',
    });
  }
  const isSubword = (unit as unknown) === 'subword';
  if (Object.keys(isSubword ? others : rest).length > 0) {
    refuse(scope, {
      expected: `only the keys unit, tokens, ${isSubword ? 'base, merges, ' : ''}endOfSequence and unknown`,
      got: preview(Object.keys(isSubword ? others : rest)),
      remedy: 'pass the object that toJSON returned',
    });
  }
  if (!['character', 'byte', 'word', 'subword'].includes(unit)) {
    refuse(scope, {
      expected: "a unit of 'character', 'byte', 'word' or 'subword'",
      got: preview(unit),
      remedy: 'pass the object that toJSON returned',
    });
  }
  if (unit === 'byte') return byteVocabularyFrom(tokens);
  const known = new Set(tokens);
  for (const special of [endOfSequence, unknown]) {
    if (special === undefined || (typeof special === 'string' && known.has(special))) continue;
    refuse(scope, {
      expected: 'special tokens that are also in `tokens`',
      got: preview(special),
      remedy: 'pass the object that toJSON returned',
    });
  }
  if (unit === 'subword') return readSubwords({ tokens, base, merges, endOfSequence, unknown });
  return vocabularyOf(tokens, { unit, endOfSequence, unknown });
}

function byteVocabularyFrom(tokens: readonly string[]): Vocabulary {
  const vocabulary = byteVocabulary();
  if (tokens.length !== 256 || tokens.some((token, byte) => token !== vocabulary.tokens[byte])) {
    refuse('vocabularyFromJSON', {
      expected: 'the 256 tokens of byteVocabulary()',
      got: preview(tokens),
      remedy: 'pass the object that toJSON returned',
    });
  }
  return vocabulary;
}

const specialToken = (given: boolean | string | undefined, name: string) =>
  given === true ? name : given || undefined;

function checkTexts(scope: string, tokens: readonly string[]): void {
  if (Array.isArray(tokens) && tokens.every((token) => typeof token === 'string')) return;
  const remedy = 'pass a text to createVocabulary';
  refuse(scope, { expected: 'a list of tokens', got: inWords(tokens), remedy });
}

function checkUnit(scope: string, unit: unknown): void {
  if (unit === 'character' || unit === 'word') return;
  refuse(scope, {
    expected: "a unit of 'character' or 'word'",
    got: inWords(unit),
    remedy: 'use byteVocabulary() for bytes',
  });
}

function checkTokens(tokens: readonly string[]): void {
  if (tokens.length === 0)
    refuse('vocabularyOf', {
      expected: 'at least one token',
      got: 'none',
      remedy: 'pass the tokens of the data',
    });
  const seen = new Set<string>();
  for (const token of tokens) {
    if (token === '')
      refuse('vocabularyOf', {
        expected: 'tokens of at least one character',
        got: "''",
        remedy: 'remove the empty token',
      });
    if (seen.size === seen.add(token).size) {
      refuse('vocabularyOf', {
        expected: 'unique tokens',
        got: `the token ${describeToken(token)} twice`,
        remedy: 'remove one of them',
      });
    }
  }
}

const preview = (value: unknown) =>
  (Array.isArray(value) ? `[${value.slice(0, 20).map(inWords).join(',')}]` : inWords(value)).slice(0, 60);
