/**
 * Predicts the size of a forecast's errors from values that are known at its origin, by a regression of the
 * errors' logarithms over all series. Margins in units of this size (split-conformal with normalised errors,
 * Papadopoulos et al., 2002) are wide for series that are hard to forecast, and follow changes of volatility.
 */
import { linearFit } from '../model/linear-fit';

/** Plain JSON. */
export interface ErrorSizes {
  /** [H], the mean absolute error at each step, in units of a series' usual change. */
  readonly usual: readonly number[];
  /** [E], the inputs' means and standard deviations. */
  readonly means: readonly number[];
  readonly deviations: readonly number[];
  /** [E], of standardised inputs. */
  readonly weights: readonly number[];
  readonly constant: number;
}

/** An origin whose errors are known. */
export interface PastErrors {
  readonly series: number;
  /** [E] */
  readonly inputs: readonly number[];
  /** [H], absolute, in units of the series' usual change; NaN where the value is unknown. */
  readonly errors: Float64Array;
}

/** Standard deviations from the mean at which an input is clipped. */
const FARTHEST = 4;
/** Keeps the logarithm of an error of 0 finite. */
const LEAST_SIZE = 0.05;
/**
 * The ridge penalty is this divided by the number of series, because the errors of one series are similar.
 */
const RIDGE = 10;

/** Fits the regression to at least one origin. */
export function fitErrorSizes(past: readonly PastErrors[]): ErrorSizes {
  const [first] = past as readonly [PastErrors];
  const usual = Array.from(first.errors, (_, h) => meanOf(past.map(({ errors }) => errors[h]!)) || 1);
  const logs = past.map(({ errors }) =>
    Math.log(meanOf(errors.map((error, h) => error / usual[h]!)) + LEAST_SIZE),
  );
  const columns = first.inputs.map((_, k) => past.map(({ inputs }) => inputs[k]!));
  const means = columns.map(meanOf);
  const deviations = columns.map(
    (values, k) => Math.sqrt(meanOf(values.map((value) => (value - means[k]!) ** 2))) || 1,
  );
  const constant = meanOf(logs);
  const plain = { usual, means, deviations, weights: means.map(() => 0), constant };
  // `linearFit` has a ridge of 1.
  const unit = Math.sqrt((RIDGE / new Set(past.map(({ series }) => series)).size) * past.length);
  const inputs = Float32Array.from(
    past.flatMap((one) => standardised(plain, one.inputs).map((value) => value / unit)),
  );
  const targets = Float32Array.from(logs, (log) => log - constant);
  const { kernel } = linearFit({ count: past.length, inputs, targets }, means.length, 1);
  return { ...plain, weights: Array.from(kernel, (weight) => weight / unit) };
}

/** The size of the errors at an origin, in units of the usual error at each step. */
export function errorSizeOf(sizes: ErrorSizes, inputs: readonly number[]): number {
  const values = standardised(sizes, inputs);
  return Math.exp(sizes.weights.reduce((sum, weight, k) => sum + weight * values[k]!, sizes.constant));
}

function standardised({ means, deviations }: ErrorSizes, inputs: readonly number[]): number[] {
  return inputs.map((value, k) =>
    Math.max(-FARTHEST, Math.min(FARTHEST, (value - means[k]!) / deviations[k]!)),
  );
}

/** The mean of the known values; NaN if there is none. */
function meanOf(values: ArrayLike<number>): number {
  let [sum, count] = [0, 0];
  for (let at = 0; at < values.length; at++) {
    if (Number.isNaN(values[at]!)) continue;
    sum += values[at]!;
    count++;
  }
  return sum / count;
}
