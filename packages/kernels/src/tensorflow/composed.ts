/**
 * The fused ops composed of tfjs's own ops. The fused kernels are compared with them on first use. Slow and
 * simple.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { GruLayer } from '../layers/gru';
import type { ActivationData } from '../layers/layer';
import type { LstmLayer } from '../layers/lstm';
import type { SimpleRnnLayer } from '../layers/simple-rnn';
import type { SequenceOptions } from '../ops/recurrent-sequence';

type Weights = Record<string, tf.Tensor>;
type State = { h: tf.Tensor; c?: tf.Tensor };
/** One step of a layer. It returns the next state; its h is the output. */
export type StepFunction = (weights: Weights, input: tf.Tensor, state: State) => State;

const product = (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D);

type Squash = (x: tf.Tensor) => tf.Tensor;
const squashOf = (activation: ActivationData): Squash =>
  activation === 'hardSigmoid'
    ? (x) => tf.clipByValue(tf.add(tf.mul(x, 0.2), 0.5), 0, 1)
    : (x) => tf.sigmoid(x);

/** The step function of an LSTM. */
export function lstmStep({ recurrentActivation }: LstmLayer): StepFunction {
  const squash = squashOf(recurrentActivation);
  return ({ recurrentKernel, bias }, input, { h, c }) => {
    const sum = tf.add(tf.add(input, product(h, recurrentKernel!)), bias!);
    const [i, f, g, o] = tf.split(sum, 4, 1) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const memory = tf.add(tf.mul(squash(f), c!), tf.mul(squash(i), tf.tanh(g)));
    return { h: tf.mul(squash(o), tf.tanh(memory)), c: memory };
  };
}

/** The step function of a GRU. */
export function gruStep({ recurrentActivation, variant }: GruLayer): StepFunction {
  const squash = squashOf(recurrentActivation);
  return ({ recurrentKernel, bias, recurrentBias }, input, { h }) => {
    const [inZ, inR, inN] = tf.split(tf.add(input, bias!), 3, 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const parts = tf.split(recurrentKernel!, 3, 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const biases = recurrentBias ? tf.split(recurrentBias, 3) : [0, 0, 0];
    const recurrent = (gate: 0 | 1 | 2, state: tf.Tensor) =>
      tf.add(product(state, parts[gate]), biases[gate]!);
    const z = squash(tf.add(inZ, recurrent(0, h)));
    const r = squash(tf.add(inR, recurrent(1, h)));
    const inner = variant === 'reset-after' ? tf.mul(r, recurrent(2, h)) : recurrent(2, tf.mul(r, h));
    const n = tf.tanh(tf.add(inN, inner));
    return { h: tf.add(tf.mul(z, h), tf.mul(tf.sub(1, z), n)) };
  };
}

/** The step function of a simple RNN. */
export function simpleRnnStep({ activation }: SimpleRnnLayer): StepFunction {
  return ({ recurrentKernel, bias }, input, { h }) => {
    const sum = tf.add(tf.add(input, product(h, recurrentKernel!)), bias!);
    return { h: activation === 'relu' ? tf.relu(sum) : tf.tanh(sum) };
  };
}

/** A layer over a sequence x, [B,T,I] or int32 ids [B,T]. Returns output, h and, for an LSTM, c. */
export function composedSequence(
  step: StepFunction,
  weights: Weights,
  { lengths, reverse = false }: SequenceOptions,
): tf.Tensor[] {
  const x = weights.x!;
  const [batch, time] = x.shape as [number, number];
  const inputs = tf.unstack(x, 1);
  let state: State = { h: weights.h!, c: weights.c };
  const outputs = new Array<tf.Tensor>(time);
  for (let n = 0; n < time; n++) {
    const t = reverse ? time - 1 - n : n;
    const now = inputs[t]!;
    const input =
      x.dtype === 'int32' ? tf.gather(weights.kernel!, now as tf.Tensor1D) : product(now, weights.kernel!);
    const next = step(weights, input, state);
    const valid = tf.tensor2d(
      Array.from({ length: batch }, (_, b) => (t < (lengths?.[b] ?? time) ? 1 : 0)),
      [batch, 1],
    );
    const mixed = (fresh: tf.Tensor, old: tf.Tensor) => tf.add(old, tf.mul(valid, tf.sub(fresh, old)));
    outputs[t] = tf.mul(valid, next.h);
    state = { h: mixed(next.h, state.h), c: next.c && mixed(next.c, state.c!) };
  }
  const output = tf.stack(outputs, 1);
  return state.c ? [output, state.h, state.c] : [output, state.h];
}

/** −log softmax(logits)[id] of each row, [N]. */
export function composedCrossEntropy(logits: tf.Tensor2D, ids: tf.Tensor1D): tf.Tensor {
  const chosen = tf.mul(tf.oneHot(ids, logits.shape[1]), tf.logSoftmax(logits));
  return tf.neg(tf.sum(chosen, 1));
}
