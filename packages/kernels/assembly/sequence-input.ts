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

/**
 * Pre-activations of rows [first, end) at steps [t0, t1), to `target` + ((row − first) · (t1 − t0) + t − t0) · stride bytes.
 */
export function inputActivations(
  args: SequenceArguments,
  first: i32,
  end: i32,
  t0: i32,
  t1: i32,
  target: usize,
  stride: usize,
  edge: usize,
): void {
  const gates = gateCount(args.layer);
  const units = args.units;
  const padded = gateWidth(args.layer, units);
  const rowBytes = (<usize>(gates * units)) << 2;
  const steps = t1 - t0;
  for (let b = first; b < end; b++) {
    for (let t = t0; t < t1; t++) {
      const to = target + <usize>((b - first) * steps + t - t0) * stride;
      if (args.ids) {
        const id = load<i32>(args.ids + ((<usize>(b * args.time + t)) << 2));
        gatherRow(args.bias, args.kernel + <usize>id * rowBytes, to, gates, units, padded);
      } else copyGates(args.bias, to, gates, units, padded);
    }
  }
  if (args.ids) return;
  const xStride = (<usize>args.inputSize) << 2;
  if (steps == args.time) {
    const x = args.x + <usize>(first * args.time) * xStride;
    product(
      (end - first) * steps,
      gates * padded,
      args.inputSize,
      x,
      xStride,
      args.packedKernel,
      target,
      stride,
      true,
      edge,
    );
    return;
  }
  for (let t = t0; t < t1; t++) {
    const x = args.x + <usize>(first * args.time + t) * xStride;
    product(
      end - first,
      gates * padded,
      args.inputSize,
      x,
      xStride * <usize>args.time,
      args.packedKernel,
      target + <usize>(t - t0) * stride,
      stride * <usize>steps,
      true,
      edge,
    );
  }
}
