import { frequencyName } from '@unrolled/forecasting';
import { modelSeriesOf } from '../method/choose';
import type { ModelSeries } from '../method/method';
import type { SavedModel } from '../model-directory';
import { refuse } from '../refuse';
import { checkFewest } from './check-values';
import { readHolidays } from './holidays';
import { type Input, placeOf } from './input';
import { readInput } from './read-input';
import type { ReadOptions } from './read-options';

/**
 * Reads files with the columns of a saved model.
 *
 * @throws UnrolledError if the files have another frequency than the training data, and as `readInput`
 */
export async function readForModel(
  files: readonly string[],
  options: ReadOptions & { readonly holidays?: string },
  { method, columns, frequency, settings, holidays: trained, fitted }: SavedModel,
): Promise<{ input: Input; series: readonly ModelSeries[] }> {
  const { series: own, date, ...fixed } = columns;
  const input = await readInput(files, {
    ...{ series: own, date, ...options, ...fixed },
    trained: fitted.categories ?? {},
    trainedFrequency: frequency,
  });
  checkFewest(input.series);
  const [here, wanted] = [input.frequency, frequency].map((one) => (one ? frequencyName(one) : 'undated'));
  if (here !== wanted) {
    refuse('files', {
      expected: `${wanted} series, as the model was trained on`,
      got: `${here} ones, such as ${placeOf(input.series[0]!)}`,
      remedy: 'train on these files (forecast train)',
    });
  }
  const holidays = (await readHolidays(options.holidays)) ?? trained;
  const { horizon } = settings;
  const series = modelSeriesOf(input.series, { method, frequency: input.frequency, horizon, holidays });
  return { input, series };
}
