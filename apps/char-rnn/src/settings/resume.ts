import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { OptionForm } from '@unrolled/app-shared';
import { UnrolledError } from '@unrolled/errors';
import { type SavedModel, savedModel } from '@unrolled/language-model';
import { type CheckpointName, loadRun, type SavedRun } from '@unrolled/runs';
import { openRunDirectory, RUN_FILES, type RunDirectory } from '@unrolled/runs/node';
import { refuse } from '../refuse';
import { parseValues, readConfig } from './config-file';
import type { TrainOptions } from './run-settings';

/** A run to resume. */
export interface Resumed {
  readonly run: SavedRun;
  readonly model: SavedModel;
  /** Its options. */
  readonly settings: Partial<TrainOptions>;
  /** Locked by this process. The caller closes it. */
  readonly directory: RunDirectory;
  /** The files of the run's training text, if its config file names them; otherwise undefined. */
  readonly files: readonly string[] | undefined;
}

/** Options that may lengthen a resumed run, and options that do not affect it. */
const FREE = [
  ...['steps', 'epochs', 'minutes', 'seconds', 'patience'],
  ...['resume', 'config', 'preset', 'backend', 'cacheDirectory', 'json'],
];

/**
 * Reads the run of `--resume` and its options. Options that are given in addition may lengthen the run, but
 * not change it.
 *
 * @param asked the additional options
 * @param forms all options of the command
 * @throws UnrolledError if the run does not exist, its checkpoint is damaged, or an option contradicts it
 */
export async function openResumed(
  given: string,
  asked: Partial<TrainOptions>,
  forms: readonly OptionForm[],
): Promise<Resumed> {
  const { directory: place, name } = await placeOf(given);
  // The lock is taken before the checkpoint is read. Otherwise another process could continue the run in
  // between.
  const directory = await openRunDirectory(place);
  try {
    return { ...(await readRun(directory, name, asked, forms)), directory };
  } catch (error) {
    await directory.close();
    throw error;
  }
}

/** Finds the checkpoint of a run directory, or of a path to a checkpoint. */
async function placeOf(given: string): Promise<{ directory: string; name: CheckpointName }> {
  const status = await stat(given).catch(() => undefined);
  const expected = `a run directory, or ${RUN_FILES.last} or ${RUN_FILES.best} in one`;
  if (!status)
    return refuse('--resume', { expected: `${expected}: ${given}`, got: 'a path that does not exist' });
  if (status.isDirectory()) {
    if (existsSync(path.join(given, RUN_FILES.last))) return { directory: given, name: 'last' };
    const isBegun = existsSync(path.join(given, RUN_FILES.config));
    return refuse('--resume', {
      expected: `a run in ${given}`,
      got: isBegun
        ? 'a run that was stopped before its first checkpoint'
        : `a directory without ${RUN_FILES.last}`,
      remedy: isBegun ? `start it again with its original options and --run-directory ${given}` : undefined,
    });
  }
  const name = (['last', 'best'] as const).find((one) => RUN_FILES[one] === path.basename(given));
  if (name) return { directory: path.dirname(given), name };
  return refuse('--resume', {
    expected,
    got: given,
    remedy:
      'copy the checkpoint into a separate directory under one of these names, or start a new run from its weights: --init-from',
  });
}

async function readRun(
  { directory, store, file }: RunDirectory,
  name: CheckpointName,
  asked: Partial<TrainOptions>,
  forms: readonly OptionForm[],
) {
  const checkpoint = file(RUN_FILES[name]);
  const read = async () => {
    const run = (await loadRun(store, name))!;
    return { run, model: savedModel('--resume', checkpoint, run) };
  };
  const { run, model } = await read().catch((error) => refuseDamaged(error, name, directory));
  const settings = parseValues(model.settings, forms, '--resume', checkpoint);
  checkContradictions(asked, { ...settings, runDirectory: directory }, checkpoint, forms);
  const config = file(RUN_FILES.config);
  const files = existsSync(config) ? (await readConfig(config, forms)).files : undefined;
  return { run, model, settings, files };
}

/**
 * Refuses a checkpoint that cannot be read. If the best checkpoint exists, the remedy is to resume from it.
 */
function refuseDamaged(error: unknown, name: CheckpointName, directory: string): never {
  const best = path.join(directory, RUN_FILES.best);
  if (!(error instanceof UnrolledError) || name === 'best' || !existsSync(best)) throw error;
  const { expected, got, code } = error;
  refuse(
    '--resume',
    { expected, got, remedy: `resume from the best checkpoint: --resume ${best}`, code },
    error,
  );
}

/** @param before the original options of the run */
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
      expected:
        before[name] === undefined ? `no such option, as in ${file}` : `${before[name]}, as in ${file}`,
      got: String(value),
      remedy:
        'omit the option: a resumed run keeps its options; to change them, start a new run from its weights with --init-from',
    });
  }
}
