import type { TrainingSettings } from './training-settings';

/** A named configuration. */
export interface Preset {
  /** A description in one line. */
  readonly description: string;
  readonly settings: Partial<TrainingSettings>;
}

/** Settings of known models, by name. */
export const PRESETS: Readonly<Record<string, Preset>> = {
  lab: {
    description: "the RNN lab's Shakespeare model: 3 × LSTM 512",
    settings: { cell: 'lstm', layers: 3, units: 512, epochs: 50 },
  },
  shakespeare: {
    description: 'for a text of a million characters, 40 minutes: 2 × LSTM 512, regularized',
    settings: {
      ...{ cell: 'lstm', layers: 2, units: 512, embedding: 0, dropout: 0.5 },
      ...{ sequenceLength: 64, batchSize: 32, seconds: 2400 },
      ...{ optimizer: 'adam', learningRate: 4e-3, schedule: 'cosine', finalLearningRate: 0 },
      ...{ weightDecay: 0.05, averaging: 0.999 },
    },
  },
  'char-rnn': {
    description:
      "karpathy/char-rnn's defaults: RMSprop, rate × 0.97 per epoch after ten epochs, clipping by value",
    settings: {
      ...{ cell: 'lstm', layers: 2, units: 128, embedding: 0, dropout: 0 },
      ...{ sequenceLength: 50, batchSize: 50, epochs: 50 },
      ...{ optimizer: 'rmsprop', learningRate: 2e-3, warmUp: 0, clipValue: 5, validation: 0.05 },
      ...{ schedule: 'step', decayFactor: 0.97, decayEvery: 1, decayAfter: 10 },
    },
  },
  'torch-rnn': {
    description: "jcjohnson/torch-rnn's defaults: embeddings of 64, the rate halved every five epochs",
    settings: {
      ...{ cell: 'lstm', layers: 2, units: 128, embedding: 64, dropout: 0 },
      ...{ sequenceLength: 50, batchSize: 50, epochs: 50 },
      ...{ optimizer: 'adam', beta2: 0.999, learningRate: 2e-3, warmUp: 0, clipValue: 5 },
      ...{ schedule: 'step', decayFactor: 0.5, decayEvery: 5 },
    },
  },
};
