import type { OptionKinds } from '@unrolled/errors';
import { check, checkOptions, refuse } from '../refuse';

export interface HybridSettings {
  /** Steps that are forecast. */
  readonly horizon: number;
  /** Steps after which the series repeat: 12 of months, 4 of quarters, 7 of days; default 1, none. */
  readonly season?: number;
  /**
   * Shares of values that intervals are to hold, each in (0, 1); default none. They take a second training.
   */
  readonly levels?: readonly number[];
  /** Units of the recurrent layer; default 32. */
  readonly units?: number;
  /** Times through the examples; default 12. */
  readonly epochs?: number;
  /** Examples of one update; default 128. */
  readonly batchSize?: number;
  /** Adam's initial rate; it decreases along half a cosine to 0. Default 0.003. */
  readonly learningRate?: number;
  /**
   * Newest times of each series that examples start from; default two seasons, at least 20, and the horizon.
   */
  readonly origins?: number;
  /** Steps that the recurrent layer reads; default two seasons, at least 12; 10 without a season. */
  readonly window?: number;
  /** Networks whose forecasts are averaged; default 1. */
  readonly ensemble?: number;
  /** Default 1. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

const KINDS: OptionKinds<HybridSettings> = {
  horizon: 'positive integer',
  season: 'positive integer?',
  levels: 'array?',
  units: 'positive integer?',
  epochs: 'positive integer?',
  batchSize: 'positive integer?',
  learningRate: 'number?',
  origins: 'positive integer?',
  window: 'positive integer?',
  ensemble: 'positive integer?',
  seed: 'integer of at least 0?',
  signal: 'AbortSignal?',
};

export type ResolvedHybrid = Required<Omit<HybridSettings, 'signal'>>;

/** The settings with their defaults, checked. */
export function resolveHybrid(scope: string, settings: HybridSettings): ResolvedHybrid {
  checkOptions(scope, settings, KINDS);
  const { signal: _, season = 1, ...given } = settings;
  const resolved = {
    ...{
      season,
      levels: [],
      units: 32,
      epochs: 12,
      batchSize: 128,
      learningRate: 0.003,
      ensemble: 1,
      seed: 1,
    },
    origins: Math.max(20, 2 * season) + given.horizon,
    window: season === 1 ? 10 : Math.max(12, 2 * season),
    ...given,
  };
  const { learningRate, levels } = resolved;
  check.number(scope, 'learningRate', learningRate, learningRate > 0 && learningRate <= 1, 'in (0, 1]');
  for (const level of levels) {
    if (typeof level === 'number' && level > 0 && level < 1) continue;
    refuse(scope, {
      expected: '`levels` in (0, 1)',
      got: String(level),
      remedy: 'pass for example [0.8, 0.95]',
    });
  }
  return resolved;
}
