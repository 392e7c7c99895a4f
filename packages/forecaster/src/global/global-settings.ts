import type { Likelihood } from '@unrolled/losses';

/** What the network forecasts: the parameters of a distribution, or quantiles. */
export type ForecastDistribution = Likelihood | 'quantiles';

export interface GlobalSettings {
  /** Steps that are forecast. */
  readonly horizon: number;
  /** Steps after which the series repeat: 12 of months, 24 of hours; default 1, none. */
  readonly season?: number;
  /** Steps that the network reads before the horizon; default two horizons, at least a season and at most 4 horizons or 48 steps. */
  readonly context?: number;
  /** How many steps back the values are that the network is given at each step; default by the season: 1, 2, 3 and those around one and two seasons. */
  readonly lags?: readonly number[];
  /** Default 'studentT'. 'poisson' and 'negativeBinomial' are of counts, 'logNormal' of values above 0. */
  readonly distribution?: ForecastDistribution;
  /** Of counts: a share of zeros that the distribution does not explain. Default false. */
  readonly zeroInflated?: boolean;
  /**
   * 'recursive' (default but for quantiles): each step reads the value before, which is drawn in forecasting (DeepAR). 'direct': no step of the horizon
   * reads another's value; quantiles are always that.
   */
  readonly strategy?: 'recursive' | 'direct';
  /** Shares of values that intervals are to hold, each in (0, 1); default [0.8]. */
  readonly levels?: readonly number[];
  /**
   * Whether intervals are corrected by the errors of a first training that did not see each series' newest `horizon` values (conformal). Default: where there are
   * enough series for the levels.
   */
  readonly conformal?: boolean;
  /** Whether each series has an embedding of its own; series that were not in the training are then refused. Default false. */
  readonly identity?: boolean;
  /** Default 'lstm'. */
  readonly cell?: 'lstm' | 'gru';
  /** Recurrent layers; default 2. */
  readonly layers?: number;
  /** Of each recurrent layer; default 40. */
  readonly units?: number;
  /** Updates; default 1,000. */
  readonly steps?: number;
  /** Windows of one update; default 64. */
  readonly batchSize?: number;
  /** Adam's, at the start; it falls along half a cosine to 0. Default 0.003. */
  readonly learningRate?: number;
  /** Networks whose draws are put together; default 1. */
  readonly ensemble?: number;
  /** Draws of a forecast; default 200. */
  readonly draws?: number;
  /** Of the network, the windows and the draws; default 1. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
}
