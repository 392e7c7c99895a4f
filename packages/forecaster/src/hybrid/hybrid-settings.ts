import type { OptionKinds } from '@unrolled/errors';
import { check, checkOptions, refuse } from '../refuse';

export interface HybridSettings {
  /** Number of steps to forecast. */
  readonly horizon: number;
  /** The seasonal period in steps: 12 for months, 4 for quarters, 7 for days; default 1, no season. */
  readonly season?: number;
  /**
   * Coverage of the intervals, each in (0, 1); default no intervals. They need a second training.
   */
  readonly levels?: readonly number[];
  /** Units of the recurrent layer; default 32. */
  readonly units?: number;
  /** Passes through the examples; default 12. */
  readonly epochs?: number;
  /** Number of examples in an update; default 128. */
  readonly batchSize?: number;
  /** Adam's initial rate; it decreases along half a cosine to 0. Default 0.003. */
  readonly learningRate?: number;
  /**
   * Number of newest forecast origins of each series in the training examples; default two seasons, at least
   * 20, and the horizon.
   */
  readonly origins?: number;
  /**
   * Number of steps that the recurrent layer reads; default two seasons, at least 12; 10 without a season.
   */
  readonly window?: number;
  /** Number of networks whose forecasts are averaged; default 1. */
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
