import type { OptionKinds } from '@unrolled/errors';
import { check, checkOptions, checkSeries, checkSizes } from './refuse';
import { seasonallyAdjusted } from './seasonal-decomposition';

const KINDS: OptionKinds<{ readonly season?: number }> = { season: 'positive integer?' };

const LEAST_ALPHA = 0.1;
const MOST_ALPHA = 0.99;
/** Errors that the fit leaves out, while the level settles; statsforecast's. */
const SETTLING = 3;

/**
 * The theta method (Assimakopoulos and Nikolopoulos, 2000), the standard theta model of Fiorucci et al.
 * (2016): the mean of the line through the series and of the simple exponential smoothing of the series with
 * twice its curvature,
 *
 *     ŷₙ₊ₕ = ℓₙ + ½·(A·(1 − α)ⁿ⁺ʰ⁻¹ + B·(1 − (1 − α)ⁿ⁺ʰ)/α)      with A + B·t the least-squares line
 *
 * If a test finds a season, it is removed before and added back: a factor of each place, or a difference if a
 * value is not above 0. α in [0.1, 0.99] and the first level minimise the squared errors of the same
 * objective as statsforecast's `Theta`.
 *
 * @param history [n], oldest first, n ≥ 4
 * @param options `season`: steps after which the series repeats; default 1, none
 * @returns [horizon]
 * @throws UnrolledError when the history is shorter than 4, or a value is not finite or beyond ±1e150
 */
export function thetaForecast(
  history: ArrayLike<number>,
  horizon: number,
  options: { readonly season?: number } = {},
): Float64Array {
  const scope = 'thetaForecast';
  checkOptions(scope, options, KINDS);
  checkSeries(scope, 'history', history, SETTLING + 1);
  checkSizes(scope, 'history', history);
  check.count(scope, 'horizon', horizon);
  const adjusted = seasonallyAdjusted(history, options.season ?? 1);
  return adjusted.restore(fitted(adjusted.values, horizon));
}

function fitted(values: Float64Array, horizon: number): Float64Array {
  const line = leastSquaresLine(values);
  const alpha = minimise((at) => settle(values, line, at).error, LEAST_ALPHA, MOST_ALPHA);
  let { level } = settle(values, line, alpha);
  return Float64Array.from({ length: horizon }, (_, ahead) => {
    const forecast = level + drift(line, alpha, (1 - alpha) ** (values.length + ahead));
    level = alpha * forecast + (1 - alpha) * level;
    return forecast;
  });
}

type Line = readonly [intercept: number, slope: number];

/** A and B of A + B·t, t from 1. */
function leastSquaresLine(values: Float64Array): Line {
  const n = values.length;
  const centre = (n + 1) / 2;
  const mean = values.reduce((sum, value) => sum + value / n, 0);
  let [above, below] = [0, 0];
  for (let t = 1; t <= n; t++) {
    above += (t - centre) * (values[t - 1]! - mean);
    below += (t - centre) ** 2;
  }
  const slope = above / below;
  return [mean - slope * centre, slope];
}

/** The trend's contribution to the forecast of time t, from 0; `rest` is (1 − α)ᵗ. */
function drift([a, b]: Line, alpha: number, rest: number): number {
  return 0.5 * (a * rest + (b * (1 - rest * (1 - alpha))) / alpha);
}

/**
 * The last level, and the squared errors, from the first level that makes these the smallest: errors are
 * linear in it.
 */
function settle(values: Float64Array, line: Line, alpha: number): { level: number; error: number } {
  const n = values.length;
  // The line holds half of the first value, and the first level about the other half: what is missing to the
  // best one is small.
  let level = (values[0]! * (1 + alpha)) / 2;
  let weight = 1 - alpha; // of what is missing in this level
  let [squares, product, weights] = [0, 0, 0];
  for (let t = 1; t < n; t++) {
    const error = values[t]! - level - drift(line, alpha, weight);
    if (t >= SETTLING) {
      squares += error * error;
      product += error * weight;
      weights += weight * weight;
    }
    level += alpha * (values[t]! - level);
    weight *= 1 - alpha;
  }
  const missing = weights > 0 ? product / weights : 0;
  return { level: level + weight * missing, error: squares - product * missing };
}

const GRID = 12;
const ROUNDS = 20;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** The place of the smallest value: of a grid's, then by golden sections between its neighbours. */
function minimise(evaluate: (at: number) => number, least: number, most: number): number {
  const places = Array.from({ length: GRID }, (_, k) => least + ((most - least) * k) / (GRID - 1));
  const values = places.map(evaluate);
  const best = values.indexOf(Math.min(...values));
  let low = places[Math.max(0, best - 1)]!;
  let high = places[Math.min(GRID - 1, best + 1)]!;
  let [left, right] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
  let [ofLeft, ofRight] = [evaluate(left), evaluate(right)];
  for (let round = 0; round < ROUNDS; round++) {
    if (ofLeft < ofRight) {
      [high, right, ofRight] = [right, left, ofLeft];
      left = high - GOLDEN * (high - low);
      ofLeft = evaluate(left);
    } else {
      [low, left, ofLeft] = [left, right, ofRight];
      right = low + GOLDEN * (high - low);
      ofRight = evaluate(right);
    }
  }
  const found = ofLeft < ofRight ? left : right;
  return Math.min(ofLeft, ofRight) <= values[best]! ? found : places[best]!;
}
