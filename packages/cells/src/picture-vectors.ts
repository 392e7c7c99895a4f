/** From pictures to vectors: one a picture, or one a pixel. */
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import type { Layer, NoParams, NoState } from './contract';
import { checkOptions, refuse } from './refuse';
import { statelessLayer, unsizedLayer } from './stateless-layer';

export interface FlattenOptions {
  readonly height: number;
  readonly width: number;
  /** The channels of the pictures. In a `stack` it may be left out. */
  readonly inputSize?: number | undefined;
}

const FLATTEN: OptionKinds<FlattenOptions> = {
  height: 'positive integer',
  width: 'positive integer',
  inputSize: 'positive integer?',
};

/**
 * All numbers of a picture as one vector, [B, H, W, C] → [B, H·W·C], row by row, the channels of a pixel
 * together (Keras's `Flatten`; PyTorch's has the channels first). The size is fixed, since the layer after it
 * has a weight for each number.
 *
 * @throws UnrolledError when run over pictures of another size
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
          remedy: 'make it for the size that the part before it gives, or use globalAveragePool2d',
          code: 'shape',
        });
      }
      return tf.reshape(inputs, [batchSize, height * width * inputSize]);
    },
  });
}

export interface PixelStepsOptions {
  /** The channels of the pictures. In a `stack` it may be left out. */
  readonly inputSize?: number | undefined;
}

const PIXELS: OptionKinds<PixelStepsOptions> = { inputSize: 'positive integer?' };

/**
 * A picture as a sequence of its pixels, row by row, [B, H, W, C] → [B, H·W, C]: what a decoder pays
 * attention to, or a recurrent layer reads.
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
