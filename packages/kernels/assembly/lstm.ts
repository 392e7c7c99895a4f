/**
 * Long short-term memory over a whole sequence (S. Hochreiter, J. Schmidhuber, Neural Computation 9(8), 1997,
 * with the forget gate of Gers et al., 2000).
 *
 *   [i f g o] = x_t·W + h_(t−1)·R + b        gates i, f, g, o (input, forget, cell, output), as in Keras and
 *   PyTorch
 *   c_t = σ(f)·c_(t−1) + σ(i)·tanh(g)
 *   h_t = σ(o)·tanh(c_t)                     σ the sigmoid or the hard one, G (gate-activation.ts)
 *
 * Reserve per (b, t): i f g o (activated; i f o as in `keepGate`) c tanh(c), 6 H floats. The backward pass
 * replaces the first four by the gradients of their pre-activations. A row takes step t only if t < its
 * length; otherwise its state does not change and its output is 0.
 */
import { gateSlope, gateValue, keepGate } from './gate-activation';
import { EDGE_BYTES, SequenceArguments } from './generated/abi';
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
import { copyFloats, loadFloats, madd, nmadd, storeFloats, tanh4 } from './vector-math';

/**
 * One row's step for the units [from, to): writes gates in place, updates h and c (padded), writes the output
 * row. `keep` stores data for the backward pass.
 */
export function lstmRow<G>(
  gates: usize,
  keep: bool,
  h: usize,
  c: usize,
  output: usize,
  units: i32,
  from: i32,
  to: i32,
): void {
  const whole = to & ~3;
  for (let j = from; j < whole; j += 4) lstmStep<G>(gates, keep, h, c, output, units, j, 4);
  if (whole < to) lstmStep<G>(gates, keep, h, c, output, units, whole, to - whole);
}

/**
 * Units [j, j + real). `real` is a constant for a whole vector, so lanes need no check.
 *
 * @inline
 */
function lstmStep<G>(
  gates: usize,
  keep: bool,
  h: usize,
  c: usize,
  output: usize,
  units: i32,
  j: i32,
  real: i32,
): void {
  const gate = (<usize>units) << 2;
  const q = (<usize>j) << 2;
  const p = gates + q;
  const input = keepGate<G>(loadFloats(p, real));
  const forget = keepGate<G>(loadFloats(p + gate, real));
  const cell = tanh4(loadFloats(p + 2 * gate, real));
  const out = keepGate<G>(loadFloats(p + 3 * gate, real));
  const added = f32x4.mul(gateValue<G>(input), cell);
  const memory = madd(gateValue<G>(forget), v128.load(c + q), added);
  const squashed = tanh4(memory);
  const y = f32x4.mul(gateValue<G>(out), squashed);
  v128.store(c + q, memory);
  v128.store(h + q, y);
  if (output) storeFloats(output + q, y, real);
  if (keep) {
    storeFloats(p, input, real);
    storeFloats(p + gate, forget, real);
    storeFloats(p + 2 * gate, cell, real);
    storeFloats(p + 3 * gate, out, real);
    storeFloats(p + 4 * gate, memory, real);
    storeFloats(p + 5 * gate, squashed, real);
  }
}

/**
 * Runs this thread's rows through all steps. Scratch: EDGE_BYTES, h, c [rows,P], and without reserve one
 * step's gates.
 */
export function lstmForward<G>(args: SequenceArguments, index: i32, threads: i32): void {
  const units = args.units;
  const stateWidth = paddedUnits(units);
  const first = firstRow(args, index, threads);
  const end = endRow(args, index, threads);
  const from = firstUnit(args, index, threads);
  const to = endUnit(args, index, threads);
  const rows = end - first;
  if (rows <= 0) return;
  const time = args.time;
  const stateBytes = (<usize>stateWidth) << 2;
  const rowBytes = (<usize>units) << 2;
  const edge = args.scratch + <usize>index * <usize>args.scratchBytes;
  const h = edge + EDGE_BYTES;
  const c = h + <usize>rows * stateBytes;
  for (let r = 0; r < rows; r++) {
    copyPadded(args.initialH + <usize>(first + r) * rowBytes, h + <usize>r * stateBytes, units, stateWidth);
    copyPadded(args.initialC + <usize>(first + r) * rowBytes, c + <usize>r * stateBytes, units, stateWidth);
  }
  const keep = args.reserve !== 0;
  const slot = keep ? (<usize>args.reserveWidth) << 2 : gateBytes(4, units);
  const base = keep ? args.reserve + <usize>(first * time) * slot : c + <usize>rows * stateBytes;
  const stride = keep ? slot * <usize>time : slot;
  const stepwise = !keep || isStepwise(args);
  if (!stepwise) sequenceActivations(args, first, end, base, slot, edge);
  for (let step = 0; step < time; step++) {
    const t = args.reverse ? time - 1 - step : step;
    const gates = keep ? base + <usize>t * slot : base;
    if (stepwise) stepActivations(args, first, end, from, to, t, gates, stride, edge);
    gatesProduct(rows, 4, units, from, to, units, h, stateBytes, args.packedRecurrent, gates, stride, edge);
    for (let r = 0; r < rows; r++) {
      const output = args.output + <usize>((first + r) * time + t) * rowBytes;
      if (t < lengthOf(args, first + r)) {
        lstmRow<G>(
          gates + <usize>r * stride,
          keep,
          h + <usize>r * stateBytes,
          c + <usize>r * stateBytes,
          output,
          units,
          from,
          to,
        );
      } else memory.fill(output + ((<usize>from) << 2), 0, (<usize>(to - from)) << 2);
    }
  }
  for (let r = 0; r < rows; r++) {
    const start = (<usize>from) << 2;
    const offset = <usize>(first + r) * rowBytes + start;
    copyFloats(args.finalH + offset, h + <usize>r * stateBytes + start, to - from);
    copyFloats(args.finalC + offset, c + <usize>r * stateBytes + start, to - from);
  }
}

/** Packs the recurrent kernel's transpose for the backward pass. */
export function lstmPackBackward(args: SequenceArguments, index: i32, threads: i32): void {
  const columns = 4 * args.units;
  packShareTransposed(
    args.recurrentKernel,
    (<usize>columns) << 2,
    columns,
    args.units,
    args.packedRecurrent,
    index,
    threads,
  );
}

/**
 * The backward step of one row. The gates in reserve become dA. dh is read and set to 0, and the product adds
 * to it. dc is passed to the previous step. `previous` is the c before the step, without padding.
 */
function lstmRowBackward<G>(
  gates: usize,
  previous: usize,
  dOutput: usize,
  dh: usize,
  dc: usize,
  units: i32,
): void {
  const whole = units & ~3;
  for (let j = 0; j < whole; j += 4) lstmStepBackward<G>(gates, previous, dOutput, dh, dc, units, j, 4);
  if (whole < units) lstmStepBackward<G>(gates, previous, dOutput, dh, dc, units, whole, units - whole);
}

/** @inline */
function lstmStepBackward<G>(
  gates: usize,
  previous: usize,
  dOutput: usize,
  dh: usize,
  dc: usize,
  units: i32,
  j: i32,
  real: i32,
): void {
  const gate = (<usize>units) << 2;
  const one = f32x4.splat(1);
  const q = (<usize>j) << 2;
  const p = gates + q;
  const i = loadFloats(p, real);
  const f = loadFloats(p + gate, real);
  const g = loadFloats(p + 2 * gate, real);
  const o = loadFloats(p + 3 * gate, real);
  const squashed = loadFloats(p + 5 * gate, real);
  const dy = f32x4.add(v128.load(dh + q), loadFloats(dOutput + q, real));
  const dMemory = madd(f32x4.mul(dy, gateValue<G>(o)), nmadd(squashed, squashed, one), v128.load(dc + q));
  const before = loadFloats(previous + q, real);
  storeFloats(p, f32x4.mul(f32x4.mul(dMemory, g), gateSlope<G>(i)), real);
  storeFloats(p + gate, f32x4.mul(f32x4.mul(dMemory, before), gateSlope<G>(f)), real);
  storeFloats(p + 2 * gate, f32x4.mul(f32x4.mul(dMemory, gateValue<G>(i)), nmadd(g, g, one)), real);
  storeFloats(p + 3 * gate, f32x4.mul(f32x4.mul(dy, squashed), gateSlope<G>(o)), real);
  v128.store(dc + q, f32x4.mul(dMemory, gateValue<G>(f)));
  v128.store(dh + q, f32x4.splat(0));
}

/** Backpropagation through time for this thread's rows. Scratch: EDGE_BYTES, dh and dc [rows,P]. */
export function lstmBackward<G>(args: SequenceArguments, index: i32, threads: i32): void {
  const units = args.units;
  const stateWidth = paddedUnits(units);
  const first = rangeBoundary(args.batch, index, threads);
  const end = rangeBoundary(args.batch, index + 1, threads);
  const rows = end - first;
  if (rows <= 0) return;
  const time = args.time;
  const stateBytes = (<usize>stateWidth) << 2;
  const rowBytes = (<usize>units) << 2;
  const slot = (<usize>args.reserveWidth) << 2;
  const edge = args.scratch + <usize>index * <usize>args.scratchBytes;
  const dh = edge + EDGE_BYTES;
  const dc = dh + <usize>rows * stateBytes;
  for (let r = 0; r < rows; r++) {
    copyPadded(args.dFinalH + <usize>(first + r) * rowBytes, dh + <usize>r * stateBytes, units, stateWidth);
    copyPadded(args.dFinalC + <usize>(first + r) * rowBytes, dc + <usize>r * stateBytes, units, stateWidth);
  }
  for (let step = time - 1; step >= 0; step--) {
    const t = args.reverse ? time - 1 - step : step;
    const base = args.reserve + <usize>(first * time + t) * slot;
    for (let r = 0; r < rows; r++) {
      const b = first + r;
      const length = lengthOf(args, b);
      const gates = base + <usize>(r * time) * slot;
      if (t >= length) {
        memory.fill(gates, 0, rowBytes << 2);
        continue;
      }
      const before = args.reverse ? (t === length - 1 ? -1 : t + 1) : t - 1;
      const previous =
        before < 0
          ? args.initialC + <usize>b * rowBytes
          : args.reserve + <usize>(b * time + before) * slot + (rowBytes << 2);
      const dOutput = args.dOutput + <usize>(b * time + t) * rowBytes;
      lstmRowBackward<G>(
        gates,
        previous,
        dOutput,
        dh + <usize>r * stateBytes,
        dc + <usize>r * stateBytes,
        units,
      );
    }
    product(
      rows,
      stateWidth,
      4 * units,
      base,
      slot * <usize>time,
      args.packedRecurrent,
      dh,
      stateBytes,
      true,
      edge,
    );
  }
  for (let r = 0; r < rows; r++) {
    const offset = <usize>(first + r) * rowBytes;
    copyFloats(args.dInitialH + offset, dh + <usize>r * stateBytes, units);
    copyFloats(args.dInitialC + offset, dc + <usize>r * stateBytes, units);
  }
}
