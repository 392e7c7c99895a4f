/** The fits of a back-test as plain data, so that other processes can run them. */
import type { PlannedFold } from '@unrolled/forecaster';
import {
  type Method,
  type MethodForecast,
  type MethodName,
  type MethodSettings,
  type ModelSeries,
  upTo,
} from './method';

/** Everything that the fits of a back-test depend on. Each fold is one task. */
export interface FoldPlan {
  readonly method: MethodName;
  readonly settings: Omit<MethodSettings, 'signal'>;
  readonly series: readonly ModelSeries[];
  readonly tasks: readonly PlannedFold[];
}

/** Fits a method to the values before a fold, and forecasts the values after them. */
export async function forecastFold(
  method: Method,
  { series, settings }: Pick<FoldPlan, 'series'> & { readonly settings: Pick<MethodSettings, 'horizon'> },
  { known, places }: Pick<PlannedFold, 'known' | 'places'>,
): Promise<MethodForecast[]> {
  const older = known.map((count, at) => upTo(series[places[at]!]!, count, settings.horizon));
  return (await method.fit(older)).forecast(older);
}
