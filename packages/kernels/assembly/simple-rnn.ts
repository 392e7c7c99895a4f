/**
 * Simple recurrent network over a whole sequence (J. Elman, Cognitive Science 14, 1990):
 *   h_t = φ(x_t·W + h_(t−1)·R + b),  φ = tanh or relu.
 * Reserve per (b, t): h_t, H floats. The backward pass replaces it by the gradient of the pre-activation.
 */
import { EDGE_BYTES, LayerCode, SequenceArguments } from './generated/abi';
import { product } from './matrix-product';
import {
  copyPadded,
  endRow,
  endUnit,
  firstRow,
  firstUnit,
  gateBytes,
  gatesProduct,
  lengthOf,
  packShareTransposed,
  paddedUnits,
  rangeBoundary,
} from './sequence';
import { isStepwise, sequenceActivations, stepActivations } from './sequence-input';
import { copyFloats, loadFloats, nmadd, storeFloats, tanh4 } from './vector-math';

/**
 * One row's step for the units [from, to): writes φ of the pre-activations to h, to the output row and, with
 * `keep`, in place.
 */
export function rnnRow(
  gates: usize,
  relu: bool,
  keep: bool,
  h: usize,
  output: usize,
  units: i32,
  from: i32,
  to: i32,
): void {
  for (let j = from; j < to; j += 4) {
    const q = (<usize>j) << 2;
    const a = loadFloats(gates + q, units - j);
    // max(a, 0) that propagates NaN: pmax(a, 0) is "a < 0 ? 0 : a".
    const y = relu ? f32x4.pmax(a, f32x4.splat(0)) : tanh4(a);
    v128.store(h + q, y);
    if (output) storeFloats(output + q, y, units - j);
    if (keep) storeFloats(gates + q, y, units - j);
  }
}

/**
 * Runs this thread's rows through all steps. Scratch: EDGE_BYTES, h [rows,P], and without reserve one step's
 * pre-activations.
 */
export function rnnForward(args: SequenceArguments, index: i32, threads: i32): void {
  const units = args.units;
  const padded = paddedUnits(units);
  const first = firstRow(args, index, threads);
  const end = endRow(args, index, threads);
  const from = firstUnit(args, index, threads);
  const to = endUnit(args, index, threads);
  const rows = end - first;
  if (rows <= 0) return;
  const relu = args.layer === LayerCode.simpleRnnRelu;
  const time = args.time;
  const stateBytes = (<usize>padded) << 2;
  const rowBytes = (<usize>units) << 2;
  const edge = args.scratch + <usize>index * <usize>args.scratchBytes;
  const h = edge + EDGE_BYTES;
  for (let r = 0; r < rows; r++) {
    copyPadded(args.initialH + <usize>(first + r) * rowBytes, h + <usize>r * stateBytes, units, padded);
  }
  const keep = args.reserve !== 0;
  const slot = keep ? (<usize>args.reserveWidth) << 2 : gateBytes(1, units);
  const base = keep ? args.reserve + <usize>(first * time) * slot : h + <usize>rows * stateBytes;
  const stride = keep ? slot * <usize>time : slot;
  const stepwise = !keep || isStepwise(args);
  if (!stepwise) sequenceActivations(args, first, end, base, slot, edge);
  for (let step = 0; step < time; step++) {
    const t = args.reverse ? time - 1 - step : step;
    const gates = keep ? base + <usize>t * slot : base;
    if (stepwise) stepActivations(args, first, end, from, to, t, gates, stride, edge);
    gatesProduct(rows, 1, units, from, to, units, h, stateBytes, args.packedRecurrent, gates, stride, edge);
    for (let r = 0; r < rows; r++) {
      const output = args.output + <usize>((first + r) * time + t) * rowBytes;
      if (t < lengthOf(args, first + r)) {
        rnnRow(gates + <usize>r * stride, relu, keep, h + <usize>r * stateBytes, output, units, from, to);
      } else memory.fill(output + ((<usize>from) << 2), 0, (<usize>(to - from)) << 2);
    }
  }
  for (let r = 0; r < rows; r++) {
    const start = (<usize>from) << 2;
    const offset = <usize>(first + r) * rowBytes + start;
    copyFloats(args.finalH + offset, h + <usize>r * stateBytes + start, to - from);
  }
}

/** Packs the recurrent kernel's transpose for the backward pass. */
export function rnnPackBackward(args: SequenceArguments, index: i32, threads: i32): void {
  const units = args.units;
  packShareTransposed(
    args.recurrentKernel,
    (<usize>units) << 2,
    units,
    units,
    args.packedRecurrent,
    index,
    threads,
  );
}

/** The backward step of one row: h in reserve becomes dA; dh is read and set to 0. */
function rnnRowBackward(gates: usize, relu: bool, dOutput: usize, dh: usize, units: i32): void {
  for (let j = 0; j < units; j += 4) {
    const q = (<usize>j) << 2;
    const y = loadFloats(gates + q, units - j);
    const dy = f32x4.add(v128.load(dh + q), loadFloats(dOutput + q, units - j));
    const slope = nmadd(y, y, f32x4.splat(1));
    const da = relu ? v128.and(dy, f32x4.gt(y, f32x4.splat(0))) : f32x4.mul(dy, slope);
    storeFloats(gates + q, da, units - j);
    v128.store(dh + q, f32x4.splat(0));
  }
}

/** Backpropagation through time for this thread's rows. Scratch: EDGE_BYTES, dh [rows,P]. */
export function rnnBackward(args: SequenceArguments, index: i32, threads: i32): void {
  const units = args.units;
  const padded = paddedUnits(units);
  const first = rangeBoundary(args.batch, index, threads);
  const end = rangeBoundary(args.batch, index + 1, threads);
  const rows = end - first;
  if (rows <= 0) return;
  const time = args.time;
  const stateBytes = (<usize>padded) << 2;
  const rowBytes = (<usize>units) << 2;
  const slot = (<usize>args.reserveWidth) << 2;
  const edge = args.scratch + <usize>index * <usize>args.scratchBytes;
  const dh = edge + EDGE_BYTES;
  for (let r = 0; r < rows; r++) {
    copyPadded(args.dFinalH + <usize>(first + r) * rowBytes, dh + <usize>r * stateBytes, units, padded);
  }
  for (let step = time - 1; step >= 0; step--) {
    const t = args.reverse ? time - 1 - step : step;
    const base = args.reserve + <usize>(first * time + t) * slot;
    for (let r = 0; r < rows; r++) {
      const b = first + r;
      const gates = base + <usize>(r * time) * slot;
      if (t < lengthOf(args, b)) {
        const dOutput = args.dOutput + <usize>(b * time + t) * rowBytes;
        rnnRowBackward(
          gates,
          args.layer === LayerCode.simpleRnnRelu,
          dOutput,
          dh + <usize>r * stateBytes,
          units,
        );
      } else memory.fill(gates, 0, rowBytes);
    }
    product(rows, padded, units, base, slot * <usize>time, args.packedRecurrent, dh, stateBytes, true, edge);
  }
  for (let r = 0; r < rows; r++) {
    copyFloats(args.dInitialH + <usize>(first + r) * rowBytes, dh + <usize>r * stateBytes, units);
  }
}
