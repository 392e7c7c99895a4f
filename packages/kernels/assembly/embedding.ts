/**
 * Embedding lookup: output[n] = embeddings[id[n]], and its gradient, a scatter-add in the order of n. Threads
 * split the columns.
 */
import { EmbeddingArguments } from './generated/abi';
import { rangeBoundary } from './sequence';
import { addFloats } from './vector-math';

export function embeddingForward(args: EmbeddingArguments, index: i32, threads: i32): void {
  const bytes = (<usize>args.dimension) << 2;
  const end = rangeBoundary(args.count, index + 1, threads);
  for (let n = rangeBoundary(args.count, index, threads); n < end; n++) {
    const id = load<i32>(args.ids + ((<usize>n) << 2));
    memory.copy(args.output + <usize>n * bytes, args.embeddings + <usize>id * bytes, bytes);
  }
}

/** `embeddings` is the gradient to write, `output` the incoming gradient. */
export function embeddingBackward(args: EmbeddingArguments, index: i32, threads: i32): void {
  const groups = (args.dimension + 3) >> 2;
  const first = rangeBoundary(groups, index, threads) << 2;
  const end = min(args.dimension, rangeBoundary(groups, index + 1, threads) << 2);
  if (first >= end) return;
  scatterRows(
    args.embeddings,
    args.vocabulary,
    args.dimension,
    args.ids,
    args.count,
    args.output,
    (<usize>args.dimension) << 2,
    first,
    end,
  );
}

/**
 * Writes columns [first, end) of target[rows, columns]. Each row is the sum, in order, of the source rows
 * with its id; source rows are `stride` bytes apart.
 */
export function scatterRows(
  target: usize,
  rows: i32,
  columns: i32,
  ids: usize,
  count: i32,
  source: usize,
  stride: usize,
  first: i32,
  end: i32,
): void {
  const rowBytes = (<usize>columns) << 2;
  target += (<usize>first) << 2;
  source += (<usize>first) << 2;
  for (let row = 0; row < rows; row++)
    memory.fill(target + <usize>row * rowBytes, 0, (<usize>(end - first)) << 2);
  for (let i = 0; i < count; i++) {
    const to = target + <usize>load<i32>(ids + ((<usize>i) << 2)) * rowBytes;
    addFloats(to, to, source, end - first);
    source += stride;
  }
}
