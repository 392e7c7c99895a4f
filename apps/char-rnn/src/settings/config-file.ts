import path from 'node:path';
import { atomicWriteFile } from '@unrolled/app-shared';
import { readTextFile } from '@unrolled/data/node';
import { type Command, InvalidArgumentError, type Option } from 'commander';
import { closest } from 'fastest-levenshtein';
import { refuse } from '../refuse';
import type { TrainSettings } from './settings';
import { flagOf } from './train-options';

/** Options out of a file, by their names in code, and the files to learn from. */
export interface ConfigFile {
  readonly values: Readonly<Record<string, unknown>>;
  readonly files: readonly string[] | undefined;
}

/**
 * Reads a JSON object whose keys are options, written as on the command line without the dashes, and `files`. Each value
 * is held to what the option takes: a number, a text, or for an option without a value true or false.
 *
 * @throws UnrolledError when there is no such file, it is not a JSON object, or a key or a value is no option's
 */
export async function readConfig(command: Command, file: string): Promise<ConfigFile> {
  const { files, ...json } = parseObject(file, await readTextFile(file));
  if (files !== undefined && !(Array.isArray(files) && files.every((name) => typeof name === 'string'))) {
    refuse('--config', { expected: `a list of names as files in ${file}`, got: JSON.stringify(files) });
  }
  return { values: parseValues(command, json, '--config', file), files: files as string[] | undefined };
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
    got: Array.isArray(json) ? 'a list' : String(json),
  });
}

/**
 * Holds values to what the options of `command` take, by the parsers of the command line.
 *
 * @param scope the option that names `file`, where the values are from
 * @returns the values by the options' names in code
 */
export function parseValues(
  command: Command,
  json: Readonly<Record<string, unknown>>,
  scope: string,
  file: string,
): Record<string, unknown> {
  const options = new Map(command.options.map((option) => [option.long!.slice(2), option]));
  options.delete('config');
  const entries = Object.entries(json).map(([key, value]) => {
    const option = options.get(key) ?? options.get(flagOf(key).slice(2));
    if (!option) return refuseKey(scope, file, key, [...options.keys(), 'files']);
    return [option.attributeName(), parseValue(option, value, scope, file)] as const;
  });
  return Object.fromEntries(entries);
}

function refuseKey(scope: string, file: string, key: string, known: readonly string[]): never {
  refuse(scope, {
    expected: `options of train in ${file}`,
    got: `'${key}'`,
    remedy: `did you mean '${closest(key, known)}'?`,
  });
}

function parseValue(option: Option, value: unknown, scope: string, file: string): unknown {
  const complain = (expected: string): never =>
    refuse(scope, {
      expected: `${expected} as ${option.long!.slice(2)} in ${file}`,
      got: JSON.stringify(value),
    });
  if (option.isBoolean()) return typeof value === 'boolean' ? value : complain('true or false');
  if (typeof value !== 'number' && typeof value !== 'string') return complain('a number or a text');
  if (!option.parseArg) return typeof value === 'string' ? value : complain('a text');
  let parsed: unknown;
  try {
    parsed = option.parseArg(String(value), undefined);
  } catch (error) {
    if (error instanceof InvalidArgumentError) return complain(error.message);
    throw error;
  }
  if (typeof parsed === typeof value) return parsed;
  return complain(typeof parsed === 'number' ? 'a number' : 'a text');
}

/** Writes a run's settings as a file for `--config`. The files' names are absolute: it can be used from anywhere. */
export async function writeConfig(
  file: string,
  files: readonly string[],
  settings: TrainSettings,
): Promise<void> {
  const json = {
    files: files.map((name) => (name === '-' ? name : path.resolve(name))),
    ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [flagOf(name).slice(2), value])),
  };
  await atomicWriteFile(file, `${JSON.stringify(json, undefined, 2)}\n`);
}
