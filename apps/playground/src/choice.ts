/**
 * The user's choices on the page, and the settings of the run that follow from them. No tensors: the page and
 * its Worker import it.
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

/** All that a run depends on. The page's address holds it, so it is plain data. */
export interface Choice {
  readonly text: TextName;
  /** The text of 'own'. */
  readonly own: string;
  readonly cell: CellName;
  /** The cell of a second model on the same text and seed. */
  readonly beside: CellName | 'none';
  readonly layers: number;
  readonly units: number;
  /** Time steps that a gradient reaches back over. */
  readonly unroll: number;
  /** Rows of a batch. */
  readonly batch: number;
  readonly optimizer: (typeof OPTIMIZERS)[number];
  readonly rate: number;
  /** The largest global norm of the gradients; 0 for any. */
  readonly clip: number;
  readonly temperature: number;
  readonly seed: number;
  /** The instructions of the WebAssembly binary. */
  readonly simd: (typeof BINARIES)[number];
}

/** The numbers among them, each with its range. */
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

/** Settings that suit each text, found by experiment: results are visible within seconds. */
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

/** The choices that suit a text. */
export function choiceFor(text: TextName): Choice {
  return { ...COMMON, ...SUITING[text], text };
}

/** Whether two choices begin the same run: the temperature is of samples alone. */
export function isSameRun(a: Choice, b: Choice): boolean {
  return (Object.keys(a) as (keyof Choice)[]).every((key) => key === 'temperature' || a[key] === b[key]);
}

/** The run's end, which nobody reaches: the fastest model takes a day and a half. */
const STEPS = 1_000_000_000;
/** Tokens that each validation is measured on, at most. */
const VALIDATION_LIMIT = 2_000;

/**
 * Steps from one checkpoint, and validation, to the next at a run's start: small models are quick to learn
 * and cheap to keep.
 */
export function intervalOf({ units, layers }: Pick<Choice, 'units' | 'layers'>): number {
  const weights = layers * units * units;
  return weights < 1_000 ? 10 : weights < 8_000 ? 25 : 100;
}

/**
 * The settings of a run, as `trainLanguageModel` takes them and a checkpoint keeps them. The vocabulary of a
 * text of up to 512 characters is read one-hot; above that by an embedding.
 */
export function settingsOf(choice: Choice, vocabularySize: number): TrainingSettings {
  const { cell, layers, units, unroll, batch, optimizer, rate, clip, seed } = choice;
  const every = intervalOf(choice);
  return {
    ...{ unit: 'character', cell, layers, units, embedding: vocabularySize > 512 ? Math.min(units, 128) : 0 },
    ...{ dropout: 0, variationalDropout: false, residual: false, tied: false },
    ...{ sequenceLength: unroll, batchSize: batch, optimizer, learningRate: rate, schedule: 'constant' },
    ...{ warmUp: 0, clip, weightDecay: 0, averaging: 0, validation: 0.1, test: 0, seed },
    // As char-rnn has it, so that it can go on with a checkpoint of the page.
    ...(optimizer === 'adam' && { beta2: 0.99 }),
    ...{ validationLimit: VALIDATION_LIMIT, steps: STEPS, logEvery: every },
    ...{ validateEvery: every, checkpointEvery: every },
  };
}
