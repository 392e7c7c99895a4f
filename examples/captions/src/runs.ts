import { existsSync } from 'node:fs';
import type { RunOptions } from '@unrolled/app-shared';
import { disposeTree } from '@unrolled/cells';
import { type Refuse, refuser } from '@unrolled/errors';
import { type Artist, type Language, type Names, sideFrom, tokensOf } from '@unrolled/example-data';
import { loadRun } from '@unrolled/runs';
import { folderStore } from '@unrolled/runs/node';
import { restoreParams } from '@unrolled/training';
import { network } from './network';

/** Throws the error of a wrong input, which is printed as one line. */
export const refuse: Refuse = refuser('captions');

/** The settings of a run. A resumed run keeps them. */
export interface Settings {
  readonly width: number;
  readonly units: number;
  readonly languages: string;
  /** The artist whose drawings are the test. */
  readonly unseen: Artist;
  readonly batchTokens: number;
  readonly learningRate: number;
  readonly seed: number;
}

/** Options of `train`: the settings, the directory and the length of a run. */
export type TrainOptions = Settings & RunOptions;

/** Options of the commands that use a trained network. */
export interface UseOptions {
  readonly run: string;
  readonly beam: number;
  readonly json?: boolean;
}

/** Additional options of `show`: number of drawings, languages, and the page's file. */
export interface ShowOptions extends UseOptions {
  readonly languages?: string;
  readonly count: number;
  readonly page?: string;
}

/**
 * Loads the network of a run's last checkpoint, with averaged weights. The caller disposes the parameters.
 */
export async function openCaptioner(run: string) {
  const [expected, remedy] = [
    `a trained network in ${run}`,
    'set --run to another directory, or train a network: captions train',
  ];
  const saved = existsSync(run) ? await loadRun(folderStore(run)) : undefined;
  if (!saved) return refuse('--run', { expected, got: 'none', remedy });
  const { settings, side, languages, kinds } = saved.config as unknown as Partial<Kept>;
  if (!settings?.unseen || !side || !languages || !kinds)
    return refuse('--run', { expected, got: 'a checkpoint of another program', remedy, code: 'format' });
  const names: Names = { side: sideFrom(side), languages };
  const model = network({ tokens: tokensOf(names), kinds }, settings);
  const fresh = model.init(0);
  try {
    const { averaging, params } = saved.snapshot;
    return { model, names, settings, params: restoreParams(fresh, averaging?.params ?? params) };
  } finally {
    disposeTree(fresh);
  }
}

type Kept = { settings: Settings; side: unknown; languages: Language[]; kinds: number };
