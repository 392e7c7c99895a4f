import { existsSync } from 'node:fs';
import path from 'node:path';
import { flagOf } from '@unrolled/app-shared';
import { vocabularyFromJSON } from '@unrolled/data';
import { type Refuse, refuser, UnrolledError } from '@unrolled/errors';
import { loadRun, type RunState } from '@unrolled/runs';
import { createRunDirectory, openRunDirectory, type RunDirectory } from '@unrolled/runs/node';
import { loadModelFile } from '@unrolled/training/node';
import type { Network, Params } from './network';
import type { DataOptions } from './read-task';

/** Refuses what the user gave, in one line. */
export const refuse: Refuse = refuser('sentiment');

/** Says an error of reading embeddings in the words of the command line. */
export function refuseEmbeddings(error: unknown): never {
  if (!(error instanceof UnrolledError)) throw error;
  const { expected, got, code } = error;
  const isWidth = /a word and \d+ numbers/.test(expected);
  const remedy = isWidth ? 'give --dimension as the file has it, or another file' : 'give another file';
  return refuse('--embeddings', { expected, got, remedy, code }, error);
}

/** What a run is, and goes on being when it is resumed. */
export interface Settings extends DataOptions {
  readonly embeddings?: string;
  readonly dimension: number;
  readonly units: number;
  readonly words: number;
  readonly hide: number;
  readonly labelSmoothing: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
}

/** Where a run is kept, what it is and how long. */
export interface TrainOptions extends Settings {
  readonly run: string;
  readonly resume?: boolean;
  readonly minutes?: number;
  readonly seconds?: number;
  readonly steps?: number;
  readonly threads?: number;
  readonly json?: boolean;
}

/** How a trained network is used. */
export interface UseOptions {
  readonly run: string;
  readonly json?: boolean;
}

/** The directory of a new run, or of one that goes on. */
export function openDirectory({ run, resume }: TrainOptions): Promise<RunDirectory> {
  if (resume) return openRunDirectory(run);
  const refuseEarlier = (_run: string, file: string) =>
    refuse('--run', {
      ...{ expected: 'a directory without an earlier run', got: `${run}, which holds ${file}` },
      remedy: 'choose another, or go on with that run: --resume',
    });
  return createRunDirectory({ directory: run, program: 'sentiment', refuseEarlier });
}

/** Options that a resumed run may be given: they change how long it is, not what it is. */
const FREE = ['run', 'resume', 'minutes', 'seconds', 'steps', 'threads', 'json'];

/** The run to go on with. @param given the names of the options on the command line */
export async function savedRun({ store, directory }: RunDirectory, given: readonly string[]) {
  const other = given.find((name) => !FREE.includes(name));
  const remedy = 'leave it out: a resumed run keeps its options';
  if (other) refuse(flagOf(other), { expected: 'only a limit beside --resume', got: 'this option', remedy });
  const none = { expected: `a run in ${directory}`, got: 'none', remedy: 'name it by --run' };
  return (await loadRun(store)) ?? refuse('--resume', none);
}

/** The best network of a run, and the step that it is of. Its parameters are the caller's. */
export async function openNetwork(run: string) {
  const file = ['best', 'last'].map((name) => path.join(run, `${name}.safetensors`)).find(existsSync);
  const [expected, remedy] = [`a trained network in ${run}`, 'name another, or train one: sentiment train'];
  if (!file) return refuse('--run', { expected, got: 'none', remedy });
  const { model, params, details } = await loadModelFile(file);
  const { settings, vocabulary, run: state } = Object(details) as Details;
  if (!settings?.words || !vocabulary)
    return refuse('--run', { expected, got: 'another program’s', remedy, code: 'format' });
  const steps = state.scoring?.best?.step ?? 0;
  const own = { model: model as unknown as Network, params: params as unknown as Params };
  return { ...own, vocabulary: vocabularyFromJSON(vocabulary), settings, steps };
}

type Details = {
  settings?: Settings;
  vocabulary?: Parameters<typeof vocabularyFromJSON>[0];
  run: RunState;
};
