/**
 * The numbers of a fit and its forecasts, to compare engines by: on WebAssembly's plain binary they are the
 * same everywhere.
 */
import {
  decodeForecaster,
  encodeForecaster,
  fitForecaster,
  type NextForecast,
  type TrainingHistory,
} from '@unrolled/forecaster';
import { unregisterUnrolledBackend, useUnrolledBackend } from '@unrolled/kernels';
import { autoregression } from '../support/series';

export interface Numbers {
  histories: readonly TrainingHistory[];
  next: NextForecast[];
  /** Of the forecaster that was fitted, every weight and scaler among them. */
  fingerprint: string;
  rmse: number;
}

/** Fits a forecaster, tests it, saves it as bytes, and forecasts by those, on a backend of its own. */
export async function fitAndForecast(threads: number): Promise<Numbers> {
  unregisterUnrolledBackend(); // one of its own
  await useUnrolledBackend({ threads, binary: 'plain' });
  const values = autoregression(200, 4);
  const settings = { horizon: 3, ensemble: 2, window: 8, epochs: 4, trainShare: 0.7 } as const;
  const forecaster = await fitForecaster(values, settings);
  const next = decodeForecaster(encodeForecaster(forecaster)).forecast(values);
  const { evaluation, folds } = forecaster.test!;
  unregisterUnrolledBackend();
  return {
    histories: forecaster.histories,
    next,
    fingerprint: folds[0]!.fingerprint,
    rmse: evaluation.metrics.model.rmse,
  };
}
