import { readFileSync } from 'node:fs';

/** A file of what other libraries computed, which fixtures/make_audio.py writes. */
export function fixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../../fixtures/audio/${name}.json`, import.meta.url), 'utf8'));
}

/** The largest difference, as a share of the largest number expected. */
export function difference(values: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (values.length !== expected.length) return Number.POSITIVE_INFINITY;
  let [largest, most] = [0, 0];
  for (let at = 0; at < expected.length; at++) {
    largest = Math.max(largest, Math.abs(expected[at]!));
    most = Math.max(most, Math.abs(values[at]! - expected[at]!));
  }
  return most / largest;
}

/** Draws of [−1, 1), the same for the same seed. */
export function noise(count: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 2 ** 30 - 1;
  });
}
