import { inWords, type OptionKinds } from '@unrolled/errors';
import { isLayer, isRecurrent, type LayerData, layerType } from '../../layers/layer-types';
import { check, checkKind, checkOptions, refuse } from '../../refuse';
import { hasHardGates } from '../kernels/layer-kinds';

/** A layer with its weights, row-major, by the names and in the shapes of `layerType(layer).parameters`. */
export interface SamplerLayer {
  readonly layer: LayerData;
  readonly params: Readonly<Record<string, Float32Array>>;
}

/** The model of a sampler. */
export interface SamplerModel {
  /** From the input to the output, of the form that `canSample` tells. */
  readonly layers: readonly SamplerLayer[];
  /** Seeds the draws; the same seed gives the same ids on the same machine type and binary. */
  readonly seed: number;
  /** B: rows that are fed at once, each with its own state; 1 by default. */
  readonly batchSize?: number | undefined;
}

const MODEL_KINDS: OptionKinds<SamplerModel> = { layers: 'value', seed: 'number', batchSize: 'value?' };

/** A layer's state: h [B, H], row-major, and c [B, H] for an LSTM. */
export interface SamplerState {
  h: Float32Array;
  c?: Float32Array | undefined;
}

/**
 * Whether `createSampler` has these layers: an embedding or none, recurrent layers, a linear layer or none,
 * all as the fused kernels have them and with the sigmoid as the gates' activation; each reads what the one
 * before it answers, and the first what the last answers, since what is drawn is fed back.
 */
export function canSample(layers: readonly LayerData[]): boolean {
  checkKind('canSample', 'layers', layers, 'array');
  if (!layers.every(isLayer)) return false;
  const order = layers.map((layer) => (isRecurrent(layer) ? 'recurrent' : layer.type)).join(' ');
  if (!/^(embedding )?recurrent( recurrent)*( linear)?$/.test(order)) return false;
  const isFused = (layer: LayerData) =>
    layerType(layer).lacking(layer).length === 0 && !(isRecurrent(layer) && hasHardGates(layer));
  const outputSize = (layer: LayerData) => layerType(layer).outputSize(layer);
  // The first layer comes after the last.
  const fits = (layer: LayerData, n: number) => layer.inputSize === outputSize(layers.at(n - 1)!);
  return layers.every(isFused) && layers.every(fits);
}

/**
 * @throws UnrolledError on layers that the sampler does not have, a weight's size or a batch size that does
 *   not fit
 */
export function checkModel(model: SamplerModel): void {
  checkOptions('createSampler', model, MODEL_KINDS);
  const { layers, batchSize = 1 } = model;
  if (!Array.isArray(layers) || !layers.every((part) => isLayer(part?.layer) && part.params)) {
    refuse('createSampler', {
      expected:
        'layers, each { layer, params }: the layer as data, and its weights by the names of layerType(layer)',
      got: inWords(
        Array.isArray(layers) ? layers.find((part) => !isLayer(part?.layer) || !part.params) : layers,
      ),
      remedy: "give a cell's structureOf, and its parameters' numbers",
    });
  }
  const all = layers.map(({ layer }) => layer);
  if (!canSample(all)) {
    refuse('createSampler', {
      expected:
        'an embedding or none, at least one recurrent layer, a linear layer or none, as the fused kernels have them, with as many outputs as ids',
      got:
        all.map(({ type, inputSize, units }) => `${type} of ${inputSize} to ${units}`).join(', ') || 'none',
      remedy: 'ask canSample first, and take single steps for other models',
    });
  }
  const isCount = Number.isInteger(batchSize) && batchSize >= 1;
  check.number('createSampler', 'a batch size', batchSize, isCount, 'of at least 1');
  for (const { layer, params } of layers) {
    for (const [name, shape] of Object.entries(layerType(layer).parameters(layer))) {
      checkSize(`the ${layer.type}'s ${name}`, params[name], shape);
    }
  }
}

/** @throws UnrolledError unless there are as many values as the shape says */
export function checkSize(name: string, values: Float32Array | undefined, shape: readonly number[]): void {
  const size = shape.reduce((a, b) => a * b, 1);
  if (values?.length === size) return;
  refuse('createSampler', {
    expected: `${name} [${shape.join(', ')}], ${size} values`,
    got: `${values?.length ?? 'none'}`,
    remedy: 'give what the sampler or the model itself gave, for as many rows',
  });
}
