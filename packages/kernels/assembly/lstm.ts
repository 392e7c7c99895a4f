/**
 * Long short-term memory over a whole sequence (S. Hochreiter, J. Schmidhuber, Neural Computation 9(8), 1997, with the forget
 * gate of Gers et al., 2000).
 *
 *   [i f g o] = x_t·W + h_(t−1)·R + b        gates i, f, g, o (input, forget, cell, output), as in Keras and PyTorch
 *   c_t = σ(f)·c_(t−1) + σ(i)·tanh(g)
 *   h_t = σ(o)·tanh(c_t)                     σ the sigmoid or the hard one, G (gate-activation.ts)
 *
 * Reserve per (b, t): i f g o (activated; i f o as `keepGate` has it) c tanh(c), 6 P floats; the backward pass replaces the first four by their
 * pre-activations' gradients. A row takes part in step t only when t < its length; else its state stands and its output is 0.
 */
import { gateSlope, gateValue, keepGate } from './gate-activation';
import { EDGE_BYTES, PANEL, product } from './matrix-product';
import {
  copyPadded,
  lengthOf,
  packGatesTransposed,
  gateWidth,
  paddedUnits,
  LSTM,
  rangeBoundary,
  SequenceArguments,
} from './sequence';
import { isStepwise, sequenceActivations, stepActivations } from './sequence-input';
import { copyFloats, loadFloats, madd, nmadd, storeFloats, tanh4 } from './vector-math';

/** One row's step: gates in place, h and c (padded) updated, output row written. `reserve` = 0: nothing is kept. */
export function lstmRow<G>(
  gates: usize,
  keep: bool,
  h: usize,
  c: usize,
  output: usize,
  units: i32,
  padded: i32,
): void {
  const gate = (<usize>padded) << 2;
  for (let j = 0; j < padded; j += 4) {
    const o = (<usize>j) << 2;
    const p = gates + o;
    const input = keepGate<G>(v128.load(p));
    const forget = keepGate<G>(v128.load(p + gate));
    const cell = tanh4(v128.load(p + 2 * gate));
    const out = keepGate<G>(v128.load(p + 3 * gate));
    const added = f32x4.mul(gateValue<G>(input), cell);
    const memory = madd(gateValue<G>(forget), v128.load(c + o), added);
    const squashed = tanh4(memory);
    const y = f32x4.mul(gateValue<G>(out), squashed);
    v128.store(c + o, memory);
    v128.store(h + o, y);
    if (output) storeFloats(output + o, y, units - j);
    if (keep) {
      v128.store(p, input);
      v128.store(p + gate, forget);
      v128.store(p + 2 * gate, cell);
      v128.store(p + 3 * gate, out);
      v128.store(p + 4 * gate, memory);
      v128.store(p + 5 * gate, squashed);
    }
  }
}

/** Rows of this thread through all steps. Scratch: EDGE_BYTES, h, c [rows,P], and without reserve one step's gates. */
export function lstmForward<G>(args: SequenceArguments, index: i32, threads: i32): void {
  const units = args.units;
  const padded = gateWidth(LSTM, units);
  const stateWidth = paddedUnits(units);
  const first = rangeBoundary(args.batch, index, threads);
  const end = rangeBoundary(args.batch, index + 1, threads);
  const rows = end - first;
  if (rows <= 0) return;
  const time = args.time;
  const stateBytes = (<usize>stateWidth) << 2;
  const gateBytes = (<usize>padded) << 2;
  const rowBytes = (<usize>units) << 2;
  const edge = args.scratch + <usize>index * <usize>args.scratchBytes;
  const h = edge + EDGE_BYTES;
  const c = h + <usize>rows * stateBytes;
  for (let r = 0; r < rows; r++) {
    copyPadded(args.initialH + <usize>(first + r) * rowBytes, h + <usize>r * stateBytes, units, stateWidth);
    copyPadded(args.initialC + <usize>(first + r) * rowBytes, c + <usize>r * stateBytes, units, stateWidth);
  }
  const keep = args.reserve != 0;
  const slot = keep ? (<usize>args.reserveWidth) << 2 : gateBytes << 2;
  const base = keep ? args.reserve + <usize>(first * time) * slot : c + <usize>rows * stateBytes;
  const stride = keep ? slot * <usize>time : slot;
  const stepwise = !keep || isStepwise(args);
  if (!stepwise) sequenceActivations(args, first, end, base, slot, edge);
  for (let step = 0; step < time; step++) {
    const t = args.reverse ? time - 1 - step : step;
    const gates = keep ? base + <usize>t * slot : base;
    if (stepwise) stepActivations(args, first, end, t, gates, stride, edge);
    product(rows, 4 * padded, units, h, stateBytes, args.packedRecurrent, gates, stride, true, edge);
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
          padded,
        );
      } else memory.fill(output, 0, rowBytes);
    }
  }
  for (let r = 0; r < rows; r++) {
    const offset = <usize>(first + r) * rowBytes;
    copyFloats(args.finalH + offset, h + <usize>r * stateBytes, units);
    copyFloats(args.finalC + offset, c + <usize>r * stateBytes, units);
  }
}

/** Packs the recurrent kernel's transpose for the backward pass. */
export function lstmPackBackward(args: SequenceArguments, index: i32, threads: i32): void {
  const padded = gateWidth(LSTM, args.units);
  const panels = paddedUnits(args.units) / PANEL;
  packGatesTransposed(
    args.recurrentKernel,
    args.units,
    4,
    0,
    4,
    args.units,
    padded,
    args.packedRecurrent,
    rangeBoundary(panels, index, threads),
    rangeBoundary(panels, index + 1, threads),
  );
}

/**
 * One row's step back: reserve's gates become dA; dh is consumed (0 afterwards, the product adds to it) and dc goes on to
 * the step before. `previous` is the c before the step, tight or padded.
 */
function lstmRowBackward<G>(
  gates: usize,
  previous: usize,
  dOutput: usize,
  dh: usize,
  dc: usize,
  units: i32,
  padded: i32,
): void {
  const gate = (<usize>padded) << 2;
  const one = f32x4.splat(1);
  for (let j = 0; j < padded; j += 4) {
    const q = (<usize>j) << 2;
    const p = gates + q;
    const i = v128.load(p);
    const f = v128.load(p + gate);
    const g = v128.load(p + 2 * gate);
    const o = v128.load(p + 3 * gate);
    const squashed = v128.load(p + 5 * gate);
    const dy = f32x4.add(v128.load(dh + q), loadFloats(dOutput + q, units - j));
    const dMemory = madd(f32x4.mul(dy, gateValue<G>(o)), nmadd(squashed, squashed, one), v128.load(dc + q));
    const before = loadFloats(previous + q, units - j);
    v128.store(p, f32x4.mul(f32x4.mul(dMemory, g), gateSlope<G>(i)));
    v128.store(p + gate, f32x4.mul(f32x4.mul(dMemory, before), gateSlope<G>(f)));
    v128.store(p + 2 * gate, f32x4.mul(f32x4.mul(dMemory, gateValue<G>(i)), nmadd(g, g, one)));
    v128.store(p + 3 * gate, f32x4.mul(f32x4.mul(dy, squashed), gateSlope<G>(o)));
    v128.store(dc + q, f32x4.mul(dMemory, gateValue<G>(f)));
    v128.store(dh + q, f32x4.splat(0));
  }
}

/** Back through time for this thread's rows. Scratch: EDGE_BYTES, dh and dc [rows,P]. */
export function lstmBackward<G>(args: SequenceArguments, index: i32, threads: i32): void {
  const units = args.units;
  const padded = gateWidth(LSTM, units);
  const stateWidth = paddedUnits(units);
  const first = rangeBoundary(args.batch, index, threads);
  const end = rangeBoundary(args.batch, index + 1, threads);
  const rows = end - first;
  if (rows <= 0) return;
  const time = args.time;
  const stateBytes = (<usize>stateWidth) << 2;
  const gateBytes = (<usize>padded) << 2;
  const rowBytes = (<usize>units) << 2;
  const slot = (<usize>args.reserveWidth) << 2;
  const edge = args.scratch + <usize>index * <usize>args.scratchBytes;
  const dh = edge + EDGE_BYTES;
  const dc = dh + <usize>rows * stateBytes;
  for (let r = 0; r < rows; r++) {
    copyPadded(args.dFinalH + <usize>(first + r) * rowBytes, dh + <usize>r * stateBytes, units, stateWidth);
    copyPadded(args.dFinalC + <usize>(first + r) * rowBytes, dc + <usize>r * stateBytes, units, padded);
  }
  for (let step = time - 1; step >= 0; step--) {
    const t = args.reverse ? time - 1 - step : step;
    const base = args.reserve + <usize>(first * time + t) * slot;
    for (let r = 0; r < rows; r++) {
      const b = first + r;
      const length = lengthOf(args, b);
      const gates = base + <usize>(r * time) * slot;
      if (t >= length) {
        memory.fill(gates, 0, gateBytes << 2);
        continue;
      }
      const before = args.reverse ? (t == length - 1 ? -1 : t + 1) : t - 1;
      const previous =
        before < 0
          ? args.initialC + <usize>b * rowBytes
          : args.reserve + <usize>(b * time + before) * slot + (gateBytes << 2);
      const dOutput = args.dOutput + <usize>(b * time + t) * rowBytes;
      lstmRowBackward<G>(
        gates,
        previous,
        dOutput,
        dh + <usize>r * stateBytes,
        dc + <usize>r * stateBytes,
        units,
        padded,
      );
    }
    product(
      rows,
      stateWidth,
      4 * padded,
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
