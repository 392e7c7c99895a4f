/** The events of a study, and its record. */
import { quoted } from '@unrolled/errors';
import { checkKind, refuse } from './refuse';
import type { Parameters } from './space';

/**
 * The events of a study, as plain JSON: a trial was asked for, reported, or was told. In order, they are its
 * record, and `history` resumes from it. A value that is not a number is null.
 */
export type StudyEvent =
  | { readonly event: 'asked'; readonly number: number; readonly parameters: Parameters }
  | {
      readonly event: 'reported';
      readonly number: number;
      readonly step: number;
      readonly value: number | null;
      /** Whether the trial was given up at this report. */
      readonly pruned: boolean;
    }
  | {
      readonly event: 'told';
      readonly number: number;
      readonly state: 'complete' | 'pruned' | 'failed';
      readonly value?: number | null;
      readonly reason?: string;
    };

/**
 * The events of a record that was written as JSON, one in each line. An incomplete last line is left out.
 *
 * @throws for a line that is no event
 */
export function parseStudyRecord(text: string): StudyEvent[] {
  if (typeof text !== 'string') checkKind('parseStudyRecord', 'the record', text, 'string');
  const lines = text.split('\n');
  const rest = lines.pop();
  const events = lines.map((line, index) => {
    const event = eventOf(line);
    if (event) return event;
    const got = `${quoted(line.slice(0, 60))} in line ${index + 1}`;
    return refuse('parseStudyRecord', { expected: 'an event of a study', got, remedy: 'remove the line' });
  });
  const last = rest ? eventOf(rest) : undefined;
  return last ? [...events, last] : events;
}

function eventOf(line: string): StudyEvent | undefined {
  try {
    const event: unknown = JSON.parse(line);
    return isEvent(event) ? event : undefined;
  } catch {
    return undefined;
  }
}

const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
const isNumber = (value: unknown) => value === null || typeof value === 'number';

/** Whether a value has all that an event of its kind has. */
export function isEvent(value: unknown): value is StudyEvent {
  const { event, number, parameters, ...rest } = Object(value) as Record<string, unknown>;
  if (!isCount(number)) return false;
  if (event === 'asked')
    return typeof parameters === 'object' && parameters !== null && !Array.isArray(parameters);
  const { step, value: worth, pruned, state, reason } = rest;
  if (event === 'reported') return isCount(step) && isNumber(worth) && typeof pruned === 'boolean';
  if (event !== 'told' || (reason !== undefined && typeof reason !== 'string')) return false;
  if (state === 'complete') return Number.isFinite(worth);
  return (state === 'pruned' || state === 'failed') && (worth === undefined || isNumber(worth));
}
