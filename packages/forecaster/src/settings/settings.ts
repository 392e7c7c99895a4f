import type { OptionKinds } from '@unrolled/errors';
import { checkOptions } from '../refuse';

/** The values of the settings that have a few, the default first. */
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
 * The forecast quantity: values, their differences, or their log returns, always as a change on the last
 * value known.
 */
export type TargetTransform = Exclude<Choice<'targetTransform'>, 'auto'>;
/** Several rows ahead: each by a separate output, or repeatedly the next one from the forecasts so far. */
export type Strategy = Choice<'strategy'>;
export type LossKind = Choice<'loss'>;

/** The network. */
export interface Architecture {
  readonly cell: CellKind;
  /** Recurrent layers, one over the other. */
  readonly layers: number;
  /** H of each layer. */
  readonly units: number;
  /** The share of units dropped after each layer during training, in [0, 1). */
  readonly dropout: number;
}

/** The inputs and outputs of a model. */
export interface TaskSettings {
  /** The column to forecast. */
  readonly target: string;
  /** The columns to forecast from; default the target alone. */
  readonly features?: readonly string[];
  /** Rows that one forecast sees. */
  readonly window: number;
  /** Rows that it forecasts. */
  readonly horizon: number;
  readonly strategy: Strategy;
  /** `auto` chooses between prices, differences and log returns, see `chooseTransform`. */
  readonly targetTransform: TargetTransform | 'auto';
  readonly scaler: ScalerKind;
  readonly loss: LossKind;
  /**
   * Quantiles of the quantile loss, ascending; 0.5 is the point forecast. Default the ends of `level`, and
   * 0.5.
   */
  readonly quantiles: readonly number[];
}

/** How a network is trained. */
export interface TrainingSettings {
  /** Most times through the training windows. */
  readonly epochs: number;
  /** Updates; goes before `epochs`. */
  readonly steps?: number;
  /** Windows of one update. */
  readonly batchSize: number;
  /** Adam's initial rate; it decreases along half a cosine to 0. */
  readonly learningRate: number;
  /** The share of the training windows, the newest, that decides when to stop; 0 for none. */
  readonly validation: number;
  /** Epochs without a better validation loss before training stops. */
  readonly patience: number;
  /** Networks whose forecasts are averaged, each from its own seed. */
  readonly ensemble: number;
  readonly seed: number;
}

export type ModelSettings = Architecture & TaskSettings & TrainingSettings;

/** Model settings with nothing left to choose. */
export type ResolvedSettings = ModelSettings & {
  readonly features: readonly string[];
  readonly targetTransform: TargetTransform;
  /**
   * The columns in the target's unit, which the network sees as changes on its last price; default those
   * named as prices.
   */
  readonly priceColumns?: readonly string[] | undefined;
};

/** The measures of a model. */
export interface EvaluationSettings {
  /** The coverage of the intervals, in (0, 1). */
  readonly level: number;
  /**
   * Newest errors that an interval is calibrated on; default 500, or a quarter of the forecasts where they
   * are fewer.
   */
  readonly calibration?: number | undefined;
  /**
   * Rows after which the series may repeat: the seasonal naive forecast's. Default by the time between the
   * dates: 12 for months, 7 or 5 for days, see `seasonOf`.
   */
  readonly season?: number | undefined;
  /** Rows of the moving average. */
  readonly movingAverage: number;
}

/** Evaluation settings with nothing left to choose. */
export type ResolvedEvaluation = EvaluationSettings & { readonly season: number };

/** Settings of a forecaster; those left out have their defaults. */
export type ForecasterSettings = Partial<ModelSettings & EvaluationSettings>;

/** How a back-test walks through the rows. */
export interface WalkSettings {
  /** Rows before the first cut; default half of them. */
  readonly initial?: number | undefined;
  /** Cuts; default 50, or with a stride as many as the rows have room for. */
  readonly folds?: number | undefined;
  /** Rows from one cut to the next; default as many as use up the rows. */
  readonly stride?: number | undefined;
  /** All rows before a cut (default), or the newest of them. */
  readonly trainingWindow?: 'expanding' | 'sliding' | undefined;
  /** Rows of the sliding window; default `initial`. */
  readonly trainingRows?: number | undefined;
  /** Cuts from one fit to the next; default 1. */
  readonly refitEvery?: number | 'never' | undefined;
}

/** Sized so that 50 fits to 2,500 rows take well under two minutes on two cores. */
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
