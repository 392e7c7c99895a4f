import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

/** Numbers of a fixture, row-major. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/**
 * The file written by `fixtures/make_metrics.py`; on a failure first run it again (see fixtures/README.md).
 */
export function fixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../../fixtures/metrics/${name}.json`, import.meta.url), 'utf8'));
}

/** Equal within `relative` of what was expected, or of 1e-300. */
export function expectClose(found: number, expected: number, relative = 1e-11): void {
  expect(Math.abs(found - expected), `${found} for ${expected}`).toBeLessThanOrEqual(
    relative * Math.abs(expected) + 1e-300,
  );
}

/** The message of the UnrolledError that `run` throws; anything else fails the test. */
export function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof Error && error.name === 'UnrolledError')
      return error.message.replace(/^\[unrolled\/metrics\] /, '');
    throw error;
  }
  throw new Error('expected an UnrolledError, nothing was thrown');
}
