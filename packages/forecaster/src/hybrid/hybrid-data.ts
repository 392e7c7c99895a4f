/** The data of a fitted hybrid forecaster. */
import type { TensorRecord } from '@unrolled/training';
import type { ErrorSizes } from './error-sizes';
import { ERROR_INPUTS } from './examples';
import type { ResolvedHybrid } from './hybrid-settings';

/** The intervals of a hybrid forecaster, plain JSON. */
export interface HybridCalibration {
  readonly sizes: ErrorSizes;
  /**
   * For each level, the half-width of the interval at each step, in units of the predicted size of the
   * errors.
   */
  readonly margins: readonly { readonly level: number; readonly margin: readonly number[] }[];
}

/** A hybrid forecaster as plain data. */
export interface HybridData {
  readonly settings: ResolvedHybrid;
  readonly categories: readonly string[];
  /** The networks' weights by path. */
  readonly members: readonly TensorRecord[];
  /** The calibration of the intervals; undefined without intervals. Its levels are those of the settings. */
  readonly calibration: HybridCalibration | undefined;
}

/** Whether a value from JSON or a caller is a calibration for forecasts of `horizon` steps. */
export function isCalibration(value: unknown, horizon: number): value is HybridCalibration {
  const { sizes, margins } = (value ?? {}) as Partial<HybridCalibration>;
  const areNumbers = (values: unknown, count: number) =>
    Array.isArray(values) && values.length === count && values.every(Number.isFinite);
  const isLevel = (level: unknown) => typeof level === 'number' && level > 0 && level < 1;
  return (
    Array.isArray(margins) &&
    margins.length > 0 &&
    margins.every((one) => isLevel(one?.level) && areNumbers(one.margin, horizon)) &&
    areNumbers(sizes?.usual, horizon) &&
    [sizes!.means, sizes!.deviations, sizes!.weights].every((values) => areNumbers(values, ERROR_INPUTS)) &&
    sizes!.deviations.every((deviation) => deviation > 0) &&
    Number.isFinite(sizes!.constant)
  );
}
