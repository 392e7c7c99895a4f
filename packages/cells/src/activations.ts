import type { Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Elementwise on [B, n]. */
export type Activation = (x: Tensor2D) => Tensor2D;

/** The activations that can be called by name. `hardSigmoid` is tf.layers' and Keras 2's clip(0.2·x + 0.5, 0, 1). */
export type ActivationName = 'tanh' | 'sigmoid' | 'relu' | 'hardSigmoid' | 'softsign' | 'linear';

const byName: Readonly<Record<ActivationName, Activation>> = {
  tanh: (x) => tf.tanh(x),
  sigmoid: (x) => tf.sigmoid(x),
  relu: (x) => tf.relu(x),
  hardSigmoid: (x) => tf.clipByValue(tf.add(tf.mul(x, 0.2), 0.5), 0, 1) as Tensor2D,
  softsign: (x) => tf.div(x, tf.add(tf.abs(x), 1)),
  linear: (x) => x,
};

/** The activation itself, or the one of that name. */
export function resolveActivation(activation: Activation | ActivationName): Activation {
  return typeof activation === 'string' ? byName[activation] : activation;
}
