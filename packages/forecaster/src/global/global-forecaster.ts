import type { SteadyRule } from '../collection/steady';
import { refuse } from '../refuse';
import type { GlobalSeries } from './global-series';
import type { GlobalSettings } from './global-settings';

/** What comes next in one series. */
export interface GlobalForecast {
  readonly name: string;
  /** What forecasts: the network, the last value of a series that never changed, or the rule that it follows too closely for a network (`steady.ts`). */
  readonly by: 'network' | 'constant' | SteadyRule;
  /** [horizon], the medians. */
  readonly values: Float64Array;
  /** [horizon], the means of the draws; undefined with quantiles. */
  readonly mean: Float64Array | undefined;
  /** For each of `levels` its interval. */
  readonly intervals: readonly { level: number; lower: Float64Array; upper: Float64Array }[];
  /** As many sample paths [horizon] as were asked for. */
  readonly paths: readonly Float64Array[];
}

export interface GlobalForecastOptions {
  /** Sample paths to give; default none. Only 'recursive' forecasters have them. */
  readonly paths?: number;
  /** Of the draws; default the forecaster's. */
  readonly seed?: number;
}

/** A global forecaster as plain data. */
export interface GlobalData {
  readonly settings: Omit<GlobalSettings, 'signal'>;
}

export interface GlobalForecaster extends GlobalData {
  /** Forecasts what follows each series, those of the training or, without `identity`, others. */
  forecast(series: readonly GlobalSeries[], options?: GlobalForecastOptions): GlobalForecast[];
}

/** Fits one recurrent network to many series. */
export async function fitGlobalForecaster(
  _series: readonly GlobalSeries[],
  _settings: GlobalSettings,
): Promise<GlobalForecaster> {
  return refuse('fitGlobalForecaster', { expected: 'a later version', got: 'this one', remedy: 'wait' });
}

/** A forecaster's bytes, a safetensors file. */
export function encodeGlobalForecaster(_data: GlobalData): Uint8Array {
  return refuse('encodeGlobalForecaster', { expected: 'a later version', got: 'this one', remedy: 'wait' });
}

export function decodeGlobalForecaster(_bytes: Uint8Array): GlobalForecaster {
  return refuse('decodeGlobalForecaster', { expected: 'a later version', got: 'this one', remedy: 'wait' });
}
