/**
 * The fused sampler of `@unrolled/kernels` for a model. It runs ids through at most one embedding, recurrent
 * layers and at most one linear layer, without tensor ops per step.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import {
  canSample,
  createSampler,
  type Sampler,
  type SamplerModel,
  type SamplerState,
} from '@unrolled/kernels';
import { type AnyCell, inputKindOf } from './contract';
import { layersOf } from './layers';
import { flattenParams, mapTree, tidy } from './tree';

const floatsOf = (tensor: Tensor): Float32Array => tensor.dataSync<'float32'>();

const floatsOfAll = (params: Readonly<Record<string, Tensor>>) =>
  Object.fromEntries(Object.entries(params).map(([name, tensor]) => [name, floatsOf(tensor)]));

/**
 * A fused sampler for B rows of the model; undefined if the backend has none, or if it does not support the
 * model.
 */
export function fusedSampler(cell: AnyCell, params: unknown, batchSize: number): Sampler | undefined {
  // The sampler feeds back its own ids, so input and output must share a vocabulary. A decoder may read more
  // ids than it writes.
  const feedsItself = inputKindOf(cell) === 'ids' && cell.inputSize === cell.outputSize;
  if (tf.getBackend() !== 'unrolled' || !feedsItself) return undefined;
  const layers = samplerLayers(cell, params);
  return layers && createSampler({ layers, seed: 0, batchSize });
}

/** The model's layers with their weights as numbers; undefined if the sampler does not support the model. */
function samplerLayers(cell: AnyCell, params: unknown): SamplerModel['layers'] | undefined {
  let values: SamplerModel['layers'] | undefined;
  // Nothing is returned from the tidy, because tfjs would search all returned numbers for tensors.
  tidy(() => {
    const layers = layersOf(cell, params);
    if (!layers || !canSample(layers.map(({ layer }) => layer))) return;
    values = layers.map(({ layer, params: own }) => ({ layer, params: floatsOfAll(own) }));
  });
  return values;
}

/**
 * The state of a model [B, H] in the sampler's form: a record for each recurrent layer, `h` and `c` in any
 * order.
 */
export function toSamplerState(state: unknown): SamplerState[] {
  const layers = new Map<string, { h: Float32Array; c?: Float32Array }>();
  const all = flattenParams(state);
  for (const [path, tensor] of Object.entries(all)) {
    if (/(^|\.)h$/.test(path)) layers.set(path.slice(0, -1), { h: floatsOf(tensor) });
  }
  for (const [path, tensor] of Object.entries(all)) {
    if (/(^|\.)c$/.test(path)) layers.get(path.slice(0, -1))!.c = floatsOf(tensor);
  }
  return [...layers.values()];
}

/** The inverse: the sampler's state in the form of `template`, as new tensors. */
export function fromSamplerState<S>(template: S, layers: readonly SamplerState[]): S {
  let layer = -1;
  return mapTree(template, (tensor, path) => {
    const isHidden = /(^|\.)h$/.test(path);
    if (isHidden) layer += 1;
    const { h, c } = layers[layer]!;
    return tf.tensor(isHidden ? h : c!, tensor.shape);
  });
}
