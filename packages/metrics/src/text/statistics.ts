import { inWords } from '@unrolled/errors';
import { checkKind, refuse } from '../refuse';

/** Refuses statistics of another metric or of other settings, and sums that are no counts. */
export function checkStatistics<T extends { readonly settings: string }>(
  scope: string,
  own: T,
  given: T,
): void {
  checkKind(scope, 'statistics', given, 'object');
  if (given.settings !== own.settings) {
    refuse(scope, {
      expected: `statistics of ${own.settings}`,
      got: inWords(given.settings),
      remedy: 'count both with the same options',
    });
  }
  for (const name of Object.keys(own) as (keyof T & string)[]) {
    if (name === 'settings' || fits(name, own[name], given[name])) continue;
    refuse(scope, {
      expected: `counts in statistics.${name}`,
      got: inWords(given[name]),
      remedy: 'give what statistics() returned',
    });
  }
}

/** A list of as many counts, a count, or what stands for the number of references. */
function fits(name: string, own: unknown, given: unknown): boolean {
  if (Array.isArray(own)) return Array.isArray(given) && given.length === own.length && given.every(isCount);
  return isCount(given) || (name === 'references' && (given === null || given === 'var'));
}

const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;

/** Adds counts to counts, order by order. */
export function addCounts(sums: number[], counts: readonly number[]): void {
  for (let index = 0; index < sums.length; index++) sums[index]! += counts[index]!;
}

/** Refuses a score of nothing. */
export function checkCounted(scope: string, examples: number): void {
  if (examples > 0) return;
  refuse(scope, {
    expected: 'at least one example',
    got: 'none',
    remedy: 'call update before compute',
    code: 'state',
  });
}
