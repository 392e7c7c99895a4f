import { existsSync } from 'node:fs';
import path from 'node:path';
import type { RunOptions } from '@unrolled/app-shared';
import { sideFrom } from '@unrolled/example-data';
import type { RunState } from '@unrolled/runs';
import { loadModelFile } from '@unrolled/training/node';
import type { Network, Params } from './network';
import { type DataOptions, refuse } from './read-task';

/** The settings of a run. A resumed run keeps them. */
export interface Settings extends DataOptions {
  readonly units: number;
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

/** Additional options of `say`: number of texts shown, and the picture's file. */
export interface SayOptions extends UseOptions {
  readonly best: number;
  readonly picture?: string;
}

/** Loads the best network of a run, and its step. The caller disposes the parameters. */
export async function openTranslator(run: string) {
  const file = ['best', 'last'].map((name) => path.join(run, `${name}.safetensors`)).find(existsSync);
  const [expected, remedy] = [
    `a trained network in ${run}`,
    'set --run to another directory, or train a network: translation train',
  ];
  if (!file) return refuse('--run', { expected, got: 'none', remedy });
  const { model, params, details } = await loadModelFile(file);
  const { settings, source, target, run: state } = Object(details) as Details;
  if (!settings?.batchTokens || !source || !target)
    return refuse('--run', { expected, got: 'a checkpoint of another program', remedy, code: 'format' });
  const sides = { source: sideFrom(source), target: sideFrom(target) };
  const steps = state.scoring?.best?.step ?? 0;
  return { model: model as Network, params: params as Params, ...sides, settings, steps };
}

type Details = { settings?: Settings; source?: unknown; target?: unknown; run: RunState };
