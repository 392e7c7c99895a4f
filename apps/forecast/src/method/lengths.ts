import { type Input, type InputSeries, placeOf } from '../read/input';
import { refuse } from '../refuse';
import type { MethodName } from './method';

/** Values that a series needs beside the horizon that it is tested on. */
const FEWEST = 3;

/** Values of at least one series that a method learns from, beside the horizon that it is tested on. */
export function learnsFrom(method: MethodName, season: number, horizon: number): number {
  if (method === 'global') return horizon + 2;
  return season > 1 ? Math.max(2 * season + 3, 9) : 6;
}

/**
 * Folds before which a series of `length` values has enough to learn from, of those asked for; at least one.
 */
export function foldsWithin(length: number, learned: number, horizon: number, asked: number): number {
  return Math.max(1, Math.min(asked, Math.floor((length - learned) / horizon)));
}

/**
 * Newest values of each series that a method reads by default. The hybrid smooths each series again for every
 * origin that it learns from, and what is older than some seasons hardly changes that.
 */
export function historyOf(method: MethodName, season: number): number {
  return method === 'global' ? 1000 : Math.max(300, 8 * season);
}

export interface LengthOptions {
  readonly horizon: number;
  readonly short?: 'refuse' | 'leave-out';
}

/**
 * The series that are long enough to be forecast and tested.
 *
 * @throws UnrolledError naming file, series and line of the first that is not, unless they are left out
 */
export function withoutShort(input: Input, { horizon, short }: LengthOptions): Input {
  const least = horizon + FEWEST;
  const isShort = ({ values }: InputSeries) => values.length < least;
  const shortest = input.series.filter(isShort);
  if (shortest.length === 0) return input;
  const [first] = shortest as [InputSeries];
  if (short !== 'leave-out' || shortest.length === input.series.length) {
    refuse('files', {
      expected: `series of at least ${least} steps, --horizon and ${FEWEST}`,
      got: lengthOf(first),
      remedy:
        shortest.length === input.series.length
          ? 'lower --horizon, or add rows to the files'
          : `lower --horizon, or leave out ${shortest.length === 1 ? 'that one' : `the ${shortest.length} that are shorter`} (--short leave-out)`,
    });
  }
  const note = `${shortest.length} of ${input.series.length} series are shorter than ${least} steps and left out, such as '${first.name}'`;
  return {
    ...input,
    series: input.series.filter((one) => !isShort(one)),
    notes: [...input.notes, note],
  };
}

/**
 * Holds the longest series to what the method learns from and is tested on; constant ones need nothing.
 *
 * @throws UnrolledError naming its file, its last line and what it should hold
 */
export function checkLongest(
  series: readonly InputSeries[],
  { method, season, horizon }: { method: MethodName; season: number; horizon: number },
): void {
  const longest = series.reduce((a, b) => (b.values.length > a.values.length ? b : a));
  const learned = learnsFrom(method, season, horizon);
  if (longest.values.length >= horizon + learned || !series.some(({ values }) => changes(values))) return;
  const [whose, lower] =
    method === 'hybrid' && season > 1
      ? [`with --season ${season}`, '--season or --horizon']
      : [`by the ${method}`, '--horizon'];
  refuse('files', {
    expected: `a series of at least ${horizon + learned} steps: ${learned} to learn from ${whose}, and --horizon`,
    got: `${lengthOf(longest)}, the longest`,
    remedy: `lower ${lower}, or add rows to the files`,
  });
}

/** Whether any two known values in a row differ. */
export function changes(values: Float64Array): boolean {
  const first = values.find((value) => !Number.isNaN(value));
  return values.some((value) => !Number.isNaN(value) && value !== first);
}

function lengthOf(series: InputSeries): string {
  return `${series.values.length} in ${placeOf(series)}, up to line ${series.lines.at(-1)}`;
}
