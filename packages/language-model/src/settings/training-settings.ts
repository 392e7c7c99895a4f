import type { TokenUnit } from '@unrolled/data';
import type { RunTimes, ScheduleSettings } from '@unrolled/runs';
import type { OptimizerName } from '@unrolled/training';
import type { Architecture } from '../architecture/architecture';

/**
 * How a model is trained on a text; every length is in tokens, epochs are times through the training part.
 * Plain data: a checkpoint keeps all of it.
 */
export interface TrainingSettings extends Architecture, ScheduleSettings, RunTimes {
  /** The unit of a token. */
  readonly unit: TokenUnit;
  /** Rarer tokens of the training part are unknown; default 1, of words 2. */
  readonly minimumCount?: number;
  /** The number of known tokens, the commonest ones and the unknown one; default all, of words 10,000. */
  readonly vocabularySize?: number;
  /** Tokens that a gradient reaches back over (truncated backpropagation through time). */
  readonly sequenceLength: number;
  /** Rows of a batch. */
  readonly batchSize: number;
  /** Stops after this many validations without a better loss; default never. */
  readonly patience?: number;
  readonly optimizer: OptimizerName;
  /** How slowly Adam's mean of squared gradients forgets; in [0, 1). */
  readonly beta2?: number;
  /** The largest global norm of the gradients; 0 for any. */
  readonly clip?: number;
  /** The largest magnitude of a gradient's number; one of the two is given. */
  readonly clipValue?: number;
  /** Decoupled, of Adam's (AdamW); 0 for none. */
  readonly weightDecay: number;
  /** How much of the averaged weights each step keeps, in [0, 1); 0 for no averaging. */
  readonly averaging: number;
  /** The share of the text, behind the training part, that is kept for validation; above 0 and below 1. */
  readonly validation: number;
  /** The largest number of its tokens that are validated on; default 250,000. */
  readonly validationLimit?: number;
  /** The share of the text, at its end, on which the best checkpoint is measured once; 0 for none. */
  readonly test: number;
  readonly warmUp: number;
  readonly logEvery: number;
  readonly seed: number;
}

/** Defaults that hold for any text; {@link completeSettings} has the others. */
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
