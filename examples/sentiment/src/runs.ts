import { existsSync } from 'node:fs';
import path from 'node:path';
import type { RunOptions } from '@unrolled/app-shared';
import { vocabularyFromJSON } from '@unrolled/data';
import { type Refuse, refuser, UnrolledError } from '@unrolled/errors';
import type { RunState } from '@unrolled/runs';
import { loadModelFile } from '@unrolled/training/node';
import type { Network, Params } from './network';
import type { DataOptions } from './read-task';

/** Throws the error of a wrong input, which is printed as one line. */
export const refuse: Refuse = refuser('sentiment');

/** Translates an error of `readEmbeddings` into one that names the option. */
export function refuseEmbeddings(error: unknown): never {
  if (!(error instanceof UnrolledError)) throw error;
  const { expected, got, code } = error;
  const isWidth = /a word and \d+ numbers/.test(expected);
  const remedy = isWidth
    ? 'set --units to half the dimension of the file, or choose another file'
    : 'choose another file';
  return refuse('--embeddings', { expected, got, remedy, code }, error);
}

/** The settings of a run. A resumed run keeps them. */
export interface Settings extends DataOptions {
  readonly embeddings?: string;
  readonly units: number;
  readonly words: number;
  readonly hide: number;
  readonly labelSmoothing: number;
  readonly weightDecay: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
}

/** Options of `train`: the settings, the directory and the length of a run. */
export type TrainOptions = Settings & RunOptions & { readonly threads?: number };

/** Options of the commands that use a trained network. */
export interface UseOptions {
  readonly run: string;
  readonly json?: boolean;
}

/** Loads the best network of a run, and its step. The caller disposes the parameters. */
export async function openNetwork(run: string) {
  const file = ['best', 'last'].map((name) => path.join(run, `${name}.safetensors`)).find(existsSync);
  const [expected, remedy] = [
    `a trained network in ${run}`,
    'set --run to another directory, or train a network: sentiment train',
  ];
  if (!file) return refuse('--run', { expected, got: 'none', remedy });
  const { model, params, details } = await loadModelFile(file);
  const { settings, vocabulary, run: state } = Object(details) as Details;
  if (!settings?.words || !vocabulary)
    return refuse('--run', { expected, got: 'a file of another program', remedy, code: 'format' });
  const steps = state.scoring?.best?.step ?? 0;
  const own = { model: model as unknown as Network, params: params as unknown as Params };
  return { ...own, vocabulary: vocabularyFromJSON(vocabulary), settings, steps };
}

type Details = {
  settings?: Settings;
  vocabulary?: Parameters<typeof vocabularyFromJSON>[0];
  run: RunState;
};
