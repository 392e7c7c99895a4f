import { describe } from '@unrolled/cells';
import { type ContiguousBatch, contiguousBatches } from '@unrolled/data';
import type { OptionKinds } from '@unrolled/errors';
import { learningRateOf, type RunOptions, type RunOutcome, runTraining } from '@unrolled/runs';
import { adam, type Optimizer, type OptimizerName, type StartingParams } from '@unrolled/training';
import { languageModel } from '../architecture/architecture';
import { checkModelMemory } from '../architecture/memory';
import { checkpointConfig } from '../checkpoint/checkpoint';
import { checkVocabulary } from '../records';
import { checkKind, checkOptions } from '../refuse';
import { checkSettings } from '../settings/check-settings';
import type { TrainingSettings } from '../settings/training-settings';
import { checkDataset, checkPart, type Dataset } from '../text/dataset';
import { fingerprintOf } from '../text/fingerprint';
import { evaluationOf, lossOf, tokensIn } from './loss';

/** A training run of a language model. */
export interface LanguageModelRun
  extends Pick<
    RunOptions<unknown[], ContiguousBatch, unknown[]>,
    'store' | 'log' | 'listener' | 'signal' | 'goal' | 'advice' | 'resume' | 'preparation' | 'onWarning'
  > {
  readonly dataset: Dataset;
  /** Stored in every checkpoint, with the caller's additional entries. */
  readonly settings: TrainingSettings;
  /**
   * Initial weights. Given ones are copied; those of a function are used and disposed; by default they are
   * drawn from the seed.
   */
  readonly params?: StartingParams<unknown[]> | undefined;
}

/** `runTraining` checks its own options. */
const KINDS: OptionKinds<LanguageModelRun> = {
  dataset: 'object',
  settings: 'object',
  params: 'value?',
  store: 'object',
  log: 'object?',
  listener: 'object?',
  signal: 'AbortSignal?',
  goal: 'number?',
  advice: 'string?',
  resume: 'value?',
  preparation: 'number?',
  onWarning: 'function?',
};

/** Number of steps of one epoch. */
export function batchesPerEpoch(settings: TrainingSettings, dataset: Dataset): number {
  checkKind('batchesPerEpoch', 'settings.sequenceLength', settings?.sequenceLength, 'positive integer');
  checkDataset('batchesPerEpoch', dataset);
  const { sequenceLength } = settings;
  const { train, batchSize } = dataset;
  return Math.floor(Math.floor((train.length - 1) / batchSize) / sequenceLength);
}

/**
 * Trains a model on one text. The recurrent state is carried from batch to batch. Validation on the end of
 * the text has a separate state. The checkpoints contain the run's state and everything for
 * {@link savedModel}. The parameters are in the store; no tensor remains.
 *
 * @returns when the settings' limits or the patience end the run, or after the step in which `signal` aborts
 * @throws UnrolledError with code 'not-finite' if a loss is not finite; it names the checkpoint that is kept
 */
export async function trainLanguageModel(run: LanguageModelRun): Promise<RunOutcome> {
  checkOptions('trainLanguageModel', run, KINDS);
  const { dataset, settings, params, ...others } = run;
  checkDataset('trainLanguageModel', dataset);
  checkVocabulary('trainLanguageModel', dataset.vocabulary);
  checkPart('trainLanguageModel', dataset.validation);
  checkSettings(settings);
  const { sequenceLength, averaging, seed, patience } = settings;
  const { vocabulary, batchSize } = dataset;
  checkModelMemory({ ...settings, batchSize, vocabularySize: vocabulary.size });
  const model = languageModel(vocabulary.size, settings);
  const batches = contiguousBatches(dataset.train, { batchSize, sequenceLength });
  const measured = evaluationOf(model, dataset.validation);
  return runTraining({
    ...{
      params: params ?? (() => model.init(seed)),
      batches,
      lossOf: lossOf(model),
      countOf: tokensIn,
      seed,
      patience,
    },
    ...timesOf(settings),
    carry: { model, batchSize },
    validation: { batches: measured.batches, carry: measured.carry },
    optimizer: optimizerOf(settings),
    clip: clipOf(settings),
    averaging: averaging > 0 ? { decay: averaging } : undefined,
    learningRate: learningRateOf(scheduleOf(settings), batches.length),
    model: describe(model),
    config: checkpointConfig({ vocabulary, settings, text: await fingerprintOf(dataset) }),
    ...others,
  });
}

function timesOf(settings: TrainingSettings) {
  const { steps, epochs, seconds, validateEvery, sampleEvery, checkpointEvery, logEvery } = settings;
  return { steps, epochs, seconds, validateEvery, sampleEvery, checkpointEvery, logEvery };
}

function scheduleOf(settings: TrainingSettings) {
  const { learningRate, schedule, finalLearningRate, warmUp, plateauPatience } = settings;
  const { decayFactor, decayEvery, decayAfter } = settings;
  return {
    ...{ learningRate, schedule, finalLearningRate, warmUp, plateauPatience },
    ...{ decayFactor, decayEvery, decayAfter },
  };
}

function optimizerOf({ optimizer, beta2, weightDecay }: TrainingSettings): Optimizer | OptimizerName {
  return optimizer === 'adam' ? adam({ beta2, weightDecay }) : optimizer;
}

function clipOf({ clip = 0, clipValue }: TrainingSettings) {
  if (clipValue !== undefined) return { value: clipValue };
  return clip > 0 ? { globalNorm: clip } : undefined;
}
