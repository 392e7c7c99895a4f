/**
 * The simple recurrent network (Elman, 1990):
 *
 *     h' = tanh(x·W + h·U + b)
 *
 * TF1's `BasicRNNCell`, Keras's `SimpleRNN`, PyTorch's `nn.RNN` (whose two biases are one here).
 */

import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { recurrentSequence, type SimpleRnnLayer } from '@unrolled/kernels';
import { resolveActivation } from './activations';
import { checkStep } from './checks';
import type { Cell, InputKind } from './contract';
import { describedAs } from './described-as';
import { usesFused } from './fused';
import { resolveInitializer } from './initializers';
import { inputProduct } from './input-product';
import type { RecurrentOptions } from './recurrent-options';
import { check } from './refuse';
import { floatsOfAll } from './sampler-pieces';
import { tidy } from './tree';
import { unrollSteps } from './unroll';
import { weightMaker } from './weights';

export type SimpleRnnOptions<K extends InputKind = 'vectors'> = RecurrentOptions<K>;

export type SimpleRnnParams = {
  /** W [I, H] */
  readonly kernel: Tensor2D;
  /** U [H, H] */
  readonly recurrentKernel: Tensor2D;
  /** b [H] */
  readonly bias: Tensor1D;
};

/** h [B, H] */
export type HiddenState = { readonly h: Tensor2D };

/**
 * A simple recurrent cell (Elman, 1990): h' = tanh(x·W + h·U + b), [B, I] → [B, H]; h' is the state too.
 *
 * @throws UnrolledError when a size is not a positive integer
 */
export function simpleRnn<const K extends InputKind = 'vectors'>(
  options: SimpleRnnOptions<K>,
): Cell<SimpleRnnParams, HiddenState, K> {
  const { inputSize, units, activation = 'tanh' } = options;
  check.count('simpleRnn', 'inputSize', inputSize);
  check.count('simpleRnn', 'units', units);
  const activate = resolveActivation(activation);

  const layer: SimpleRnnLayer | undefined =
    activation === 'tanh' || activation === 'relu'
      ? { type: 'simpleRnn', inputSize, units, activation }
      : undefined;

  const cell: Cell<SimpleRnnParams, HiddenState, K> = {
    name: 'simpleRnn',
    inputSize,
    outputSize: units,
    inputKind: options.inputKind ?? ('vectors' as K),
    init(seed) {
      const make = weightMaker(seed);
      return {
        kernel: make([inputSize, units], resolveInitializer(options.kernelInitializer ?? 'glorotUniform')),
        recurrentKernel: make(
          [units, units],
          resolveInitializer(options.recurrentInitializer ?? 'orthogonal'),
        ),
        bias: make([units], resolveInitializer(options.biasInitializer ?? 'zeros')),
      };
    },
    zeroState: (batchSize) => ({ h: tf.zeros([batchSize, units]) }),
    step: (params, input, { h }) =>
      tidy(() => {
        checkStep(cell, input);
        const { kernel, recurrentKernel, bias } = params;
        const z = tf.add(
          tf.add(inputProduct(input, kernel), tf.matMul(h, recurrentKernel)),
          bias,
        ) as Tensor2D;
        const next = activate(z);
        return { output: tf.clone(next), state: { h: next } };
      }),
    unroll(params, inputs, state, unrollOptions = {}) {
      if (!usesFused(cell, 'simpleRnnSequence', layer ? [] : ['this activation'])) {
        return unrollSteps(cell, params, inputs, state, unrollOptions);
      }
      const { lengths, reverse } = unrollOptions;
      return recurrentSequence(inputs, { layer: layer!, params, state }, { lengths, reverse });
    },
    samplerPieces: (params) => layer && [{ layer, params: floatsOfAll(params) }],
  };
  return describedAs(
    cell,
    { kind: 'simpleRnn', units, activation },
    (params, state) => layer && { layer, params, state },
  );
}
