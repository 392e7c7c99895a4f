import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * x · kernel [B, n] for vectors [B, I]. For ids [B] it returns rows of the kernel, which equals the product
 * with one-hot vectors.
 */
export function inputProduct(input: Tensor, kernel: Tensor2D): Tensor2D {
  return input.dtype === 'int32' ? rowsOf(kernel, input as Tensor1D) : tf.matMul(input as Tensor2D, kernel);
}

/**
 * Rows of a table [V, n] by ids [N] → [N, n]. Its gradient adds each row of dy to the row of its id
 * (`scatterND` sums duplicates), so its cost does not grow with V. tfjs's own gradient, a segment sum, reads
 * the whole batch once for each of the V rows on the cpu backend, and is missing from the wasm backend of
 * tfjs.
 */
export function rowsOf(table: Tensor2D, ids: Tensor1D): Tensor2D {
  const op = tf.customGrad((rows, numbers, save) => {
    (save as (tensors: Tensor[]) => void)([numbers as Tensor1D]);
    return {
      value: tf.gather(rows as Tensor2D, numbers as Tensor1D),
      gradFunc: (dy: Tensor, [saved]: Tensor[]) => [
        tf.scatterND(tf.expandDims(saved!, 1), dy, table.shape),
        tf.zerosLike(saved!),
      ],
    };
  });
  return op(table, ids) as Tensor2D;
}
