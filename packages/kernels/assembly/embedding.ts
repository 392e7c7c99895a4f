/** Embedding lookup: output[n] = embeddings[id[n]], and its gradient, a scatter-add in the order of n; threads split the columns. */
import { rangeBoundary } from './sequence';
import { addFloats } from './vector-math';

@unmanaged
export class EmbeddingArguments {
  count: i32;
  vocabulary: i32;
  dimension: i32;
  ids: usize;
  embeddings: usize;
  output: usize;
}

export function embeddingForward(args: EmbeddingArguments, index: i32, threads: i32): void {
  const bytes = (<usize>args.dimension) << 2;
  const end = rangeBoundary(args.count, index + 1, threads);
  for (let n = rangeBoundary(args.count, index, threads); n < end; n++) {
    const id = load<i32>(args.ids + ((<usize>n) << 2));
    memory.copy(args.output + <usize>n * bytes, args.embeddings + <usize>id * bytes, bytes);
  }
}

/** `embeddings` is the gradient written, `output` the gradient that came. */
export function embeddingBackward(args: EmbeddingArguments, index: i32, threads: i32): void {
  const groups = (args.dimension + 3) >> 2;
  const first = rangeBoundary(groups, index, threads) << 2;
  const end = min(args.dimension, rangeBoundary(groups, index + 1, threads) << 2);
  if (first >= end) return;
  const bytes = (<usize>args.dimension) << 2;
  for (let v = 0; v < args.vocabulary; v++) {
    memory.fill(args.embeddings + <usize>v * bytes + ((<usize>first) << 2), 0, (<usize>(end - first)) << 2);
  }
  for (let n = 0; n < args.count; n++) {
    const offset = <usize>first << 2;
    const target = args.embeddings + <usize>load<i32>(args.ids + ((<usize>n) << 2)) * bytes + offset;
    addFloats(target, target, args.output + <usize>n * bytes + offset, end - first);
  }
}
