/**
 * A cache of the newest candidates, by the values that they were computed from. A training, its calibration,
 * the forecast after it and the folds of a back-test use the same origins, and computing candidates takes
 * most of their time.
 */
import { type Candidates, candidatesOf } from './candidates';

/** Maximum number of numbers in the cache: 48 MB. */
const MOST_NUMBERS = 6e6;
/** An array with its own buffer takes the memory of about 40 more numbers. */
const OF_ARRAY = 40;

interface Kept {
  readonly candidates: Candidates;
  readonly numbers: number;
}

const kept = new Map<string, Kept>();
let numbers = 0;

/** {@link candidatesOf}, with a cache for equal arguments. */
export function rememberedCandidates(history: Float64Array, season: number, horizon: number): Candidates {
  const key = `${season} ${horizon} ${history.length} ${digestOf(history)}`;
  const found = kept.get(key);
  if (found) return found.candidates;
  const computed = candidatesOf(history, season, horizon);
  // Without a season, `adjusted` is the history itself, which its owner may change.
  const candidates = computed.adjusted === history ? { ...computed, adjusted: history.slice() } : computed;
  const arrays = [candidates.adjusted, ...candidates.forecasts];
  const own = arrays.reduce((sum, { length }) => sum + OF_ARRAY + length, 0);
  kept.set(key, { candidates, numbers: own });
  numbers += own;
  for (const [oldest, { numbers: freed }] of kept) {
    if (numbers <= MOST_NUMBERS) break;
    kept.delete(oldest);
    numbers -= freed;
  }
  return candidates;
}

/** 64 bits of a hash of the values' bits. */
function digestOf(values: Float64Array): string {
  const words = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
  let [a, b] = [0x811c9dc5, 0x9e3779b9];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    a = Math.imul(a ^ word, 0x01000193);
    a ^= a >>> 15;
    b = Math.imul(b + word, 0x85ebca6b);
    b ^= b >>> 13;
  }
  return `${a >>> 0} ${b >>> 0}`;
}
