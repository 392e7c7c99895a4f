/**
 * The input's share of the pre-activations: x · kernel + bias, or, for ids, the id's row of the kernel + bias
 * (a gather).
 */
import { SequenceArguments } from './generated/abi';
import { product } from './matrix-product';
import { gateColumns, packShare, recurrentColumns, recurrentFloats } from './sequence';
import { addFloats, copyFloats } from './vector-math';

/**
 * Packs kernel (for float input) and recurrent kernel, the GRU's candidate apart, since it is multiplied
 * apart.
 */
export function packForward(args: SequenceArguments, index: i32, threads: i32): void {
  const units = args.units;
  const columns = gateColumns(args);
  const stride = (<usize>columns) << 2;
  if (!args.ids) packShare(args.kernel, stride, args.inputSize, columns, args.packedKernel, index, threads);
  const first = recurrentColumns(args);
  packShare(args.recurrentKernel, stride, units, first, args.packedRecurrent, index, threads);
  if (first === columns) return;
  const candidate = args.packedRecurrent + ((<usize>recurrentFloats(args)) << 2);
  packShare(
    args.recurrentKernel + ((<usize>first) << 2),
    stride,
    units,
    columns - first,
    candidate,
    index,
    threads,
  );
}

/** Weights up to this size stay in a core's cache from step to step. */
const SMALL_WEIGHTS: i32 = 98304;

/**
 * Whether to compute the input's product step by step, just before it is used: if it is a gather, or the
 * weights are small. Otherwise one product over all steps reads the weights less often.
 */
export function isStepwise(args: SequenceArguments): bool {
  if (args.ids) return true;
  return (args.inputSize + args.units) * gateColumns(args) * 4 <= SMALL_WEIGHTS;
}

/** Pre-activations of rows [first, end) at step t, row by row to `target`, `stride` bytes apart. */
export function stepActivations(
  args: SequenceArguments,
  first: i32,
  end: i32,
  t: i32,
  target: usize,
  stride: usize,
  edge: usize,
): void {
  const columns = gateColumns(args);
  const rowBytes = (<usize>columns) << 2;
  for (let b = first; b < end; b++) {
    const to = target + <usize>(b - first) * stride;
    if (args.ids) {
      const id = load<i32>(args.ids + ((<usize>(b * args.time + t)) << 2));
      addFloats(to, args.bias, args.kernel + <usize>id * rowBytes, columns);
    } else copyFloats(to, args.bias, columns);
  }
  if (args.ids) return;
  const xStride = (<usize>args.inputSize) << 2;
  const x = args.x + <usize>(first * args.time + t) * xStride;
  product(
    end - first,
    columns,
    args.inputSize,
    x,
    xStride * <usize>args.time,
    args.packedKernel,
    target,
    stride,
    true,
    edge,
  );
}

/** Pre-activations of vectors, rows [first, end), at all steps, `slot` bytes apart. */
export function sequenceActivations(
  args: SequenceArguments,
  first: i32,
  end: i32,
  target: usize,
  slot: usize,
  edge: usize,
): void {
  const columns = gateColumns(args);
  const count = (end - first) * args.time;
  for (let i = 0; i < count; i++) copyFloats(target + <usize>i * slot, args.bias, columns);
  const xStride = (<usize>args.inputSize) << 2;
  const x = args.x + <usize>(first * args.time) * xStride;
  product(count, columns, args.inputSize, x, xStride, args.packedKernel, target, slot, true, edge);
}
