import type { Tensor1D, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { inWords, type OptionKinds } from '@unrolled/errors';
import { convolution } from '@unrolled/kernels';
import { ACTIVATION, activationData, resolveActivation } from './activations';
import type { Layer, NoState } from './contract';
import {
  type ConvolutionOptions,
  outputsAlong,
  sameZeros,
  TOO_SMALL,
  zerosAround,
} from './convolution-options';
import { flipRows } from './flip-rows';
import { INITIALIZER } from './initializers';
import { maskSequence } from './masks';
import { checkOptions, refuse } from './refuse';
import { checkEnough, statelessLayer } from './stateless-layer';

export interface Conv1dOptions extends ConvolutionOptions {
  /** Taps: number of steps that an output reads. */
  readonly kernelSize: number;
  /** Steps from one output to the next; default 1. */
  readonly stride?: number | undefined;
  /** Steps from one tap to the next; default 1. */
  readonly dilation?: number | undefined;
  /**
   * 'valid' (default) adds no zeros; 'same' adds zeros for ⌈T / stride⌉ outputs; 'causal' adds all zeros
   * before the first step, so no output depends on a later step. A number gives the zeros on each side, a
   * pair those before and after.
   */
  readonly padding?:
    | 'valid'
    | 'same'
    | 'causal'
    | number
    | readonly [before: number, after: number]
    | undefined;
}

const KINDS: OptionKinds<Conv1dOptions> = {
  inputSize: 'positive integer',
  filters: 'positive integer',
  kernelSize: 'positive integer',
  stride: 'positive integer?',
  dilation: 'positive integer?',
  padding: 'value?',
  activation: ACTIVATION,
  useBias: 'boolean?',
  kernelInitializer: INITIALIZER,
  biasInitializer: INITIALIZER,
};

export type Conv1dParams = {
  /** W [taps, I, O] */
  readonly kernel: Tensor3D;
  /** b [O] */
  readonly bias?: Tensor1D;
};

/**
 * Convolution over time (Keras's and PyTorch's `Conv1D`; like theirs, a cross-correlation), [B, T, I]
 * → [B, T', O]:
 *
 *     y[t] = activation(b + Σ x[t·stride + k·dilation − before] · W[k])
 *
 * T' = ⌊(T + before + after − (kernelSize − 1)·dilation − 1) / stride⌋ + 1. The same formula maps a row's
 * length L to its number of outputs. Past them the output is 0. Values past a row's length are treated as
 * zeros. With 'same' and a stride, the number of zeros before depends on T, not on L. In reverse, each row's
 * valid steps are reversed before and after the convolution.
 *
 * It is a layer, not a cell, because it reads the whole sequence at once. `init` uses Keras's defaults:
 * Glorot uniform and zeros.
 *
 * @throws UnrolledError if an option is out of range, or a sequence has fewer steps than an output needs
 */
export function conv1d(options: Conv1dOptions): Layer<Conv1dParams, NoState> {
  const name = 'conv1d';
  checkOptions(name, options, KINDS);
  const { inputSize, filters, kernelSize, stride = 1, dilation = 1, useBias = true } = options;
  const { activation = 'linear', kernelInitializer, biasInitializer } = options;
  const padding = paddingOf(options.padding);
  const activate = resolveActivation(activation);
  const taps = (kernelSize - 1) * dilation + 1;
  const zeros = (steps: number): readonly [number, number] => {
    if (padding === 'same') return sameZeros(steps, taps, stride);
    if (padding === 'causal') return [taps - 1, 0];
    return padding === 'valid' ? [0, 0] : padding;
  };
  const stepsOf = (steps: number) => outputsAlong(steps, taps, stride, zeros(steps));
  const kernel = { name: 'kernel', shape: [kernelSize, inputSize, filters] };
  const bias = { name: 'bias', shape: [filters] };
  return statelessLayer<Conv1dParams, 'vectors', Tensor3D>({
    name,
    inputSize,
    outputSize: filters,
    inputKind: 'vectors',
    structure: {
      type: 'conv1d',
      ...{ channels: inputSize, filters, kernelSize, stride, dilation, padding },
      activation: activationData(activation),
      useBias,
    },
    initialization: { kernelInitializer, biasInitializer },
    parameters: [
      { ...kernel, initializer: kernelInitializer ?? 'glorotUniform' },
      ...(useBias ? [{ ...bias, initializer: biasInitializer ?? ('zeros' as const) }] : []),
    ],
    outputShape: ([batchSize, steps]) => [batchSize!, stepsOf(steps!), filters],
    run(params, inputs, { lengths, reverse = false }) {
      const [batchSize, steps] = inputs.shape;
      const [before, after] = zeros(steps);
      checkEnough(name, 'time steps', steps, taps - before - after, TOO_SMALL);
      const masked = maskSequence(inputs, lengths);
      const rows = reverse ? flipRows(masked, lengths) : masked;
      const x = tf.reshape(rows, [batchSize, 1, steps, inputSize]) as Tensor4D;
      const filter = tf.reshape(params.kernel, [1, kernelSize, inputSize, filters]) as Tensor4D;
      const y = convolution(x, filter, params.bias, {
        strides: [1, stride],
        dilations: [1, dilation],
        padding: [
          [0, 0],
          [before, after],
        ],
      });
      const made = activate(tf.reshape(y, [batchSize, y.shape[2], filters]) as unknown as Tensor2D);
      const valid = lengths?.map(stepsOf);
      const output = maskSequence(made as unknown as Tensor3D, valid);
      return reverse ? flipRows(output, valid) : output;
    },
  });
}

function paddingOf(
  padding: Conv1dOptions['padding'] = 'valid',
): 'valid' | 'same' | 'causal' | readonly [number, number] {
  if (padding === 'valid' || padding === 'same' || padding === 'causal') return padding;
  if (typeof padding === 'string') {
    refuse('conv1d', {
      expected: "padding 'valid', 'same', 'causal', or a number of zeros",
      got: inWords(padding),
      remedy: "set padding: 'same', padding: 1 or padding: [2, 0]",
    });
  }
  return zerosAround('conv1d', padding as number);
}
