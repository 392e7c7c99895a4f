import type { Architecture } from './model';

export type OptimizerName = 'adam' | 'rmsprop' | 'sgd';
export type BackendName = 'auto' | 'unrolled' | 'cpu' | 'native' | 'gpu';

/** How a training run goes; every length is in characters. */
export interface TrainSettings extends Architecture {
  /** Characters that a gradient reaches back over (truncated backpropagation through time). */
  readonly sequenceLength: number;
  /** Parts of the text that are read side by side. */
  readonly batchSize: number;
  /** Times through the training part; default {@link DEFAULT_EPOCHS} where neither `steps` nor `seconds` is given. */
  readonly epochs?: number;
  /** Goes before `epochs`. */
  readonly steps?: number;
  /** Stops after so many seconds of training, validation included, if the run has not ended by then. */
  readonly seconds?: number;
  readonly optimizer: OptimizerName;
  /** At the start; it falls along half a cosine to a tenth. */
  readonly learningRate: number;
  /** The largest global norm of the gradients. */
  readonly clip: number;
  /** The share of the text, at its end, that is kept for validation; above 0 and below 1. */
  readonly validation: number;
  /** Steps between validations; default 20 times over the run. */
  readonly validateEvery?: number;
  /** Steps between samples; default 5 times over the run, 0 for none. */
  readonly sampleEvery?: number;
  readonly sampleLength: number;
  /** Of the samples. */
  readonly temperature: number;
  readonly seed: number;
}

/** Times through the training part. */
export const DEFAULT_EPOCHS = 20;

/** The character models of the field: two layers of 128, 50 characters, 50 rows, 2e-3 (char-rnn, torch-rnn). */
export const DEFAULTS: TrainSettings = {
  cell: 'lstm',
  layers: 2,
  units: 128,
  embedding: 0,
  dropout: 0,
  sequenceLength: 50,
  batchSize: 50,
  optimizer: 'adam',
  learningRate: 2e-3,
  clip: 5,
  validation: 0.1,
  sampleLength: 200,
  temperature: 0.8,
  seed: 1,
};

/**
 * What `--quick` changes: under a minute on two cores, with the size of model that this allows. tfjs's own CPU backend
 * takes seconds for one step of two layers of 128. Small batches learn more from the same number of characters.
 */
export function quickDefaults(backend: string): Partial<TrainSettings> {
  const common = { sampleLength: 400, seconds: 40 };
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
  return { ...common, batchSize: 16, sequenceLength: 32, learningRate: 5e-3, validation: 0.05 };
}
