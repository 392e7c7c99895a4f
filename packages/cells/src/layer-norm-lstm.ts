import type { Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import type { ActivationName } from '@unrolled/kernels';
import { ACTIVATION, type Activation, activationData, resolveActivation } from './activations';
import {
  checkFirstOrder,
  checkParameter,
  checkRate,
  checkSeed,
  checkState,
  checkStep,
  valueAt,
} from './checks';
import type { Cell, InputKind } from './contract';
import { dropStep } from './dropout';
import { builtIn } from './identity';
import { INITIALIZER, type Initializer, type InitializerName, resolveInitializer } from './initializers';
import { inputProduct } from './input-product';
import { checkEpsilon, normalized } from './layer-norm';
import type { LstmState } from './lstm';
import { deriveSeed, random } from './random';
import { check, checkOptions } from './refuse';
import { tidy } from './tree';

export interface LayerNormLstmOptions<K extends InputKind = 'vectors'> {
  /** I */
  readonly inputSize: number;
  /** H */
  readonly units: number;
  /** 'ids' reads int32 ids as one-hot vectors of length `inputSize`. */
  readonly inputKind?: K;
  /** Activation of the cell input and of c'; default 'tanh'. */
  readonly activation?: Activation | ActivationName | undefined;
  /** The initial β of the forget gate; default 1. */
  readonly forgetBias?: number | undefined;
  /**
   * The rate at which the cell input g is dropped in training (Semeniuta et al., 2016), in [0, 1); default 0.
   */
  readonly recurrentDropout?: number | undefined;
  /** Added to the variance; default 1e-12, as in TF1. */
  readonly epsilon?: number | undefined;
  /** Default 'glorotUniform'. */
  readonly kernelInitializer?: Initializer | InitializerName | undefined;
  /** Default 'orthogonal'. */
  readonly recurrentInitializer?: Initializer | InitializerName | undefined;
}

const KINDS: OptionKinds<LayerNormLstmOptions<InputKind>> = {
  inputSize: 'positive integer',
  units: 'positive integer',
  inputKind: "'vectors' or 'ids'?",
  activation: ACTIVATION,
  forgetBias: 'number?',
  recurrentDropout: 'number?',
  epsilon: 'number?',
  kernelInitializer: INITIALIZER,
  recurrentInitializer: INITIALIZER,
};

export type LayerNormLstmParams = {
  /** W [I, 4H] */
  readonly kernel: Tensor2D;
  /** U [H, 4H] */
  readonly recurrentKernel: Tensor2D;
  /** γ of i, f, g, o and c', [5, H] */
  readonly gamma: Tensor2D;
  /** β of i, f, g, o and c', [5, H] */
  readonly beta: Tensor2D;
};

/**
 * A long short-term memory with layer normalisation (Ba, Kiros and Hinton, 2016), as in TF1's
 * `LayerNormBasicLSTMCell`. The pre-activation of each gate is normalised, and so is the new c, which is
 * passed on in normalised form. A step maps [B, I] to h' [B, H]; the state is h and c, [B, H] each. With z =
 * x·W + h·U, in four parts, and norm(a) = γ ⊙ (a − mean(a)) / √(variance(a) + ε) + β:
 *
 *     i = σ(norm(zi))    f = σ(norm(zf))    g = dropout(tanh(norm(zg)))    o = σ(norm(zo))
 *     c' = norm(f⊙c + i⊙g)
 *     h' = tanh(c')⊙o
 *
 * β is the only bias. `init` includes the forget bias in β; TF1 adds it at run time and starts with β = 0.
 * Gate order i, f, g, o (TF1: i, j, f, o). It runs step by step on every backend.
 *
 * @throws UnrolledError if a size is not a positive integer, the rate is outside [0, 1), or epsilon is not
 *   positive
 */
export function layerNormLstm<const K extends InputKind = 'vectors'>(
  options: LayerNormLstmOptions<K>,
): Cell<LayerNormLstmParams, LstmState, K> {
  const name = 'layerNormLstm';
  checkOptions(name, options, KINDS);
  const { inputSize, units, inputKind = 'vectors' as K, activation = 'tanh', forgetBias = 1 } = options;
  const { recurrentDropout = 0, epsilon = 1e-12 } = options;
  const { kernelInitializer = 'glorotUniform', recurrentInitializer = 'orthogonal' } = options;
  checkRate(name, 'recurrentDropout', recurrentDropout);
  checkEpsilon(name, epsilon);
  const activate = resolveActivation(activation);
  const shapes = [
    ['kernel', [inputSize, 4 * units]],
    ['recurrentKernel', [units, 4 * units]],
    ['gamma', [5, units]],
    ['beta', [5, units]],
  ] as const;
  const draw = (initializer: Initializer | InitializerName, shape: readonly [number, number], seed: number) =>
    tf.tensor2d(resolveInitializer(initializer)(shape, random(seed)), [...shape]);
  const cell: Cell<LayerNormLstmParams, LstmState, K> = {
    name,
    inputSize,
    outputSize: units,
    inputKind,
    init(seed) {
      checkSeed(name, seed);
      const beta = new Float32Array(5 * units).fill(forgetBias, units, 2 * units);
      return {
        kernel: draw(kernelInitializer, [inputSize, 4 * units], deriveSeed(seed, 0)),
        recurrentKernel: draw(recurrentInitializer, [units, 4 * units], deriveSeed(seed, 1)),
        gamma: tf.ones([5, units]),
        beta: tf.tensor2d(beta, [5, units]),
      };
    },
    zeroState(batchSize) {
      check.count(name, 'batchSize', batchSize);
      return { h: tf.zeros([batchSize, units]), c: tf.zeros([batchSize, units]) };
    },
    step: (params, input, state, context) =>
      tidy(() => {
        checkFirstOrder(name);
        checkStep(cell, input);
        checkState(cell, state, input.shape[0]!);
        for (const [parameter, shape] of shapes)
          checkParameter(name, parameter, shape, valueAt(params, [parameter]));
        const { h, c } = state;
        const z = tf.add(
          inputProduct(input, params.kernel),
          tf.matMul(h, params.recurrentKernel),
        ) as Tensor2D;
        const [gammas, betas] = [tf.split(params.gamma, 5), tf.split(params.beta, 5)];
        const norm = (x: Tensor2D, which: number) => normalized(x, gammas[which]!, betas[which]!, epsilon);
        const [zi, zf, zg, zo] = tf.split(z, 4, 1) as [Tensor2D, Tensor2D, Tensor2D, Tensor2D];
        const [i, f, o] = [tf.sigmoid(norm(zi, 0)), tf.sigmoid(norm(zf, 1)), tf.sigmoid(norm(zo, 3))];
        const g = dropStep(activate(norm(zg, 2)), recurrentDropout, false, context);
        const nextC = norm(tf.add(tf.mul(f, c), tf.mul(i, g)), 4);
        const nextH = tf.mul(activate(nextC), o) as Tensor2D;
        return { output: tf.clone(nextH), state: { h: nextH, c: nextC } };
      }),
  };
  return builtIn(cell, {
    structure: {
      type: 'layerNormLstm',
      ...{ channels: inputSize, units, inputKind, recurrentDropout, epsilon },
      activation: activationData(activation),
    },
    initialization: {
      kernelInitializer: options.kernelInitializer,
      recurrentInitializer: options.recurrentInitializer,
      forgetBias: options.forgetBias,
    },
    parameters: shapes,
  });
}
