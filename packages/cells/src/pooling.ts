/** The maximum or the mean of windows: over time, or of pictures. */
import type { Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import { hasFusedKernel } from '@unrolled/kernels';
import type { Layer, NoParams, NoState } from './contract';
import type { PictureLayer } from './conv2d';
import { outputsAlong, type PerAxis, perAxis, sameZeros } from './convolution-options';
import { flipRows } from './flip-rows';
import { maskSequence } from './masks';
import { maxOverTime } from './max-over-time';
import { checkOptions } from './refuse';
import { checkEnough, statelessLayer, unsizedLayer } from './stateless-layer';

export interface Pool1dOptions {
  /** The length of the vectors. It may be omitted in a `stack`. */
  readonly inputSize?: number | undefined;
  /** Number of steps of a window. */
  readonly size: number;
  /** Steps from one window to the next; default `size`. */
  readonly stride?: number | undefined;
}

const KINDS_1D: OptionKinds<Pool1dOptions> = {
  inputSize: 'positive integer?',
  size: 'positive integer',
  stride: 'positive integer?',
};

export interface Pool2dOptions {
  /** The channels of the pictures. It may be omitted in a `stack`. */
  readonly inputSize?: number | undefined;
  /** Rows and columns of a window. */
  readonly size: PerAxis;
  /** Pixels from one window to the next; default `size`. */
  readonly stride?: PerAxis | undefined;
  /**
   * 'valid' (default), or 'same': ⌈size / stride⌉ windows along each axis. Positions outside the picture are
   * ignored.
   */
  readonly padding?: 'valid' | 'same' | undefined;
}

/** The remedy for a picture that is smaller than a window. */
const TOO_SMALL = "set padding: 'same', or a smaller size";

const KINDS_2D: OptionKinds<Pool2dOptions> = {
  inputSize: 'positive integer?',
  size: 'value',
  stride: 'value?',
  padding: "'valid' or 'same'?",
};

type Kind = 'max' | 'average';

/**
 * The maximum of each window over time (Keras's `MaxPooling1D`), [B, T, I] → [B, T', I], T' = ⌊(T − size) /
 * stride⌋ + 1. The same formula maps a row's length L to its number of outputs. Past them the output is 0.
 *
 * @throws UnrolledError if an option is out of range, or a sequence has fewer steps than a window
 */
export function maxPool1d(options: Pool1dOptions): Layer<NoParams, NoState> {
  return pool1d('maxPool1d', 'max', options);
}

/**
 * The mean of each window over time (Keras's `AveragePooling1D`). Sizes, lengths and errors are those of
 * {@link maxPool1d}.
 */
export function averagePool1d(options: Pool1dOptions): Layer<NoParams, NoState> {
  return pool1d('averagePool1d', 'average', options);
}

function pool1d(name: string, kind: Kind, options: Pool1dOptions): Layer<NoParams, NoState> {
  checkOptions(name, options, KINDS_1D);
  const { inputSize, size, stride = size } = options;
  if (inputSize === undefined) {
    return unsizedLayer<'vectors', Tensor3D>(name, 'vectors', (own) =>
      pool1d(name, kind, { ...options, inputSize: own }),
    );
  }
  const stepsOf = (steps: number) => outputsAlong(steps, size, stride, [0, 0]);
  return statelessLayer<NoParams, 'vectors', Tensor3D>({
    name,
    inputSize,
    outputSize: inputSize,
    inputKind: 'vectors',
    structure: { type: 'pool1d', kind, channels: inputSize, size, stride },
    outputShape: ([batchSize, steps]) => [batchSize!, stepsOf(steps!), inputSize],
    run(_params, inputs, { lengths, reverse = false }) {
      const [batchSize, steps] = inputs.shape;
      checkEnough(name, 'time steps', steps, size, 'use a smaller size, or longer sequences');
      const masked = maskSequence(inputs, lengths);
      const rows = reverse ? flipRows(masked, lengths) : masked;
      const x = tf.reshape(rows, [batchSize, 1, steps, inputSize]) as Tensor4D;
      const pool = kind === 'max' ? tf.maxPool : tf.avgPool;
      const y = pool(x, [1, size], [1, stride], 'valid');
      const valid = lengths?.map(stepsOf);
      const output = maskSequence(tf.reshape(y, [batchSize, y.shape[2], inputSize]) as Tensor3D, valid);
      return reverse ? flipRows(output, valid) : output;
    },
  });
}

/**
 * The maximum of each window of a picture (Keras's `MaxPooling2D`), [B, H, W, C] → [B, H', W', C].
 *
 * @throws UnrolledError if an option is out of range, or a picture is smaller than a window
 */
export function maxPool2d(options: Pool2dOptions): PictureLayer<NoParams> {
  return pool2d('maxPool2d', 'max', options);
}

/** The mean of each window of a picture (Keras's `AveragePooling2D`), over the pixels inside the picture. */
export function averagePool2d(options: Pool2dOptions): PictureLayer<NoParams> {
  return pool2d('averagePool2d', 'average', options);
}

function pool2d(name: string, kind: Kind, options: Pool2dOptions): PictureLayer<NoParams> {
  checkOptions(name, options, KINDS_2D);
  const { inputSize, padding = 'valid', stride: step = options.size } = options;
  const size = perAxis(name, 'size', options.size);
  const stride = perAxis(name, 'stride', step);
  if (inputSize === undefined) {
    return unsizedLayer<'pictures', Tensor4D>(name, 'pictures', (own) =>
      pool2d(name, kind, { ...options, inputSize: own }),
    );
  }
  const zeros = (length: number, axis: number): readonly [number, number] =>
    padding === 'same' ? sameZeros(length, size[axis]!, stride[axis]!) : [0, 0];
  return statelessLayer<NoParams, 'pictures', Tensor4D>({
    name,
    inputSize,
    outputSize: inputSize,
    inputKind: 'pictures',
    structure: { type: 'pool2d', kind, channels: inputSize, size, stride, padding },
    outputShape([batchSize, ...sizes]) {
      const out = [0, 1].map((axis) =>
        outputsAlong(sizes[axis]!, size[axis]!, stride[axis]!, zeros(sizes[axis]!, axis)),
      );
      return [batchSize!, ...out, inputSize];
    },
    run(_params, inputs) {
      const [, height, width] = inputs.shape;
      if (padding === 'valid') {
        checkEnough(name, 'rows of pixels', height, size[0], TOO_SMALL);
        checkEnough(name, 'columns of pixels', width, size[1], TOO_SMALL);
      }
      const [window, step] = [[...size] as [number, number], [...stride] as [number, number]];
      if (kind === 'max') return tf.maxPool(inputs, window, step, padding);
      const own = padding === 'valid' || hasFusedKernel('convolution');
      return own
        ? tf.avgPool(inputs, window, step, padding)
        : paddedMean(inputs, window, step, [zeros(height, 0), zeros(width, 1)]);
    },
  });
}

/**
 * tfjs's gradient of a padded mean divides by the size of the whole window. This gradient divides by the
 * number of pixels inside the picture, like the mean.
 */
function paddedMean(
  x: Tensor4D,
  size: [number, number],
  stride: [number, number],
  [rows, columns]: readonly (readonly [number, number])[],
): Tensor4D {
  const around = [[0, 0], [...rows!], [...columns!], [0, 0]] as [number, number][];
  const mean = (picture: Tensor4D) => tf.avgPool(tf.pad(picture, around) as Tensor4D, size, stride, 'valid');
  const share = mean(tf.ones([1, x.shape[1], x.shape[2], 1]));
  return tf.div(mean(x), share);
}

export interface GlobalPoolOptions {
  /** The length of the vectors, or the channels of the pictures. It may be omitted in a `stack`. */
  readonly inputSize?: number | undefined;
}

const GLOBAL: OptionKinds<GlobalPoolOptions> = { inputSize: 'positive integer?' };

/**
 * The maximum over all valid steps of a row, [B, T, I] → [B, I] (Keras's `GlobalMaxPooling1D`); 0 for a row
 * of length 0.
 */
export function globalMaxPool1d(
  options: GlobalPoolOptions = {},
): Layer<NoParams, NoState, 'vectors', tf.Tensor2D> {
  return overTime('globalMaxPool1d', 'max', options);
}

/**
 * The mean over all valid steps of a row, [B, T, I] → [B, I] (Keras's `GlobalAveragePooling1D`); 0 for a row
 * of length 0.
 */
export function globalAveragePool1d(
  options: GlobalPoolOptions = {},
): Layer<NoParams, NoState, 'vectors', tf.Tensor2D> {
  return overTime('globalAveragePool1d', 'average', options);
}

function overTime(
  name: string,
  kind: Kind,
  options: GlobalPoolOptions,
): Layer<NoParams, NoState, 'vectors', tf.Tensor2D> {
  checkOptions(name, options, GLOBAL);
  const { inputSize } = options;
  if (inputSize === undefined) {
    return unsizedLayer<'vectors', tf.Tensor2D>(name, 'vectors', (own) =>
      overTime(name, kind, { inputSize: own }),
    );
  }
  return statelessLayer<NoParams, 'vectors', tf.Tensor2D>({
    name,
    inputSize,
    outputSize: inputSize,
    inputKind: 'vectors',
    structure: { type: 'globalPool', kind, channels: inputSize, of: 'vectors' },
    run: (_params, inputs, { lengths }) => (kind === 'max' ? maxOverTime : meanValid)(inputs, lengths),
  });
}

function meanValid(inputs: Tensor3D, lengths: readonly number[] | undefined): tf.Tensor2D {
  const [batchSize, steps] = inputs.shape;
  const counts = lengths?.map((length) => Math.max(1, length)) ?? Array<number>(batchSize).fill(steps);
  return tf.div(tf.sum(maskSequence(inputs, lengths), 1), tf.tensor2d(counts, [batchSize, 1]));
}

/** The maximum of each channel of a picture, [B, H, W, C] → [B, C] (Keras's `GlobalMaxPooling2D`). */
export function globalMaxPool2d(
  options: GlobalPoolOptions = {},
): Layer<NoParams, NoState, 'pictures', tf.Tensor2D> {
  return overPicture('globalMaxPool2d', 'max', options);
}

/** The mean of each channel of a picture, [B, H, W, C] → [B, C] (Keras's `GlobalAveragePooling2D`). */
export function globalAveragePool2d(
  options: GlobalPoolOptions = {},
): Layer<NoParams, NoState, 'pictures', tf.Tensor2D> {
  return overPicture('globalAveragePool2d', 'average', options);
}

function overPicture(
  name: string,
  kind: Kind,
  options: GlobalPoolOptions,
): Layer<NoParams, NoState, 'pictures', tf.Tensor2D> {
  checkOptions(name, options, GLOBAL);
  const { inputSize } = options;
  if (inputSize === undefined) {
    return unsizedLayer<'pictures', tf.Tensor2D>(name, 'pictures', (own) =>
      overPicture(name, kind, { inputSize: own }),
    );
  }
  return statelessLayer<NoParams, 'pictures', tf.Tensor2D>({
    name,
    inputSize,
    outputSize: inputSize,
    inputKind: 'pictures',
    structure: { type: 'globalPool', kind, channels: inputSize, of: 'pictures' },
    run: (_params, inputs) => (kind === 'max' ? tf.max : tf.mean)(inputs, [1, 2]) as tf.Tensor2D,
  });
}
