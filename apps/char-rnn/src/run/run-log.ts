import { appendFile, readFile } from 'node:fs/promises';
import { atomicWriteFile, encodeScalars, encodeVersion } from '@unrolled/app-shared';
import type { RunDirectory } from './run-directory';

/** One line of a run's log. Losses are means in nats per token, bits are per character. */
export interface LogLine {
  readonly step: number;
  readonly epoch: number;
  /** Tokens trained on so far. */
  readonly tokens: number;
  /** Over the steps since the line before. */
  readonly trainLoss: number;
  readonly trainBits: number;
  readonly validationLoss?: number;
  readonly validationBits?: number;
  /** Of this step. */
  readonly learningRate: number;
  /** Of this step, before clipping. */
  readonly gradientNorm: number;
  /** Since the line before, or since the run was resumed; null when that was this moment. */
  readonly tokensPerSecond: number | null;
  /** When the line was written, in ISO 8601. */
  readonly time: string;
}

/** The log of a run: JSON lines, and TensorBoard's event file where it is wanted. */
export interface RunLog {
  add(line: LogLine): Promise<void>;
}

/**
 * Opens a run's log. What an earlier process wrote past `step` is taken away first, so that the log of a resumed run is
 * that of a run that never stopped. An event file holds what the log does, and is made anew from it.
 *
 * @param step steps that are done; 0 begins a new log
 */
export async function openRunLog(
  directory: RunDirectory,
  { step, tensorboard }: { readonly step: number; readonly tensorboard: boolean },
): Promise<RunLog> {
  const [file, events] = [directory.file('log'), directory.file('events')];
  const kept = step === 0 ? [] : (await readLines(file)).filter((line) => line.step <= step);
  await atomicWriteFile(file, kept.map((line) => `${JSON.stringify(line)}\n`).join(''));
  if (tensorboard) {
    const start = kept[0]?.time ?? new Date().toISOString();
    const version = encodeVersion(secondsOf(start));
    await atomicWriteFile(events, Buffer.concat([version, ...kept.map(eventOf)]));
  }
  return {
    async add(line) {
      await appendFile(file, `${JSON.stringify(line)}\n`);
      if (tensorboard) await appendFile(events, eventOf(line));
    },
  };
}

/** The lines of a log, without a last one that was cut short. */
async function readLines(file: string): Promise<LogLine[]> {
  const text = await readFile(file, 'utf8').catch((error) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  });
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as LogLine];
    } catch {
      return [];
    }
  });
}

function eventOf(line: LogLine): Uint8Array {
  const { step, time, trainLoss, trainBits, validationLoss, validationBits } = line;
  const scalars = {
    'loss/train': trainLoss,
    'loss/validation': validationLoss,
    'bits_per_character/train': trainBits,
    'bits_per_character/validation': validationBits,
    learning_rate: line.learningRate,
    gradient_norm: line.gradientNorm,
    tokens_per_second: line.tokensPerSecond ?? undefined,
  };
  return encodeScalars({ step, wallTime: secondsOf(time), scalars });
}

const secondsOf = (time: string) => Date.parse(time) / 1000;
