import { existsSync } from 'node:fs';
import path from 'node:path';
import { flagOf } from '@unrolled/app-shared';
import { loadRun, type RunState } from '@unrolled/runs';
import { createRunDirectory, openRunDirectory, type RunDirectory } from '@unrolled/runs/node';
import { loadModelFile } from '@unrolled/training/node';
import type { Alphabet } from './alphabet';
import type { Network, Params, Recogniser } from './network';
import type { DataOptions } from './read-task';
import { refuse } from './refuse';

/** What a run is, and goes on being when it is resumed. */
export interface Settings extends DataOptions {
  readonly units: number;
  readonly batch: number;
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
  readonly json?: boolean;
}

/** How a trained network is used. */
export interface UseOptions {
  readonly run: string;
  readonly beam: number;
  readonly languageModel?: string;
  readonly weight: number;
  readonly bonus: number;
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
  return createRunDirectory({ directory: run, program: 'speech', refuseEarlier });
}

/** Options that a resumed run may be given: they change how long it is, not what it is. */
const FREE = ['run', 'resume', 'minutes', 'seconds', 'steps', 'json'];

/** The run to go on with. @param given the names of the options on the command line */
export async function savedRun({ store, directory }: RunDirectory, given: readonly string[]) {
  const other = given.find((name) => !FREE.includes(name));
  const remedy = 'leave it out: a resumed run keeps its options';
  if (other) refuse(flagOf(other), { expected: 'only a limit beside --resume', got: 'this option', remedy });
  const none = { expected: `a run in ${directory}`, got: 'none', remedy: 'name it by --run' };
  return (await loadRun(store)) ?? refuse('--resume', none);
}

/** A network with how it was trained. */
export interface Trained extends Recogniser {
  readonly settings: Settings;
  readonly rate: number;
  readonly steps: number;
}

/** The best network of a run, and the step that it is of. Its parameters are the caller's. */
export async function openRecogniser(run: string): Promise<Trained> {
  const file = ['best', 'last'].map((name) => path.join(run, `${name}.safetensors`)).find(existsSync);
  const [expected, remedy] = [`a trained network in ${run}`, 'name another, or train one: speech train'];
  if (!file) return refuse('--run', { expected, got: 'none', remedy });
  const { model, params, details } = await loadModelFile(file);
  const { settings, alphabet, rate, run: state } = Object(details) as Details;
  if (!settings || !Array.isArray(alphabet?.labels) || !rate)
    return refuse('--run', { expected, got: 'another program’s', remedy, code: 'format' });
  const steps = state.scoring?.best?.step ?? 0;
  return { model: model as Network, params: params as Params, alphabet, rate, settings, steps };
}

type Details = { settings?: Settings; alphabet?: Alphabet; rate?: number; run: RunState };
