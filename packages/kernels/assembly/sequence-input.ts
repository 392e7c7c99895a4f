/** The input's share of the pre-activations: x · kernel + bias, or, for ids, the id's row of the kernel + bias (a gather). */
import { PANEL, product } from './matrix-product';
import { copyGates, gateCount, gateWidth, packGates, rangeBoundary, SequenceArguments } from './sequence';
import { loadFloats } from './vector-math';

/** Packs kernel (for float input) and recurrent kernel. */
export function packForward(args: SequenceArguments, index: i32, threads: i32): void {
  const gates = gateCount(args.layer);
  const padded = gateWidth(args.layer, args.units);
  const panels = (gates * padded) / PANEL;
  const first = rangeBoundary(panels, index, threads);
  const end = rangeBoundary(panels, index + 1, threads);
  if (!args.ids)
    packGates(args.kernel, args.inputSize, gates, args.units, padded, args.packedKernel, first, end);
  packGates(args.recurrentKernel, args.units, gates, args.units, padded, args.packedRecurrent, first, end);
}

/** Bias plus the kernel row of an id. */
function gatherRow(bias: usize, row: usize, target: usize, gates: i32, units: i32, padded: i32): void {
  for (let g = 0; g < gates; g++) {
    for (let j = 0; j < padded; j += 4) {
      const offset = (<usize>(g * units + j)) << 2;
      const sum = f32x4.add(loadFloats(bias + offset, units - j), loadFloats(row + offset, units - j));
      v128.store(target + ((<usize>(g * padded + j)) << 2), sum);
    }
  }
}

/** Weights up to this size stay in a core's cache from step to step. */
const SMALL_WEIGHTS: i32 = 98304;

/**
 * Whether the input's share is better computed step by step, just before it is used: where it is a gather, or the weights are small.
 * Else one product over all steps reads the weights less often.
 */
export function isStepwise(args: SequenceArguments): bool {
  if (args.ids) return true;
  const columns = gateCount(args.layer) * gateWidth(args.layer, args.units);
  return (args.inputSize + args.units) * columns * 4 <= SMALL_WEIGHTS;
}

/** Pre-activations of rows [first, end) at step t, row by row to `target`, `stride` bytes apart. */
export function stepActivations(args: SequenceArguments, first: i32, end: i32, t: i32, target: usize, stride: usize, edge: usize): void {
  const gates = gateCount(args.layer);
  const units = args.units;
  const padded = gateWidth(args.layer, units);
  const rowBytes = <usize>(gates * units) << 2;
  for (let b = first; b < end; b++) {
    const to = target + <usize>(b - first) * stride;
    if (args.ids) {
      const id = load<i32>(args.ids + (<usize>(b * args.time + t) << 2));
      gatherRow(args.bias, args.kernel + <usize>id * rowBytes, to, gates, units, padded);
    } else copyGates(args.bias, to, gates, units, padded);
  }
  if (args.ids) return;
  const xStride = <usize>args.inputSize << 2;
  const x = args.x + <usize>(first * args.time + t) * xStride;
  product(end - first, gates * padded, args.inputSize, x, xStride * <usize>args.time, args.packedKernel, target, stride, true, edge);
}

/** Pre-activations of vectors, rows [first, end), at all steps, `slot` bytes apart. */
export function sequenceActivations(args: SequenceArguments, first: i32, end: i32, target: usize, slot: usize, edge: usize): void {
  const gates = gateCount(args.layer);
  const padded = gateWidth(args.layer, args.units);
  const count = (end - first) * args.time;
  for (let i = 0; i < count; i++) copyGates(args.bias, target + <usize>i * slot, gates, args.units, padded);
  const xStride = <usize>args.inputSize << 2;
  const x = args.x + <usize>(first * args.time) * xStride;
  product(count, gates * padded, args.inputSize, x, xStride, args.packedKernel, target, slot, true, edge);
}
