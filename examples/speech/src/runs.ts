import { existsSync } from 'node:fs';
import path from 'node:path';
import type { RunOptions } from '@unrolled/app-shared';
import type { RunState } from '@unrolled/runs';
import { loadModelFile } from '@unrolled/training/node';
import type { Alphabet } from './alphabet';
import type { Network, Params, Recogniser } from './network';
import type { DataOptions } from './read-task';
import { refuse } from './refuse';

/** The settings of a run. A resumed run keeps them. */
export interface Settings extends DataOptions {
  readonly units: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
}

/** Options of `train`: the settings, the directory and the length of a run. */
export type TrainOptions = Settings & RunOptions;

/** Options of the commands that use a trained network. */
export interface UseOptions {
  readonly run: string;
  readonly beam: number;
  readonly languageModel?: string;
  readonly weight: number;
  readonly bonus: number;
  readonly json?: boolean;
}

/** A network, and its training settings. */
export interface Trained extends Recogniser {
  readonly settings: Settings;
  readonly rate: number;
  readonly steps: number;
}

/** Loads the best network of a run, and its step. The caller disposes the parameters. */
export async function openRecogniser(run: string): Promise<Trained> {
  const file = ['best', 'last'].map((name) => path.join(run, `${name}.safetensors`)).find(existsSync);
  const [expected, remedy] = [
    `a trained network in ${run}`,
    'set --run to another directory, or train a network: speech train',
  ];
  if (!file) return refuse('--run', { expected, got: 'none', remedy });
  const { model, params, details } = await loadModelFile(file);
  const { settings, alphabet, rate, run: state } = Object(details) as Details;
  if (!settings || !Array.isArray(alphabet?.labels) || !rate)
    return refuse('--run', { expected, got: 'a checkpoint of another program', remedy, code: 'format' });
  const steps = state.scoring?.best?.step ?? 0;
  return { model: model as Network, params: params as Params, alphabet, rate, settings, steps };
}

type Details = { settings?: Settings; alphabet?: Alphabet; rate?: number; run: RunState };
