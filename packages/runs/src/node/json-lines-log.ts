import { appendFile, readFile, truncate } from 'node:fs/promises';
import type { OptionKinds } from '@unrolled/errors';
import { checkKind, checkOptions } from '../refuse';
import type { LogRecord, RunLog } from '../run-log';
import { encodeScalars, encodeSessionStart, encodeVersion, wholeRecords } from './event-file';
import { atomicWriteFile, refuseUnwritable } from './files';

export interface JsonLinesLogOptions {
  /** Additional values for each record, by name, such as a loss in another unit. */
  readonly measures?: (record: LogRecord) => Readonly<Record<string, number>>;
  /** The path of a TensorBoard event file with the same content. Its name contains `tfevents`. */
  readonly events?: string | undefined;
  /** TensorBoard's tags of `measures`, by name. Measures without a tag are omitted from the event file. */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * Called with one line if damaged lines of an earlier log were removed. A truncated last line is not
   * reported.
   */
  readonly warn?: (line: string) => void;
}

const KINDS: OptionKinds<JsonLinesLogOptions> = {
  measures: 'function?',
  events: 'string?',
  tags: 'object?',
  warn: 'function?',
};

const RECORD_KINDS: OptionKinds<Pick<LogRecord, 'step'>> = { step: 'integer of at least 0' };

/** A line of the log file. */
type Line = LogRecord & {
  /** Time at which the line was written, in ISO 8601. */
  readonly time: string;
};

const TAGS = {
  trainLoss: 'loss/train',
  validationLoss: 'loss/validation',
  score: 'score',
  learningRate: 'learning_rate',
  gradientNorm: 'gradient_norm',
  tokensPerSecond: 'tokens_per_second',
};

/**
 * A run's log as a file of JSON lines, each with a `time`. With `events`, it is also written as TensorBoard's
 * event file.
 */
export function jsonLinesLog(file: string, options: JsonLinesLogOptions = {}): RunLog {
  checkKind('jsonLinesLog', 'file', file, 'string');
  checkOptions('jsonLinesLog', options, KINDS);
  const { measures = () => ({}), events, tags, warn = () => {} } = options;
  const all = Object.entries({ ...TAGS, ...tags });
  const eventOf = (line: Line): Uint8Array => {
    const numbers = line as unknown as Readonly<Record<string, number | null | undefined>>;
    const scalars = Object.fromEntries(all.map(([name, tag]) => [tag, numbers[name] ?? undefined]));
    return encodeScalars({ step: line.step, wallTime: secondsOf(line.time), scalars });
  };
  return {
    async rewind(step) {
      checkKind('jsonLinesLog', 'step', step, 'integer of at least 0');
      const { lines: kept, damaged } = step === 0 ? NONE : await readLines(file, step);
      if (damaged > 0)
        warn(`${file}: ${damaged} damaged ${damaged === 1 ? 'line was' : 'lines were'} removed`);
      await atomicWriteFile(file, kept.map((line) => `${JSON.stringify(line)}\n`).join(''));
      if (events === undefined || (step > 0 && (await resumeEvents(events, step)))) return;
      const version = encodeVersion(secondsOf(kept[0]?.time ?? new Date().toISOString()));
      await atomicWriteFile(events, Buffer.concat([version, ...kept.map(eventOf)]));
    },
    async add(record) {
      checkOptions('jsonLinesLog', record, RECORD_KINDS, true);
      for (const [name, value] of Object.entries(record)) {
        if (typeof value !== 'number' && value != null) checkKind('jsonLinesLog', name, value, 'number');
      }
      const line: Line = { ...record, ...measures(record), time: new Date().toISOString() };
      await append(file, `${JSON.stringify(line)}\n`);
      if (events !== undefined) await append(events, eventOf(line));
    },
  };
}

/**
 * Marks in an event file that the run continues after a step. The file is not rewritten, so a running
 * TensorBoard may keep it open.
 *
 * @returns false if there is no such file
 */
async function resumeEvents(file: string, step: number): Promise<boolean> {
  const written = wholeRecords(await readFile(file).catch(() => Buffer.alloc(0)));
  if (written === 0) return false;
  await truncate(file, written);
  await append(file, encodeSessionStart(step + 1, Date.now() / 1000));
  return true;
}

async function append(file: string, data: string | Uint8Array): Promise<void> {
  await appendFile(file, data).catch((error) =>
    refuseUnwritable(
      'jsonLinesLog',
      `free space for the log ${file}`,
      error,
      'free disk space, or choose another directory for the run',
    ),
  );
}

interface LogLines {
  /** Records up to the step, in ascending order of steps. */
  readonly lines: readonly Line[];
  /** Number of lines that are not records, except an incomplete last line. */
  readonly damaged: number;
}

const NONE: LogLines = { lines: [], damaged: 0 };

async function readLines(file: string, last: number): Promise<LogLines> {
  const text = await readFile(file, 'utf8').catch((error) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  });
  const lines: Line[] = [];
  let damaged = 0;
  const pieces = text.split('\n');
  for (const [index, piece] of pieces.entries()) {
    const line = recordIn(piece);
    if (line && line.step > last) continue;
    if (line && line.step > (lines.at(-1)?.step ?? 0)) lines.push(line);
    // The text after the last line break is empty or a truncated line.
    else if (index < pieces.length - 1) damaged += 1;
  }
  return { lines, damaged };
}

/** The record in a line; undefined if a crash or another program damaged it. */
function recordIn(text: string): Line | undefined {
  try {
    const line = JSON.parse(text) as Partial<Line> | null;
    const isRecord = Number.isSafeInteger(line?.step) && Number.isFinite(Date.parse(String(line?.time)));
    return isRecord ? (line as Line) : undefined;
  } catch {
    return undefined;
  }
}

const secondsOf = (time: string) => Date.parse(time) / 1000;
