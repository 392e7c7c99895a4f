import type { OptionKinds } from '@unrolled/errors';
import { checkOptions } from '../refuse';

/** The values of the settings with a fixed choice, the default first. */
export const MODEL_CHOICES = {
  cell: ['lstm', 'gru', 'rnn'],
  strategy: ['direct', 'recursive'],
  targetTransform: ['auto', 'price', 'difference', 'log-return'],
  scaler: ['standard', 'robust', 'min-max'],
  loss: ['squared', 'quantile'],
} as const;

type Choice<Name extends keyof typeof MODEL_CHOICES> = (typeof MODEL_CHOICES)[Name][number];

export type CellKind = Choice<'cell'>;
export type ScalerKind = Choice<'scaler'>;
/**
 * The quantity that the network forecasts: values, their differences, or their log returns, always as a
 * change from the last known value.
 */
export type TargetTransform = Exclude<Choice<'targetTransform'>, 'auto'>;
/**
 * The way to forecast several rows ahead: `direct` has a separate output for each row; `recursive` forecasts
 * the next row repeatedly, and reads its own forecasts.
 */
export type Strategy = Choice<'strategy'>;
export type LossKind = Choice<'loss'>;

/** The network. */
export interface Architecture {
  readonly cell: CellKind;
  /** Number of stacked recurrent layers. */
  readonly layers: number;
  /** Units of each layer. */
  readonly units: number;
  /** The share of units dropped after each layer during training, in [0, 1). */
  readonly dropout: number;
}

/** The inputs and outputs of a model. */
export interface TaskSettings {
  /** The column to forecast. */
  readonly target: string;
  /** The columns to forecast from; default only the target. */
  readonly features?: readonly string[];
  /** Number of rows that one forecast reads. */
  readonly window: number;
  /** Number of rows to forecast. */
  readonly horizon: number;
  readonly strategy: Strategy;
  /** `auto` chooses between prices, differences and log returns, see `chooseTransform`. */
  readonly targetTransform: TargetTransform | 'auto';
  readonly scaler: ScalerKind;
  readonly loss: LossKind;
  /**
   * Quantiles of the quantile loss, ascending; 0.5 is the point forecast. Default: 0.5 and the interval
   * limits of `level`.
   */
  readonly quantiles: readonly number[];
}

/** The settings of a network's training. */
export interface TrainingSettings {
  /** Maximum number of passes over the training windows. */
  readonly epochs: number;
  /** Number of updates; replaces `epochs`. */
  readonly steps?: number;
  /** Number of windows in an update. */
  readonly batchSize: number;
  /** Adam's initial rate; it decreases along half a cosine to 0. */
  readonly learningRate: number;
  /** The share of the training windows, the newest ones, that validates the training; 0 for none. */
  readonly validation: number;
  /** Number of epochs without a better validation loss after which training stops. */
  readonly patience: number;
  /** Number of networks whose forecasts are averaged; each has its own seed. */
  readonly ensemble: number;
  readonly seed: number;
}

export type ModelSettings = Architecture & TaskSettings & TrainingSettings;

/** Complete model settings. */
export type ResolvedSettings = ModelSettings & {
  readonly features: readonly string[];
  readonly targetTransform: TargetTransform;
  /**
   * The columns in the target's unit, which the network reads as changes from the target's last price;
   * default the columns with names of prices.
   */
  readonly priceColumns?: readonly string[] | undefined;
};

/** The settings of a model's evaluation. */
export interface EvaluationSettings {
  /** The coverage of the intervals, in (0, 1). */
  readonly level: number;
  /**
   * Number of newest errors on which an interval is calibrated; default 500, or a quarter of the forecasts if
   * that is less.
   */
  readonly calibration?: number | undefined;
  /**
   * The seasonal period in rows, for the seasonal naive forecast. Default by the time between the dates: 12
   * for months, 7 or 5 for days (see `seasonOf`).
   */
  readonly season?: number | undefined;
  /** Number of rows in the moving average. */
  readonly movingAverage: number;
}

/** Complete evaluation settings. */
export type ResolvedEvaluation = EvaluationSettings & { readonly season: number };

/** Settings of a forecaster. Omitted settings have their defaults. */
export type ForecasterSettings = Partial<ModelSettings & EvaluationSettings>;

/** The settings of a back-test's walk through the rows. */
export interface WalkSettings {
  /** Number of rows before the first cut; default half of all rows. */
  readonly initial?: number | undefined;
  /** Number of cuts; default 50, or with a stride as many as fit. */
  readonly folds?: number | undefined;
  /** Number of rows from one cut to the next; default the number that uses all rows. */
  readonly stride?: number | undefined;
  /**
   * The training rows: all rows before a cut ('expanding', the default), or the newest of them ('sliding').
   */
  readonly trainingWindow?: 'expanding' | 'sliding' | undefined;
  /** Number of rows in the sliding window; default `initial`. */
  readonly trainingRows?: number | undefined;
  /** Number of cuts from one fit to the next; default 1. */
  readonly refitEvery?: number | 'never' | undefined;
}

/** With these defaults, 50 fits to 2,500 rows take well under two minutes on two cores. */
export const MODEL_DEFAULTS: ModelSettings = {
  cell: 'lstm',
  layers: 1,
  units: 16,
  dropout: 0,
  target: 'value',
  window: 20,
  horizon: 1,
  strategy: 'direct',
  targetTransform: 'auto',
  scaler: 'standard',
  loss: 'squared',
  quantiles: [0.05, 0.5, 0.95],
  epochs: 60,
  batchSize: 64,
  learningRate: 0.015,
  validation: 0.2,
  patience: 20,
  ensemble: 1,
  seed: 1,
};

export const EVALUATION_DEFAULTS: EvaluationSettings = { level: 0.9, movingAverage: 5 };

export const WALK_DEFAULTS = { folds: 50, trainingWindow: 'expanding', refitEvery: 1 } as const;

/** The names of the cells in tables and plots. */
export const CELL_NAMES: Record<CellKind, string> = { lstm: 'LSTM', gru: 'GRU', rnn: 'RNN' };

const KINDS: OptionKinds<{ cell: CellKind; ensemble: number }> = {
  cell: "'lstm', 'gru' or 'rnn'",
  ensemble: 'number',
};

/** The name of a model in tables and plots: `LSTM`, `ensemble of 3 GRUs`. */
export function modelName(options: { cell: CellKind; ensemble: number }): string {
  checkOptions('modelName', options, KINDS, true);
  const { cell, ensemble } = options;
  return ensemble === 1 ? CELL_NAMES[cell] : `ensemble of ${ensemble} ${CELL_NAMES[cell]}s`;
}
