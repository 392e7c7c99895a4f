import { existsSync } from 'node:fs';
import path from 'node:path';
import { flagOf } from '@unrolled/app-shared';
import { type Artist, type Language, sideFrom } from '@unrolled/example-data';
import { loadRun } from '@unrolled/runs';
import { createRunDirectory, openRunDirectory, type RunDirectory } from '@unrolled/runs/node';
import { loadModelFile } from '@unrolled/training/node';
import { refuse } from './captions';
import type { Network, Params, Sizes } from './network';

/** What a run is, and goes on being when it is resumed. */
export interface Settings extends Sizes {
  readonly languages: string;
  /** Whose drawings are not learned. */
  readonly unseen: Artist;
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

/** Of `show` besides: what is shown, in which languages, and where the page goes. */
export interface ShowOptions extends UseOptions {
  readonly languages?: string;
  readonly count: number;
  readonly page?: string;
}

/** The directory of a new run, or of one that goes on. */
export function openDirectory({ run, resume }: TrainOptions): Promise<RunDirectory> {
  if (resume) return openRunDirectory(run);
  const refuseEarlier = (_run: string, file: string) =>
    refuse('--run', {
      ...{ expected: 'a directory without an earlier run', got: `${run}, which holds ${file}` },
      remedy: 'choose another, or go on with that run: --resume',
    });
  return createRunDirectory({ directory: run, program: 'captions', refuseEarlier });
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

/** The network of a run as its last checkpoint has it, its weights averaged. Its parameters are the caller's. */
export async function openCaptioner(run: string) {
  const file = path.join(run, 'last.safetensors');
  const [expected, remedy] = [`a trained network in ${run}`, 'name another, or train one: captions train'];
  if (!existsSync(file)) return refuse('--run', { expected, got: 'none', remedy });
  const { model, params, details } = await loadModelFile(file);
  const { settings, side, languages } = Object(details) as Details;
  if (!settings?.unseen || !side || !languages)
    return refuse('--run', { expected, got: 'another program’s', remedy, code: 'format' });
  const names = { side: sideFrom(side), languages };
  return { model: model as Network, params: params as Params, names, settings };
}

type Details = { settings?: Settings; side?: unknown; languages?: Language[] };
