import type { TokenUnit } from '@unrolled/data';
import type { RunTimes, ScheduleSettings } from '@unrolled/runs';
import type { OptimizerName } from '@unrolled/training';
import type { Architecture } from '../architecture/architecture';

/**
 * The training settings of a model. Lengths are in tokens, and epochs are passes over the training set.
 * Plain data, which checkpoints store completely.
 */
export interface TrainingSettings extends Architecture, ScheduleSettings, RunTimes {
  /** The unit of a token. */
  readonly unit: TokenUnit;
  /** Minimum frequency of a token in the training set; rarer tokens are unknown. Default 1, for words 2. */
  readonly minimumCount?: number;
  /**
   * Maximum number of known tokens, the most frequent ones, including the unknown token; default all, for
   * words 10,000.
   */
  readonly vocabularySize?: number;
  /** Length of truncated backpropagation through time, in tokens. */
  readonly sequenceLength: number;
  /** Number of rows of a batch. */
  readonly batchSize: number;
  /** Stops after this many validations without a lower loss; default never. */
  readonly patience?: number;
  readonly optimizer: OptimizerName;
  /** Decay rate of Adam's second moment, in [0, 1). */
  readonly beta2?: number;
  /** Maximum global norm of the gradients; 0 for no limit. */
  readonly clip?: number;
  /** Maximum magnitude of each gradient value. Only one of the two limits may be set. */
  readonly clipValue?: number;
  /** Decoupled weight decay for Adam (AdamW); 0 for none. */
  readonly weightDecay: number;
  /** Decay rate of the moving average of the weights, in [0, 1); 0 for no averaging. */
  readonly averaging: number;
  /** The share of the text after the training set that is used for validation; above 0 and below 1. */
  readonly validation: number;
  /** Maximum number of validation tokens; default 250,000. */
  readonly validationLimit?: number;
  /** The share at the end of the text on which the best checkpoint is tested once; 0 for none. */
  readonly test: number;
  readonly warmUp: number;
  readonly logEvery: number;
  readonly seed: number;
}

/** Defaults for any text. {@link completeSettings} adds those that depend on the text. */
export const DEFAULTS = {
  unit: 'character',
  cell: 'lstm',
  variationalDropout: false,
  residual: false,
  tied: false,
  optimizer: 'adam',
  schedule: 'cosine',
  beta2: 0.99,
  warmUp: 100,
  clip: 1,
  weightDecay: 0,
  averaging: 0,
  validation: 0.1,
  test: 0,
  logEvery: 10,
  seed: 1,
} as const satisfies Partial<TrainingSettings>;
