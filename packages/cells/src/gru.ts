/**
 * The gated recurrent unit (Cho et al., 2014), in its two variants:
 *
 *     z = σ(x·Wz + h·Uz + bz)                update gate
 *     r = σ(x·Wr + h·Ur + br)                reset gate
 *     reset-before:  n = tanh(x·Wn + (r⊙h)·Un + bn)
 *     reset-after:   n = tanh(x·Wn + bn + r⊙(h·Un + un))
 *     h' = z⊙h + (1−z)⊙n
 *
 * `reset-after` (the default) is PyTorch's, cuDNN's and Keras's `reset_after=True`; its gates have a second bias u,
 * which matters only inside r⊙(…), so the two are never summed. `reset-before` is TF1's `GRUCell` and the paper.
 * Gate order z, r, n, as in Keras and ONNX.
 */

import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type GruLayer, recurrentSequence } from '@unrolled/kernels';
import { resolveActivation } from './activations';
import { checkStep } from './checks';
import type { Cell, InputKind } from './contract';
import { describedAs } from './described-as';
import { usesFused } from './fused';
import { resolveInitializer } from './initializers';
import { inputProduct } from './input-product';
import type { GatedOptions } from './recurrent-options';
import { check } from './refuse';
import { floatsOfAll } from './sampler-pieces';
import type { HiddenState } from './simple-rnn';
import { tidy } from './tree';
import { unrollSteps } from './unroll';
import { weightMaker } from './weights';

export type GruVariant = 'reset-after' | 'reset-before';

export interface GruOptions<K extends InputKind = 'vectors'> extends GatedOptions<K> {
  /** Where the reset gate acts; default 'reset-after'. */
  readonly variant?: GruVariant;
}

export type GruParams = {
  /** W [I, 3H] */
  readonly kernel: Tensor2D;
  /** U [H, 3H] */
  readonly recurrentKernel: Tensor2D;
  /** b [3H] */
  readonly bias: Tensor1D;
  /** u [3H], in the reset-after variant only. */
  readonly recurrentBias?: Tensor1D;
};

/**
 * A gated recurrent unit (Cho et al., 2014). A step takes [B, I] to h' [B, H], which is the state too:
 *
 *     z = σ(x·Wz + h·Uz + bz),   r = σ(x·Wr + h·Ur + br),   h' = z⊙h + (1 − z)⊙n
 *     reset-after (default; Keras, PyTorch):  n = tanh(x·Wn + bn + r⊙(h·Un + b'n))
 *     reset-before (Cho et al., TF1):         n = tanh(x·Wn + (r⊙h)·Un + bn)
 *
 * @throws UnrolledError when a size is not a positive integer
 */
export function gru<const K extends InputKind = 'vectors'>(
  options: GruOptions<K>,
): Cell<GruParams, HiddenState, K> {
  const { inputSize, units, variant = 'reset-after' } = options;
  const { activation = 'tanh', recurrentActivation = 'sigmoid' } = options;
  check.count('gru', 'inputSize', inputSize);
  check.count('gru', 'units', units);
  const activate = resolveActivation(activation);
  const gate = resolveActivation(recurrentActivation);
  const after = variant === 'reset-after';
  const lacking = activation === 'tanh' && recurrentActivation === 'sigmoid' ? [] : ['other activations'];

  const layer: GruLayer = {
    type: 'gru',
    variant,
    inputSize,
    units,
    activation: 'tanh',
    recurrentActivation: 'sigmoid',
  };

  const cell: Cell<GruParams, HiddenState, K> = {
    name: 'gru',
    inputSize,
    outputSize: units,
    inputKind: options.inputKind ?? ('vectors' as K),
    init(seed) {
      const make = weightMaker(seed);
      const bias = resolveInitializer(options.biasInitializer ?? 'zeros');
      return {
        kernel: make(
          [inputSize, 3 * units],
          resolveInitializer(options.kernelInitializer ?? 'glorotUniform'),
        ),
        recurrentKernel: make(
          [units, 3 * units],
          resolveInitializer(options.recurrentInitializer ?? 'orthogonal'),
        ),
        bias: make([3 * units], bias),
        ...(after ? { recurrentBias: make([3 * units], bias) } : {}),
      };
    },
    zeroState: (batchSize) => ({ h: tf.zeros([batchSize, units]) }),
    step: (params, input, { h }) =>
      tidy(() => {
        checkStep(cell, input);
        const fromInput = tf.add(inputProduct(input, params.kernel), params.bias);
        const [xz, xr, xn] = tf.split(fromInput, 3, 1) as [Tensor2D, Tensor2D, Tensor2D];
        const candidate = after ? resetAfter : resetBefore;
        const { z, n } = candidate(params, h, xz, xr, xn);
        const next = tf.add(tf.mul(z, h), tf.mul(tf.sub(1, z), n)) as Tensor2D;
        return { output: tf.clone(next), state: { h: next } };
      }),
    unroll(params, inputs, state, unrollOptions = {}) {
      if (!usesFused(cell, 'gruSequence', lacking)) {
        return unrollSteps(cell, params, inputs, state, unrollOptions);
      }
      const { lengths, reverse } = unrollOptions;
      return recurrentSequence(inputs, { layer, params, state }, { lengths, reverse });
    },
    samplerPieces: (params) => (lacking.length > 0 ? undefined : [{ layer, params: floatsOfAll(params) }]),
  };

  type Candidate = (params: GruParams, h: Tensor2D, xz: Tensor2D, xr: Tensor2D, xn: Tensor2D) => Gates;
  type Gates = { z: Tensor2D; n: Tensor2D };

  const resetAfter: Candidate = ({ recurrentKernel, recurrentBias }, h, xz, xr, xn) => {
    const fromState = tf.add(tf.matMul(h, recurrentKernel), recurrentBias!);
    const [hz, hr, hn] = tf.split(fromState, 3, 1) as [Tensor2D, Tensor2D, Tensor2D];
    const r = gate(tf.add(xr, hr));
    return { z: gate(tf.add(xz, hz)), n: activate(tf.add(xn, tf.mul(r, hn))) };
  };

  const resetBefore: Candidate = ({ recurrentKernel }, h, xz, xr, xn) => {
    const [gates, candidate] = tf.split(recurrentKernel, [2 * units, units], 1) as [Tensor2D, Tensor2D];
    const [hz, hr] = tf.split(tf.matMul(h, gates), 2, 1) as [Tensor2D, Tensor2D];
    const r = gate(tf.add(xr, hr));
    return { z: gate(tf.add(xz, hz)), n: activate(tf.add(xn, tf.matMul(tf.mul(r, h), candidate))) };
  };

  const description = { kind: 'gru', units, activation, recurrentActivation, variant } as const;
  return describedAs(cell, description, (params, state) =>
    lacking.length > 0 ? undefined : { layer, params, state },
  );
}
