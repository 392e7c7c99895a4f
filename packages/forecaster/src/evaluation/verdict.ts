import { type DieboldMarianoResult, dieboldMarianoSentence, dieboldMarianoTest } from '@unrolled/forecasting';
import type { ForecastName } from '../settings/forecast-names';
import { changeScale } from './metrics';
import type { SeriesOutcome } from './outcome';

/** The test of the model against the naive forecast, and its meaning in a sentence. */
export interface Verdict extends DieboldMarianoResult {
  readonly sentence: string;
}

/**
 * The Diebold–Mariano test of the model against the naive forecast on squared errors.
 *
 * Over several steps ahead, or several series, the loss of a moment is the mean of its squared errors, each
 * series' in units of its own training changes; the errors that are tested are the roots of that.
 *
 * @param step one step ahead alone, from 0; default all of them
 * @returns undefined when there are too few forecasts to test
 */
export function verdictOf(
  outcomes: readonly SeriesOutcome[],
  modelName: string,
  step?: number,
): Verdict | undefined {
  const horizon = step === undefined ? outcomes[0]!.horizon : step + 1;
  const model = lossRoots(outcomes, 'model', step);
  const naive = lossRoots(outcomes, 'naive', step);
  if (model.length < 2 || model.length <= horizon) return undefined;
  const result = dieboldMarianoTest(model, naive, { horizon });
  return { ...result, sentence: dieboldMarianoSentence(result, { model: `the ${modelName}` }) };
}

/** For each moment of the time axis √(mean squared error), oldest first. */
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
      moment.sum += ((truth[i]! - forecasts[name][i]!) / scale) ** 2;
      moment.count += 1;
      moments.set(time, moment);
    }
  }
  return [...moments].sort(([a], [b]) => a - b).map(([, { sum, count }]) => Math.sqrt(sum / count));
}
