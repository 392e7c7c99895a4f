/** Tests of two forecasts of the same series. */
import type { OptionKinds } from '@unrolled/errors';
import { type DieboldMarianoResult, dieboldMarianoTest } from '@unrolled/forecasting';
import { checkKind, checkOptions, refuse } from '../refuse';
import { type SeriesRecord, telling } from './records';

const FEWEST_TO_TEST = 10;

/**
 * Mean absolute errors in units of what the series changed by before the first fold: MASE, but over steps
 * where it repeats exactly.
 */
export function scaledErrors(records: readonly SeriesRecord[], name: string): number[] {
  return records.map(({ truth, forecasts, scale }) => {
    const sum = truth.reduce((total, value, at) => total + Math.abs(value - forecasts[name]![at]!), 0);
    return sum / truth.length / scale;
  });
}

/**
 * Of ten series or more by their mean errors, each series counting once; of fewer by the mean errors of the
 * steps, in their order, which depend on each other as those of one walk's horizon do. Undefined where there
 * are no more steps than two horizons.
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

/** What is read of a back-test, as `backtestCollection` returns it. */
interface Backtested {
  readonly records: readonly SeriesRecord[];
}

/** Of two back-tests that are compared. */
interface CompareOptions {
  readonly horizon: number;
}

const KINDS: OptionKinds<CompareOptions> = { horizon: 'positive integer' };

/**
 * The Diebold–Mariano test of the models of two back-tests of the same series and folds, as an evaluation
 * holds a model to its baselines.
 *
 * @returns undefined where there are too few values
 * @throws UnrolledError where the back-tests forecast other values
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
      got: `others of '${record.name}'`,
      remedy: 'pass the same `series`, `season`, `horizon`, `folds` and `fewest` to both',
    });
  });
  const records = telling(both);
  return records.length === 0 ? undefined : testOf(records, 'model', 'other', horizon);
}
