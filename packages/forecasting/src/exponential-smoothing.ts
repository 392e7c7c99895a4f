import type { OptionKinds } from '@unrolled/errors';
import {
  forecastFrom,
  runThrough,
  type SmoothingModel,
  type SmoothingName,
  type SmoothingParameters,
  stateFrom,
  stateSize,
} from './exponential-smoothing-recursion';
import { firstState } from './exponential-smoothing-start';
import { nelderMead } from './nelder-mead';
import { check, checkOptions, checkSeries, checkSizes, refuse } from './refuse';

export interface ExponentialSmoothingOptions {
  /** Steps after which the series repeats; default 1, none. */
  readonly season?: number;
  /**
   * One model, `AAdM`: error, trend, season. Default the one with the smallest corrected criterion of Akaike.
   */
  readonly model?: SmoothingName;
}

const KINDS: OptionKinds<ExponentialSmoothingOptions> = { season: 'positive integer?', model: 'string?' };

export interface ExponentialSmoothing {
  readonly model: SmoothingName;
  readonly parameters: SmoothingParameters;
  /** Akaike's criterion with the correction for small samples, up to a constant of the series. */
  readonly aicc: number;
  /** @returns [horizon], the values that follow the fitted series */
  forecast(horizon: number): Float64Array;
}

const LEAST = 1e-4;
const MOST = 0.9999;
const PHI = [0.8, 0.98] as const;
const SEARCH = { iterations: 1000, tolerance: 1e-4 };

/**
 * Exponential smoothing as an innovations state-space model, ETS (Hyndman et al., 2002): the maximum of the
 * likelihood by the search of Nelder and Mead, over the smoothing parameters and the first state; among
 * models, Akaike's corrected criterion chooses. The models are those of statsforecast's `AutoETS`, whose
 * numbers a fit of one named model gives: errors A and M, trends N, A, Ad, seasons N, A, M, but for an
 * additive error with a multiplicative season. Multiplicative ones need values above 0.
 *
 * @param values [n], oldest first, n ≥ 4
 * @throws UnrolledError when there are fewer than 4 values, one is not finite or beyond ±1e150, a model is
 * unknown, needs values above 0, a season, or more values
 */
export function fitExponentialSmoothing(
  values: ArrayLike<number>,
  options: ExponentialSmoothingOptions = {},
): ExponentialSmoothing {
  const scope = 'fitExponentialSmoothing';
  checkOptions(scope, options, KINDS);
  checkSeries(scope, 'values', values, 4);
  checkSizes(scope, 'values', values);
  const { season = 1, model } = options;
  const series = Float64Array.from(values);
  const isPositive = series.every((value) => value > 0);
  if (model !== undefined) {
    checkModel(scope, model, season, isPositive);
    const fitted = fitOne(series, model, season);
    if (fitted) return fitted;
    const got = `${series.length} for ${model} with a season of ${season}`;
    refuse(scope, {
      expected: 'more values than the model has numbers',
      got,
      remedy: 'choose a simpler model',
    });
  }
  if (series.every((value) => value === series[0])) return constant(series[0]!);
  const names = NAMES.filter((name) => isPositive || !name.includes('M'));
  const suited = names.filter((name) => name.endsWith('N') || (season > 1 && series.length > season));
  const fits = suited.flatMap((name) => fitOne(series, name, season) ?? []);
  const finite = fits.filter(({ aicc }) => Number.isFinite(aicc));
  if (finite.length === 0) return fits[0] ?? constant(series.at(-1)!);
  return finite.reduce((best, one) => (one.aicc < best.aicc ? one : best));
}

const NAMES: readonly SmoothingName[] = /* @__PURE__ */ (['A', 'M'] as const).flatMap((error) =>
  (['N', 'Ad', 'A'] as const).flatMap((trend) =>
    (['N', 'A', 'M'] as const).flatMap((season) =>
      error === 'A' && season === 'M' ? [] : [`${error}${trend}${season}` as const],
    ),
  ),
);

function checkModel(scope: string, model: SmoothingName, season: number, isPositive: boolean): void {
  const got = `'${model}'`;
  if (!NAMES.includes(model)) {
    refuse(scope, { expected: `one of ${NAMES.join(', ')}`, got, remedy: 'name error, trend and season' });
  }
  if (model.includes('M') && !isPositive) {
    refuse(scope, {
      expected: 'values above 0',
      got: `others, and ${got}`,
      remedy: 'choose additive parts, A',
    });
  }
  if (!model.endsWith('N') && season === 1) {
    refuse(scope, {
      expected: `a season for ${got}`,
      got: '1',
      remedy: 'pass a season, or a model without one',
    });
  }
}

function constant(value: number): ExponentialSmoothing {
  const parameters = { alpha: MOST, beta: 0, gamma: 0, phi: 1 };
  return {
    ...{ model: 'ANN', parameters, aicc: Number.NEGATIVE_INFINITY },
    forecast: (horizon) => new Float64Array(count(horizon)).fill(value),
  };
}

function count(horizon: number): number {
  check.count('forecast', 'horizon', horizon);
  return horizon;
}

/** The fit of one model; undefined where the series has too few values for its numbers. */
function fitOne(
  values: Float64Array,
  name: SmoothingName,
  seasonLength: number,
): ExponentialSmoothing | undefined {
  const season = name.at(-1) as SmoothingModel['season'];
  const model: SmoothingModel = {
    error: name[0] as SmoothingModel['error'],
    hasTrend: name[1] === 'A',
    isDamped: name.length === 4,
    season,
    period: season === 'N' ? 1 : seasonLength,
  };
  const box = parameterBox(model);
  const numbers = box.length + stateSize(model);
  const n = values.length;
  if (numbers >= n - 1) return undefined;
  const start = Float64Array.from([...box.map(({ start: at }) => at), ...firstState(values, model)]);
  const bound = (side: 'least' | 'most', otherwise: number) =>
    Array.from(start, (_, at) => box[at]?.[side] ?? otherwise);
  const found = nelderMead((at) => devianceOf(values, model, at, box.length), start, {
    ...SEARCH,
    lower: bound('least', Number.NEGATIVE_INFINITY),
    upper: bound('most', Number.POSITIVE_INFINITY),
  });
  const parameters = parametersOf(model, found);
  const state = stateFrom(model, found, box.length);
  const { deviance } = runThrough(values, model, parameters, state);
  const k = numbers + 1;
  const aicc =
    deviance + 2 * k + (n - k - 1 > 0 ? (2 * k * (k + 1)) / (n - k - 1) : Number.POSITIVE_INFINITY);
  return {
    ...{ model: name, parameters, aicc },
    forecast: (horizon) => forecastFrom(state, model, parameters.phi, count(horizon)),
  };
}

interface Bounds {
  readonly start: number;
  readonly least: number;
  readonly most: number;
}

/** α, β, γ, φ, those that the model has: where each starts, and its bounds. */
function parameterBox({ hasTrend, isDamped, period }: SmoothingModel): Bounds[] {
  const alpha = LEAST + (0.2 * (MOST - LEAST)) / period;
  const box: Bounds[] = [{ start: alpha, least: LEAST, most: MOST }];
  const between = (share: number, least: number, most: number) =>
    box.push({ start: least + share * (most - least), least, most });
  if (hasTrend) between(0.1, LEAST, Math.min(MOST, alpha));
  if (period > 1) between(0.05, LEAST, Math.min(MOST, 1 - alpha));
  if (isDamped) between(0.99, ...PHI);
  return box;
}

function parametersOf({ hasTrend, isDamped, period }: SmoothingModel, at: Float64Array): SmoothingParameters {
  let next = 1;
  return {
    alpha: at[0]!,
    beta: hasTrend ? at[next++]! : 0,
    gamma: period > 1 ? at[next++]! : 0,
    phi: isDamped ? at[next]! : 1,
  };
}

function devianceOf(values: Float64Array, model: SmoothingModel, at: Float64Array, offset: number): number {
  const state = stateFrom(model, at, offset);
  if (model.season === 'M' && state.season.some((place) => place < 0)) return Number.POSITIVE_INFINITY;
  const { deviance } = runThrough(values, model, parametersOf(model, at), state);
  return Number.isNaN(deviance) ? Number.POSITIVE_INFINITY : Math.max(deviance, -1e10);
}
