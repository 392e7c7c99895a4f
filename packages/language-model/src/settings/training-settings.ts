import type { TokenUnit } from '@unrolled/data';
import type { Architecture } from '../architecture/architecture';

export type OptimizerName = 'adam' | 'rmsprop' | 'sgd';
export type ScheduleName = 'constant' | 'step' | 'exponential' | 'linear' | 'cosine' | 'plateau';

/** How a model is trained on a text; every length is in tokens. Plain data: a checkpoint keeps all of it. */
export interface TrainingSettings extends Architecture {
  /** The unit of a token. */
  readonly unit: TokenUnit;
  /** Rarer tokens are unknown; default 1, of words 2. */
  readonly minimumCount?: number;
  /** The number of known tokens, the commonest ones; default all, of words 10,000. */
  readonly vocabularySize?: number;
  /** Tokens that a gradient reaches back over (truncated backpropagation through time). */
  readonly sequenceLength: number;
  /** Parts of the text that are read side by side. */
  readonly batchSize: number;
  /** Times through the training part. Not with `steps`; one of the three limits is always given. */
  readonly epochs?: number;
  readonly steps?: number;
  /** Stops after this many seconds of training, validation included, if the run has not ended by then. */
  readonly seconds?: number;
  /** Stops after this many validations without a better loss; default never. */
  readonly patience?: number;
  readonly optimizer: OptimizerName;
  /** How slowly Adam's mean of squared gradients forgets; in [0, 1). */
  readonly beta2?: number;
  /** The highest one: where a schedule begins, after the warm-up. */
  readonly learningRate: number;
  readonly schedule: ScheduleName;
  /** Where cosine and linear end, default a hundredth of `learningRate`; the least of plateau, default 0. */
  readonly finalLearningRate?: number;
  /** Of step, exponential and plateau; defaults 0.5, 0.97 and 0.5. */
  readonly decayFactor?: number;
  /** Epochs; of step and exponential; defaults 5 and 1. */
  readonly decayEvery?: number;
  /** Epochs before the decay begins; of step and exponential. */
  readonly decayAfter?: number;
  /** Validations without a better loss before plateau reduces the rate. */
  readonly plateauPatience?: number;
  /** Steps over which the learning rate rises from 0, at most a tenth of the run; 0 for none. */
  readonly warmUp: number;
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
  /** Steps between validations; default 20 times over the run. */
  readonly validateEvery?: number;
  /** Steps between checkpoints, besides those at validations. */
  readonly checkpointEvery?: number;
  /** Steps between lines of the log. */
  readonly logEvery: number;
  /** Steps between samples; default 5 times over the run, 0 for none. */
  readonly sampleEvery?: number;
  readonly seed: number;
}

/** Defaults that hold for any text; {@link textDefaults} has the others. */
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

/** The options that a schedule takes besides the learning rate and the warm-up. */
export const SCHEDULE_OPTIONS = {
  constant: [],
  step: ['decayFactor', 'decayEvery', 'decayAfter'],
  exponential: ['decayFactor', 'decayEvery', 'decayAfter'],
  linear: ['finalLearningRate'],
  cosine: ['finalLearningRate'],
  plateau: ['decayFactor', 'plateauPatience', 'finalLearningRate'],
} as const satisfies Record<ScheduleName, readonly (keyof TrainingSettings)[]>;
