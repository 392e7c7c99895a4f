/**
 * The forecasts that a network combines: theta and trends by exponential smoothing of the seasonally adjusted
 * series. The season is that of all years or of the newest ones, a factor or a difference, with or without a
 * test for it.
 */
import {
  isSeasonal,
  type SeasonKind,
  seasonalNaiveForecast,
  seasonalPattern,
  thetaForecast,
} from '@unrolled/forecasting';
import { holtForecast } from '../collection/holt';

interface Decomposition {
  readonly kind: SeasonKind;
  /** Number of newest seasons from which the pattern is computed. */
  readonly seasons: number;
  /** Whether the season has to pass a test. */
  readonly tested: boolean;
  readonly methods: readonly Method[];
}

type Method = 'theta' | 'damped' | 'holt';

const DECOMPOSITIONS: readonly Decomposition[] = [
  { kind: 'multiplicative', seasons: 3, tested: true, methods: ['theta', 'damped', 'holt'] },
  { kind: 'multiplicative', seasons: 5, tested: false, methods: ['theta', 'damped'] },
  { kind: 'additive', seasons: 4, tested: false, methods: ['theta', 'damped'] },
  {
    ...{ kind: 'multiplicative', seasons: Number.POSITIVE_INFINITY, tested: true },
    methods: ['theta', 'damped'],
  },
];

const DAMPING = [0.8, 0.9, 0.98];
const FEWEST_FOR_THETA = 4;

/** Number of candidates of a series with a season, and of one without. */
export const SEASONAL_CANDIDATES = 10;
export const PLAIN_CANDIDATES = 6;

export interface Candidates {
  /** K forecasts [horizon]. */
  readonly forecasts: readonly Float64Array[];
  /** [n], seasonally adjusted by the first decomposition. */
  readonly adjusted: Float64Array;
  /**
   * The season's contribution at a time: relative if it is a factor, otherwise in units of the series;
   * undefined without a season.
   */
  readonly seasonAt: ((time: number) => number) | undefined;
  readonly isFactor: boolean;
}

/** @param history [n], oldest first, without gaps, n ≥ 2 */
export function candidatesOf(history: Float64Array, season: number, horizon: number): Candidates {
  if (season === 1) return plainCandidates(history, horizon);
  const forecasts: Float64Array[] = [];
  const isTested = isSeasonal(history, season);
  let first: Adjustment | undefined;
  // Decompositions that find no season share their forecasts.
  const plain = new Map<Method, Float64Array>();
  for (const decomposition of DECOMPOSITIONS) {
    const adjustment = adjust(history, season, isTested, decomposition);
    first ??= adjustment;
    for (const method of decomposition.methods) {
      const isPlain = adjustment.adjusted === history;
      const forecast = (isPlain && plain.get(method)) || byMethod(method, adjustment.adjusted, horizon);
      if (isPlain) plain.set(method, forecast);
      forecasts.push(adjustment.restore(forecast));
    }
  }
  const length = Math.min(season, history.length);
  forecasts.push(seasonalNaiveForecast(history, horizon, { season: length }));
  return { forecasts, ...first! };
}

function plainCandidates(history: Float64Array, horizon: number): Candidates {
  const last = history.at(-1)!;
  const slope = (last - history[0]!) / (history.length - 1);
  const damping = DAMPING.slice(0, 2);
  const forecasts = [
    ...(['theta', 'damped', 'holt'] as const).map((method) => byMethod(method, history, horizon)),
    new Float64Array(horizon).fill(last),
    Float64Array.from({ length: horizon }, (_, ahead) => last + slope * (ahead + 1)),
    history.every((value) => value > 0)
      ? holtForecast(history.map(Math.log), horizon, damping).map(Math.exp)
      : holtForecast(history, horizon, damping),
  ];
  return { forecasts, adjusted: history, seasonAt: undefined, isFactor: false };
}

function byMethod(method: Method, values: Float64Array, horizon: number): Float64Array {
  if (method === 'holt') return holtForecast(values, horizon, [1]);
  if (method === 'damped') return holtForecast(values, horizon, DAMPING);
  return values.length < FEWEST_FOR_THETA
    ? new Float64Array(horizon).fill(values.at(-1)!)
    : thetaForecast(values, horizon);
}

interface Adjustment {
  readonly adjusted: Float64Array;
  readonly seasonAt: ((time: number) => number) | undefined;
  readonly isFactor: boolean;
  restore(forecast: Float64Array): Float64Array;
}

const LEAST_FACTOR = 0.01;

/** @param isTested whether the history's season passes the test */
function adjust(
  history: Float64Array,
  season: number,
  isTested: boolean,
  { kind, seasons, tested }: Decomposition,
): Adjustment {
  const n = history.length;
  if (n < 2 * season || (tested && !isTested)) {
    return { adjusted: history, seasonAt: undefined, isFactor: false, restore: (forecast) => forecast };
  }
  const length = Math.min(n, (seasons + 1) * season);
  const newest = history.subarray(n - length);
  let isFactor = kind === 'multiplicative' && history.every((value) => value > 0);
  let pattern = seasonalPattern(newest, season, isFactor ? kind : 'additive');
  if (isFactor && pattern.some((factor) => factor < LEAST_FACTOR)) {
    isFactor = false;
    pattern = seasonalPattern(newest, season, 'additive');
  }
  const offset = season - ((n - length) % season);
  const at = (time: number) => pattern[(time + offset) % season]!;
  const put = (value: number, time: number) => (isFactor ? value * at(time) : value + at(time));
  return {
    adjusted: history.map((value, time) => (isFactor ? value / at(time) : value - at(time))),
    seasonAt: isFactor ? (time) => at(time) - 1 : at,
    isFactor,
    restore: (forecast) => forecast.map((value, ahead) => put(value, n + ahead)),
  };
}
