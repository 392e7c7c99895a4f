/**
 * The innovations state-space models of exponential smoothing (Hyndman, Koehler, Ord and Snyder, 2008, table
 * 2.2 and 2.3): an additive or multiplicative error, no trend, an additive or a damped one, and no, an
 * additive or a multiplicative season.
 */

/**
 * Error, trend, season; `d` a damped trend: `ANN` is simple exponential smoothing, `AAdA` the damped seasonal
 * one.
 */
export type SmoothingName = `${'A' | 'M'}${'N' | 'A' | 'Ad'}${'N' | 'A' | 'M'}`;

export interface SmoothingModel {
  readonly error: 'A' | 'M';
  readonly hasTrend: boolean;
  readonly isDamped: boolean;
  readonly season: 'N' | 'A' | 'M';
  /** m; 1 without a season. */
  readonly period: number;
}

export interface SmoothingParameters {
  readonly alpha: number;
  /** 0 without a trend. */
  readonly beta: number;
  /** 0 without a season. */
  readonly gamma: number;
  /** 1 where the trend is not damped. */
  readonly phi: number;
}

/** A level, a slope, and the season: the newest place first, so its last is the next value's. */
export interface SmoothingState {
  level: number;
  slope: number;
  readonly season: Float64Array;
  /** The next value's place in `season`. */
  next: number;
}

const TINY = 1e-10;
const HUGE = 1e10;

/** The number of free numbers of a first state: the season's last place follows from the others. */
export function stateSize({ hasTrend, period }: SmoothingModel): number {
  return 1 + Number(hasTrend) + (period > 1 ? period - 1 : 0);
}

/** The first state of its free numbers: level, slope, season but for its last place. */
export function stateFrom(model: SmoothingModel, free: Float64Array, at: number): SmoothingState {
  const { hasTrend, season, period } = model;
  const places = new Float64Array(season === 'N' ? 0 : period);
  let rest = season === 'M' ? period : 0;
  for (let k = 0; k < places.length - 1; k++) {
    places[k] = free[at + 1 + Number(hasTrend) + k]!;
    rest -= places[k]!;
  }
  if (places.length > 0) places[places.length - 1] = rest;
  return {
    level: free[at]!,
    slope: hasTrend ? free[at + 1]! : 0,
    season: places,
    next: Math.max(0, places.length - 1),
  };
}

/**
 * Runs through a series and leaves its last state in `state`.
 *
 * @returns −2 ln of the likelihood, but for a constant, and the sum of the squared (relative) errors
 */
export function runThrough(
  values: ArrayLike<number>,
  model: SmoothingModel,
  { alpha, beta, gamma, phi }: SmoothingParameters,
  state: SmoothingState,
): { deviance: number; squares: number } {
  const { error, hasTrend, season } = model;
  const isMultiplicative = season === 'M';
  const n = values.length;
  let [squares, logarithms] = [0, 0];
  let { level, slope, next } = state;
  const places = state.season;
  for (let t = 0; t < n; t++) {
    const y = values[t]!;
    const growth = hasTrend ? phi * slope : 0;
    const base = level + growth;
    const place = season === 'N' ? 0 : places[next]!;
    const forecast = isMultiplicative ? base * place : base + place;
    const scale = error === 'A' ? 1 : Math.abs(forecast) < TINY ? forecast + TINY : forecast;
    const residual = (y - forecast) / scale;
    squares += residual * residual;
    const size = Math.abs(forecast);
    if (error === 'M') logarithms += Math.log(size > 0 ? size : 1e-8);
    const seen = isMultiplicative ? (Math.abs(place) < TINY ? HUGE : y / place) : y - place;
    const newLevel = base + alpha * (seen - base);
    if (hasTrend) slope = growth + (beta / alpha) * (newLevel - level - growth);
    if (season !== 'N') {
      const ratio = isMultiplicative ? (Math.abs(base) < TINY ? HUGE : y / base) : y - base;
      places[next] = place + gamma * (ratio - place);
      next = next === 0 ? places.length - 1 : next - 1;
    }
    level = newLevel;
  }
  Object.assign(state, { level, slope, next });
  return { deviance: n * Math.log(squares > 0 ? squares : 1e-8) + 2 * logarithms, squares };
}

/** The point forecasts from a state. */
export function forecastFrom(
  state: SmoothingState,
  model: SmoothingModel,
  phi: number,
  horizon: number,
): Float64Array {
  const { level, slope, season, next } = state;
  let steps = 0;
  return Float64Array.from({ length: horizon }, (_, ahead) => {
    steps += phi ** (ahead + 1);
    const base = level + (model.hasTrend ? steps * slope : 0);
    if (model.season === 'N') return base;
    const place = season[(next - (ahead % season.length) + season.length) % season.length]!;
    return model.season === 'M' ? base * place : base + place;
  });
}
