import { inWords, type OptionKinds } from '@unrolled/errors';
import { checkKind, checkOptions, refuse } from '../refuse';
import { compareCodePoints } from './code-points';
import { commonestTokens, LIMIT_KINDS, type TokenLimits } from './commonest-tokens';
import { checkSource, memoryTokens, renumberTokens, sliceTokens, type TokenSource } from './token-source';
import { byteVocabulary, createVocabulary, vocabularyOf } from './vocabulary';
import type { TokenUnit, Vocabulary } from './vocabulary-contract';

/** A whole text as tokens, before it is split into parts. */
export interface Corpus {
  readonly unit: TokenUnit;
  /**
   * Ids of the corpus itself, 0 … symbols.length − 1; {@link encodeCorpus} maps them to those of a
   * vocabulary.
   */
  readonly tokens: TokenSource;
  /** The token of each id. */
  readonly symbols: readonly string[];
  /** The first position of each id, from 0; Infinity for a byte that does not occur. */
  readonly firstPositions: Float64Array;
}

const CORPUS_KINDS: OptionKinds<Corpus> = {
  unit: "'character', 'byte' or 'word'",
  tokens: 'object',
  symbols: 'array',
  firstPositions: 'array or typed array',
};

const KINDS: OptionKinds<{ readonly unit?: TokenUnit }> = {
  unit: "'character', 'byte' or 'word'?",
};

/**
 * A corpus in memory. `openCorpus`, in `@unrolled/data/node`, opens files of any size.
 *
 * @throws UnrolledError for an empty text
 */
export function createCorpus(text: string, options: { readonly unit?: TokenUnit } = {}): Corpus {
  const scope = 'createCorpus';
  checkKind(scope, 'text', text, 'string');
  checkOptions(scope, options, KINDS);
  const { unit = 'character' } = options;
  if (text === '')
    refuse(scope, {
      expected: 'a text',
      got: 'an empty text',
      remedy: 'pass a text of at least one character',
    });
  const vocabulary = unit === 'byte' ? byteVocabulary() : createVocabulary(text, { unit });
  const ids = vocabulary.encode(text);
  const firstPositions = new Float64Array(vocabulary.size).fill(Number.POSITIVE_INFINITY);
  for (let position = ids.length - 1; position >= 0; position--) firstPositions[ids[position]!] = position;
  return { unit, tokens: memoryTokens(ids), symbols: vocabulary.tokens, firstPositions };
}

/**
 * Encodes a corpus by a vocabulary that is built from its first `trainingTokens` tokens only, ordered by code
 * point. Tokens that the training set lacks, or that the limits exclude, become the unknown token, which the
 * vocabulary has only if the corpus needs it. The vocabulary of bytes always has all 256.
 *
 * @throws UnrolledError if the training set is empty or longer than the corpus, or the limits keep nothing
 */
export function encodeCorpus(
  corpus: Corpus,
  trainingTokens: number,
  limits: TokenLimits = {},
): { vocabulary: Vocabulary; tokens: TokenSource } {
  checkOptions('encodeCorpus', corpus, CORPUS_KINDS, true);
  checkSource('encodeCorpus', corpus.tokens);
  checkOptions('encodeCorpus', limits, LIMIT_KINDS, true);
  const { unit, tokens, symbols } = corpus;
  if (!Number.isSafeInteger(trainingTokens) || trainingTokens < 1 || trainingTokens > tokens.length) {
    refuse('encodeCorpus', {
      expected: `a training set of 1 … ${tokens.length} tokens`,
      got: inWords(trainingTokens),
      remedy: 'set the number of training tokens to a value in this range',
    });
  }
  if (unit === 'byte') return { vocabulary: byteVocabulary(), tokens };
  const kept = keptIds(corpus, trainingTokens, limits);
  const unknown = kept.length < symbols.length;
  const names = kept.map((id) => symbols[id]!).sort(compareCodePoints);
  const vocabulary = vocabularyOf(names, { unit, unknown });
  return { vocabulary, tokens: renumberTokens(tokens, Int32Array.from(symbols, vocabulary.id)) };
}

/**
 * The number of characters (code points) in the tokens from `start` to `end`, exclusive. A byte counts unless
 * it continues a character.
 *
 * @throws UnrolledError for a range outside the corpus
 */
export function countCharacters(corpus: Corpus, start: number, end: number): number {
  checkOptions('countCharacters', corpus, CORPUS_KINDS, true);
  const { unit, tokens, symbols } = corpus;
  const part = sliceTokens(tokens, start, end);
  if (unit === 'character') return part.length;
  const lengths = symbols.map((symbol, id) =>
    unit === 'word' ? Array.from(symbol).length : Number(id < 0x80 || id > 0xbf),
  );
  let sum = 0;
  forEachBlock(part, (ids) => {
    for (const id of ids) sum += lengths[id]!;
  });
  return sum;
}

/** The ids of the corpus, ascending, that the vocabulary includes. */
function keptIds(corpus: Corpus, trainingTokens: number, limits: TokenLimits): number[] {
  const { symbols, firstPositions } = corpus;
  const seen = symbols.flatMap((_, id) => (firstPositions[id]! < trainingTokens ? [id] : []));
  if (limits.minimumCount === undefined && limits.maximumSize === undefined) return seen;
  const counts = countTokens(sliceTokens(corpus.tokens, 0, trainingTokens), symbols.length);
  const seenCounts = seen.map((id) => counts[id]!);
  const keep = (specials: number) => commonestTokens('encodeCorpus', seenCounts, limits, specials);
  const all = keep(0);
  return (all.length === symbols.length ? all : keep(1)).map((index) => seen[index]!);
}

/** The frequency of each id. */
function countTokens(tokens: TokenSource, size: number): Float64Array {
  const counts = new Float64Array(size);
  forEachBlock(tokens, (ids) => {
    for (const id of ids) counts[id]! += 1;
  });
  return counts;
}

const blockLength = 65_536;

function forEachBlock(tokens: TokenSource, visit: (ids: Int32Array) => void): void {
  for (let start = 0; start < tokens.length; start += blockLength) {
    visit(tokens.read(start, Math.min(tokens.length, start + blockLength)));
  }
}
