/**
 * A linear autoregression of order p, by conditional least squares:
 *
 *     yₜ = c + φ₁·yₜ₋₁ + … + φₚ·yₜ₋ₚ + εₜ
 *
 * The first p values are conditioned on, as statsmodels' AutoReg does. The series is centred and scaled first, which
 * changes nothing but the rounding, and solved by singular values: a constant series, or one whose lags are linear in
 * each other, has the solution of the smallest coefficients.
 */
import { Matrix, QrDecomposition, SingularValueDecomposition } from 'ml-matrix';
import { meanOf } from './mean';
import { check, checkSeries, refuse } from './refuse';

export interface LinearAutoregressionOptions {
  /** The order p; or `{ maximum }`, for the order among 0 … maximum with the best information criterion. */
  readonly lags: number | { readonly maximum: number; readonly criterion?: 'aic' | 'bic' };
  /** Whether there is a c; default true. */
  readonly intercept?: boolean;
}

export interface LinearAutoregression {
  /** φ₁ … φₚ, the last value's first. */
  readonly coefficients: Float64Array;
  /** c; 0 without an intercept. */
  readonly intercept: number;
  /**
   * Forecasts step by step, each from the ones before.
   *
   * @param history [n], oldest first, n ≥ p
   * @returns [horizon]
   * @throws UnrolledError when the history is shorter than p, or one of its last p values is not finite
   */
  forecast(history: ArrayLike<number>, horizon: number): Float64Array;
}

/**
 * Fits the autoregression to a series.
 *
 * The order is chosen by Akaike's criterion, n·ln(RSS/n) + 2k, or Schwarz's, n·ln(RSS/n) + k·ln n (`bic`, the default), of
 * fits to the same n values, those after the first `maximum`; the fit is then to the whole series.
 *
 * @param values [n], oldest first
 * @throws UnrolledError when there are fewer values to fit than coefficients, or a value is not finite
 */
export function fitLinearAutoregression(
  values: ArrayLike<number>,
  { lags, intercept = true }: LinearAutoregressionOptions,
): LinearAutoregression {
  const scope = 'fitLinearAutoregression';
  const selected = typeof lags === 'object';
  const { maximum, criterion = 'bic' } = selected ? lags : { maximum: lags };
  check.count(scope, selected ? 'lags.maximum' : 'lags', maximum, 0);
  check.choice(scope, 'criterion', criterion, ['aic', 'bic']);
  checkSeries(scope, 'values', values, Math.max(1, 2 * maximum + Number(intercept)));
  const { scaled, centre, scale } = standardise(values, intercept);
  const order = selected ? selectOrder(scaled, maximum, criterion, intercept) : maximum;
  const solution = solve(scaled, order, intercept);
  const coefficients = solution.subarray(Number(intercept));
  const sum = coefficients.reduce((total, coefficient) => total + coefficient, 0);
  return autoregression(coefficients, intercept ? centre * (1 - sum) + scale * solution[0]! : 0);
}

function autoregression(coefficients: Float64Array, intercept: number): LinearAutoregression {
  const order = coefficients.length;
  return {
    coefficients,
    intercept,
    forecast(history, horizon) {
      check.count('forecast', 'horizon', horizon);
      if (history.length < order) {
        refuse('forecast', { expected: `a history of at least ${order}`, got: String(history.length) });
      }
      const known = Float64Array.from({ length: order }, (_, i) => history[history.length - order + i]!);
      if (order > 0) checkSeries('forecast', `the last ${order} of the history`, known);
      const path = new Float64Array(order + horizon);
      path.set(known);
      for (let at = order; at < path.length; at++) {
        path[at] = coefficients.reduce(
          (sum, coefficient, lag) => sum + coefficient * path[at - 1 - lag]!,
          intercept,
        );
      }
      return path.slice(order);
    },
  };
}

/** (y − centre) / scale; without an intercept the centre is 0, since the model knows no other. */
function standardise(values: ArrayLike<number>, intercept: boolean) {
  const centre = intercept ? meanOf(values.length, (i) => values[i]!) : 0;
  const scale = Math.sqrt(meanOf(values.length, (i) => (values[i]! - centre) ** 2)) || 1;
  return { scaled: Float64Array.from(values, (value) => (value - centre) / scale), centre, scale };
}

/** One row a target, from index `first` on: a 1 with an intercept, then the lags 1 … order. */
function designMatrix(values: Float64Array, order: number, first: number, intercept: boolean): number[][] {
  return Array.from({ length: values.length - first }, (_, row) => [
    ...(intercept ? [1] : []),
    ...Array.from({ length: order }, (_, lag) => values[first + row - 1 - lag]!),
  ]);
}

function solve(values: Float64Array, order: number, intercept: boolean): Float64Array {
  if (order === 0 && !intercept) return new Float64Array(0);
  const design = new Matrix(designMatrix(values, order, order, intercept)); // [n − p, k]
  const targets = Matrix.columnVector(values.subarray(order)); // [n − p, 1]
  const singularValues = new SingularValueDecomposition(design, { autoTranspose: true });
  return Float64Array.from(singularValues.solve(targets).to1DArray());
}

/** Residual sums below this share of the whole are rounding: a series that is fitted exactly has no better order. */
const EXACT = 1e-20;

/**
 * The orders' designs are nested, so one QR decomposition of [design | targets] has all their residual sums of squares:
 * RSS of the first k columns = Σ over i ≥ k of R[i, last]².
 */
function selectOrder(
  values: Float64Array,
  most: number,
  criterion: 'aic' | 'bic',
  intercept: boolean,
): number {
  const n = values.length - most;
  const rows = designMatrix(values, most, most, intercept).map((row, i) => [...row, values[most + i]!]);
  const triangle = new QrDecomposition(new Matrix(rows)).upperTriangularMatrix;
  const last = triangle.getColumn(triangle.columns - 1);
  const penalty = criterion === 'aic' ? 2 : Math.log(n);
  const scores = Array.from({ length: most + 1 }, (_, order) => {
    const k = order + Number(intercept);
    const residual = last.slice(k).reduce((sum, entry) => sum + entry ** 2, 0);
    return n * Math.log(Math.max(residual / n, EXACT)) + penalty * k;
  });
  return scores.indexOf(Math.min(...scores));
}
