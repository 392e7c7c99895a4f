/**
 * The fused sampler of `@unrolled/kernels` under a model. It runs ids through at most one embedding, recurrent layers and at
 * most one linear layer without a tensor op for any step.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import {
  createSampler,
  layerType,
  type Sampler,
  type SamplerLayer,
  type SamplerState,
} from '@unrolled/kernels';
import { type AnyCell, inputKindOf } from './contract';
import { layersOf, type ModelLayer } from './layers';
import { flattenParams, mapTree, tidy } from './tree';

const floatsOf = (tensor: Tensor): Float32Array => tensor.dataSync<'float32'>();

/** A fused sampler for B rows of the model, or undefined where the backend has none or the model is of another form. */
export function fusedSampler(cell: AnyCell, params: unknown, batchSize: number): Sampler | undefined {
  // It feeds back what it draws, so it knows one vocabulary; a decoder may read more ids than it writes.
  const feedsItself = inputKindOf(cell) === 'ids' && cell.inputSize === cell.outputSize;
  if (tf.getBackend() !== 'unrolled' || !feedsItself) return undefined;
  return tidy(() => {
    const layers = layersOf(cell, params);
    return layers && canSample(layers) ? samplerOf(layers, cell.inputSize, batchSize) : undefined;
  });
}

function canSample(layers: readonly ModelLayer[]): boolean {
  const order = layers.map(({ layer: { type } }) => type).join(' ');
  return (
    /^(embedding )?(lstm|gru|simpleRnn)( lstm| gru| simpleRnn)*( linear)?$/.test(order) &&
    layers.every(({ layer }) => layerType(layer).lacking(layer).length === 0)
  );
}

function samplerOf(layers: readonly ModelLayer[], vocabularySize: number, batchSize: number): Sampler {
  const floats = layers.map(({ layer, params }) => {
    const values = Object.entries(params as Record<string, Tensor>).map(([name, one]) => [
      name,
      floatsOf(one),
    ]);
    return { ...layer, ...Object.fromEntries(values) };
  });
  const [embedding] = floats.filter(({ type }) => type === 'embedding');
  return createSampler({
    vocabularySize,
    embeddings: embedding && { values: embedding.embeddings, dimension: embedding.units },
    layers: floats.filter(({ type }) => type !== 'embedding' && type !== 'linear') as SamplerLayer[],
    dense: floats.find(({ type }) => type === 'linear'),
    seed: 0,
    batchSize,
  });
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
