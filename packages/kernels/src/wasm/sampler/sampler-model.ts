import { inWords, type OptionKinds } from '@unrolled/errors';
import { isLayer, isRecurrent, type LayerData, layerType } from '../../layers/layer-types';
import { check, checkKind, checkOptions, refuse } from '../../refuse';
import { hasHardGates } from '../kernels/layer-kinds';

/** A layer with its weights, row-major, with the names and shapes of `layerType(layer).parameters`. */
export interface SamplerLayer {
  readonly layer: LayerData;
  readonly params: Readonly<Record<string, Float32Array>>;
}

/** The model of a sampler. */
export interface SamplerModel {
  /** The layers from input to output, of a kind that `canSample` accepts. */
  readonly layers: readonly SamplerLayer[];
  /**
   * The seed of the random numbers. The same seed gives the same ids on the same type of machine and binary.
   */
  readonly seed: number;
  /** B: number of rows, each with its own state; default 1. */
  readonly batchSize?: number | undefined;
}

const MODEL_KINDS: OptionKinds<SamplerModel> = { layers: 'value', seed: 'number', batchSize: 'value?' };

/** A layer's state: h [B, H], row-major, and c [B, H] for an LSTM. */
export interface SamplerState {
  h: Float32Array;
  c?: Float32Array | undefined;
}

/**
 * Whether `createSampler` supports these layers: optionally an embedding, at least one recurrent layer,
 * optionally a linear layer. The fused kernels must support each layer, with sigmoid gates. Each layer reads
 * the output of the one before. The last layer's outputs are as many as the first layer's ids, because drawn
 * ids are fed back.
 */
export function canSample(layers: readonly LayerData[]): boolean {
  checkKind('canSample', 'layers', layers, 'array');
  if (!layers.every(isLayer)) return false;
  const order = layers.map((layer) => (isRecurrent(layer) ? 'recurrent' : layer.type)).join(' ');
  if (!/^(embedding )?recurrent( recurrent)*( linear)?$/.test(order)) return false;
  const isFused = (layer: LayerData) =>
    layerType(layer).lacking(layer).length === 0 && !(isRecurrent(layer) && hasHardGates(layer));
  const outputSize = (layer: LayerData) => layerType(layer).outputSize(layer);
  // Sizes are compared cyclically: the first layer follows the last.
  const fits = (layer: LayerData, n: number) => layer.inputSize === outputSize(layers.at(n - 1)!);
  return layers.every(isFused) && layers.every(fits);
}

/**
 * @throws UnrolledError on layers that the sampler does not support, or a size of a weight or batch that does
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
      remedy: "pass a cell's structureOf, and the values of its parameters",
    });
  }
  const all = layers.map(({ layer }) => layer);
  if (!canSample(all)) {
    refuse('createSampler', {
      expected:
        'an embedding or none, at least one recurrent layer, and a linear layer or none, all supported by the fused kernels, with one output per id',
      got:
        all.map(({ type, inputSize, units }) => `${type} from ${inputSize} to ${units}`).join(', ') || 'none',
      remedy: 'call canSample first, and run other models step by step',
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

/** @throws UnrolledError if the number of values does not match the shape */
export function checkSize(name: string, values: Float32Array | undefined, shape: readonly number[]): void {
  const size = shape.reduce((a, b) => a * b, 1);
  if (values?.length === size) return;
  refuse('createSampler', {
    expected: `${name} [${shape.join(', ')}], ${size} values`,
    got: `${values?.length ?? 'none'}`,
    remedy: 'pass the values that the sampler or the model returned, for the same number of rows',
  });
}
