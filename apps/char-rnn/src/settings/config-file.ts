import path from 'node:path';
import { flagOf, type OptionForm } from '@unrolled/app-shared';
import { readTextFile } from '@unrolled/data/node';
import { inWords, quoted } from '@unrolled/errors';
import { atomicWriteFile } from '@unrolled/runs/node';
import { InvalidArgumentError } from 'commander';
import { closest } from 'fastest-levenshtein';
import { refuse } from '../refuse';
import type { RunSettings } from './run-settings';

/** Options from a file, by their names in code, and the training files. */
export interface ConfigFile {
  readonly values: Readonly<Record<string, unknown>>;
  readonly files: readonly string[] | undefined;
}

/**
 * Reads a JSON object. Its keys are `files` and the long options of the command line, without dashes. Each
 * value must have the option's type: a number, a string, or true or false for an option without a value.
 *
 * @throws UnrolledError if the file does not exist or is not a JSON object, or a key or a value is not that
 *   of an option
 */
export async function readConfig(file: string, forms: readonly OptionForm[]): Promise<ConfigFile> {
  const { files, ...json } = parseObject(file, await readTextFile(file));
  if (files !== undefined && !(Array.isArray(files) && files.every((name) => typeof name === 'string'))) {
    refuse('--config', { expected: `a list of file names as files in ${file}`, got: inWords(files) });
  }
  return { values: parseValues(json, forms, '--config', file), files: files as string[] | undefined };
}

function parseObject(file: string, text: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return refuse('--config', { expected: `JSON in ${file}`, got: (error as Error).message }, error);
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return { ...json };
  return refuse('--config', {
    expected: `a JSON object in ${file}`,
    got: Array.isArray(json) ? 'a list' : inWords(json),
  });
}

/**
 * Checks values with the parsers of the command line.
 *
 * @param scope the option that names the source `file` of the values
 * @returns the values by the options' names in code
 */
export function parseValues(
  json: Readonly<Record<string, unknown>>,
  forms: readonly OptionForm[],
  scope: string,
  file: string,
): Record<string, unknown> {
  const known = forms.filter(({ name }) => name !== 'config');
  const entries = Object.entries(json).map(([key, value]) => {
    const form = known.find(({ name, flag }) => key === name || `--${key}` === flag);
    if (!form) return refuseKey(scope, file, key, known);
    try {
      return [form.name, form.read(value)] as const;
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      const expected = `${error.message} as ${form.flag.slice(2)} in ${file}`;
      return refuse(scope, { expected, got: inWords(value) });
    }
  });
  return Object.fromEntries(entries);
}

function refuseKey(scope: string, file: string, key: string, known: readonly OptionForm[]): never {
  refuse(scope, {
    expected: `options of train in ${file}`,
    got: quoted(key),
    remedy: `did you mean '${closest(key, [...known.map(({ flag }) => flag.slice(2)), 'files'])}'?`,
  });
}

/**
 * Writes a run's settings as a file for `--config`. File names are absolute, so it works from any directory.
 */
export async function writeConfig(
  file: string,
  files: readonly string[],
  settings: RunSettings,
): Promise<void> {
  const json = {
    files: files.map((name) => (name === '-' ? name : path.resolve(name))),
    ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [flagOf(name).slice(2), value])),
  };
  await atomicWriteFile(file, `${JSON.stringify(json, undefined, 2)}\n`);
}
