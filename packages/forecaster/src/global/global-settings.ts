import type { OptionKinds } from '@unrolled/errors';
import type { Likelihood } from '@unrolled/losses';
import { check, checkOptions, refuse } from '../refuse';

/** The outputs of the network: the parameters of a distribution, or quantiles. */
export type ForecastDistribution = Likelihood | 'quantiles';

export interface GlobalSettings {
  /** Number of steps to forecast. */
  readonly horizon: number;
  /** The seasonal period in steps: 12 for months, 24 for hours; default 1, no season. */
  readonly season?: number;
  /**
   * Number of steps that the network reads before the horizon; default the larger of horizon and season, at
   * least 8.
   */
  readonly context?: number;
  /**
   * The lags, in steps, of the values that the network reads at each step; default 1, 2, 3, those around a
   * season, and two seasons.
   */
  readonly lags?: readonly number[];
  /** Default 'studentT'. 'poisson' and 'negativeBinomial' are for counts, 'logNormal' for values above 0. */
  readonly distribution?: ForecastDistribution;
  /** For counts: adds a probability of zeros to the distribution. Default false. */
  readonly zeroInflated?: boolean;
  /**
   * 'recursive' (the default except for quantiles): each step reads the previous value, which is drawn when
   * forecasting (DeepAR). 'direct': the steps of the horizon read no values of each other; quantiles are
   * always 'direct'.
   */
  readonly strategy?: 'recursive' | 'direct';
  /** Coverage of the intervals, each in (0, 1); default [0.8]. */
  readonly levels?: readonly number[];
  /**
   * Whether intervals are calibrated by the errors of a first training that did not see each series' newest
   * values (conformal): `horizon` values, or more if there are too few series for the levels. Default: if the
   * series are long enough.
   */
  readonly conformal?: boolean;
  /**
   * Whether each series has its own embedding; series that were not in the training are then refused. Default
   * false.
   */
  readonly identity?: boolean;
  /** Default 'lstm'. */
  readonly cell?: 'lstm' | 'gru';
  /** Recurrent layers; default 2. */
  readonly layers?: number;
  /** Units of each recurrent layer; default 40. */
  readonly units?: number;
  /** Number of updates; default 1,000. */
  readonly steps?: number;
  /** Number of windows in an update; default 64. */
  readonly batchSize?: number;
  /** Adam's initial rate; it decreases along half a cosine to 0. Default 0.003. */
  readonly learningRate?: number;
  /** Number of networks whose draws are combined, or whose quantiles are averaged; default 1. */
  readonly ensemble?: number;
  /** Number of draws from which a forecast is computed; default 200. */
  readonly draws?: number;
  /** Seed of the networks, the windows and the draws; default 1. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

const KINDS: OptionKinds<GlobalSettings> = {
  horizon: 'positive integer',
  season: 'positive integer?',
  context: 'positive integer?',
  lags: 'array?',
  distribution:
    "'gaussian', 'studentT', 'logNormal', 'poisson', 'negativeBinomial' or 'quantiles'?" as "'quantiles'?",
  zeroInflated: 'boolean?',
  strategy: "'recursive' or 'direct'?",
  levels: 'array?',
  conformal: 'boolean?',
  identity: 'boolean?',
  cell: "'lstm' or 'gru'?",
  layers: 'positive integer?',
  units: 'positive integer?',
  steps: 'positive integer?',
  batchSize: 'positive integer?',
  learningRate: 'number?',
  ensemble: 'positive integer?',
  draws: 'positive integer?',
  seed: 'integer of at least 0?',
  signal: 'AbortSignal?',
};

export type ResolvedGlobal = Required<Omit<GlobalSettings, 'signal' | 'conformal'>> & {
  readonly conformal?: boolean;
};

/** Whether a distribution is for counts: whole numbers from 0. */
export const isOfCounts = (distribution: ForecastDistribution): boolean =>
  distribution === 'poisson' || distribution === 'negativeBinomial';

/** The settings with their defaults, checked. */
export function resolveGlobal(scope: string, settings: GlobalSettings): ResolvedGlobal {
  checkOptions(scope, settings, KINDS);
  const { signal: _, season = 1, distribution = 'studentT', ...given } = settings;
  const { horizon } = given;
  const resolved: ResolvedGlobal = {
    ...{ season, distribution, zeroInflated: false, levels: [0.8], identity: false },
    ...{ cell: 'lstm', layers: 2, units: 40, steps: 1000, batchSize: 64, learningRate: 0.003 },
    ...{ ensemble: 1, draws: 200, seed: 1 },
    strategy: distribution === 'quantiles' ? 'direct' : 'recursive',
    context: Math.max(horizon, season, 8),
    lags: defaultLags(season),
    ...given,
  };
  const { learningRate, levels, lags, zeroInflated, strategy } = resolved;
  check.number(scope, 'learningRate', learningRate, learningRate > 0 && learningRate <= 1, 'in (0, 1]');
  for (const level of levels) {
    if (typeof level === 'number' && level > 0 && level < 1) continue;
    refuse(scope, {
      expected: '`levels` in (0, 1)',
      got: String(level),
      remedy: 'pass for example [0.8, 0.95]',
    });
  }
  const isCount = (lag: unknown) => Number.isSafeInteger(lag) && (lag as number) > 0;
  if (lags.length === 0 || !lags.every(isCount) || new Set(lags).size < lags.length) {
    const remedy = 'pass each lag once, for example [1, 2, 12]';
    refuse(scope, { expected: '`lags` from 1', got: `[${lags.join(', ')}]`, remedy });
  }
  if (zeroInflated && !isOfCounts(distribution)) {
    const remedy = 'leave `zeroInflated` out, or choose a distribution of counts';
    refuse(scope, { expected: 'poisson or negativeBinomial with `zeroInflated`', got: distribution, remedy });
  }
  if (distribution === 'quantiles' && strategy === 'recursive') {
    const remedy =
      "leave `strategy` out, or choose a distribution that can be drawn from, such as 'studentT'";
    refuse(scope, { expected: "the `strategy` 'direct' with quantiles", got: "'recursive'", remedy });
  }
  return resolved;
}

function defaultLags(season: number): number[] {
  const around = season > 1 ? [season - 1, season, season + 1, 2 * season] : [];
  const all = new Set([1, 2, 3, ...around].filter((lag) => lag > 0));
  return [...all].sort((a, b) => a - b);
}

/** The quantiles that a forecaster computes: the ends of its intervals and the median, ascending. */
export function quantilesOf(levels: readonly number[]): number[] {
  const ends = levels.flatMap((level) => [(1 - level) / 2, (1 + level) / 2]);
  return [...new Set([...ends, 0.5])].sort((a, b) => a - b);
}
