import type { BackendName } from '@unrolled/app-shared';
import type { TrainingSettings } from '@unrolled/language-model/settings';

/**
 * The settings of a run, under the names of the command line's options. A resumed run reads all of them from
 * its checkpoint.
 */
export interface RunSettings extends TrainingSettings {
  readonly sampleLength: number;
  /** Options of the samples. */
  readonly temperature: number;
  /** Extend the time limit while the loss is above that of the bigram model. */
  readonly quick: boolean;
  /** Also write TensorBoard event files. */
  readonly tensorboard: boolean;
  /** The encoding of the text; default UTF-8, or UTF-16 if a byte order mark shows it. */
  readonly encoding?: string;
  /** The Unicode normalisation form of the text. */
  readonly normalize?: 'NFC' | 'NFD';
}

/** All options of `train`. */
export interface TrainOptions extends RunSettings {
  readonly minutes: number;
  readonly cacheDirectory: string;
  readonly runDirectory: string;
  readonly resume: string;
  readonly initFrom: string;
  readonly growVocabulary: boolean;
  readonly config: string;
  readonly preset: string;
  readonly backend: BackendName;
  readonly json: boolean;
}

/** The options of `train` that are not settings of its run. */
const OTHERS = {
  minutes: true,
  cacheDirectory: true,
  runDirectory: true,
  resume: true,
  initFrom: true,
  growVocabulary: true,
  config: true,
  preset: true,
  backend: true,
  json: true,
} as const satisfies Record<Exclude<keyof TrainOptions, keyof RunSettings>, true>;

/** Defaults that only the command line has. */
export const RUN_DEFAULTS = {
  sampleLength: 200,
  temperature: 0.8,
  quick: false,
  tensorboard: false,
} as const satisfies Partial<RunSettings>;

/**
 * The values that `--quick` sets, for a run of under a minute on two cores. The model is small, because one
 * step with two layers of 128 takes seconds on tfjs's own CPU backend. Batches are small, because with the
 * same number of characters more updates learn more.
 */
export function quickDefaults(backend: string): Partial<RunSettings> {
  const common = { dropout: 0, sampleLength: 400, seconds: 40 };
  if (backend === 'cpu')
    return {
      ...common,
      ...{ cell: 'gru', layers: 1, units: 32, batchSize: 16, sequenceLength: 8 },
      ...{ learningRate: 2e-2, validation: 0.005, sampleEvery: 0 },
    };
  return {
    ...common,
    ...{ layers: 2, units: 128, batchSize: 16, sequenceLength: 32, learningRate: 5e-3, validation: 0.05 },
  };
}

/** Selects the settings among options. */
export function settingsAmong(options: Partial<TrainOptions>): Partial<RunSettings> {
  const { minutes, seconds } = options;
  const settings = Object.entries({
    ...options,
    seconds: minutes === undefined ? seconds : minutes * 60,
  }).filter(([name]) => !Object.hasOwn(OTHERS, name));
  return Object.fromEntries(settings) as Partial<RunSettings>;
}
