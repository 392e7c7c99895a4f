import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect } from 'vitest';

/** Numbers of a fixture, row-major. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/**
 * The file written by `fixtures/make_forecasting.py`; on a failure first run it again (see
 * fixtures/README.md).
 */
export function fixture<T>(name: string): T {
  return JSON.parse(
    readFileSync(new URL(`../../../fixtures/forecasting/${name}.json`, import.meta.url), 'utf8'),
  );
}

/** Equal within `relative` of the larger of the two, or of all that was expected. */
export function expectClose(found: ArrayLike<number>, { values: expected }: Numbers, relative = 1e-9): void {
  expect(found.length).toBe(expected.length);
  for (const [index, value] of expected.entries()) {
    expect(Math.abs(found[index]! - value)).toBeLessThanOrEqual(relative * Math.abs(value) + 1e-300);
  }
}

/** The message of the UnrolledError that `run` throws; anything else fails the test. */
export function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof Error && error.name === 'UnrolledError')
      return error.message.replace(/^\[unrolled\/forecasting\] /, '');
    throw error;
  }
  throw new Error('expected an UnrolledError, nothing was thrown');
}

/** A uniform generator in [0, 1) (mulberry32): the same numbers for the same seed. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Standard normal draws by Box and Muller. */
export function normals(count: number, seed: number): Float64Array {
  const uniform = generator(seed);
  return Float64Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

export const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
