import { type Input, type InputSeries, placeOf } from '../read/input';
import { refuse } from '../refuse';
import type { MethodName } from './method';

/** Number of values that a series needs before the horizon on which it is tested. */
const FEWEST = 3;

/** Number of training values that a method needs in at least one series, before the horizon of the test. */
export function learnsFrom(method: MethodName, season: number, horizon: number): number {
  if (method === 'global') return horizon + 2;
  return season > 1 ? Math.max(2 * season + 3, 9) : 6;
}

/**
 * The number of folds, at least one and at most `asked`, for which a series of `length` values has `learned`
 * values before the oldest fold.
 */
export function foldsWithin(length: number, learned: number, horizon: number, asked: number): number {
  return Math.max(1, Math.min(asked, Math.floor((length - learned) / horizon)));
}

/**
 * Number of newest values of each series that a method reads by default. The hybrid smooths a series again at
 * every origin that it learns from. Values older than a few seasons hardly change the result.
 */
export function historyOf(method: MethodName, season: number): number {
  return method === 'global' ? 1000 : Math.max(300, 8 * season);
}

export interface LengthOptions {
  readonly horizon: number;
  readonly short?: 'refuse' | 'leave-out';
}

/**
 * Removes the series that are too short to be forecast and tested.
 *
 * @throws UnrolledError naming file, series and line of the first short series, unless `short` is
 *   `leave-out` and others remain
 */
export function withoutShort(input: Input, { horizon, short }: LengthOptions): Input {
  const least = horizon + FEWEST;
  const isShort = ({ values }: InputSeries) => values.length < least;
  const shortest = input.series.filter(isShort);
  if (shortest.length === 0) return input;
  const [first] = shortest as [InputSeries];
  if (short !== 'leave-out' || shortest.length === input.series.length) {
    refuse('files', {
      expected: `series of at least ${least} steps (--horizon plus ${FEWEST})`,
      got: lengthOf(first),
      remedy:
        shortest.length === input.series.length
          ? 'lower --horizon, or add rows to the files'
          : `lower --horizon, or leave out ${shortest.length === 1 ? 'that series' : `the ${shortest.length} shorter series`} (--short leave-out)`,
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
 * Checks that the longest series has enough values to train the method and to test it. Series that are all
 * constant pass.
 *
 * @throws UnrolledError naming its file, its last line and the number of steps that it needs
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
      ? [`the hybrid model with --season ${season}`, '--season or --horizon']
      : [`the ${method} model`, '--horizon'];
  refuse('files', {
    expected: `a series of at least ${horizon + learned} steps: ${learned} to train ${whose}, plus --horizon`,
    got: `${lengthOf(longest)}, the longest`,
    remedy: `lower ${lower}, or add rows to the files`,
  });
}

/** Whether the known values differ from each other. */
export function changes(values: Float64Array): boolean {
  const first = values.find((value) => !Number.isNaN(value));
  return values.some((value) => !Number.isNaN(value) && value !== first);
}

function lengthOf(series: InputSeries): string {
  return `${series.values.length} in ${placeOf(series)}, up to line ${series.lines.at(-1)}`;
}
