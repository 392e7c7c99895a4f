/**
 * Gated recurrent unit over a whole sequence (K. Cho et al., EMNLP 2014). Gates z, r, n (update, reset,
 * candidate), as in Keras:
 *
 *   z = σ(x·Wz + h·Rz + bz (+ b'z))     r = σ(x·Wr + h·Rr + br (+ b'r))
 *   reset-after  (Keras' default, PyTorch, cuDNN): n = tanh(x·Wn + bn + r ∘ (h·Rn + b'n))
 *   reset-before (the paper, TF1, tfjs-layers):    n = tanh(x·Wn + bn + (r ∘ h)·Rn)
 *   h' = z ∘ h + (1 − z) ∘ n
 *
 * σ is the sigmoid or the hard sigmoid, G (gate-activation.ts); b' is the recurrent bias, reset-after only.
 * Reserve per (b, t), 5 H floats: z r n (activated; z r as in `keepGate`), then h·Rn + b'n (reset-after) or r
 * ∘ h (reset-before), then h'. The backward pass writes dz dr dn to the first three; with reset-after also
 * d(h·Rn) to the fourth.
 */
import { gateSlope, gateValue, keepGate } from './gate-activation';
import { EDGE_BYTES, LayerCode, PANEL, SequenceArguments } from './generated/abi';
import { product } from './matrix-product';
import { panelCount } from './packing';
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
  recurrentFloats,
} from './sequence';
import { isStepwise, sequenceActivations, stepActivations } from './sequence-input';
import { copyFloats, loadFloats, madd, nmadd, storeFloats, tanh4 } from './vector-math';

/**
 * Reset-after, first half: initialises the recurrent candidate with its bias, and adds the biases of the
 * update and reset gates.
 */
function gruStart(gates: usize, recurrentBias: usize, units: i32, from: i32, to: i32): void {
  const gate = (<usize>units) << 2;
  for (let j = from; j < to; j += 4) {
    const real = units - j;
    const p = gates + ((<usize>j) << 2);
    const bias = recurrentBias + ((<usize>j) << 2);
    storeFloats(p, f32x4.add(v128.load(p), v128.load(bias)), real);
    storeFloats(p + gate, f32x4.add(v128.load(p + gate), v128.load(bias + gate)), real);
    storeFloats(p + 3 * gate, v128.load(bias + 2 * gate), real);
  }
}

/** Reset-before, first half: computes update and reset gates and r ∘ h. */
export function gruReset<G>(gates: usize, h: usize, units: i32): void {
  const gate = (<usize>units) << 2;
  for (let j = 0; j < units; j += 4) {
    const real = units - j;
    const p = gates + ((<usize>j) << 2);
    const reset = keepGate<G>(loadFloats(p + gate, real));
    storeFloats(p, keepGate<G>(loadFloats(p, real)), real);
    storeFloats(p + gate, reset, real);
    storeFloats(p + 3 * gate, f32x4.mul(gateValue<G>(reset), v128.load(h + ((<usize>j) << 2))), real);
  }
}

/** Second half of a row's step, for the units [from, to): candidate, new state, output. */
export function gruRow<G>(
  gates: usize,
  after: bool,
  keep: bool,
  h: usize,
  output: usize,
  units: i32,
  from: i32,
  to: i32,
): void {
  const gate = (<usize>units) << 2;
  for (let j = from; j < to; j += 4) {
    const real = units - j;
    const q = (<usize>j) << 2;
    const p = gates + q;
    let update = loadFloats(p, real);
    let candidate = loadFloats(p + 2 * gate, real);
    if (after) {
      update = keepGate<G>(update);
      const reset = keepGate<G>(loadFloats(p + gate, real));
      candidate = madd(gateValue<G>(reset), loadFloats(p + 3 * gate, real), candidate);
      if (keep) {
        storeFloats(p, update, real);
        storeFloats(p + gate, reset, real);
      }
    }
    candidate = tanh4(candidate);
    const y = madd(gateValue<G>(update), f32x4.sub(v128.load(h + q), candidate), candidate);
    v128.store(h + q, y);
    if (output) storeFloats(output + q, y, real);
    if (keep) {
      storeFloats(p + 2 * gate, candidate, real);
      storeFloats(p + 4 * gate, y, real);
    }
  }
}

/**
 * Runs this thread's rows through all steps. Scratch: EDGE_BYTES, h [rows,P], and without reserve one step's
 * gates (4 H a row).
 */
export function gruForward<G>(args: SequenceArguments, index: i32, threads: i32): void {
  const units = args.units;
  const padded = paddedUnits(units);
  const first = firstRow(args, index, threads);
  const end = endRow(args, index, threads);
  const from = firstUnit(args, index, threads);
  const to = endUnit(args, index, threads);
  const rows = end - first;
  if (rows <= 0) return;
  const after = args.layer === LayerCode.gruResetAfter;
  const time = args.time;
  const stateBytes = (<usize>padded) << 2;
  const rowBytes = (<usize>units) << 2;
  const edge = args.scratch + <usize>index * <usize>args.scratchBytes;
  const h = edge + EDGE_BYTES;
  for (let r = 0; r < rows; r++) {
    copyPadded(args.initialH + <usize>(first + r) * rowBytes, h + <usize>r * stateBytes, units, padded);
  }
  const keep = args.reserve !== 0;
  const slot = keep ? (<usize>args.reserveWidth) << 2 : gateBytes(4, units);
  const base = keep ? args.reserve + <usize>(first * time) * slot : h + <usize>rows * stateBytes;
  const stride = keep ? slot * <usize>time : slot;
  const packedCandidate = args.packedRecurrent + ((<usize>recurrentFloats(args)) << 2);
  const stepwise = !keep || isStepwise(args);
  if (!stepwise) sequenceActivations(args, first, end, base, slot, edge);
  for (let step = 0; step < time; step++) {
    const t = args.reverse ? time - 1 - step : step;
    const gates = keep ? base + <usize>t * slot : base;
    if (stepwise) stepActivations(args, first, end, from, to, t, gates, stride, edge);
    if (after) {
      for (let r = 0; r < rows; r++) gruStart(gates + <usize>r * stride, args.recurrentBias, units, from, to);
      const own = gates + 3 * rowBytes;
      gatesProduct(rows, 1, units, from, to, units, h, stateBytes, packedCandidate, own, stride, edge);
    }
    gatesProduct(rows, 2, units, from, to, units, h, stateBytes, args.packedRecurrent, gates, stride, edge);
    if (!after) {
      for (let r = 0; r < rows; r++) gruReset<G>(gates + <usize>r * stride, h + <usize>r * stateBytes, units);
      product(
        rows,
        units,
        units,
        gates + 3 * rowBytes,
        stride,
        packedCandidate,
        gates + 2 * rowBytes,
        stride,
        true,
        edge,
      );
    }
    for (let r = 0; r < rows; r++) {
      const output = args.output + <usize>((first + r) * time + t) * rowBytes;
      if (t < lengthOf(args, first + r)) {
        gruRow<G>(gates + <usize>r * stride, after, keep, h + <usize>r * stateBytes, output, units, from, to);
      } else memory.fill(output + ((<usize>from) << 2), 0, (<usize>(to - from)) << 2);
    }
  }
  for (let r = 0; r < rows; r++) {
    const start = (<usize>from) << 2;
    const offset = <usize>(first + r) * rowBytes + start;
    copyFloats(args.finalH + offset, h + <usize>r * stateBytes + start, to - from);
  }
}

/** Packs the transposes of [Rz Rr] and of Rn, concatenated, for the backward pass. */
export function gruPackBackward(args: SequenceArguments, index: i32, threads: i32): void {
  const units = args.units;
  const stride = (<usize>(3 * units)) << 2;
  const candidate = args.recurrentKernel + ((<usize>(2 * units)) << 2);
  packShareTransposed(args.recurrentKernel, stride, 2 * units, units, args.packedRecurrent, index, threads);
  packShareTransposed(candidate, stride, units, units, packedCandidateTransposed(args), index, threads);
}

/** @inline */
function packedCandidateTransposed(args: SequenceArguments): usize {
  return args.packedRecurrent + ((<usize>(panelCount(args.units) * PANEL * 2 * args.units)) << 2);
}

/**
 * The backward step of one row. dh keeps z ∘ dh, and the products add the rest. Reset-before computes dr in
 * `gruResetBackward`.
 */
function gruRowBackward<G>(
  gates: usize,
  after: bool,
  previous: usize,
  dOutput: usize,
  dh: usize,
  units: i32,
): void {
  const gate = (<usize>units) << 2;
  const one = f32x4.splat(1);
  for (let j = 0; j < units; j += 4) {
    const real = units - j;
    const q = (<usize>j) << 2;
    const p = gates + q;
    const z = loadFloats(p, real);
    const r = loadFloats(p + gate, real);
    const n = loadFloats(p + 2 * gate, real);
    const dy = f32x4.add(v128.load(dh + q), loadFloats(dOutput + q, real));
    const before = loadFloats(previous + q, real);
    const value = gateValue<G>(z);
    const dn = f32x4.mul(f32x4.mul(dy, f32x4.sub(one, value)), nmadd(n, n, one));
    storeFloats(p, f32x4.mul(f32x4.mul(dy, f32x4.sub(before, n)), gateSlope<G>(z)), real);
    storeFloats(p + 2 * gate, dn, real);
    v128.store(dh + q, f32x4.mul(dy, value));
    if (after) {
      const dr = f32x4.mul(f32x4.mul(dn, loadFloats(p + 3 * gate, real)), gateSlope<G>(r));
      storeFloats(p + gate, dr, real);
      storeFloats(p + 3 * gate, f32x4.mul(dn, gateValue<G>(r)), real);
    }
  }
}

/** Reset-before: dr, and the part of dh that comes through r ∘ h. */
function gruResetBackward<G>(gates: usize, previous: usize, dReset: usize, dh: usize, units: i32): void {
  const reset = gates + ((<usize>units) << 2);
  for (let j = 0; j < units; j += 4) {
    const real = units - j;
    const q = (<usize>j) << 2;
    const r = loadFloats(reset + q, real);
    const d = v128.load(dReset + q);
    v128.store(dh + q, madd(d, gateValue<G>(r), v128.load(dh + q)));
    storeFloats(reset + q, f32x4.mul(f32x4.mul(d, loadFloats(previous + q, real)), gateSlope<G>(r)), real);
  }
}

/** The state before step t of row b, without padding. @inline */
function stateBefore(args: SequenceArguments, b: i32, t: i32, length: i32, slot: usize): usize {
  const before = args.reverse ? (t === length - 1 ? -1 : t + 1) : t - 1;
  if (before < 0) return args.initialH + ((<usize>(b * args.units)) << 2);
  return args.reserve + <usize>(b * args.time + before) * slot + ((<usize>args.units) << 4);
}

/** Backpropagation through time for this thread's rows. Scratch: EDGE_BYTES, dh and d(r ∘ h) [rows,P]. */
export function gruBackward<G>(args: SequenceArguments, index: i32, threads: i32): void {
  const units = args.units;
  const padded = paddedUnits(units);
  const first = rangeBoundary(args.batch, index, threads);
  const end = rangeBoundary(args.batch, index + 1, threads);
  const rows = end - first;
  if (rows <= 0) return;
  const after = args.layer === LayerCode.gruResetAfter;
  const time = args.time;
  const stateBytes = (<usize>padded) << 2;
  const rowBytes = (<usize>units) << 2;
  const slot = (<usize>args.reserveWidth) << 2;
  const stride = slot * <usize>time;
  const edge = args.scratch + <usize>index * <usize>args.scratchBytes;
  const dh = edge + EDGE_BYTES;
  const dReset = dh + <usize>rows * stateBytes;
  const candidate = packedCandidateTransposed(args);
  for (let r = 0; r < rows; r++) {
    copyPadded(args.dFinalH + <usize>(first + r) * rowBytes, dh + <usize>r * stateBytes, units, padded);
  }
  for (let step = time - 1; step >= 0; step--) {
    const t = args.reverse ? time - 1 - step : step;
    const base = args.reserve + <usize>(first * time + t) * slot;
    for (let r = 0; r < rows; r++) {
      const b = first + r;
      const length = lengthOf(args, b);
      const gates = base + <usize>r * stride;
      if (t >= length) {
        memory.fill(gates, 0, rowBytes << 2);
        continue;
      }
      const previous = stateBefore(args, b, t, length, slot);
      const dOutput = args.dOutput + <usize>(b * time + t) * rowBytes;
      gruRowBackward<G>(gates, after, previous, dOutput, dh + <usize>r * stateBytes, units);
    }
    if (after) {
      product(rows, padded, units, base + 3 * rowBytes, stride, candidate, dh, stateBytes, true, edge);
    } else {
      product(rows, padded, units, base + 2 * rowBytes, stride, candidate, dReset, stateBytes, false, edge);
      for (let r = 0; r < rows; r++) {
        const b = first + r;
        const length = lengthOf(args, b);
        if (t >= length) continue;
        const previous = stateBefore(args, b, t, length, slot);
        gruResetBackward<G>(
          base + <usize>r * stride,
          previous,
          dReset + <usize>r * stateBytes,
          dh + <usize>r * stateBytes,
          units,
        );
      }
    }
    product(rows, padded, 2 * units, base, stride, args.packedRecurrent, dh, stateBytes, true, edge);
  }
  for (let r = 0; r < rows; r++) {
    copyFloats(args.dInitialH + <usize>(first + r) * rowBytes, dh + <usize>r * stateBytes, units);
  }
}
