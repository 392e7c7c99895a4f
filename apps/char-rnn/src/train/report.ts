import { formatCount, formatLoss, type Reporter } from '@unrolled/app-shared';
import { disposeTree } from '@unrolled/cells';
import {
  type Bigram,
  type Dataset,
  type EvaluationPart,
  evaluateOn,
  writeText,
} from '@unrolled/language-model';
import { loadModel } from '@unrolled/language-model/node';
import { bitsPerCharacter } from '@unrolled/losses';
import type { RunOutcome, ValidationResult } from '@unrolled/runs';
import { RUN_FILES, type RunDirectory, writeLossCurve } from '@unrolled/runs/node';
import { createTerminalWriter } from '../sample/terminal-writer';
import type { RunSettings } from '../settings/run-settings';
import type { TextCorpus } from '../text/corpus';

/** The data and settings of a run, its directory, and where to print. */
export interface Run {
  readonly reporter: Reporter;
  readonly directory: RunDirectory;
  readonly dataset: Dataset;
  readonly settings: RunSettings;
  readonly bigramLoss: number;
}

interface Description {
  readonly corpus: TextCorpus;
  /** The reason for the defaults. */
  readonly reasons: readonly string[];
  readonly bigram: Bigram;
}

/** The final sample of a run that has a time limit. */
const LONGEST_LAST_SAMPLE_MILLISECONDS = 500;

/** Prints a description of the text and the model before training. */
export function describeRun(run: Run, { corpus, reasons, bigram }: Description): void {
  const { reporter, directory, dataset, settings, bigramLoss } = run;
  const { vocabulary, train, validation, test, batchSize } = dataset;
  const { unit } = vocabulary;
  reporter.line(`text ${corpus.description}: ${formatCount(corpus.tokens.length)} ${unit}s`);
  reporter.line(
    [
      `${train.length} ${unit}s for training`,
      `${validation.tokens.length - 1} for validation`,
      ...(test ? [`${test.tokens.length - 1} for the test`] : []),
      `${vocabulary.size} distinct`,
    ].join(', '),
  );
  if (validation.limitedFrom !== undefined)
    reporter.line(
      `the validation set is limited to its first tokens, of ${validation.limitedFrom}: --validation-limit`,
    );
  if (validation.unknownTokens > 0)
    reporter.line(
      `${validation.unknownTokens} of the validation set's ${unit}s do not occur in the training set`,
    );
  for (const reason of reasons) reporter.line(reason);
  if (batchSize < settings.batchSize)
    reporter.line(
      `batch size ${batchSize} instead of ${settings.batchSize}: the text is too short for more rows of ${settings.sequenceLength}`,
    );
  reporter.line(
    `${modelWords(settings)}, batches of ${batchSize} × ${settings.sequenceLength} ${unit}s, ${scheduleWords(settings)}`,
  );
  const counted = bigram.counted < train.length ? `, measured on the first ${bigram.counted} ${unit}s` : '';
  reporter.line(`bigram model ${lossWords(bigramLoss, dataset)} on the validation set${counted}`);
  reporter.line(`run directory ${directory.directory}`);
}

function modelWords(settings: RunSettings): string {
  const { layers, cell, units, embedding, dropout, variationalDropout, residual, tied } = settings;
  return [
    `model ${layers} × ${cell} ${units}`,
    embedding > 0 ? `${tied ? 'tied ' : ''}embedding ${embedding}` : 'one-hot input',
    ...(residual ? ['residual'] : []),
    ...(dropout > 0 ? [`${variationalDropout ? 'variational ' : ''}dropout ${dropout}`] : []),
  ].join(', ');
}

function scheduleWords({ optimizer, learningRate, schedule, warmUp }: RunSettings): string {
  const warmth = warmUp > 0 ? ` after ${warmUp} steps of warm-up` : '';
  return `${optimizer} at ${learningRate}, ${schedule}${warmth}`;
}

/** Writes the loss curves, prints a sample by the best checkpoint and the final results. */
export async function reportRun(run: Run, outcome: RunOutcome): Promise<void> {
  const { reporter, directory, dataset, settings, bigramLoss } = run;
  const { steps, trainLoss, best, tokensPerSecond, interrupted, stoppedEarly } = outcome;
  const checkpoint = directory.file(best ? RUN_FILES.best : RUN_FILES.last);
  const { files, advice } = await writeLossCurve(directory.file('loss'), outcome.history, {
    title: 'Loss of the character model',
    yLabel: `nats per ${dataset.vocabulary.unit}`,
    references: [{ name: 'bigram model, validation', loss: bigramLoss }],
  });
  if (advice) reporter.warn(advice);
  const testLoss = interrupted ? undefined : await measureBest(run, checkpoint);
  reporter.line(endWords(outcome, settings));
  const words = (nats: number, part?: EvaluationPart) => lossWords(nats, dataset, part);
  if (trainLoss !== undefined) reporter.line(`train       ${words(trainLoss)}`);
  if (best) {
    reporter.line(`validation  ${words(best.loss)}, best at step ${best.step}`);
    reporter.line(`bigram      ${words(bigramLoss)}`);
  }
  if (testLoss !== undefined) reporter.line(`test        ${words(testLoss, dataset.test)}`);
  if (tokensPerSecond)
    reporter.line(`speed       ${formatCount(tokensPerSecond)} ${dataset.vocabulary.unit}s/s`);
  const written = new Set([
    checkpoint,
    directory.file(RUN_FILES.last),
    directory.file(RUN_FILES.log),
    ...files,
  ]);
  reporter.line(`written     ${[...written].join('\n            ')}`);
  reporter.line(`\ngenerate text: char-rnn sample --checkpoint ${checkpoint}`);
  if (interrupted || stoppedEarly) {
    const more = stoppedEarly && !interrupted ? ' --patience N' : '';
    reporter.line(`continue: char-rnn train --resume ${directory.directory}${more}`);
  }
  reporter.result({
    trainLoss: trainLoss ?? null,
    validationLoss: best?.loss ?? null,
    bitsPerCharacter: best ? bitsIn(best.loss, dataset.validation) : null,
    bigramLoss,
    testLoss: testLoss ?? null,
    tokensPerSecond: tokensPerSecond ?? null,
    steps,
    bestStep: best?.step ?? null,
    interrupted,
    stoppedEarly,
    checkpoint,
    runDirectory: directory.directory,
  });
}

function endWords({ steps, interrupted, stoppedEarly }: RunOutcome, { patience }: RunSettings): string {
  const length = `${steps} ${steps === 1 ? 'step' : 'steps'}`;
  if (interrupted) return `stopped after ${length}`;
  return `done after ${length}${stoppedEarly ? `: no better loss in ${patience} validations` : ''}`;
}

/** The last sample of a checkpoint, and its loss on the test set, if there is one, in nats per token. */
async function measureBest({ reporter, dataset, settings }: Run, checkpoint: string) {
  const trained = await loadModel('--checkpoint', checkpoint);
  const { model, params, vocabulary } = trained;
  const { sampleLength: length, temperature, seed, seconds } = settings;
  try {
    const endsAt = performance.now() + LONGEST_LAST_SAMPLE_MILLISECONDS;
    const isLate = () => seconds !== undefined && performance.now() > endsAt;
    const text = await textUntil(writeText({ model, params, vocabulary, length, temperature, seed }), isLate);
    showSample(reporter, `sample of ${checkpoint}`, text);
    return dataset.test && (await evaluateOn(dataset.test, trained.model, trained.params));
  } finally {
    disposeTree(trained.params);
  }
}

/** The text that was generated before the time limit; other events, such as Ctrl-C, can run in between. */
export async function textUntil(pieces: Iterable<string>, isLate: () => boolean): Promise<string> {
  const turns = createTerminalWriter(undefined);
  let text = '';
  for (const piece of pieces) {
    text += piece;
    const turn = turns.turn();
    if (turn === undefined) continue;
    await turn;
    if (isLate()) return `${text}…`;
  }
  return text;
}

export function showSample(reporter: Reporter, title: string, text: string): void {
  reporter.line(`\n--- ${title} ---\n${text}\n---\n`);
}

/** One line for a validation. */
export function validationWords(
  { step, trainLoss, validationLoss, improved }: ValidationResult,
  bigramLoss: number,
  dataset: Dataset,
): string {
  const losses = [
    `train ${lossWords(trainLoss, dataset)}`,
    `validation ${lossWords(validationLoss, dataset)}`,
    `bigram ${formatLoss(bigramLoss)}`,
  ];
  return `step ${step}: ${losses.join(', ')}${improved ? ', best so far' : ''}`;
}

/**
 * `1.5023 nats (2.1674 bits) per character`, or for other tokens `4.1 nats per word (1.3 bits per
 * character)`.
 */
function lossWords(nats: number, { vocabulary, validation }: Dataset, part = validation): string {
  const bits = formatLoss(bitsIn(nats, part));
  return vocabulary.unit === 'character'
    ? `${formatLoss(nats)} nats (${bits} bits) per character`
    : `${formatLoss(nats)} nats per ${vocabulary.unit} (${bits} bits per character)`;
}

/** The losses of a log line in bits per character. */
export function bitsOf(
  { trainLoss, validationLoss }: { readonly trainLoss: number; readonly validationLoss?: number },
  validation: Dataset['validation'],
) {
  return {
    trainBits: bitsIn(trainLoss, validation),
    ...(validationLoss !== undefined && { validationBits: bitsIn(validationLoss, validation) }),
  };
}

/** Converts nats per token to bits per character. */
function bitsIn(nats: number, { charactersPerToken }: Dataset['validation']): number {
  return bitsPerCharacter(nats) / charactersPerToken;
}
