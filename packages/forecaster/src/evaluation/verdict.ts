import { type DieboldMarianoResult, dieboldMarianoSentence, dieboldMarianoTest } from '@unrolled/forecasting';
import { BASELINE_NAMES, BASELINES, type BaselineName, type ForecastName } from '../settings/forecast-names';
import { changeScale } from './metrics';
import type { SeriesOutcome } from './outcome';

/** The test of the model against one baseline. */
export type BaselineTest = Pick<DieboldMarianoResult, 'verdict' | 'statistic' | 'pValue' | 'meanDifference'>;

/** The test of the model against the best of the baselines, and its meaning in a sentence. */
export interface Verdict extends DieboldMarianoResult {
  /** The baseline with the smallest errors on these forecasts. */
  readonly baseline: BaselineName;
  readonly sentence: string;
  /** The same test against each baseline. */
  readonly baselines: Readonly<Record<BaselineName, BaselineTest>>;
}

/**
 * The Diebold–Mariano test of the model on squared errors, against the baseline with the smallest errors on
 * the same forecasts. Choosing the baseline by these errors only makes `better` harder to reach. A model
 * beats the baselines if its errors are smaller than those of every baseline, and significantly smaller than
 * those of the best one.
 *
 * For several steps ahead or several series, the loss at a time is the mean of its squared errors. The errors
 * of a series are in units of its own training changes. The test uses the square roots of these losses. An
 * error counts as 0 if it is not above the rounding error of a 32-bit number of the price's size.
 *
 * @param step only this step ahead, from 0; default all
 * @returns undefined if there are too few forecasts for a test
 */
export function verdictOf(
  outcomes: readonly SeriesOutcome[],
  modelName: string,
  step?: number,
): Verdict | undefined {
  const horizon = step === undefined ? outcomes[0]!.horizon : step + 1;
  const model = lossRoots(outcomes, 'model', step);
  if (model.length < 3 || model.length <= horizon) return undefined;
  const losses = BASELINES.map((name) => ({ name, roots: lossRoots(outcomes, name, step) }));
  const tests = losses.map(({ name, roots }) => {
    const loss = roots.reduce((sum, root) => sum + root ** 2, 0);
    return { name, loss, result: dieboldMarianoTest(model, roots, { horizon }) };
  });
  const best = tests.reduce((least, test) => (test.loss < least.loss ? test : least));
  const named = {
    model: `the ${modelName}`,
    baseline: `${BASELINE_NAMES[best.name]}, the best of ${BASELINES.length} baselines`,
  };
  const each = tests.map(({ name, result: { verdict, statistic, pValue, meanDifference } }) => [
    name,
    { verdict, statistic, pValue, meanDifference },
  ]);
  return {
    ...best.result,
    baseline: best.name,
    sentence: dieboldMarianoSentence(best.result, named),
    baselines: Object.fromEntries(each) as Record<BaselineName, BaselineTest>,
  };
}

/** Relative rounding error of a 32-bit number, 2⁻²⁴. */
const ROUNDING = 2 ** -24;

/** √(mean squared error) at each place of the time axis, oldest first. */
function lossRoots(
  outcomes: readonly SeriesOutcome[],
  name: ForecastName,
  step: number | undefined,
): number[] {
  const moments = new Map<number, { sum: number; count: number }>();
  for (const outcome of outcomes) {
    const { horizon, times, truth, forecasts } = outcome;
    const scale = outcomes.length > 1 ? changeScale(outcome) || 1 : 1;
    for (let i = 0; i < truth.length; i++) {
      if (step !== undefined && i % horizon !== step) continue;
      const time = times[Math.floor(i / horizon)]!;
      const moment = moments.get(time) ?? { sum: 0, count: 0 };
      const error = truth[i]! - forecasts[name][i]!;
      if (Math.abs(error) > ROUNDING * Math.abs(truth[i]!)) moment.sum += (error / scale) ** 2;
      moment.count += 1;
      moments.set(time, moment);
    }
  }
  return [...moments].sort(([a], [b]) => a - b).map(([, { sum, count }]) => Math.sqrt(sum / count));
}
