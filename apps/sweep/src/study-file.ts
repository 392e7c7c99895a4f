/** A study as a file: a module, or JSON that names one. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { inWords, quoted } from '@unrolled/errors';
import type { Direction, SearchSpace } from '@unrolled/sweeps';
import { runChild } from './child';
import { objectiveProgram } from './objective-program';
import { refuse } from './refuse';

/** The contents of a study's file, except its objective. */
export interface StudyFile {
  readonly space: SearchSpace;
  readonly direction?: Direction;
  readonly trials?: number;
  /** A name, or a name with options: `{ name: 'halving', minimumSteps: 2 }`. */
  readonly sampler?: string | Readonly<Record<string, unknown>>;
  readonly pruner?: string | Readonly<Record<string, unknown>>;
  readonly trialMinutes?: number;
}

/** Maximum time in seconds for loading a study's file. */
const LOADING = 60;

/**
 * Reads a study's file. It is loaded in a separate process, so it cannot affect the study.
 *
 * @throws an error naming the file if it cannot be loaded, or does not describe a study
 */
export async function readStudyFile(file: string): Promise<StudyFile> {
  if (!existsSync(file)) {
    const expected = 'the file of a study';
    refuse('study', {
      expected,
      got: `no ${quoted(file)}`,
      remedy: 'pass study.mjs or study.json: sweep run study.mjs',
    });
  }
  let said: StudyFile | undefined;
  let failure: string | undefined;
  const ended = await runChild({
    args: [objectiveProgram(), 'describe', path.resolve(file)],
    seconds: LOADING,
    onMessage: (message) => {
      if ('study' in message) said = message.study as StudyFile;
      if ('failure' in message) failure = String(message.failure);
      return true;
    },
  });
  const isSpace = typeof said?.space === 'object' && said.space !== null && !Array.isArray(said.space);
  if (said && isSpace) return said;
  const got = said
    ? `${inWords(said.space)} as its space`
    : (failure ??
      (ended.isLate ? `no answer within ${LOADING} s` : `exit code ${ended.code}: ${ended.lastWords}`));
  return refuse(file, {
    expected: 'a study: export const space = …, export function objective(trial) {…}',
    got,
    remedy: 'correct the file',
  });
}

/** Refuses a value that is neither a known name nor an object with one. Returns the name and its options. */
export function namedOptions(
  what: string,
  value: StudyFile['sampler'],
  names: readonly string[],
): { name: string; options: Readonly<Record<string, unknown>> } | undefined {
  if (value === undefined) return undefined;
  const { name, ...options } = typeof value === 'string' ? { name: value } : Object(value);
  if (names.includes(name)) return { name, options };
  return refuse(what, {
    expected: `one of ${names.join(', ')}`,
    got: inWords(name),
    remedy: `set for example ${what}: '${names[0]}'`,
  });
}
