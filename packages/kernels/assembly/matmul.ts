/**
 * Batched matrix product, tfjs's BatchMatMul: C[n] = op(A[n]) · op(B[n]) (+ bias per column), n = 0 …
 * batch−1, with batches of one broadcast. Threads split the rows of C. They split its columns if there are so
 * few rows that each thread would read all of B for less than a tile. A transposed A is first copied to
 * row-major order.
 */
import { EDGE_BYTES, MatmulArguments, PANEL, TILE_ROWS } from './generated/abi';
import { product } from './matrix-product';
import { panelCount } from './packing';
import { packShare, packShareTransposed, rangeBoundary } from './sequence';
import { copyFloats, loadFloats, storeFloats } from './vector-math';

/** Packs this thread's share of B, and of A if it is transposed. */
export function matmulPack(args: MatmulArguments, index: i32, threads: i32): void {
  const packedBytes = (<usize>(panelCount(args.columns) * args.inner)) << 5;
  const count = args.bBatch === 0 ? 1 : args.batch;
  for (let n = 0; n < count; n++) {
    const b = args.b + ((<usize>n * <usize>args.bBatch) << 2);
    const to = args.packed + <usize>n * packedBytes;
    if (args.transposeB)
      packShareTransposed(b, (<usize>args.inner) << 2, args.inner, args.columns, to, index, threads);
    else packShare(b, (<usize>args.columns) << 2, args.inner, args.columns, to, index, threads);
  }
  if (args.transposeA) transposeRows(args, index, threads);
}

/** Writes this thread's rows of Aᵀ, for every matrix of the batch. */
function transposeRows(args: MatmulArguments, index: i32, threads: i32): void {
  const count = args.aBatch === 0 ? 1 : args.batch;
  const first = rangeBoundary(args.rows, index, threads);
  const end = rangeBoundary(args.rows, index + 1, threads);
  const rowBytes = (<usize>args.inner) << 2;
  const sourceBytes = (<usize>args.rows) << 2;
  for (let n = 0; n < count; n++) {
    const offset = <usize>n * <usize>args.rows * rowBytes;
    for (let i0 = first; i0 < end; i0 += 8) {
      const i1 = min(end, i0 + 8);
      for (let k = 0; k < args.inner; k++) {
        let source = args.a + offset + <usize>k * sourceBytes + ((<usize>i0) << 2);
        let target = args.aCopy + offset + <usize>i0 * rowBytes + ((<usize>k) << 2);
        for (let i = i0; i < i1; i++) {
          store<f32>(target, load<f32>(source));
          source += 4;
          target += rowBytes;
        }
      }
    }
  }
}

/** Computes this thread's rows or columns of every matrix of the batch. */
export function matmulRows(args: MatmulArguments, index: i32, threads: i32): void {
  const panels = panelCount(args.columns);
  const byColumns = args.rows < threads * TILE_ROWS && panels >= threads;
  const first = byColumns ? 0 : rangeBoundary(args.rows, index, threads);
  const end = byColumns ? args.rows : rangeBoundary(args.rows, index + 1, threads);
  const from = byColumns ? rangeBoundary(panels, index, threads) * PANEL : 0;
  const to = byColumns ? min(args.columns, rangeBoundary(panels, index + 1, threads) * PANEL) : args.columns;
  if (first >= end) return;
  const packedBytes = (<usize>(panels * args.inner)) << 5;
  const aStride = (<usize>args.inner) << 2;
  const cStride = (<usize>args.columns) << 2;
  const a = args.transposeA ? args.aCopy : args.a;
  for (let n = 0; n < args.batch; n++) {
    const start = (<usize>from) << 2;
    const c = args.c + (<usize>n * <usize>args.rows + <usize>first) * cStride + start;
    if (args.bias) {
      for (let i = 0; i < end - first; i++) copyFloats(c + <usize>i * cStride, args.bias + start, to - from);
    }
    product(
      end - first,
      to - from,
      args.inner,
      a + ((<usize>n * <usize>args.aBatch) << 2) + <usize>first * aStride,
      aStride,
      args.packed + start * <usize>args.inner + (args.bBatch === 0 ? 0 : <usize>n * packedBytes),
      c,
      cStride,
      args.bias !== 0,
      args.scratch + <usize>index * EDGE_BYTES,
    );
  }
}

/** sums[columns] = Σ rows of S[rows, columns]. Threads split the columns. */
export function columnSums(
  source: usize,
  rows: i32,
  columns: i32,
  sums: usize,
  index: i32,
  threads: i32,
): void {
  const panels = (columns + 7) >> 3;
  const first = rangeBoundary(panels, index, threads) << 3;
  const end = min(columns, rangeBoundary(panels, index + 1, threads) << 3);
  for (let j = first; j < end; j += 4) {
    let sum = f32x4.splat(0);
    let from = source + ((<usize>j) << 2);
    for (let i = 0; i < rows; i++) {
      sum = f32x4.add(sum, loadFloats(from, columns - j));
      from += (<usize>columns) << 2;
    }
    storeFloats(sums + ((<usize>j) << 2), sum, columns - j);
  }
}
