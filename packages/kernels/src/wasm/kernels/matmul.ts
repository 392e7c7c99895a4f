import type { TensorInfo } from '@tensorflow/tfjs-core';
import { MatmulArguments } from '../../generated/abi';
import type { KernelHost } from './host';

export interface Product {
  /**
   * Number of matrices of the result. A and B each have that number of matrices, or one that is used for all.
   */
  batch: number;
  rows: number;
  columns: number;
  inner: number;
  transposeA: boolean;
  transposeB: boolean;
  aBroadcast: boolean;
  bBroadcast: boolean;
}

/** C = op(A)·op(B) (+ bias), in a new tensor of shape `shape`. */
export function runProduct(
  backend: KernelHost,
  a: TensorInfo,
  b: TensorInfo,
  bias: TensorInfo | undefined,
  shape: number[],
  size: Product,
): TensorInfo {
  const { engine } = backend;
  const sizes = engine.sizes('matmul');
  const { batch, rows, columns, inner, transposeA, transposeB, aBroadcast, bBroadcast } = size;
  const what = () => `a matrix product [${batch}, ${rows}, ${inner}] · [${batch}, ${inner}, ${columns}]`;
  return backend.making((make) => {
    const c = make(shape, what);
    const threads = engine.threadsFor(batch * rows * columns * inner);
    const copied = transposeA ? (aBroadcast ? 1 : batch) * rows * inner : 0;
    const matrices = bBroadcast ? 1 : batch;
    engine.write(MatmulArguments, {
      batch,
      rows,
      columns,
      inner,
      transposeA,
      transposeB,
      aBatch: aBroadcast ? 0 : rows * inner,
      bBatch: bBroadcast ? 0 : inner * columns,
      a: backend.address(a, what),
      b: backend.address(b, what),
      bias: bias && backend.address(bias, what),
      c: c.address,
      packed: engine.temporary(4 * matrices * sizes.paddedColumns(columns) * inner, what),
      aCopy: transposeA ? engine.temporary(4 * copied, what) : 0,
      scratch: engine.temporary(sizes.productScratchBytes * threads, what),
    });
    engine.run('packMatmul', engine.threadsToPack(matrices * columns * inner + copied));
    engine.run('matmul', threads);
    return c;
  });
}
