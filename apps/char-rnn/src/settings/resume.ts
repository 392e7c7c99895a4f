import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { OptionForm } from '@unrolled/app-shared';
import { UnrolledError } from '@unrolled/errors';
import { readRun, type SavedRun } from '@unrolled/language-model/node';
import { refuse } from '../refuse';
import { RUN_FILES } from '../run/run-directory';
import { parseValues, readConfig } from './config-file';
import type { TrainOptions } from './run-settings';

/** A run to go on with. */
export interface Resumed extends SavedRun {
  readonly directory: string;
  /** The checkpoint it goes on from. */
  readonly file: string;
  /** The text that the run learned from, where its config file says so; undefined when there is none. */
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
 * @param asked the options that are given besides
 * @param forms all options of the command
 * @throws UnrolledError when there is no such run, its checkpoint is damaged, or an option contradicts it
 */
export async function openResumed(
  given: string,
  asked: Partial<TrainOptions>,
  forms: readonly OptionForm[],
): Promise<Resumed> {
  const file = await checkpointOf(given);
  const directory = path.dirname(file);
  const saved = await readRun('--resume', file).catch((error) => refuseDamaged(error, file, directory));
  const settings = parseValues(saved.settings, forms, '--resume', file);
  checkContradictions(asked, { ...settings, runDirectory: directory }, file, forms);
  const config = path.join(directory, RUN_FILES.config);
  const files = existsSync(config) ? (await readConfig(config, forms)).files : undefined;
  return { ...saved, settings, directory, file, files };
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

/** Refuses a checkpoint that cannot be read. Where there is the best one, the run can go on with that. */
function refuseDamaged(error: unknown, file: string, directory: string): never {
  const best = path.join(directory, RUN_FILES.best);
  if (!(error instanceof UnrolledError) || path.basename(file) === RUN_FILES.best || !existsSync(best))
    throw error;
  const { expected, got } = error;
  refuse('--resume', { expected, got, remedy: `go on from the best one: --resume ${best}` }, error);
}

/** @param before the options of the run, as it was begun */
function checkContradictions(
  asked: Partial<TrainOptions>,
  before: Readonly<Record<string, unknown>>,
  file: string,
  forms: readonly OptionForm[],
): void {
  for (const { name, flag } of forms) {
    const value = asked[name as keyof TrainOptions];
    if (value === undefined || FREE.includes(name) || value === before[name]) continue;
    if (name === 'runDirectory' && path.resolve(`${value}`) === path.resolve(`${before[name]}`)) continue;
    refuse(flag, {
      expected: before[name] === undefined ? `nothing, as in ${file}` : `${before[name]}, as in ${file}`,
      got: String(value),
      remedy: 'a resumed run keeps its options; --init-from begins a new one with its weights',
    });
  }
}
