/** The recurrent layers composed step by step of tfjs ops, as the reference for the fused kernels. */
import * as tf from '@tensorflow/tfjs-core';
import type { GateActivation } from '@unrolled/kernels';

export type Layer = 'lstm' | 'gru-after' | 'gru-before' | 'rnn-tanh' | 'rnn-relu';
export type Tensors = Record<string, tf.Tensor>;

export interface Options {
  lengths?: readonly number[];
  reverse?: boolean;
  recurrentActivation?: GateActivation;
}

const part = (a: tf.Tensor, i: number, units: number) =>
  tf.slice(a as tf.Tensor2D, [0, i * units], [-1, units]);
const vector = (a: tf.Tensor, i: number, units: number) => tf.slice(a as tf.Tensor1D, [i * units], [units]);
const columns = (a: tf.Tensor, i: number, units: number) => part(a, i, units) as tf.Tensor2D;

type Activation = (x: tf.Tensor) => tf.Tensor;

const ACTIVATIONS: Record<GateActivation, Activation> = {
  sigmoid: (x) => tf.sigmoid(x),
  // Its gradient at the kinks is that of clipByValue, which is not 0 there.
  hardSigmoid: (x) => tf.clipByValue(tf.add(0.5, tf.mul(0.2, x)), 0, 1),
};

function lstmStep(
  w: Tensors,
  a: tf.Tensor,
  h: tf.Tensor,
  c: tf.Tensor,
  units: number,
  squash: Activation,
): [tf.Tensor, tf.Tensor] {
  const gates = tf.add(tf.add(a, tf.matMul(h as tf.Tensor2D, w.recurrentKernel as tf.Tensor2D)), w.bias!);
  const forget = squash(part(gates, 1, units));
  const added = tf.mul(squash(part(gates, 0, units)), tf.tanh(part(gates, 2, units)));
  const memory = tf.add(tf.mul(forget, c), added);
  return [tf.mul(squash(part(gates, 3, units)), tf.tanh(memory)), memory];
}

function gruStep(
  w: Tensors,
  a: tf.Tensor,
  h: tf.Tensor,
  units: number,
  after: boolean,
  squash: Activation,
): tf.Tensor {
  const r = w.recurrentKernel as tf.Tensor2D;
  const input = tf.add(a, w.bias!);
  const recurrent = (i: number, state: tf.Tensor) => {
    const product = tf.matMul(state as tf.Tensor2D, columns(r, i, units));
    return w.recurrentBias ? tf.add(product, vector(w.recurrentBias, i, units)) : product;
  };
  const update = squash(tf.add(part(input, 0, units), recurrent(0, h)));
  const reset = squash(tf.add(part(input, 1, units), recurrent(1, h)));
  const inner = after ? tf.mul(reset, recurrent(2, h)) : recurrent(2, tf.mul(reset, h));
  const candidate = tf.tanh(tf.add(part(input, 2, units), inner));
  return tf.add(tf.mul(update, h), tf.mul(tf.sub(1, update), candidate));
}

/** x is [B,T,I], or int32 ids [B,T]. */
export function referenceSequence(layer: Layer, x: tf.Tensor, w: Tensors, options: Options): tf.Tensor[] {
  const [batch, time] = x.shape as [number, number];
  const units = w.recurrentKernel!.shape[0]!;
  const vectors = (x.dtype === 'int32' ? tf.oneHot(x, w.kernel!.shape[0]!) : x) as tf.Tensor3D;
  const floats = tf.cast(vectors, 'float32') as tf.Tensor3D;
  let h: tf.Tensor = w.initialH!;
  let c: tf.Tensor = w.initialC ?? w.initialH!;
  const squash = ACTIVATIONS[options.recurrentActivation ?? 'sigmoid'];
  const outputs: tf.Tensor[] = new Array(time);
  for (let step = 0; step < time; step++) {
    const t = options.reverse ? time - 1 - step : step;
    const now = tf.squeeze(tf.slice(floats, [0, t, 0], [-1, 1, -1]), [1]) as tf.Tensor2D;
    const a = tf.matMul(now, w.kernel as tf.Tensor2D);
    let next: tf.Tensor;
    let memory = c;
    if (layer === 'lstm') [next, memory] = lstmStep(w, a, h, c, units, squash);
    else if (layer.startsWith('gru')) next = gruStep(w, a, h, units, layer === 'gru-after', squash);
    else {
      const sum = tf.add(tf.add(a, tf.matMul(h as tf.Tensor2D, w.recurrentKernel as tf.Tensor2D)), w.bias!);
      next = layer === 'rnn-relu' ? tf.relu(sum) : tf.tanh(sum);
    }
    const active = Array.from({ length: batch }, (_, b) => (t < (options.lengths?.[b] ?? time) ? 1 : 0));
    const mask = tf.tensor2d(active, [batch, 1]);
    const mix = (fresh: tf.Tensor, old: tf.Tensor) =>
      tf.add(tf.mul(mask, fresh), tf.mul(tf.sub(1, mask), old));
    outputs[t] = tf.mul(mask, next);
    h = mix(next, h);
    c = mix(memory, c);
  }
  const output = tf.stack(outputs, 1);
  return layer === 'lstm' ? [output, h, c] : [output, h];
}
