import { createReporter, interruptSignal, type Reporter } from '@unrolled/app-shared';
import { deriveSeed } from '@unrolled/cells';
import { readTextFile } from '@unrolled/data/node';
import { type BeamCandidate, beamSearch, type DrawOptions, type RepetitionOptions } from '@unrolled/training';
import type { TrainedModel } from '../model/checkpoint';
import { type ModelOptions, withModel } from '../model/with-model';
import { refuse } from '../refuse';
import { readStandardInput } from '../text/standard-input';
import { encodeStops, encodeText, startIds, unwritableIds } from '../text/text-ids';
import { interact } from './interactive';
import { type WritingOptions, writeText, writeTexts } from './sampling';
import { createTerminalWriter } from './terminal-writer';

export interface SampleOptions extends ModelOptions, DrawOptions, RepetitionOptions {
  prime?: string;
  primeFile?: string;
  length: number;
  stop?: readonly string[];
  seed: number;
  samples?: number;
  beam?: number;
  lengthPenalty?: number;
  interactive?: boolean;
  json?: boolean;
}

/** Samples that are drawn side by side: more would be no faster, only larger. */
const SIDE_BY_SIDE = 64;

/** `char-rnn sample`: writes text with a trained model. */
export async function sampleCommand(options: SampleOptions): Promise<void> {
  checkCombinations(options);
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

/** Options that would have no effect are mistakes, as those are that exclude each other (commander refuses these). */
function checkCombinations({
  repetitionPenalty,
  repetitionWindow,
  beam,
  lengthPenalty,
}: SampleOptions): void {
  if (repetitionWindow !== undefined && repetitionPenalty === undefined) {
    refuse('--repetition-window', { expected: 'a --repetition-penalty beside it', got: 'none' });
  }
  if (lengthPenalty !== undefined && beam === undefined) {
    refuse('--length-penalty', { expected: 'a --beam beside it', got: 'none' });
  }
}

async function primeOf({ prime, primeFile }: SampleOptions): Promise<string> {
  if (primeFile === undefined) return prime ?? '';
  return primeFile === '-' ? readStandardInput('--prime-file') : readTextFile(primeFile);
}

/** Texts as ids. */
function encoded({ vocabulary }: TrainedModel, prime: string, options: SampleOptions, { warn }: Reporter) {
  const scope = options.primeFile === undefined ? '--prime' : '--prime-file';
  const primeIds = encodeText(scope, prime, vocabulary, warn);
  return {
    primeIds: primeIds.length > 0 ? primeIds : startIds(vocabulary),
    stopSequences: encodeStops(options.stop ?? [], vocabulary),
  };
}

function writingOptions({ trained, options, primeIds, stopSequences }: Task): WritingOptions {
  return { ...trained, ...options, prime: primeIds, stopSequences };
}

/** The prime and what the model writes after it, as it is written. */
async function writeOne(task: Task): Promise<void> {
  const { prime, options, reporter } = task;
  const signal = interruptSignal();
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

/** Sample number n, from 1: its seed, the first one's being the one given. */
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

async function searchText(task: Task, width: number): Promise<void> {
  const { trained, options, reporter, prime, primeIds, stopSequences } = task;
  const { model, params, vocabulary } = trained;
  const { length, lengthPenalty } = options;
  const candidates = beamSearch({
    ...{ model, params, prime: primeIds, length, width, stopSequences },
    ...(lengthPenalty !== undefined && { lengthPenalty }),
    exclude: unwritableIds(vocabulary),
  });
  const textOf = ({ ids }: BeamCandidate) => prime + vocabulary.decode(ids);
  if (!reporter.json) {
    candidates.forEach((candidate, n) => {
      const { logProbability } = candidate;
      showText(
        `candidate ${n + 1} of ${candidates.length}, ln P ${logProbability.toFixed(3)}`,
        textOf(candidate),
      );
    });
  }
  reporter.result({
    candidates: candidates.map((candidate) => ({
      text: textOf(candidate),
      logProbability: candidate.logProbability,
      score: candidate.score,
    })),
  });
}

function showText(title: string, text: string): void {
  process.stdout.write(`--- ${title} ---\n${text}\n`);
}
