import {
  createProgress,
  createReporter,
  flagOf,
  type OptionForm,
  quietTensorflow,
  type Reporter,
} from '@unrolled/app-shared';
import { deriveSeed, disposeTree } from '@unrolled/cells';
import { UnrolledError } from '@unrolled/errors';
import { selectBackend } from '@unrolled/kernels/node';
import {
  architectureOf,
  batchesPerEpoch,
  checkModelMemory,
  fitBigram,
  grownParams,
  languageModel,
  paramsOf,
  prepareDataset,
  type SavedModel,
  trainLanguageModel,
  writeText,
} from '@unrolled/language-model';
import { type RunListener, type RunOutcome, stepLimit } from '@unrolled/runs';
import {
  createRunDirectory,
  interruptSignal,
  jsonLinesLog,
  RUN_FILES,
  type RunDirectory,
} from '@unrolled/runs/node';
import { refuse } from '../refuse';
import { writeConfig } from '../settings/config-file';
import { type Beginning, readLayers } from '../settings/read-layers';
import { engineSizes, foldLayers, resolveSettings } from '../settings/resolve-settings';
import type { TrainOptions } from '../settings/run-settings';
import { readCorpus, type TextCorpus } from '../text/corpus';
import { tellText } from '../text/tell-text';
import { checkBeginning } from './check-beginning';
import { bitsOf, describeRun, type Run, reportRun, showSample, textUntil, validationWords } from './report';
import { startingVocabulary } from './starting-vocabulary';

/**
 * Share of the time since the process started. Half of it was spent on reading and starting; the report takes
 * about as long.
 */
const PREPARATION = 1.5;

/** Writes TensorBoard events, if requested. */
const EVENTS = 'events.out.tfevents.char-rnn';

/**
 * Reads, checks and describes a text, trains a model, and writes checkpoints, a log and curves to a run
 * directory. Nothing is written before the text and the options have been checked.
 *
 * @param given the options on the command line
 * @param forms all options of the command
 */
export async function trainOnFiles(
  files: readonly string[],
  given: Partial<TrainOptions>,
  forms: readonly OptionForm[],
): Promise<void> {
  await quietTensorflow();
  const reporter = createReporter(given);
  const signal = interruptSignal();
  const beginning = await readLayers(given, files, forms);
  const { unit, cacheDirectory, encoding, normalize } = foldLayers(beginning.layers);
  const tell = (line: string) => reporter.line(line);
  try {
    const corpus = await readCorpus(beginning.files, {
      ...{ unit, cacheDirectory, encoding, normalize, signal, tell },
    });
    await tellText(corpus, tell);
    await trainOn(corpus, beginning, reporter, signal).finally(() => corpus.close());
  } finally {
    await beginning.resumed?.directory.close();
  }
}

async function trainOn(
  corpus: TextCorpus,
  beginning: Beginning,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<void> {
  const { backend: choice = 'auto', runDirectory } = foldLayers(beginning.layers);
  const backend = await selectBackend(choice, engineSizes(beginning, corpus));
  const { settings, reasons } = resolveSettings(beginning, corpus, backend.name);
  const grows = foldLayers(beginning.layers).growVocabulary ?? false;
  const vocabulary = startingVocabulary(beginning, corpus, grows, (line) => reporter.line(line));
  const dataset = prepareDataset(corpus, { ...settings, vocabulary }, flagOf);
  checkModelMemory(
    { ...settings, batchSize: dataset.batchSize, vocabularySize: dataset.vocabulary.size },
    flagOf,
  );
  await checkBeginning(beginning, settings, dataset);
  const { resumed } = beginning;
  const bigram = fitBigram(dataset.train, dataset.vocabulary.size);
  const bigramLoss = bigram.loss(dataset.validation.tokens);
  const directory = resumed?.directory ?? (await newDirectory(runDirectory));
  try {
    await writeConfig(directory.file(RUN_FILES.config), corpus.files, settings);
    reporter.line(`backend ${backend.name}: ${backend.reason}`);
    const run = { reporter, directory, dataset, settings, bigramLoss };
    describeRun(run, { corpus, reasons, bigram });
    reporter.line(resumed ? `continuing after step ${resumed.run.snapshot.step}\n` : '');
    await reportRun(run, await train(run, beginning, signal));
  } finally {
    await directory.close();
  }
}

function newDirectory(directory: string | undefined): Promise<RunDirectory> {
  return createRunDirectory({
    directory,
    program: 'char-rnn',
    refuseEarlier: (given, file) =>
      refuse('--run-directory', {
        expected: 'a directory without a previous run',
        got: `${given}, which contains ${file}`,
        remedy: `choose another directory, or continue the run: --resume ${given}`,
      }),
  });
}

/** Trains with a progress bar, and shows validations and samples above it. */
async function train(run: Run, { resumed, initFrom }: Beginning, signal: AbortSignal): Promise<RunOutcome> {
  const { reporter, directory, dataset, settings, bigramLoss } = run;
  const step = resumed?.run.snapshot.step ?? 0;
  const limit = stepLimit(settings, batchesPerEpoch(settings, dataset));
  const params = initFrom && paramsFor(initFrom, run);
  const progress = createProgress({
    reporter,
    total: Number.isFinite(limit) ? limit : step + 1,
    initial: step,
  });
  try {
    return await trainLanguageModel({
      ...{ dataset, settings, signal, params, resume: resumed?.run, store: directory.store },
      log: jsonLinesLog(directory.file(RUN_FILES.log), {
        measures: (record) => bitsOf(record, dataset.validation),
        tags: { trainBits: 'bits_per_character/train', validationBits: 'bits_per_character/validation' },
        events: settings.tensorboard ? directory.file(EVENTS) : undefined,
        warn: reporter.warn,
      }),
      preparation: (PREPARATION * performance.now()) / 1000,
      listener: listenerOf(run, progress.update),
      goal: settings.quick ? bigramLoss : undefined,
      advice: 'reduce --learning-rate or --clip',
    });
  } catch (error) {
    if (error instanceof UnrolledError && error.code === 'not-finite') refuse('train', error, error);
    throw error;
  } finally {
    progress.stop();
    if (params) disposeTree(params);
  }
}

/** The weights of a model, extended by those of the tokens that its vocabulary gained for this run. */
function paramsFor(initFrom: SavedModel, { dataset: { vocabulary }, settings }: Run): unknown[] {
  if (vocabulary.size === initFrom.vocabulary.size) return paramsOf(initFrom);
  return grownParams(initFrom, architectureOf(settings), vocabulary.size, settings.seed);
}

/** Prints the events of a run as lines and a progress bar. */
function listenerOf(
  { reporter, dataset, settings, bigramLoss }: Run,
  show: ReturnType<typeof createProgress>['update'],
): RunListener<unknown[]> {
  const { vocabulary } = dataset;
  const { sampleLength: length, temperature } = settings;
  const model = languageModel(vocabulary.size, settings);
  let validationLoss: number | undefined;
  return {
    stepped: ({ expectedSteps, ...step }) => show({ ...step, validationLoss, total: expectedSteps }),
    validated: (result) => {
      validationLoss = result.validationLoss;
      reporter.line(validationWords(result, bigramLoss, dataset));
    },
    extended: () => reporter.line("the loss is not yet below the bigram model's: training continues"),
    validationCut: (batches) =>
      reporter.line(`validation uses only the first ${batches} batches, because the time limit is short`),
    sample: async (step, params, isLate) => {
      const seed = deriveSeed(settings.seed, step);
      const written = writeText({ model, params, vocabulary, length, temperature, seed });
      showSample(reporter, `sample at step ${step}`, await textUntil(written, isLate));
    },
  };
}
