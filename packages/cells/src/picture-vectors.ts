/** Converts pictures to vectors: one for each picture, or one for each pixel. */
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import type { Layer, NoParams, NoState } from './contract';
import { checkOptions, refuse } from './refuse';
import { statelessLayer, unsizedLayer } from './stateless-layer';

export interface FlattenOptions {
  readonly height: number;
  readonly width: number;
  /** The channels of the pictures. It may be omitted in a `stack`. */
  readonly inputSize?: number | undefined;
}

const FLATTEN: OptionKinds<FlattenOptions> = {
  height: 'positive integer',
  width: 'positive integer',
  inputSize: 'positive integer?',
};

/**
 * All numbers of a picture as one vector, [B, H, W, C] → [B, H·W·C], row by row, with the channels of a pixel
 * together (Keras's `Flatten`; in PyTorch the channels come first). The size is fixed, because the next layer
 * has a weight for each number.
 *
 * @throws UnrolledError for pictures of another size
 */
export function flatten(options: FlattenOptions): Layer<NoParams, NoState, 'pictures', Tensor2D> {
  checkOptions('flatten', options, FLATTEN);
  const { height, width, inputSize } = options;
  if (inputSize === undefined) {
    return unsizedLayer<'pictures', Tensor2D>('flatten', 'pictures', (own) =>
      flatten({ ...options, inputSize: own }),
    );
  }
  return statelessLayer<NoParams, 'pictures', Tensor2D>({
    name: 'flatten',
    inputSize,
    outputSize: height * width * inputSize,
    inputKind: 'pictures',
    structure: { type: 'flatten', height, width, channels: inputSize },
    run(_params, inputs) {
      const [batchSize, rows, columns] = inputs.shape;
      if (rows !== height || columns !== width) {
        refuse('flatten', {
          expected: `pictures of ${height} × ${width} pixels`,
          got: `${rows} × ${columns}`,
          remedy: 'set height and width to the output of the part before it, or use globalAveragePool2d',
          code: 'shape',
        });
      }
      return tf.reshape(inputs, [batchSize, height * width * inputSize]);
    },
  });
}

export interface PixelStepsOptions {
  /** The channels of the pictures. It may be omitted in a `stack`. */
  readonly inputSize?: number | undefined;
}

const PIXELS: OptionKinds<PixelStepsOptions> = { inputSize: 'positive integer?' };

/**
 * A picture as a sequence of its pixels, row by row, [B, H, W, C] → [B, H·W, C], for a decoder with attention
 * or a recurrent layer.
 */
export function pixelSteps(options: PixelStepsOptions = {}): Layer<NoParams, NoState, 'pictures', Tensor3D> {
  checkOptions('pixelSteps', options, PIXELS);
  const { inputSize } = options;
  if (inputSize === undefined) {
    return unsizedLayer<'pictures', Tensor3D>('pixelSteps', 'pictures', (own) =>
      pixelSteps({ inputSize: own }),
    );
  }
  return statelessLayer<NoParams, 'pictures', Tensor3D>({
    name: 'pixelSteps',
    inputSize,
    outputSize: inputSize,
    inputKind: 'pictures',
    structure: { type: 'pixelSteps', channels: inputSize },
    outputShape: ([batchSize, height, width]) => [batchSize!, height! * width!, inputSize],
    run(_params, inputs) {
      const [batchSize, height, width] = inputs.shape;
      return tf.reshape(inputs, [batchSize, height * width, inputSize]);
    },
  });
}
