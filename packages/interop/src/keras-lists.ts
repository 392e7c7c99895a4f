/**
 * The weights of Keras and tf.layers as the list that `getWeights()` returns: layer by layer, without names.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { AnyPart, ParamsOf } from '@unrolled/cells';
import type { SafetensorsTensor } from '@unrolled/safetensors';
import { decodeArrays, encodeArrays, type LeafLayout } from './arrays';
import { kerasLayers, kerasLeafLayout } from './keras-layout';
import { checkKind, refuse } from './refuse';

/**
 * Creates a model's parameters from the weights of a `tf.LayersModel` or of one layer, `model.getWeights()`,
 * in the order of the model's parts. Each part has kernel, recurrent kernel and bias; Bidirectional has those
 * of the forward layer first. If all recurrent biases are missing (`useBias: false`), they are 0.
 *
 * The activations must match: LSTM and GRU of tf.layers have `recurrentActivation: 'hardSigmoid'` by default,
 * and their GRU is our `variant: 'reset-before'`.
 *
 * @param weights float32 tensors; the caller keeps and disposes them
 * @returns new tensors in the form of `model.init(seed)`; the caller disposes them
 * @throws UnrolledError if there are too many or too few weights, or one has another shape
 */
export function fromKerasWeights<L extends AnyPart>(weights: readonly Tensor[], model: L): ParamsOf<L> {
  const scope = 'fromKerasWeights';
  checkKind(scope, 'weights', weights, 'array');
  checkKind(scope, 'model', model, 'object');
  const withBiases = layoutsOf(scope, model, true);
  const without = layoutsOf(scope, model, false);
  const layouts = [withBiases, without].find((one) => namesOf(one).length === weights.length);
  if (!layouts) {
    refuse(scope, {
      expected: `${namesOf(withBiases).length} weights, or ${namesOf(without).length} without recurrent biases`,
      got: String(weights.length),
      remedy: 'pass the weights of a model with the same architecture',
    });
  }
  const names = namesOf(layouts);
  const arrays = new Map<string, SafetensorsTensor>(
    weights.map((tensor, index) => [names[index]!, float32(scope, names[index]!, tensor)]),
  );
  return decodeArrays(scope, model, layouts, arrays, true);
}

/**
 * Returns a model's parameters as new tensors, in the order that `layer.setWeights` and `model.setWeights` of
 * tf.layers take. Keras's `set_weights` takes their values.
 *
 * @throws UnrolledError if the parameters do not belong to the model, or the model has a feature that Keras
 *   lacks
 */
export function toKerasWeights<L extends AnyPart>(model: L, params: ParamsOf<L>): Tensor[] {
  const scope = 'toKerasWeights';
  checkKind(scope, 'model', model, 'object');
  checkKind(scope, 'params', params, 'object or array');
  const arrays = encodeArrays(scope, layoutsOf(scope, model, true), params);
  return Object.values(arrays).map(({ shape, data }) => tf.tensor(data, [...shape], 'float32'));
}

function layoutsOf(scope: string, model: AnyPart, biased: boolean): LeafLayout[] {
  const leaves = kerasLayers(scope, model).flatMap(({ directions }) => directions);
  return leaves.map((leaf) => {
    const nameOf = (index: number) => `${leaf.path === '' ? leaf.name : leaf.path}/${index}`;
    return kerasLeafLayout(leaf, nameOf, biased);
  });
}

const namesOf = (layouts: readonly LeafLayout[]) => layouts.flatMap(({ slots }) => Object.keys(slots));

function float32(scope: string, name: string, tensor: Tensor): SafetensorsTensor {
  if (tensor.dtype !== 'float32') {
    refuse(scope, {
      expected: `float32 values for ${name}`,
      got: tensor.dtype,
      remedy: 'save the model with float32 weights',
    });
  }
  return { dtype: 'F32', shape: tensor.shape, data: tensor.dataSync<'float32'>() };
}
