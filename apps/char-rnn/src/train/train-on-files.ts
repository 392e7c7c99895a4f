import {
  createProgress,
  createReporter,
  formatLoss,
  interruptSignal,
  quietTensorflow,
  type Reporter,
} from '@unrolled/app-shared';
import { deriveSeed, disposeTree } from '@unrolled/cells';
import { selectBackend } from '@unrolled/kernels/node';
import { saveCheckpoint } from '@unrolled/training/node';
import type { Command } from 'commander';
import { fitBigram } from '../model/bigram';
import { checkpointConfig, type SavedModel, tensorsOf } from '../model/checkpoint';
import { buildModel, type CharacterModel } from '../model/model';
import { refuse } from '../refuse';
import { checkSameText, rewindFiles } from '../run/resume';
import type { RunListener, RunOutcome } from '../run/run-contract';
import { createRunDirectory, type RunDirectory, reopenRunDirectory } from '../run/run-directory';
import { openRunLog, type RunLog } from '../run/run-log';
import { writeText } from '../sample/sampling';
import { writeConfig } from '../settings/config-file';
import { type Beginning, engineSizes, openBeginning, resolveSettings } from '../settings/resolve-settings';
import type { TrainSettings } from '../settings/settings';
import type { TrainOptions } from '../settings/train-options';
import { type Dataset, prepareDataset } from '../text/dataset';
import { type Fingerprint, fingerprintOf } from '../text/fingerprint';
import { readCorpus, type TextCorpus } from '../text/texts';
import { stepLimit } from './timetable';
import { trainModel } from './train-model';
import { bitsOf, describeRun, lossWords, reportRun, showSample } from './train-report';

/**
 * `char-rnn train`: reads, checks and describes the data, trains, and leaves checkpoints, a log and curves in a run
 * directory. Nothing is written before the data and the options have passed.
 */
export async function trainCommand(files: readonly string[], command: Command): Promise<void> {
  quietTensorflow();
  const reporter = createReporter(command.opts<TrainOptions>());
  const signal = interruptSignal();
  const beginning = await openBeginning(command, files);
  const { unit, cacheDirectory } = command.opts<TrainOptions>();
  const tell = (line: string) => reporter.line(line);
  const corpus = await readCorpus(beginning.files, { unit, cacheDirectory, signal, tell });
  try {
    await trainOn(corpus, { command, reporter, signal, beginning });
  } finally {
    await corpus.close();
  }
}

interface Start {
  readonly command: Command;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  readonly beginning: Beginning;
}

async function trainOn(corpus: TextCorpus, { command, reporter, signal, beginning }: Start): Promise<void> {
  const { backend: choice, runDirectory } = command.opts<TrainOptions>();
  const backend = await selectBackend(choice, engineSizes(command, beginning, corpus));
  const { settings, reasons } = resolveSettings(command, beginning, { corpus, backend: backend.name });
  const dataset = prepareDataset(corpus, settings);
  const { resumed, initFrom } = beginning;
  if (resumed) checkSameText(resumed, dataset);
  if (initFrom) checkSameVocabulary(initFrom, dataset);
  if (resumed) checkIsLonger(settings, resumed.snapshot.step, dataset);
  const bigram = fitBigram(dataset.train, dataset.vocabulary.size);
  const bigramLoss = bigram.loss(dataset.validation.tokens);
  const directory = resumed
    ? await reopenRunDirectory(resumed.directory)
    : await createRunDirectory(runDirectory);
  try {
    if (resumed) await rewindFiles(resumed, directory);
    await writeConfig(directory.file('config'), corpus.files, settings);
    reporter.line(`backend ${backend.name}: ${backend.reason}`);
    describeRun(reporter, { corpus, dataset, settings, reasons, bigram, bigramLoss });
    reporter.line(`run directory ${directory.directory}`);
    reporter.line(resumed ? `going on after step ${resumed.snapshot.step}\n` : '');
    const run = { reporter, directory, dataset, settings, bigramLoss };
    const outcome = await train({ ...run, beginning, signal });
    await reportRun({ ...run, outcome });
  } finally {
    await directory.discardIfEmpty();
  }
}

function checkSameVocabulary({ vocabulary }: SavedModel, dataset: Dataset): void {
  const [before, now] = [vocabulary.tokens, dataset.vocabulary.tokens];
  if (before.join('\0') === now.join('\0')) return;
  const missing = (tokens: readonly string[], others: readonly string[]) => {
    const known = new Set(others);
    const lacking = tokens.filter((token) => !known.has(token)).map((token) => JSON.stringify(token));
    return lacking.length > 10 ? `${lacking.slice(0, 10).join(', ')} …` : lacking.join(', ');
  };
  const differences = [
    missing(now, before) && `also ${missing(now, before)}`,
    missing(before, now) && `no ${missing(before, now)}`,
  ].filter(Boolean);
  refuse('--init-from', {
    expected: `a text with the vocabulary of the model (${before.length} tokens)`,
    got: differences.join(' and ') || 'the same tokens in another order',
    remedy: 'the weights belong to tokens: train on a text that has the same ones',
  });
}

/** A run that is over already is only reported; one whose new limit it has passed is a mistake. */
function checkIsLonger(settings: TrainSettings, step: number, dataset: Dataset): void {
  const limit = stepLimit(settings, batchesPerEpoch(settings, dataset));
  if (step <= limit) return;
  refuse(settings.steps === undefined ? '--epochs' : '--steps', {
    expected: `a limit at or after step ${step}, to which the run has come`,
    got: `one at step ${limit}`,
  });
}

function batchesPerEpoch({ sequenceLength }: TrainSettings, { train, batchSize }: Dataset): number {
  return Math.floor(Math.floor((train.length - 1) / batchSize) / sequenceLength);
}

interface Run {
  readonly reporter: Reporter;
  readonly directory: RunDirectory;
  readonly dataset: Dataset;
  readonly settings: TrainSettings;
  readonly bigramLoss: number;
  readonly beginning: Beginning;
  readonly signal: AbortSignal;
}

/** Trains with a progress bar, and shows validations and samples above it. */
async function train(run: Run): Promise<RunOutcome> {
  const { reporter, directory, dataset, settings, bigramLoss, signal } = run;
  const { resumed, initFrom } = run.beginning;
  const size = dataset.vocabulary.size;
  const model = buildModel(size, settings);
  const step = resumed?.snapshot.step ?? 0;
  const limit = stepLimit(settings, batchesPerEpoch(settings, dataset));
  const log = await openRunLog(directory, { step, tensorboard: settings.tensorboard });
  const params = initFrom && tensorsOf(size, initFrom.architecture, initFrom.snapshot);
  const progress = createProgress({
    reporter,
    total: Number.isFinite(limit) ? limit : step + 1,
    initial: step,
  });
  const listener = listenerOf(run, { model, log, text: fingerprintOf(dataset) }, progress.update);
  try {
    return await trainModel({
      ...{ model, dataset, settings, listener, signal, params, resume: resumed },
      goal: settings.quick ? bigramLoss : undefined,
    });
  } finally {
    progress.stop();
    if (params) disposeTree(params);
  }
}

/** What becomes of the events of a run: lines, a bar, files. */
function listenerOf(
  { reporter, directory, dataset, settings, bigramLoss }: Run,
  { model, log, text }: { model: CharacterModel; log: RunLog; text: Fingerprint },
  show: ReturnType<typeof createProgress>['update'],
): RunListener {
  const { vocabulary } = dataset;
  let validationLoss: number | undefined;
  return {
    stepped: ({ expectedSteps, ...step }) => show({ ...step, validationLoss, total: expectedSteps }),
    logged: (entry) =>
      log.add({ ...entry, ...bitsOf(entry, dataset.validation), time: new Date().toISOString() }),
    validated: (result) => {
      validationLoss = result.validationLoss;
      const best = result.improved ? ', best so far' : '';
      reporter.line(
        `step ${result.step}: train ${lossWords(result.trainLoss, dataset)}, validation ${lossWords(validationLoss, dataset)}, bigram ${formatLoss(bigramLoss)}${best}`,
      );
    },
    extended: () => reporter.line('not below the bigram model yet: going on'),
    sample: (step, params) => {
      const { sampleLength: length, temperature } = settings;
      const seed = deriveSeed(settings.seed, step);
      const written = writeText({ model, params, vocabulary, length, temperature, seed });
      showSample(reporter, `sample at step ${step}`, [...written].join(''));
    },
    save: async ({ snapshot, state, validationLoss: loss, isBest }) => {
      const file = directory.file('last');
      const config = checkpointConfig({ settings, text, state }, vocabulary, loss);
      await saveCheckpoint(file, snapshot, { config });
      if (isBest) await directory.copy('last', 'best');
      return file;
    },
  };
}
