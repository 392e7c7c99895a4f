import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { UnrolledBackend } from '../backend/unrolled-backend';
import { JOB } from '../engine/jobs';
import { EDGE_BYTES, padTo8 } from '../engine/sequence-arguments';

export interface Product {
  /** Matrices; A and B hold as many, or one that is used for all. */
  batch: number;
  rows: number;
  columns: number;
  inner: number;
  transposeA: boolean;
  transposeB: boolean;
  aBroadcast: boolean;
  bBroadcast: boolean;
}

/** C = op(A)·op(B) (+ bias) into a new tensor of `shape`. */
export function runProduct(
  backend: UnrolledBackend,
  a: TensorInfo,
  b: TensorInfo,
  bias: TensorInfo | undefined,
  shape: number[],
  size: Product,
): TensorInfo {
  const { engine } = backend;
  const { batch, rows, columns, inner } = size;
  const what = () => `a matrix product [${batch}, ${rows}, ${inner}] · [${batch}, ${inner}, ${columns}]`;
  return backend.making((make) => {
    const c = make(shape, what);
    const threads = engine.threadsFor(batch * rows * columns * inner);
    const aAt = backend.address(a, what);
    const bAt = backend.address(b, what);
    const biasAt = bias ? backend.address(bias, what) : 0;
    const packed = engine.temporary(4 * (size.bBroadcast ? 1 : batch) * padTo8(columns) * inner, what);
    const copies = size.aBroadcast ? 1 : batch;
    const aCopy = size.transposeA ? engine.temporary(4 * copies * rows * inner, what) : 0;
    engine.arguments([
      ...[batch, rows, columns, inner, size.transposeA ? 1 : 0, size.transposeB ? 1 : 0],
      ...[size.aBroadcast ? 0 : rows * inner, size.bBroadcast ? 0 : inner * columns],
      ...[aAt, bAt, biasAt, c.address, packed, aCopy, engine.temporary(EDGE_BYTES * threads, what)],
    ]);
    const packs =
      (size.bBroadcast ? 1 : batch) * columns * inner + (size.transposeA ? copies * rows * inner : 0);
    engine.run(JOB.packMatmul, engine.threadsToPack(packs));
    engine.run(JOB.matmul, threads);
    return c;
  });
}
