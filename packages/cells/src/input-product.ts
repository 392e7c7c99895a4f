import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** x · kernel [B, n] for vectors [B, I]; for ids [B] the kernel's rows, which is the same product with one-hot vectors. */
export function inputProduct(input: Tensor, kernel: Tensor2D): Tensor2D {
  return input.dtype === 'int32'
    ? (tf.gather(kernel, input as Tensor1D) as Tensor2D)
    : tf.matMul(input as Tensor2D, kernel);
}
