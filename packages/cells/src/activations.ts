import type { Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { ActivationData, ActivationName } from '@unrolled/kernels';
import { functionOr } from './refuse';

/** An elementwise function on [B, n]. */
export type Activation = (x: Tensor2D) => Tensor2D;

const byName: Readonly<Record<ActivationName, Activation>> = {
  tanh: (x) => tf.tanh(x),
  sigmoid: (x) => tf.sigmoid(x),
  relu: (x) => tf.relu(x),
  hardSigmoid: (x) => tf.clipByValue(tf.add(tf.mul(x, 0.2), 0.5), 0, 1) as Tensor2D,
  softsign: (x) => tf.div(x, tf.add(tf.abs(x), 1)),
  linear: (x) => x,
};

/** The names of the activations. */
export const ACTIVATION_NAMES = /* @__PURE__ */ Object.keys(byName) as readonly ActivationName[];

/** The option kind of an activation: a function or a name. */
export const ACTIVATION = /* @__PURE__ */ functionOr(ACTIVATION_NAMES);

/** Returns the activation itself, or the activation with that name. */
export function resolveActivation(activation: Activation | ActivationName): Activation {
  return typeof activation === 'string' ? byName[activation] : activation;
}

/** An activation in the form of a layer's data. */
export function activationData(activation: Activation | ActivationName): ActivationData {
  return typeof activation === 'string' ? activation : 'custom';
}
