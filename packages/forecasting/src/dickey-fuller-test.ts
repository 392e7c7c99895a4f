/**
 * Whether a series returns to a mean: the test of Dickey and Fuller (1979) with lags,
 *
 *     Δyₜ = c + ρ·yₜ₋₁ + δ₁·Δyₜ₋₁ + … + δₚ·Δyₜ₋ₚ + εₜ
 *
 * by the t-statistic of ρ, which is 0 for a random walk and negative for a series that returns to a mean.
 */
import type { OptionKinds } from '@unrolled/errors';
import { toDifferences } from './differences';
import { criterionOf, EXACT, standardise } from './least-squares';
import { check, checkOptions, checkSeries } from './refuse';
import { triangleOf } from './triangle';

export interface DickeyFullerOptions {
  /**
   * The most of p; the best by Akaike's corrected criterion is taken. Default ⌊12·(n/100)^¼⌋, at most n/4.
   */
  readonly maximumLags?: number;
  /** Default 0.05. */
  readonly significance?: 0.01 | 0.05;
}

const KINDS: OptionKinds<DickeyFullerOptions> = {
  maximumLags: 'number?',
  significance: 'number?',
};

export interface DickeyFullerResult {
  /** t-statistic of ρ; 0 if the lags of Δy alone fit exactly. */
  readonly statistic: number;
  /** p. */
  readonly lags: number;
  /** MacKinnon's (2010) for as many values. */
  readonly criticalValue: number;
  /** Whether the statistic is below it: the series returns to a mean. */
  readonly stationary: boolean;
}

/** MacKinnon, Critical Values for Cointegration Tests (2010), table 2, with a constant: β∞, β₁, β₂, β₃. */
const SURFACES = {
  '0.01': [-3.43035, -6.5393, -16.786, -79.433],
  '0.05': [-2.86154, -2.8903, -4.234, -40.04],
} as const;

/**
 * Tests a series for a unit root.
 *
 * @param values [n], oldest first, n ≥ 6
 * @throws UnrolledError when there are fewer values, or one is not finite
 */
export function dickeyFullerTest(
  values: ArrayLike<number>,
  options: DickeyFullerOptions = {},
): DickeyFullerResult {
  const scope = 'dickeyFullerTest';
  checkOptions(scope, options, KINDS);
  const { maximumLags, significance = 0.05 } = options;
  checkSeries(scope, 'values', values, 6);
  check.choice(scope, 'significance', String(significance), ['0.01', '0.05']);
  const n = values.length;
  const standard = Math.floor(12 * (n / 100) ** 0.25);
  const most = Math.min(maximumLags ?? standard, Math.floor(n / 4) - 1);
  check.count(scope, 'maximumLags', most, 0);
  const { scaled } = standardise(values, true);
  const changes = toDifferences(scaled);
  const residuals = lastColumn(rowsOf(scaled, changes, most, most));
  const rows = n - 1 - most;
  const scores = Array.from({ length: most + 1 }, (_, lags) =>
    criterionOf('aicc', sumOfSquares(residuals.slice(2 + lags)), rows, 2 + lags),
  );
  const lags = scores.indexOf(Math.min(...scores));
  const statistic = statisticOf(scaled, changes, lags);
  const [limit, ...slopes] = SURFACES[String(significance) as keyof typeof SURFACES];
  const criticalValue = slopes.reduce<number>(
    (sum, slope, power) => sum + slope / (n - 1 - lags) ** (power + 1),
    limit,
  );
  return { statistic, lags, criticalValue, stationary: statistic < criticalValue };
}

/** For each target Δyₜ a row [1, yₜ₋₁, Δyₜ₋₁ … Δyₜ₋ₚ, Δyₜ], of the targets after the first `skipped`. */
function rowsOf(values: Float64Array, changes: Float64Array, lags: number, skipped: number): number[][] {
  return Array.from({ length: changes.length - skipped }, (_, row) => {
    const at = row + skipped;
    const before = Array.from({ length: lags }, (_, lag) => changes[at - 1 - lag]!);
    return [1, values[at]!, ...before, changes[at]!];
  });
}

/**
 * With yₜ₋₁ as the last regressor, the triangle has its coefficient in a corner, and beside it the reduction
 * of the squares.
 */
function statisticOf(values: Float64Array, changes: Float64Array, lags: number): number {
  const rows = rowsOf(values, changes, lags, lags).map(([one, level, ...rest]) => {
    const target = rest.pop()!;
    return [one!, ...rest, level!, target];
  });
  const triangle = triangleOf(rows);
  const at = lags + 1;
  const residual = sumOfSquares(triangle.getColumn(at + 1).slice(at + 1));
  const taken = triangle.get(at, at + 1);
  const total = sumOfSquares(changes);
  if (residual + taken ** 2 <= EXACT * total || total === 0) return 0;
  const sign = Math.sign(taken) * Math.sign(triangle.get(at, at));
  return sign * Math.sqrt(taken ** 2 / (residual / (rows.length - at - 1)));
}

function lastColumn(rows: number[][]): number[] {
  const triangle = triangleOf(rows);
  return triangle.getColumn(triangle.columns - 1);
}

function sumOfSquares(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! ** 2;
  return sum;
}
