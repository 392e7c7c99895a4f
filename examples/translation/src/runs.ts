import { existsSync } from 'node:fs';
import path from 'node:path';
import { flagOf } from '@unrolled/app-shared';
import { sideFrom } from '@unrolled/example-data';
import { loadRun, type RunState } from '@unrolled/runs';
import { createRunDirectory, openRunDirectory, type RunDirectory } from '@unrolled/runs/node';
import { loadModelFile } from '@unrolled/training/node';
import type { Network, Params } from './network';
import { type DataOptions, refuse } from './read-task';

/** What a run is, and goes on being when it is resumed. */
export interface Settings extends DataOptions {
  readonly units: number;
  readonly batchTokens: number;
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
  readonly json?: boolean;
}

/** Of `say` besides: how many texts are shown, and where the picture goes. */
export interface SayOptions extends UseOptions {
  readonly best: number;
  readonly picture?: string;
}

/** The directory of a new run, or of one that goes on. */
export function openDirectory({ run, resume }: TrainOptions): Promise<RunDirectory> {
  if (resume) return openRunDirectory(run);
  const refuseEarlier = (_run: string, file: string) =>
    refuse('--run', {
      ...{ expected: 'a directory without an earlier run', got: `${run}, which holds ${file}` },
      remedy: 'choose another, or go on with that run: --resume',
    });
  return createRunDirectory({ directory: run, program: 'translation', refuseEarlier });
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

/** The best network of a run, and the step that it is of. Its parameters are the caller's. */
export async function openTranslator(run: string) {
  const file = ['best', 'last'].map((name) => path.join(run, `${name}.safetensors`)).find(existsSync);
  const [expected, remedy] = [`a trained network in ${run}`, 'name another, or train one: translation train'];
  if (!file) return refuse('--run', { expected, got: 'none', remedy });
  const { model, params, details } = await loadModelFile(file);
  const { settings, source, target, run: state } = Object(details) as Details;
  if (!settings?.batchTokens || !source || !target)
    return refuse('--run', { expected, got: 'another program’s', remedy, code: 'format' });
  const sides = { source: sideFrom(source), target: sideFrom(target) };
  const steps = state.scoring?.best?.step ?? 0;
  return { model: model as Network, params: params as Params, ...sides, settings, steps };
}

type Details = { settings?: Settings; source?: unknown; target?: unknown; run: RunState };
