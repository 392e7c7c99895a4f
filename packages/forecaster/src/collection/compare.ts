/** Tests of two forecasts of the same series. */
import type { OptionKinds } from '@unrolled/errors';
import { type DieboldMarianoResult, dieboldMarianoTest } from '@unrolled/forecasting';
import { checkKind, checkOptions, refuse } from '../refuse';
import { type SeriesRecord, telling } from './records';

const FEWEST_TO_TEST = 10;

/**
 * The mean absolute error of each series, divided by its mean absolute change over a season before the first
 * fold: MASE. If a series repeats its season exactly, the change is over one step.
 */
export function scaledErrors(records: readonly SeriesRecord[], name: string): number[] {
  return records.map(({ truth, forecasts, scale }) => {
    const sum = truth.reduce((total, value, at) => total + Math.abs(value - forecasts[name]![at]!), 0);
    return sum / truth.length / scale;
  });
}

/**
 * The Diebold–Mariano test of two forecasts. For ten series or more, it compares the mean error of each
 * series. For fewer series, it compares the mean error at each step, and takes into account that the errors
 * within a horizon depend on each other.
 *
 * @returns undefined if there are fewer than ten series and at most two horizons of steps
 */
export function testOf(
  records: readonly SeriesRecord[],
  name: string,
  other: string,
  horizon: number,
): DieboldMarianoResult | undefined {
  const isWide = records.length >= FEWEST_TO_TEST;
  const errors = (of: string) => (isWide ? scaledErrors(records, of) : stepErrors(records, of));
  const own = errors(name);
  if (!isWide && own.length <= 2 * horizon) return undefined;
  return dieboldMarianoTest(own, errors(other), { horizon: isWide ? 1 : horizon, loss: 'absolute' });
}

/** Means over the series at each step, oldest first. */
function stepErrors(records: readonly SeriesRecord[], name: string): number[] {
  const sums = new Map<number, { sum: number; count: number }>();
  for (const { steps, truth, forecasts, scale } of records) {
    for (const [at, step] of steps.entries()) {
      const found = sums.get(step) ?? { sum: 0, count: 0 };
      found.sum += Math.abs(truth[at]! - forecasts[name]![at]!) / scale;
      found.count++;
      sums.set(step, found);
    }
  }
  return [...sums].sort(([a], [b]) => a - b).map(([, { sum, count }]) => sum / count);
}

/** The part of a result of `backtestCollection` that is compared. */
interface Backtested {
  readonly records: readonly SeriesRecord[];
}

/** Options of {@link compareCollections}. */
interface CompareOptions {
  readonly horizon: number;
}

const KINDS: OptionKinds<CompareOptions> = { horizon: 'positive integer' };

/**
 * The Diebold–Mariano test of one back-test's model against another's, on the same series and folds. It is
 * the test by which an evaluation compares a model with its baselines.
 *
 * @returns undefined if there are too few values
 * @throws UnrolledError if the back-tests forecast different values
 */
export function compareCollections(
  first: Backtested,
  second: Backtested,
  options: CompareOptions,
): DieboldMarianoResult | undefined {
  const scope = 'compareCollections';
  for (const one of [first, second]) {
    checkKind(scope, 'a back-test', one, 'object');
    checkKind(scope, 'records', one.records, 'array');
    for (const record of one.records) {
      checkKind(scope, 'each of records', record, 'object');
      checkKind(scope, 'truth', record.truth, 'array');
    }
  }
  checkOptions(scope, options, KINDS);
  const { horizon } = options;
  const isSame = ({ name, truth }: SeriesRecord, other: SeriesRecord | undefined) =>
    name === other?.name && String(truth) === String(other.truth);
  const both = first.records.map((record, at): SeriesRecord => {
    const other = second.records[at];
    if (isSame(record, other))
      return { ...record, forecasts: { model: record.forecasts.model!, other: other!.forecasts.model! } };
    return refuse(scope, {
      expected: 'back-tests of the same values',
      got: `different values of '${record.name}'`,
      remedy: 'pass the same `series`, `season`, `horizon`, `folds` and `fewest` to both',
    });
  });
  const records = telling(both);
  return records.length === 0 ? undefined : testOf(records, 'model', 'other', horizon);
}
