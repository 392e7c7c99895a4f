/**
 * The input's part of the pre-activations: x · kernel + bias, or, for ids, the id's row of the kernel + bias
 * (a gather).
 */
import { SequenceArguments } from './generated/abi';
import { product } from './matrix-product';
import {
  gateColumns,
  gateCount,
  gatesProduct,
  packShare,
  recurrentColumns,
  recurrentFloats,
} from './sequence';
import { addFloats, copyFloats } from './vector-math';

/**
 * Packs the kernel (for float input) and the recurrent kernel. The GRU's candidate is packed separately
 * because it is multiplied separately.
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

/** Weights up to this number of bytes stay in a core's cache from step to step. */
const SMALL_WEIGHTS: i32 = 98304;

/**
 * Whether the input's product is computed step by step, just before it is used. That is the case for a
 * gather, and for small weights. Otherwise one product over all steps reads the weights less often.
 */
export function isStepwise(args: SequenceArguments): bool {
  if (args.ids) return true;
  return (args.inputSize + args.units) * gateColumns(args) * 4 <= SMALL_WEIGHTS;
}

/**
 * Writes the pre-activations of rows [first, end) and units [from, to) at step t to `target`; rows are
 * `stride` bytes apart.
 */
export function stepActivations(
  args: SequenceArguments,
  first: i32,
  end: i32,
  from: i32,
  to: i32,
  t: i32,
  target: usize,
  stride: usize,
  edge: usize,
): void {
  const columns = gateColumns(args);
  const rowBytes = (<usize>columns) << 2;
  const whole = to - from === args.units;
  const runs = whole ? 1 : gateCount(args.layer);
  const length = whole ? columns : to - from;
  for (let b = first; b < end; b++) {
    const row = target + <usize>(b - first) * stride;
    const id = args.ids ? load<i32>(args.ids + ((<usize>(b * args.time + t)) << 2)) : 0;
    const kernel = args.kernel + <usize>id * rowBytes;
    for (let run = 0; run < runs; run++) {
      const at = (<usize>(run * args.units + from)) << 2;
      if (args.ids) addFloats(row + at, args.bias + at, kernel + at, length);
      else copyFloats(row + at, args.bias + at, length);
    }
  }
  if (args.ids) return;
  const xStride = (<usize>args.inputSize) << 2;
  const x = args.x + <usize>(first * args.time + t) * xStride;
  gatesProduct(
    end - first,
    gateCount(args.layer),
    args.units,
    from,
    to,
    args.inputSize,
    x,
    xStride * <usize>args.time,
    args.packedKernel,
    target,
    stride,
    edge,
  );
}

/**
 * Writes the pre-activations of rows [first, end) at all steps, for vectors; steps are `slot` bytes apart.
 */
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
