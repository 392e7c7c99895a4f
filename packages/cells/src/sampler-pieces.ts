/**
 * How a model tells the fused sampler of `@unrolled/kernels` what it is made of. The sampler runs ids through at most
 * one embedding, recurrent layers and at most one dense layer without a tensor op for any step.
 */

import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { canSample, createSampler, type Sampler, type SamplerState } from '@unrolled/kernels';
import { type AnyCell, inputKindOf } from './contract';
import { flattenParams, mapTree } from './tree';

/** A tensor's numbers for a piece. */
const floatsOf = (tensor: Tensor): Float32Array => tensor.dataSync<'float32'>();

/** A fused sampler for B rows of the model, or undefined where the backend has none or the model is of another form. */
export function fusedSampler(cell: AnyCell, params: unknown, batchSize: number): Sampler | undefined {
  // It feeds back what it draws, so it knows one vocabulary; a decoder may read more ids than it writes.
  const feedsItself = inputKindOf(cell) === 'ids' && cell.inputSize === cell.outputSize;
  if (tf.getBackend() !== 'unrolled' || !feedsItself) return undefined;
  const pieces = cell.samplerPieces?.(params);
  if (!pieces || !canSample(pieces.map(({ layer }) => layer))) return undefined;
  return createSampler({ layers: pieces, seed: 0, batchSize });
}

/** A layer's tensors as numbers. */
export function floatsOfAll(
  params: Readonly<Record<string, Tensor | undefined>>,
): Record<string, Float32Array> {
  const all = Object.entries(params).filter((entry): entry is [string, Tensor] => entry[1] !== undefined);
  return Object.fromEntries(all.map(([name, tensor]) => [name, floatsOf(tensor)]));
}

/** The state of a model [B, H] as the sampler's: a record for each recurrent layer. */
export function toSamplerState(state: unknown): SamplerState[] {
  const layers: { h: Float32Array; c?: Float32Array }[] = [];
  for (const [path, tensor] of Object.entries(flattenParams(state))) {
    if (/(^|\.)h$/.test(path)) layers.push({ h: floatsOf(tensor) });
    else layers.at(-1)!.c = floatsOf(tensor);
  }
  return layers;
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
