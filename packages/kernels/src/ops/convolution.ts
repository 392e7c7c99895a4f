import {
  add,
  backend_util,
  conv2d,
  type GradConfig,
  pad,
  reshape,
  slice,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import { inWords, type OptionKinds } from '@unrolled/errors';
import { check, checkKind, checkOptions, refuse } from '../refuse';
import { checkTensor } from './checks';
import { hasFusedKernel, requireFirstOrder, runKernel, runOp } from './registry';

/** Zeros around an image: before and after its rows, before and after its columns. */
export type PicturePadding = readonly [rows: readonly [number, number], columns: readonly [number, number]];

/** The options of {@link convolution}. A pair of numbers gives rows and columns. */
export interface ConvolutionOptions {
  /** Distance in pixels between outputs; default 1. */
  readonly strides?: number | readonly [number, number] | undefined;
  /** Distance in pixels between the filter's taps; default 1. */
  readonly dilations?: number | readonly [number, number] | undefined;
  /** 'valid' (default), 'same' as in TensorFlow, or explicit numbers of zeros. */
  readonly padding?: 'valid' | 'same' | PicturePadding | undefined;
}

const KINDS: OptionKinds<ConvolutionOptions> = {
  strides: 'value?',
  dilations: 'value?',
  padding: 'value?',
};

/**
 * Two-dimensional convolution (cross-correlation, as in other frameworks) of images, channels last:
 *
 *     y[b,i,j,o] = bias[o] + Σ x[b, i·stride + h·dilation − before, j·stride + w·dilation − left, c] · filter[h,w,c,o]
 *
 * tfjs's own op has no gradient for dilations; this op has it on every backend. With the fused kernel, the
 * forward pass and both gradients are matrix products of packed patches (im2col).
 *
 * @param x float32 [B,H,W,C]
 * @param filter float32 [h,w,C,O]
 * @param bias float32 [O], optional
 * @returns [B,H',W',O] with H' = ⌊(H + padding − (h − 1)·dilation − 1) / stride⌋ + 1; with 'same' ⌈H /
 *   stride⌉
 * @throws UnrolledError on a shape, dtype or option that does not fit, or if the filter is larger than the
 *   padded image
 */
export function convolution(
  x: Tensor4D,
  filter: Tensor4D,
  bias?: Tensor1D,
  options: ConvolutionOptions = {},
): Tensor4D {
  const scope = 'convolution';
  checkKind(scope, 'x', x, 'tensor');
  checkKind(scope, 'filter', filter, 'tensor');
  checkOptions(scope, options, KINDS);
  checkTensor(scope, 'filter', filter, 'float32', [null, null, null, null]);
  checkTensor(scope, 'x', x, 'float32', [null, null, null, filter.shape[2]]);
  if (bias !== undefined) checkTensor(scope, 'bias', bias, 'float32', [filter.shape[3]]);
  const { padding = 'valid' } = options;
  const strides = pairOf('strides', options.strides);
  const dilations = pairOf('dilations', options.dilations);
  const around = padding === 'valid' || padding === 'same' ? padding : explicit(padding);
  const info = backend_util.computeConv2DInfo(x.shape, filter.shape, strides, dilations, around);
  if ([...x.shape, ...info.outShape].some((size) => size < 1)) refuseSizes(x, filter, info.outShape);
  if (!hasFusedKernel('convolution')) return composed(x, filter, bias, strides, dilations, around);
  requireFirstOrder(scope);
  return runOp<Tensor4D>(GRADIENT, bias ? { x, filter, bias } : { x, filter }, info);
}

function refuseSizes(x: Tensor4D, filter: Tensor4D, shape: readonly number[]): never {
  refuse('convolution', {
    expected: 'at least one image, each at least as large as the filter',
    got: `[${x.shape.join(', ')}] and a filter [${filter.shape.join(', ')}], with the output [${shape.join(', ')}]`,
    remedy: "pad the images, set padding: 'same', or use a smaller filter",
    code: 'shape',
  });
}

/** A number for both axes, or a pair. */
function pairOf(name: string, value: number | readonly [number, number] = 1): [number, number] {
  const pair = typeof value === 'number' ? [value, value] : value;
  if (!Array.isArray(pair) || pair.length !== 2) {
    refuse('convolution', {
      expected: `${name} to be a positive integer, or a pair of them for rows and columns`,
      got: inWords(value),
      remedy: `set ${name}: 2`,
    });
  }
  for (const one of pair) check.count('convolution', name, one);
  return pair as [number, number];
}

/** Explicit padding in tfjs's form. */
function explicit(padding: PicturePadding): backend_util.ExplicitPadding {
  const axes: readonly unknown[] = Array.isArray(padding) ? padding : [];
  const isPair = (axis: unknown) =>
    Array.isArray(axis) && axis.length === 2 && axis.every((n) => Number.isInteger(n) && n >= 0);
  const fits = axes.length === 2 && axes.every(isPair);
  if (!fits) {
    refuse('convolution', {
      expected: "padding to be 'valid', 'same' or numbers of zeros [[before, after], [left, right]]",
      got: inWords(padding),
      remedy: 'set padding: [[1, 1], [1, 1]]',
    });
  }
  const [rows, columns] = padding;
  return [[0, 0], [...rows], [...columns], [0, 0]];
}

/** Convolution by tfjs's own ops. Dilations are implemented by a dilated filter. */
function composed(
  x: Tensor4D,
  filter: Tensor4D,
  bias: Tensor1D | undefined,
  strides: [number, number],
  dilations: [number, number],
  around: 'valid' | 'same' | backend_util.ExplicitPadding,
): Tensor4D {
  return tidy(() => {
    const padded = typeof around === 'string' ? x : pad(x, around);
    const mode = typeof around === 'string' ? around : 'valid';
    const y = conv2d(padded, dilated(filter, dilations), strides, mode);
    return (bias ? add(y, bias) : y) as Tensor4D;
  });
}

/** The filter with zeros between its taps. */
function dilated(filter: Tensor4D, [down, across]: readonly [number, number]): Tensor4D {
  const [height, width, channels, outputs] = filter.shape;
  const spread = (taps: Tensor, before: number, count: number, after: number, by: number) => {
    if (by === 1) return taps;
    const apart = pad(reshape(taps, [before, count, 1, after]), [
      [0, 0],
      [0, 0],
      [0, by - 1],
      [0, 0],
    ]);
    const size = (count - 1) * by + 1;
    return slice(reshape(apart, [before, count * by, after]), [0, 0, 0], [before, size, after]);
  };
  const rows = spread(filter, 1, height, width * channels * outputs, down);
  const tall = (height - 1) * down + 1;
  const all = spread(rows, tall, width, channels * outputs, across);
  return reshape(all, [tall, (width - 1) * across + 1, channels, outputs]);
}

const GRADIENT: GradConfig = {
  kernelName: 'Convolution',
  inputsToSave: ['x', 'filter'],
  gradFunc: (dy, [x, filter], attributes) => {
    const dOutput = dy as Tensor4D;
    const info = { ...attributes };
    return {
      x: () => runKernel<Tensor>('ConvolutionInputGradient', { dOutput, filter }, info),
      filter: () => runKernel<Tensor>('ConvolutionFilterGradient', { x, dOutput }, info),
      bias: () => sum(dOutput, [0, 1, 2]),
    };
  },
};
