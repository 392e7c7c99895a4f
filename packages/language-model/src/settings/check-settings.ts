import type { OptionKinds } from '@unrolled/errors';
import { SCHEDULE_SETTINGS } from '@unrolled/runs';
import { asInCode, checkKind, checkOptions, type OptionNaming, refuse } from '../refuse';
import type { TrainingSettings } from './training-settings';

const KINDS: OptionKinds<TrainingSettings> = {
  unit: "'character', 'byte' or 'word'",
  minimumCount: 'number?',
  vocabularySize: 'number?',
  sequenceLength: 'number',
  batchSize: 'number',
  patience: 'number?',
  optimizer: "'adam', 'rmsprop' or 'sgd'",
  beta2: 'number?',
  clip: 'number?',
  clipValue: 'number?',
  weightDecay: 'number',
  averaging: 'number',
  validation: 'number',
  validationLimit: 'number?',
  test: 'number',
  warmUp: 'number',
  logEvery: 'number',
  seed: 'number',
  cell: "'lstm', 'gru' or 'rnn'",
  layers: 'number',
  units: 'number',
  embedding: 'number',
  dropout: 'number',
  variationalDropout: 'boolean',
  residual: 'boolean',
  tied: 'boolean',
  learningRate: 'number',
  schedule: "'constant', 'step', 'exponential', 'linear', 'cosine' or 'plateau'",
  finalLearningRate: 'number?',
  decayFactor: 'number?',
  decayEvery: 'number?',
  decayAfter: 'number?',
  plateauPatience: 'number?',
  steps: 'number?',
  epochs: 'number?',
  seconds: 'number?',
  validateEvery: 'number?',
  sampleEvery: 'number?',
  checkpointEvery: 'number?',
};

/**
 * Refuses settings that contradict each other, or that would have no effect.
 *
 * @param nameOf the name of an option in messages
 * @throws UnrolledError naming the option
 */
export function checkSettings(settings: TrainingSettings, nameOf: OptionNaming = asInCode): void {
  checkOptions('checkSettings', settings, KINDS, true);
  checkKind('checkSettings', 'nameOf', nameOf, 'function?');
  checkModel(settings, nameOf);
  checkSchedule(settings, nameOf);
  const { optimizer, weightDecay, beta2 } = settings;
  const expected = `${nameOf('optimizer')} adam together with this option`;
  if (beta2 !== undefined && optimizer !== 'adam') refuse(nameOf('beta2'), { expected, got: optimizer });
  if (weightDecay > 0 && optimizer !== 'adam') refuse(nameOf('weightDecay'), { expected, got: optimizer });
}

function checkModel(settings: TrainingSettings, nameOf: OptionNaming): void {
  const { tied, embedding, units, residual, layers, variationalDropout, dropout } = settings;
  const option = (name: keyof TrainingSettings, value: number) => `${nameOf(name)} ${value}`;
  if (tied && embedding !== units)
    refuse(nameOf('tied'), {
      expected: `an embedding of the same size as a layer, ${option('embedding', units)}`,
      got: option('embedding', embedding),
      remedy: `omit ${nameOf('embedding')}, or set ${option('units', embedding)}`,
    });
  if (residual && layers === 1 && embedding !== units)
    refuse(nameOf('residual'), {
      expected: `a layer whose input and output have the same size: ${option('layers', 2)} or more`,
      got: option('layers', 1),
      remedy: `add layers, or set ${option('embedding', units)}`,
    });
  if (variationalDropout && dropout === 0)
    refuse(nameOf('variationalDropout'), {
      expected: `${nameOf('dropout')} above 0 together with this option`,
      got: option('dropout', 0),
    });
}

function checkSchedule(settings: TrainingSettings, nameOf: OptionNaming): void {
  const { schedule, learningRate, finalLearningRate } = settings;
  const taken: readonly string[] = SCHEDULE_SETTINGS[schedule];
  for (const name of new Set(Object.values(SCHEDULE_SETTINGS).flat())) {
    if (settings[name] === undefined || taken.includes(name)) continue;
    const schedules = Object.entries(SCHEDULE_SETTINGS).filter(([, names]) =>
      (names as readonly string[]).includes(name),
    );
    refuse(nameOf(name), {
      expected: `${nameOf('schedule')} ${schedules.map(([own]) => own).join('|')} together with this option`,
      got: `${nameOf('schedule')} ${schedule}`,
    });
  }
  if (finalLearningRate !== undefined && finalLearningRate > learningRate)
    refuse(nameOf('finalLearningRate'), {
      expected: `at most the highest learning rate, ${learningRate}`,
      got: String(finalLearningRate),
    });
}
