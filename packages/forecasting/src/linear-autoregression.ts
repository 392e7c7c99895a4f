/**
 * A linear autoregression of order p, by conditional least squares:
 *
 *     yₜ = c + φ₁·yₜ₋₁ + … + φₚ·yₜ₋ₚ + εₜ
 *
 * The first p values are conditioned on, as statsmodels' AutoReg does. The series is centred and scaled
 * first, which changes nothing but the rounding, and solved by singular values: a constant series, or one
 * whose lags are linear in each other, has the solution of the smallest coefficients.
 */
import type { OptionKinds } from '@unrolled/errors';
import { Matrix, SingularValueDecomposition } from 'ml-matrix';
import { dickeyFullerTest } from './dickey-fuller-test';
import { fromDifferences, toDifferences } from './differences';
import { type Criterion, criterionOf, standardise } from './least-squares';
import { check, checkKind, checkOptions, checkSeries, refuse } from './refuse';
import { triangleOf } from './triangle';

export interface LinearAutoregressionOptions {
  /** The order p; or `{ maximum }`, for the order among 0 … maximum with the best information criterion. */
  readonly lags: number | { readonly maximum: number; readonly criterion?: Criterion };
  /** Whether there is a c; default true. */
  readonly intercept?: boolean;
  /**
   * The regressed series: the `values` (the default), or their `changes`, so a forecast continues from the
   * last value. `auto`: the changes, unless the test of Dickey and Fuller at 5 % finds that the values return
   * to a mean.
   */
  readonly of?: 'values' | 'changes' | 'auto';
}

const LAG_KINDS: OptionKinds<{ readonly maximum: number; readonly criterion?: Criterion }> = {
  maximum: 'value',
  criterion: "'aic', 'aicc' or 'bic'?",
};

const KINDS: OptionKinds<LinearAutoregressionOptions> = {
  lags: 'number or object',
  intercept: 'boolean?',
  of: "'values', 'changes' or 'auto'?",
};

export interface LinearAutoregression {
  /** φ₁ … φₚ, the last value's first. */
  readonly coefficients: Float64Array;
  /** c; 0 without an intercept. */
  readonly intercept: number;
  /** The terms that the coefficients belong to. */
  readonly of: 'values' | 'changes';
  /**
   * Forecasts step by step, each from the ones before.
   *
   * @param history [n], oldest first, n ≥ p, of changes n ≥ p + 1
   * @returns [horizon]
   * @throws UnrolledError when the history is shorter, or one of its last p values is not finite
   */
  forecast(history: ArrayLike<number>, horizon: number): Float64Array;
}

/**
 * Fits the autoregression to a series.
 *
 * The order is chosen by Akaike's criterion, n·ln(RSS/n) + 2k, the same with the correction for small samples
 * (`aicc`), or Schwarz's, n·ln(RSS/n) + k·ln n (`bic`, the default), of fits to the same n values, those
 * after the first `maximum`; the fit is then to the whole series.
 *
 * @param values [n], oldest first
 * @throws UnrolledError when there are fewer values to fit than coefficients, or a value is not finite
 */
export function fitLinearAutoregression(
  values: ArrayLike<number>,
  options: LinearAutoregressionOptions,
): LinearAutoregression {
  const scope = 'fitLinearAutoregression';
  checkOptions(scope, options, KINDS);
  const { lags, intercept = true, of = 'values' } = options;
  const selected = typeof lags === 'object';
  if (selected) checkOptions(scope, lags, LAG_KINDS);
  const { maximum, criterion = 'bic' } = selected ? lags : { maximum: lags };
  check.count(scope, selected ? 'lags.maximum' : 'lags', maximum, 0);
  const least = Math.max(1, 2 * maximum + Number(intercept));
  checkSeries(scope, 'values', values, of === 'values' ? least : least + 1);
  if (of === 'changes' || (of === 'auto' && !returns(values)))
    return ofChanges(fitLinearAutoregression(toDifferences(values), { lags, intercept }));
  const { scaled, centre, scale } = standardise(values, intercept);
  const order = selected ? selectOrder(scaled, maximum, criterion, intercept) : maximum;
  const solution = solve(scaled, order, intercept);
  const coefficients = solution.subarray(Number(intercept));
  const sum = coefficients.reduce((total, coefficient) => total + coefficient, 0);
  return autoregression(coefficients, intercept ? centre * (1 - sum) + scale * solution[0]! : 0);
}

/** Whether a series is known to return to a mean; of a few values nothing is. */
function returns(values: ArrayLike<number>): boolean {
  return values.length >= FEWEST_TO_TEST && dickeyFullerTest(values).stationary;
}

const FEWEST_TO_TEST = 12;

/** The autoregression of changes, as one that takes and gives values. */
function ofChanges(fitted: LinearAutoregression): LinearAutoregression {
  const needed = fitted.coefficients.length + 1;
  return {
    ...fitted,
    of: 'changes',
    forecast(history, horizon) {
      checkKind('forecast', 'history', history, 'array or typed array');
      if (history.length < needed)
        refuse('forecast', {
          expected: `a history of at least ${needed}`,
          got: String(history.length),
          remedy: 'pass a longer one',
        });
      const newest = Float64Array.from({ length: needed }, (_, i) => history[history.length - needed + i]!);
      const changes = needed > 1 ? toDifferences(newest) : [];
      return fromDifferences(fitted.forecast(changes, horizon), newest.at(-1)!);
    },
  };
}

function autoregression(coefficients: Float64Array, intercept: number): LinearAutoregression {
  const order = coefficients.length;
  return {
    coefficients,
    intercept,
    of: 'values',
    forecast(history, horizon) {
      checkKind('forecast', 'history', history, 'array or typed array');
      check.count('forecast', 'horizon', horizon);
      if (history.length < order) {
        refuse('forecast', {
          expected: `a history of at least ${order}`,
          got: String(history.length),
          remedy: 'pass a longer one',
        });
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

/**
 * The orders' designs are nested, so one QR decomposition of [design | targets] has all their residual sums
 * of squares: RSS of the first k columns = Σ over i ≥ k of R[i, last]².
 */
function selectOrder(values: Float64Array, most: number, criterion: Criterion, intercept: boolean): number {
  const n = values.length - most;
  const rows = designMatrix(values, most, most, intercept).map((row, i) => [...row, values[most + i]!]);
  const triangle = triangleOf(rows);
  const last = triangle.getColumn(triangle.columns - 1);
  const scores = Array.from({ length: most + 1 }, (_, order) => {
    const k = order + Number(intercept);
    const residual = last.slice(k).reduce((sum, entry) => sum + entry ** 2, 0);
    return criterionOf(criterion, residual, n, k);
  });
  return scores.indexOf(Math.min(...scores));
}
