import type { TokenUnit } from '@unrolled/data';
import type { Architecture } from '../model/model';

export type OptimizerName = 'adam' | 'rmsprop' | 'sgd';
export type ScheduleName = 'constant' | 'step' | 'exponential' | 'linear' | 'cosine' | 'plateau';
export type BackendName = 'auto' | 'unrolled' | 'cpu' | 'native' | 'gpu';

/**
 * How a training run goes, by the names of the command line's options; every length is in tokens. This is what a
 * checkpoint keeps of them, and all of it is what a resumed run takes from there.
 */
export interface TrainSettings extends Architecture {
  /** What a token is. */
  readonly unit: TokenUnit;
  /** Rarer tokens are unknown; default 1, of words 2. */
  readonly minimumCount?: number;
  /** So many tokens are known, the commonest; default all, of words 10,000. */
  readonly vocabularySize?: number;
  /** Tokens that a gradient reaches back over (truncated backpropagation through time). */
  readonly sequenceLength: number;
  /** Parts of the text that are read side by side. */
  readonly batchSize: number;
  /** Times through the training part. Not with `steps`; one of the three limits is always given. */
  readonly epochs?: number;
  readonly steps?: number;
  /** Stops after so many seconds of training, validation included, if the run has not ended by then. */
  readonly seconds?: number;
  /** Stops after so many validations without a better loss; default never. */
  readonly patience?: number;
  readonly optimizer: OptimizerName;
  /** How slowly Adam's mean of squared gradients forgets; in [0, 1). */
  readonly beta2?: number;
  /** The highest one: where a schedule begins, after the warm-up. */
  readonly learningRate: number;
  readonly schedule: ScheduleName;
  /** Where cosine and linear end, default a hundredth of `learningRate`; what plateau does not fall below, default 0. */
  readonly finalLearningRate?: number;
  /** Of step, exponential and plateau; defaults in `learning-rate.ts`. */
  readonly decayFactor?: number;
  /** Epochs; of step and exponential. */
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
  /** The share of the text, behind what is learned, that is kept for validation; above 0 and below 1. */
  readonly validation: number;
  /** At most so many tokens of it are validated on; default 250,000. */
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
  readonly sampleLength: number;
  /** Of the samples. */
  readonly temperature: number;
  readonly seed: number;
  /** Give a run that is limited by time more of it while it misses the bigram model's loss. */
  readonly quick: boolean;
  /** Write TensorBoard event files too. */
  readonly tensorboard: boolean;
}

/** Defaults that hold for any text; `corpus-defaults.ts` has the others. */
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
  sampleLength: 200,
  temperature: 0.8,
  seed: 1,
  quick: false,
  tensorboard: false,
} as const satisfies Partial<TrainSettings>;

/**
 * What `--quick` changes: under a minute on two cores, with the size of model that this allows. tfjs's own CPU backend
 * takes seconds for one step of two layers of 128. Small batches learn more from the same number of characters.
 */
export function quickDefaults(backend: string): Partial<TrainSettings> {
  const common = { dropout: 0, sampleLength: 400, seconds: 40 };
  if (backend === 'cpu')
    return {
      ...common,
      cell: 'gru',
      layers: 1,
      units: 32,
      batchSize: 16,
      sequenceLength: 8,
      learningRate: 2e-2,
      validation: 0.005,
      sampleEvery: 0,
    };
  return {
    ...common,
    layers: 2,
    units: 128,
    batchSize: 16,
    sequenceLength: 32,
    learningRate: 5e-3,
    validation: 0.05,
  };
}
