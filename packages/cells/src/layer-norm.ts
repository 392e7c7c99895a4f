import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import { checkFirstOrder, checkParameter, checkSeed, checkStep, valueAt } from './checks';
import type { Cell, NoState } from './contract';
import { builtIn } from './identity';
import { check, checkOptions, refuse } from './refuse';
import { tidy } from './tree';

export interface LayerNormOptions {
  /** The length of the vectors. It may be omitted in a `stack`. */
  readonly inputSize?: number | undefined;
  /** Added to the variance; default 1e-5, as in PyTorch (Keras has 1e-3). */
  readonly epsilon?: number | undefined;
}

const KINDS: OptionKinds<LayerNormOptions> = { inputSize: 'positive integer?', epsilon: 'number?' };

export type LayerNormParams = {
  /** γ [I], initially ones */
  readonly gamma: Tensor1D;
  /** β [I], initially zeros */
  readonly beta: Tensor1D;
};

/**
 * Layer normalisation (Ba, Kiros and Hinton, 2016) of each vector, at every step, [B, I] → [B, I]:
 *
 *     y = γ ⊙ (x − mean(x)) / √(variance(x) + ε) + β
 *
 * with the variance over I, not I − 1. Rows and steps are independent, so training and inference compute the
 * same.
 *
 * @throws UnrolledError if a size is not a positive integer, or epsilon is not positive
 */
export function layerNorm(options: LayerNormOptions = {}): Cell<LayerNormParams, NoState> {
  const name = 'layerNorm';
  checkOptions(name, options, KINDS);
  const { inputSize, epsilon = 1e-5 } = options;
  checkEpsilon(name, epsilon);
  if (inputSize === undefined) return unsized(options);
  const shapes = [
    ['gamma', [inputSize]],
    ['beta', [inputSize]],
  ] as const;
  const cell: Cell<LayerNormParams, NoState> = {
    name,
    inputSize,
    outputSize: inputSize,
    init(seed) {
      checkSeed(name, seed);
      return { gamma: tf.ones([inputSize]), beta: tf.zeros([inputSize]) };
    },
    zeroState(batchSize) {
      check.count(name, 'batchSize', batchSize);
      return {};
    },
    step: (params, input) =>
      tidy(() => {
        checkFirstOrder(name);
        checkStep(cell, input);
        for (const [parameter, shape] of shapes)
          checkParameter(name, parameter, shape, valueAt(params, [parameter]));
        return { output: normalized(input, params.gamma, params.beta, epsilon), state: {} };
      }),
  };
  return builtIn(cell, {
    structure: { type: 'layerNorm', channels: inputSize, epsilon },
    parameters: shapes,
    stepsAreApart: true,
  });
}

/** Throws if an epsilon is not positive. */
export function checkEpsilon(scope: string, epsilon: number): void {
  check.number(scope, 'epsilon', epsilon, epsilon > 0, 'to be positive');
}

/** x [B, n] normalised along its last axis. */
export function normalized(x: Tensor2D, gamma: Tensor, beta: Tensor, epsilon: number): Tensor2D {
  const centred = tf.sub(x, tf.mean(x, 1, true));
  const deviation = tf.sqrt(tf.add(tf.mean(tf.square(centred), 1, true), epsilon));
  return tf.add(tf.mul(tf.div(centred, deviation), gamma), beta) as Tensor2D;
}

function unsized(options: LayerNormOptions): Cell<LayerNormParams, NoState> {
  const refuseSize = (): never =>
    refuse('layerNorm', {
      expected: 'inputSize, the length of the vectors',
      got: 'none',
      remedy: 'pass layerNorm({ inputSize }); it may be omitted only in a stack, next to a part with a size',
    });
  const cell: Cell<LayerNormParams, NoState> = {
    name: 'layerNorm',
    get inputSize() {
      return refuseSize();
    },
    get outputSize() {
      return refuseSize();
    },
    init: refuseSize,
    zeroState: () => ({}),
    step: refuseSize,
  };
  return builtIn(cell, {
    get structure() {
      return refuseSize();
    },
    sized: (inputSize) => layerNorm({ ...options, inputSize }),
  });
}
