import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { inWords, type OptionKinds } from '@unrolled/errors';
import { convolution, type PicturePadding } from '@unrolled/kernels';
import { ACTIVATION, activationData, resolveActivation } from './activations';
import type { Layer, NoState } from './contract';
import {
  type ConvolutionOptions,
  outputsAlong,
  type PerAxis,
  perAxis,
  sameZeros,
  TOO_SMALL,
  zerosAround,
} from './convolution-options';
import { INITIALIZER } from './initializers';
import { checkOptions, refuse } from './refuse';
import { checkEnough, statelessLayer } from './stateless-layer';

export interface Conv2dOptions extends ConvolutionOptions {
  /** Rows and columns of the filter. */
  readonly kernelSize: PerAxis;
  /** Pixels from one output to the next; default 1. */
  readonly stride?: PerAxis | undefined;
  /** Pixels from one tap to the next; default 1. */
  readonly dilation?: PerAxis | undefined;
  /**
   * 'valid' (default) adds no zeros; 'same' adds zeros for ⌈size / stride⌉ outputs along each axis. A number
   * gives the zeros on each side (PyTorch's `padding`), pairs those before and after the rows and the
   * columns.
   */
  readonly padding?: 'valid' | 'same' | number | PicturePadding | undefined;
}

const KINDS: OptionKinds<Conv2dOptions> = {
  inputSize: 'positive integer',
  filters: 'positive integer',
  kernelSize: 'value',
  stride: 'value?',
  dilation: 'value?',
  padding: 'value?',
  activation: ACTIVATION,
  useBias: 'boolean?',
  kernelInitializer: INITIALIZER,
  biasInitializer: INITIALIZER,
};

export type Conv2dParams = {
  /** W [h, w, I, O] */
  readonly kernel: Tensor4D;
  /** b [O] */
  readonly bias?: Tensor1D;
};

/** A layer that maps pictures to pictures: [B, H, W, I] → [B, H', W', O]. */
export type PictureLayer<P> = Layer<P, NoState, 'pictures', Tensor4D>;

/**
 * Convolution of pictures, channels last (Keras's and PyTorch's `Conv2D`), [B, H, W, I] → [B, H', W', O]. The
 * equation and the sizes are those of `convolution` of `@unrolled/kernels`. `init` uses Keras's defaults:
 * Glorot uniform and zeros.
 *
 * @throws UnrolledError if an option is out of range, or a picture is smaller than the filter
 */
export function conv2d(options: Conv2dOptions): PictureLayer<Conv2dParams> {
  const name = 'conv2d';
  checkOptions(name, options, KINDS);
  const { inputSize, filters, useBias = true, activation = 'linear' } = options;
  const { kernelInitializer, biasInitializer, stride: step = 1, dilation: spread = 1 } = options;
  const kernelSize = perAxis(name, 'kernelSize', options.kernelSize);
  const stride = perAxis(name, 'stride', step);
  const dilation = perAxis(name, 'dilation', spread);
  const padding = paddingOf(options.padding);
  const activate = resolveActivation(activation);
  const taps = kernelSize.map((size, axis) => (size - 1) * dilation[axis]! + 1);
  const zeros = (size: number, axis: number): readonly [number, number] => {
    if (padding === 'same') return sameZeros(size, taps[axis]!, stride[axis]!);
    return padding === 'valid' ? [0, 0] : padding[axis]!;
  };
  const kernel = { name: 'kernel', shape: [...kernelSize, inputSize, filters] };
  const bias = { name: 'bias', shape: [filters] };
  return statelessLayer<Conv2dParams, 'pictures', Tensor4D>({
    name,
    inputSize,
    outputSize: filters,
    inputKind: 'pictures',
    structure: {
      type: 'conv2d',
      ...{ channels: inputSize, filters, kernelSize, stride, dilation, padding },
      activation: activationData(activation),
      useBias,
    },
    initialization: { kernelInitializer, biasInitializer },
    parameters: [
      { ...kernel, initializer: kernelInitializer ?? 'glorotUniform' },
      ...(useBias ? [{ ...bias, initializer: biasInitializer ?? ('zeros' as const) }] : []),
    ],
    outputShape([batchSize, ...sizes]) {
      const out = [0, 1].map((axis) =>
        outputsAlong(sizes[axis]!, taps[axis]!, stride[axis]!, zeros(sizes[axis]!, axis)),
      );
      return [batchSize!, ...out, filters];
    },
    run(params, inputs) {
      const around = [1, 2].map((axis) => zeros(inputs.shape[axis]!, axis - 1));
      around.forEach(([before, after], axis) => {
        const least = taps[axis]! - before - after;
        checkEnough(
          name,
          axis === 0 ? 'rows of pixels' : 'columns of pixels',
          inputs.shape[axis + 1]!,
          least,
          TOO_SMALL,
        );
      });
      const y = convolution(inputs, params.kernel, params.bias, {
        strides: stride,
        dilations: dilation,
        padding: around as unknown as PicturePadding,
      });
      return activate(y as unknown as Tensor2D) as unknown as Tensor4D;
    },
  });
}

function paddingOf(padding: Conv2dOptions['padding'] = 'valid'): 'valid' | 'same' | PicturePadding {
  if (padding === 'valid' || padding === 'same') return padding;
  if (typeof padding === 'number') return [zerosAround('conv2d', padding), zerosAround('conv2d', padding)];
  if (Array.isArray(padding) && padding.length === 2 && padding.every(Array.isArray)) {
    return [zerosAround('conv2d', padding[0]), zerosAround('conv2d', padding[1])];
  }
  return refuse('conv2d', {
    expected: "padding 'valid', 'same', or a number of zeros",
    got: inWords(padding),
    remedy: "set padding: 'same', padding: 1 or padding: [[1, 1], [2, 0]]",
  });
}
