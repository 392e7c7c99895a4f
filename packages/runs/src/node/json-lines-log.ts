import { appendFile, readFile } from 'node:fs/promises';
import type { LogRecord, RunLog } from '../run-log';
import { encodeScalars, encodeVersion } from './event-file';
import { atomicWriteFile } from './files';

export interface JsonLinesLogOptions {
  /** More numbers for each record, by name: a loss in another unit, say. */
  readonly measures?: (record: LogRecord) => Readonly<Record<string, number>>;
  /** The path of a TensorBoard event file that holds what the log does; its name contains `tfevents`. */
  readonly events?: string | undefined;
  /** TensorBoard's tags of `measures`, by name; those without one are left out of the event file. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** A line of the log's file. */
type Line = LogRecord & {
  /** When the line was written, in ISO 8601. */
  readonly time: string;
};

const TAGS = {
  trainLoss: 'loss/train',
  validationLoss: 'loss/validation',
  learningRate: 'learning_rate',
  gradientNorm: 'gradient_norm',
  tokensPerSecond: 'tokens_per_second',
};

/**
 * A run's log as a file of JSON lines, each with its `time`; with `events` also as TensorBoard's event file.
 */
export function jsonLinesLog(file: string, options: JsonLinesLogOptions = {}): RunLog {
  const { measures = () => ({}), events, tags } = options;
  const all = Object.entries({ ...TAGS, ...tags });
  const eventOf = (line: Line): Uint8Array => {
    const numbers = line as unknown as Readonly<Record<string, number | null | undefined>>;
    const scalars = Object.fromEntries(all.map(([name, tag]) => [tag, numbers[name] ?? undefined]));
    return encodeScalars({ step: line.step, wallTime: secondsOf(line.time), scalars });
  };
  return {
    async rewind(step) {
      const kept = step === 0 ? [] : (await readLines(file)).filter((line) => line.step <= step);
      await atomicWriteFile(file, kept.map((line) => `${JSON.stringify(line)}\n`).join(''));
      if (events === undefined) return;
      const version = encodeVersion(secondsOf(kept[0]?.time ?? new Date().toISOString()));
      await atomicWriteFile(events, Buffer.concat([version, ...kept.map(eventOf)]));
    },
    async add(record) {
      const line: Line = { ...record, ...measures(record), time: new Date().toISOString() };
      await appendFile(file, `${JSON.stringify(line)}\n`);
      if (events !== undefined) await appendFile(events, eventOf(line));
    },
  };
}

/** The lines of a log, without a last one that was cut short. */
async function readLines(file: string): Promise<Line[]> {
  const text = await readFile(file, 'utf8').catch((error) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  });
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as Line];
    } catch {
      return [];
    }
  });
}

const secondsOf = (time: string) => Date.parse(time) / 1000;
