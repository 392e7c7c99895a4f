/**
 * The user's choices on the page, and the settings of a run that follow from them. The file uses no tensors,
 * so the page and its Worker can both import it.
 */
import type { TrainingSettings } from '@unrolled/language-model';

export const CELLS = ['rnn', 'lstm', 'gru'] as const;
export type CellName = (typeof CELLS)[number];

export const TEXTS = [
  'hihello',
  'sentence',
  'moby',
  'own',
  'echo',
  'copy',
  'parity',
  'brackets',
  'adding',
] as const;
export type TextName = (typeof TEXTS)[number];

export const OPTIMIZERS = ['adam', 'rmsprop', 'sgd'] as const;
export const BINARIES = ['auto', 'plain', 'relaxed'] as const;

/** Everything that a run depends on. It is stored in the page's address, so it is plain data. */
export interface Choice {
  readonly text: TextName;
  /** The text of the choice 'own'. */
  readonly own: string;
  readonly cell: CellName;
  /** The cell of an optional second model, with the same text and seed. */
  readonly beside: CellName | 'none';
  readonly layers: number;
  readonly units: number;
  /** Number of time steps of truncated backpropagation. */
  readonly unroll: number;
  /** Number of rows of a batch. */
  readonly batch: number;
  readonly optimizer: (typeof OPTIMIZERS)[number];
  readonly rate: number;
  /** Maximum global norm of the gradients; 0 for no limit. */
  readonly clip: number;
  readonly temperature: number;
  readonly seed: number;
  /** The instruction set of the WebAssembly binary. */
  readonly simd: (typeof BINARIES)[number];
}

/** The numeric choices, each with its range. */
export const RANGES = {
  layers: { least: 1, most: 4, whole: true },
  units: { least: 1, most: 256, whole: true },
  unroll: { least: 2, most: 200, whole: true },
  batch: { least: 1, most: 64, whole: true },
  rate: { least: 0.00001, most: 10, whole: false },
  clip: { least: 0, most: 1000, whole: false },
  temperature: { least: 0, most: 5, whole: false },
  seed: { least: 0, most: 2 ** 31 - 1, whole: true },
} as const;
export type NumberName = keyof typeof RANGES;

const COMMON: Choice = {
  ...{ text: 'hihello', own: '', cell: 'lstm', beside: 'none', layers: 1, units: 16, unroll: 7, batch: 4 },
  ...{ optimizer: 'adam', rate: 0.03, clip: 1, temperature: 0.5, seed: 1, simd: 'auto' },
};

const TASK = { units: 32, batch: 32, rate: 0.01 };

/** Settings for each text, found by experiment. Results are visible within seconds. */
const SUITING: Readonly<Record<TextName, Partial<Choice>>> = {
  hihello: {},
  sentence: { units: 48, unroll: 30, batch: 8, rate: 0.01 },
  moby: { units: 128, unroll: 50, batch: 16, rate: 0.008 },
  own: { units: 64, unroll: 30, batch: 8, rate: 0.008 },
  echo: { ...TASK, unroll: 24 },
  copy: { ...TASK, units: 48, unroll: 44 },
  parity: { ...TASK, unroll: 36 },
  brackets: { ...TASK, unroll: 40 },
  adding: { ...TASK, units: 64, unroll: 48 },
};

/** The default choices for a text. */
export function choiceFor(text: TextName): Choice {
  return { ...COMMON, ...SUITING[text], text };
}

/** Whether two choices start the same run. The temperature only affects samples. */
export function isSameRun(a: Choice, b: Choice): boolean {
  return (Object.keys(a) as (keyof Choice)[]).every((key) => key === 'temperature' || a[key] === b[key]);
}

/** The last step of a run. In practice it is never reached: the fastest model would need a day and a half. */
const STEPS = 1_000_000_000;
/** Maximum number of tokens for each validation. */
const VALIDATION_LIMIT = 2_000;

/**
 * Initial number of steps between checkpoints, which are also validations. It is small, because small models
 * learn fast and their checkpoints are small.
 */
export function intervalOf({ units, layers }: Pick<Choice, 'units' | 'layers'>): number {
  const weights = layers * units * units;
  return weights < 1_000 ? 10 : weights < 8_000 ? 25 : 100;
}

/**
 * The settings of a run, as `trainLanguageModel` takes them and checkpoints store them. A vocabulary of up to
 * 512 characters is read as one-hot vectors, a larger one by an embedding.
 */
export function settingsOf(choice: Choice, vocabularySize: number): TrainingSettings {
  const { cell, layers, units, unroll, batch, optimizer, rate, clip, seed } = choice;
  const every = intervalOf(choice);
  return {
    ...{ unit: 'character', cell, layers, units, embedding: vocabularySize > 512 ? Math.min(units, 128) : 0 },
    ...{ dropout: 0, variationalDropout: false, residual: false, tied: false },
    ...{ sequenceLength: unroll, batchSize: batch, optimizer, learningRate: rate, schedule: 'constant' },
    ...{ warmUp: 0, clip, weightDecay: 0, averaging: 0, validation: 0.1, test: 0, seed },
    // Equal to char-rnn's, so char-rnn can continue with a checkpoint of the page.
    ...(optimizer === 'adam' && { beta2: 0.99 }),
    ...{ validationLimit: VALIDATION_LIMIT, steps: STEPS, logEvery: every },
    ...{ validateEvery: every, checkpointEvery: every },
  };
}
