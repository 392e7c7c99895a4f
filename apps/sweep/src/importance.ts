import type { Dimension, Direction, SearchSpace, TrialRecord } from '@unrolled/sweeps';
import { rankedTrials } from './table';

/** Number of groups of a numeric option's values. */
const GROUPS = 4;

/**
 * For each option, the share of the variance of the trials' ranks that lies between its values, minus the
 * share expected by chance (ε² of a one-way analysis of variance; Kelley, 1935), at least 0, highest first.
 * Numbers with many values are divided into four groups of about equal size. Trials without the option are a
 * separate group.
 */
export function importanceOf(
  space: SearchSpace,
  complete: readonly TrialRecord[],
  direction?: Direction,
): [string, number][] {
  const ranked = rankedTrials(complete, direction);
  const mean = (ranked.length - 1) / 2;
  const whole = ranked.reduce((sum, _, rank) => sum + (rank - mean) ** 2, 0);
  const shares = Object.entries(space).map(([name, dimension]): [string, number] => {
    const groups = new Map<unknown, number[]>();
    for (const [rank, group] of groupsOf(name, dimension, ranked).entries())
      groups.set(group, [...(groups.get(group) ?? []), rank]);
    const between = [...groups.values()].reduce((sum, ranks) => {
      const own = ranks.reduce((a, b) => a + b, 0) / ranks.length;
      return sum + ranks.length * (own - mean) ** 2;
    }, 0);
    const free = ranked.length - groups.size;
    if (whole === 0 || free <= 0) return [name, 0];
    return [name, Math.max(0, 1 - ((1 - between / whole) * (ranked.length - 1)) / free)];
  });
  return shares.sort((a, b) => b[1] - a[1]);
}

function groupsOf(name: string, dimension: Dimension, trials: readonly TrialRecord[]): unknown[] {
  const values = trials.map(({ parameters }) => parameters[name]);
  const distinct = [...new Set(values)].filter((value) => typeof value === 'number').sort((a, b) => a - b);
  if (dimension.kind === 'choice' || distinct.length <= GROUPS) return values;
  const sorted = values.filter((value) => typeof value === 'number').sort((a, b) => a - b);
  return values.map((value) =>
    typeof value === 'number' ? Math.floor((GROUPS * sorted.indexOf(value)) / sorted.length) : value,
  );
}
