import type { TokenSource } from '@unrolled/data';
import { checkSource } from '../records';
import { checkKind } from '../refuse';

/**
 * A bigram model, the baseline for a recurrent model. It predicts the next token from the previous one, with
 * the smoothing of Witten and Bell (1991), as interpolated by Chen and Goodman (1999):
 *
 *     p(b | a) = (n(a, b) + t(a) · p(b)) / (n(a) + t(a))      t(a): how many different tokens follow a
 *     p(b)     = (n(b) + t · 1/V) / (n + t)                   t: how many different tokens occur
 *
 * It has no parameters to tune, and every token of the vocabulary has a probability above 0.
 */
export interface Bigram {
  /** Number of counted tokens. */
  readonly counted: number;
  /** The mean −ln p of token i after token i − 1, for each i from 1 on, in nats per token. */
  loss(tokens: TokenSource): number;
}

/**
 * Counting stops after this number of tokens, which limits time and memory (64 MB). More tokens would hardly
 * improve a table of pairs.
 */
export const BIGRAM_LIMIT = 2 ** 22;

const BLOCK = 2 ** 16;

/**
 * Counts the token pairs of a text, or of its first 2²² tokens.
 *
 * @param tokens the training set, each id in 0 … vocabularySize − 1
 * @param vocabularySize V, that of the recurrent model, so both distribute probability over the same tokens
 */
export function fitBigram(tokens: TokenSource, vocabularySize: number): Bigram {
  checkSource('fitBigram', tokens);
  checkKind('fitBigram', 'vocabularySize', vocabularySize, 'positive integer');
  const counted = Math.min(tokens.length, BIGRAM_LIMIT);
  const occurrences = new Float64Array(vocabularySize); // n(b)
  const pairs = new Float64Array(Math.max(0, counted - 1)); // a · V + b, sorted below
  let distinct = 0;
  forEachPair(tokens, counted, (before, id, index) => {
    if (occurrences[id]! === 0) distinct += 1;
    occurrences[id]! += 1;
    if (index > 0) pairs[index - 1] = before * vocabularySize + id;
  });
  const table = countRuns(pairs.sort());
  const followed = new Float64Array(vocabularySize); // n(a)
  const followers = new Float64Array(vocabularySize); // t(a)
  for (const [index, pair] of table.keys.entries()) {
    const before = Math.floor(pair / vocabularySize);
    followed[before]! += table.counts[index]!;
    followers[before]! += 1;
  }
  const unigram = (id: number) => (occurrences[id]! + distinct / vocabularySize) / (counted + distinct || 1);
  const probability = (before: number, id: number) => {
    const weight = followed[before]! + followers[before]!;
    if (weight === 0) return unigram(id);
    return (countOf(table, before * vocabularySize + id) + followers[before]! * unigram(id)) / weight;
  };
  return {
    counted,
    loss(text) {
      checkSource('loss', text);
      let sum = 0;
      forEachPair(text, text.length, (before, id, index) => {
        if (index > 0) sum -= Math.log(probability(before, id));
      });
      return sum / (text.length - 1);
    },
  };
}

/**
 * Calls a function with each of the first `count` tokens and the token before it. The token before the first
 * one is meaningless.
 */
function forEachPair(
  tokens: TokenSource,
  count: number,
  visit: (before: number, id: number, index: number) => void,
): void {
  let before = -1;
  for (let start = 0; start < count; start += BLOCK) {
    for (const [offset, id] of tokens.read(start, Math.min(count, start + BLOCK)).entries()) {
      visit(before, id, start + offset);
      before = id;
    }
  }
}

/** The distinct keys, ascending, and the frequency of each. */
interface RunTable {
  readonly keys: Float64Array;
  readonly counts: Uint32Array;
}

function countRuns(sorted: Float64Array): RunTable {
  const counts = new Uint32Array(sorted.length);
  let distinct = 0;
  for (let index = 0; index < sorted.length; index++) {
    if (distinct > 0 && sorted[index] === sorted[distinct - 1]) {
      counts[distinct - 1]! += 1;
      continue;
    }
    // Writes behind the reading position, so the table replaces the list in place.
    sorted[distinct] = sorted[index]!;
    counts[distinct++] = 1;
  }
  return { keys: sorted.subarray(0, distinct), counts: counts.subarray(0, distinct) };
}

function countOf({ keys, counts }: RunTable, key: number): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return keys[low] === key ? counts[low]! : 0;
}
