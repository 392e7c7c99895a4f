/**
 * The initial states of exponential smoothing: from a decomposition and a line, as in R's `forecast::ets` and
 * statsforecast.
 */
import { Matrix, SingularValueDecomposition } from 'ml-matrix';
import type { SmoothingModel } from './exponential-smoothing-recursion';
import { seasonalPattern } from './seasonal-decomposition';

const LEAST_FACTOR = 0.01;

/** The free numbers of a first state: level, slope, season but for its last place. */
export function firstState(values: Float64Array, model: SmoothingModel): number[] {
  const { season, period, hasTrend } = model;
  const seasonal = season === 'N' ? undefined : firstSeason(values, period, season);
  const adjusted = values.map((value, t) => {
    if (!seasonal) return value;
    return season === 'A' ? value - seasonal[t]! : value / Math.max(seasonal[t]!, LEAST_FACTOR);
  });
  let places: number[] = seasonal ? [...seasonal.slice(1, period)].reverse() : [];
  if (season === 'M') {
    places = places.map((place) => Math.max(place, LEAST_FACTOR));
    const sum = places.reduce((total, place) => total + place, 0);
    if (sum > period) places = places.map((place) => place / (sum + places.length * LEAST_FACTOR));
  }
  const head = adjusted.subarray(0, Math.min(Math.max(10, 2 * period), adjusted.length));
  if (!hasTrend) return [head.reduce((sum, value) => sum + value, 0) / head.length, ...places];
  const line = [...head.keys()].map((t) => [1, t + 1]);
  let [level, slope] = leastSquares(line, head) as [number, number];
  if (Math.abs(level + slope) < 1e-8) [level, slope] = [level * (1 + 1e-3), slope * (1 - 1e-3)];
  return [level, slope, ...places];
}

/** [n]: the season at each step; of fewer than three seasons one wave around a line. */
function firstSeason(values: Float64Array, period: number, kind: 'A' | 'M'): Float64Array {
  if (values.length >= 3 * period) {
    const pattern = seasonalPattern(values, period, kind === 'A' ? 'additive' : 'multiplicative');
    return values.map((_, t) => pattern[t % period]!);
  }
  const rows = [...values.keys()].map((t) => {
    const angle = (2 * Math.PI * (t + 1)) / period;
    return [1, t + 1, Math.cos(angle), Math.sin(angle)];
  });
  const [a, b] = leastSquares(rows, values) as [number, number];
  return values.map((value, t) => {
    const trend = a + b * (t + 1);
    return kind === 'A' ? value - trend : value / trend;
  });
}

function leastSquares(rows: number[][], values: ArrayLike<number>): number[] {
  const solver = new SingularValueDecomposition(new Matrix(rows), { autoTranspose: true });
  return solver.solve(Matrix.columnVector(Array.from(values))).to1DArray();
}
