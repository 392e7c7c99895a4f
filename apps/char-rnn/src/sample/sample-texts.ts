import { createReporter, type Reporter } from '@unrolled/app-shared';
import { deriveSeed } from '@unrolled/cells';
import { readTextFile } from '@unrolled/data/node';
import {
  encodeStops,
  encodeText,
  likeliestTexts,
  startIds,
  type TrainedModel,
  writeIds,
  writeText,
  writeTexts,
} from '@unrolled/language-model';
import { interruptSignal } from '@unrolled/runs/node';
import type { DrawOptions, RepetitionOptions } from '@unrolled/training';
import { type ModelOptions, withModel } from '../model/with-model';
import { readStandardInput } from '../text/standard-input';
import { interact } from './interactive';
import { createTerminalWriter, forStream } from './terminal-writer';

export interface SampleOptions extends ModelOptions, DrawOptions, RepetitionOptions {
  prime?: string;
  primeFile?: string;
  encoding?: string;
  length: number;
  stop?: readonly string[];
  seed: number;
  samples?: number;
  beam?: number;
  lengthPenalty?: number;
  interactive?: boolean;
  json?: boolean;
}

/** Maximum number of samples in one batch. More would not be faster, and would need more memory. */
const SIDE_BY_SIDE = 64;

/** Generates text with a trained model. */
export async function sampleTexts(options: SampleOptions): Promise<void> {
  const prime = await primeOf(options);
  const reporter = createReporter(options);
  await withModel(options, reporter, async (trained) => {
    if (options.interactive) return interact(trained, { ...options, stop: options.stop ?? [] });
    const task = { trained, options, reporter, prime, ...encoded(trained, prime, options, reporter) };
    if (options.beam !== undefined) return searchText(task, options.beam);
    return options.samples === undefined ? writeOne(task) : writeMany(task, options.samples);
  });
}

interface Task {
  readonly trained: TrainedModel;
  readonly options: SampleOptions;
  readonly reporter: Reporter;
  readonly prime: string;
  readonly primeIds: Int32Array;
  readonly stopSequences: readonly Int32Array[];
}

async function primeOf({ prime, primeFile, encoding }: SampleOptions): Promise<string> {
  if (primeFile === undefined) return prime ?? '';
  return primeFile === '-' ? readStandardInput('--prime-file', encoding) : readTextFile(primeFile, encoding);
}

/** Texts as ids. */
function encoded({ vocabulary }: TrainedModel, prime: string, options: SampleOptions, { warn }: Reporter) {
  const scope = options.primeFile === undefined ? '--prime' : '--prime-file';
  const primeIds = encodeText(scope, prime, vocabulary, warn);
  return {
    primeIds: primeIds.length > 0 ? primeIds : startIds(vocabulary),
    stopSequences: encodeStops('--stop', options.stop ?? [], vocabulary, warn),
  };
}

/** The options of a beam search, which is deterministic. */
function searchOptions({ trained, options, primeIds, stopSequences }: Task) {
  const { model, params, vocabulary } = trained;
  return { model, params, vocabulary, length: options.length, prime: primeIds, stopSequences };
}

function writingOptions({ trained, options, primeIds, stopSequences }: Task) {
  const { model, params, vocabulary } = trained;
  const { length, temperature, topK, topP, minP, repetitionPenalty, repetitionWindow } = options;
  const drawn = { temperature, topK, topP, minP, repetitionPenalty, repetitionWindow };
  return { model, params, vocabulary, length, ...drawn, prime: primeIds, stopSequences };
}

/** The prime and the generated text, piece by piece. */
async function writeOne(task: Task): Promise<void> {
  const { prime, options, reporter } = task;
  const signal = interruptSignal();
  if (task.trained.vocabulary.unit === 'byte' && !reporter.json && !process.stdout.isTTY)
    return writeBytes(task, signal);
  const writer = createTerminalWriter(reporter.json ? undefined : process.stdout);
  let text = prime;
  writer.write(prime);
  for (const piece of writeText({ ...writingOptions(task), seed: options.seed })) {
    text += piece;
    writer.write(piece);
    await writer.turn();
    if (signal.aborted) break;
  }
  writer.write('\n');
  await writer.flush();
  reporter.result({ text });
}

/**
 * A text of bytes is written unchanged, even if it is not UTF-8. The model writes the encoding that it
 * learned.
 */
async function writeBytes(task: Task, signal: AbortSignal): Promise<void> {
  const { prime, options } = task;
  const writer = createTerminalWriter(process.stdout, 'latin1');
  writer.write(Buffer.from(prime).toString('latin1'));
  for (const id of writeIds({ ...writingOptions(task), seed: options.seed })) {
    writer.write(String.fromCharCode(id));
    await writer.turn();
    if (signal.aborted) break;
  }
  writer.write('\n');
  await writer.flush();
}

/** Sample number n, from 1. The first uses the given seed, each later one a seed derived from it. */
function seedOf(seed: number, number: number): number {
  return number === 1 ? seed : deriveSeed(seed, number) >>> 0;
}

async function writeMany(task: Task, count: number): Promise<void> {
  const { prime, options, reporter } = task;
  const signal = interruptSignal();
  const turns = createTerminalWriter(undefined);
  const samples: { text: string; seed: number }[] = [];
  while (samples.length < count && !signal.aborted) {
    const first = samples.length;
    const batch = Array.from({ length: Math.min(SIDE_BY_SIDE, count - first) }, (_, n) => ({
      text: prime,
      seed: seedOf(options.seed, first + n + 1),
    }));
    for (const [n, piece] of writeTexts({ ...writingOptions(task), seeds: batch.map(({ seed }) => seed) })) {
      batch[n]!.text += piece;
      await turns.turn();
      if (signal.aborted) break;
    }
    for (const sample of batch) {
      samples.push(sample);
      if (!reporter.json) showText(`sample ${samples.length} of ${count}, seed ${sample.seed}`, sample.text);
    }
    await turns.flush();
  }
  reporter.result({ samples });
}

function searchText(task: Task, width: number): void {
  const { reporter, prime } = task;
  const found = likeliestTexts({ ...searchOptions(task), width });
  const candidates = found.map((candidate) => ({ ...candidate, text: prime + candidate.text }));
  if (!reporter.json) {
    candidates.forEach(({ text, logProbability }, n) => {
      showText(`candidate ${n + 1} of ${candidates.length}, ln P ${logProbability.toFixed(3)}`, text);
    });
  }
  reporter.result({ candidates });
}

function showText(title: string, text: string): void {
  process.stdout.write(forStream(`--- ${title} ---\n${text}\n`, process.stdout));
}
