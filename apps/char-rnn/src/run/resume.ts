import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { readRun, type SavedRun } from '../model/checkpoint';
import { refuse } from '../refuse';
import { parseValues, readConfig } from '../settings/config-file';
import { flagOf, isGiven, layUnder } from '../settings/train-options';
import type { Dataset } from '../text/dataset';
import { fingerprintOf } from '../text/fingerprint';
import { RUN_FILES, type RunDirectory } from './run-directory';

/** A run to go on with. */
export interface Resumed extends SavedRun {
  readonly directory: string;
  /** The checkpoint it goes on from. */
  readonly file: string;
  /** What the run learned from, where its config file says so; undefined when there is none. */
  readonly files: readonly string[] | undefined;
}

/** Options that lengthen a run, and those that change nothing about it. */
const FREE = [
  'steps',
  'epochs',
  'minutes',
  'seconds',
  'patience',
  'resume',
  'config',
  'preset',
  'backend',
  'cacheDirectory',
  'json',
];

/**
 * Reads the run that `--resume` names, and takes its options from there: those that are given besides may lengthen the
 * run, but not change it.
 *
 * @throws UnrolledError when there is no such run, its checkpoint is damaged, or an option contradicts it
 */
export async function openResumed(command: Command, given: string): Promise<Resumed> {
  const file = await checkpointOf(given);
  const directory = path.dirname(file);
  const saved = await readRun('--resume', file).catch((error) => {
    throw refuseDamaged(error, file, directory);
  });
  const settings = parseValues(command, saved.settings, '--resume', file);
  checkContradictions(command, settings, file, directory);
  layUnder(command, settings, 'checkpoint');
  const config = path.join(directory, RUN_FILES.config);
  const files = existsSync(config) ? (await readConfig(command, config)).files : undefined;
  return { ...saved, directory, file, files };
}

/** The checkpoint that a run directory, or a checkpoint's own name, stands for. */
async function checkpointOf(given: string): Promise<string> {
  const status = await stat(given).catch(() => undefined);
  if (status?.isDirectory()) {
    const last = path.join(given, RUN_FILES.last);
    if (existsSync(last)) return last;
    return refuse('--resume', { expected: `a run in ${given}`, got: `no ${RUN_FILES.last} there` });
  }
  const names: readonly string[] = [RUN_FILES.last, RUN_FILES.best];
  if (!status || names.includes(path.basename(given))) return given;
  return refuse('--resume', {
    expected: `a run directory, or ${names.join(' or ')} in one`,
    got: given,
    remedy:
      'copy it into a directory of its own under one of these names, or begin with its weights: --init-from',
  });
}

/** What to say of a checkpoint that cannot be read: where there is the best one, that it can be gone on with. */
function refuseDamaged(error: unknown, file: string, directory: string): unknown {
  const best = path.join(directory, RUN_FILES.best);
  const { name, expected, got } = error as { name?: string; expected?: string; got?: string };
  if (name !== 'UnrolledError' || path.basename(file) === RUN_FILES.best || !existsSync(best)) return error;
  try {
    return refuse(
      '--resume',
      { expected: `${expected}`, got: `${got}`, remedy: `go on from the best one: --resume ${best}` },
      error,
    );
  } catch (refusal) {
    return refusal;
  }
}

function checkContradictions(
  command: Command,
  settings: Readonly<Record<string, unknown>>,
  file: string,
  directory: string,
): void {
  for (const option of command.options) {
    const name = option.attributeName();
    if (!isGiven(command, name) || FREE.includes(name)) continue;
    const value = command.getOptionValue(name);
    if (name === 'runDirectory' && path.resolve(value) === path.resolve(directory)) continue;
    if (name in settings && settings[name] === value) continue;
    const before = name === 'runDirectory' ? directory : settings[name];
    refuse(flagOf(name), {
      expected: before === undefined ? `nothing, as in ${file}` : `${before}, as in ${file}`,
      got: String(value),
      remedy: 'a resumed run keeps its options; --init-from begins a new one with its weights',
    });
  }
}

/**
 * Refuses a text that is not the one that the run learned from.
 *
 * @throws UnrolledError naming what differs
 */
export function checkSameText({ text, vocabulary }: Resumed, dataset: Dataset): void {
  const now = fingerprintOf(dataset);
  const different = (expected: string, got: string) =>
    refuse('--resume', {
      expected: `the text that the run was begun with, ${expected}`,
      got,
      remedy: 'give the same files; for another text begin a new run with --init-from',
    });
  if (now.train !== text.train || now.validation !== text.validation)
    different(
      `${text.train} tokens to learn from and ${text.validation} to validate on`,
      `${now.train} and ${now.validation}`,
    );
  if (vocabulary.tokens.join('\0') !== dataset.vocabulary.tokens.join('\0') || now.hash !== text.hash)
    different('to the last character', 'one of the same length with other characters');
}

/** Brings the files of a run back to the state that it goes on from. */
export async function rewindFiles(
  { file, state, snapshot }: Resumed,
  directory: RunDirectory,
): Promise<void> {
  if (path.basename(file) === RUN_FILES.best) await directory.copy('best', 'last');
  // Killed after the last checkpoint was written, and before the best one was made its copy.
  else if (state.best?.step === snapshot.step) await directory.copy('last', 'best');
}
