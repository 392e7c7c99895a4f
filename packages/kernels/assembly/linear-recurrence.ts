/**
 * The linear recurrence h_t = a_t ∘ h_(t−1) + b_t over a whole sequence, and its gradient:
 *   g_t = dOutput_t + a_(t+1) ∘ g_(t+1),  db_t = g_t,  da_t = g_t ∘ h_(t−1),  dh_0 = a_1 ∘ g_1.
 * The type argument R determines a and b: Coefficients reads them; the minimal layers of minimal-gates.ts
 * compute them from pre-activations. They compute them again in the backward pass, which is cheaper than
 * storing them.
 *
 * Threads split the rows and blocks of their columns. Units are independent, so no sum runs over them.
 */
import { RecurrenceArguments } from './generated/abi';
import {
  blendOf,
  candidateOf,
  candidateSlope,
  gateOf,
  liftOf,
  MinGru,
  minimalGateCount,
} from './minimal-gates';
import { rangeBoundary } from './sequence';
import { copyFloats, madd, sigmoid4, storeFloats } from './vector-math';

export class Coefficients {}

/** Number of columns that are assigned to a thread together: whole cache lines. */
const BLOCK: i32 = 256;

/** Number of floats per step and row of `a`, in multiples of the units. @inline */
function widthOf<R>(): i32 {
  return idof<R>() === idof<Coefficients>() ? 1 : minimalGateCount<R>();
}

/** @inline */
function lengthOf(args: RecurrenceArguments, row: i32): i32 {
  return args.lengths === 0 ? args.time : load<i32>(args.lengths + ((<usize>row) << 2));
}

/** The address of column `from` of step t of a row, in an array with `width` floats per step. @inline */
function at(array: usize, args: RecurrenceArguments, row: i32, t: i32, width: i32, from: i32): usize {
  return array + ((<usize>(row * args.time + t) * <usize>width + <usize>from) << 2);
}

/** Writes zeros to the steps past a row's length. */
function clearPast(
  array: usize,
  args: RecurrenceArguments,
  row: i32,
  width: i32,
  from: i32,
  count: i32,
): void {
  for (let t = lengthOf(args, row); t < args.time; t++) {
    memory.fill(at(array, args, row, t, width, from), 0, (<usize>count) << 2);
  }
}

/** h' from h, for four units. @inline */
function next<R>(a: usize, b: usize, gateBytes: usize, positive: bool, h: v128): v128 {
  if (idof<R>() === idof<Coefficients>()) return madd(v128.load(a), h, v128.load(b));
  const lift = liftOf<R>(a, gateBytes);
  const first = gateOf<R>(a, lift);
  const u = blendOf<R>(first, idof<R>() === idof<MinGru>() ? first : gateOf<R>(a + gateBytes, lift));
  let c = v128.load(a + gateBytes * <usize>(widthOf<R>() - 1));
  if (positive) c = candidateOf(c, sigmoid4(c));
  return madd(u, f32x4.sub(c, h), h);
}

export function recurrence<R>(args: RecurrenceArguments, index: i32, threads: i32): void {
  const blocks = (args.units + BLOCK - 1) / BLOCK;
  const end = rangeBoundary(args.batch * blocks, index + 1, threads);
  for (let n = rangeBoundary(args.batch * blocks, index, threads); n < end; n++) {
    forwardBlock<R>(args, n / blocks, (n % blocks) * BLOCK);
  }
}

function forwardBlock<R>(args: RecurrenceArguments, row: i32, from: i32): void {
  const units = args.units;
  const count = min(units - from, BLOCK);
  const width = widthOf<R>() * units;
  const gateBytes = (<usize>units) << 2;
  const positive = args.positive !== 0;
  const length = lengthOf(args, row);
  const state = (<usize>(row * units + from)) << 2;
  let h = args.initialState + state;
  for (let step = 0; step < length; step++) {
    const t = args.reverse ? length - 1 - step : step;
    const a = at(args.a, args, row, t, width, from);
    const b = at(args.b, args, row, t, units, from);
    const output = at(args.output, args, row, t, units, from);
    for (let j = 0; j < count; j += 4) {
      const q = (<usize>j) << 2;
      storeFloats(output + q, next<R>(a + q, b + q, gateBytes, positive, v128.load(h + q)), count - j);
    }
    h = output;
  }
  copyFloats(args.finalState + state, h, count);
  clearPast(args.output, args, row, units, from, count);
}

export function recurrenceGradient<R>(args: RecurrenceArguments, index: i32, threads: i32): void {
  const blocks = (args.units + BLOCK - 1) / BLOCK;
  const end = rangeBoundary(args.batch * blocks, index + 1, threads);
  for (let n = rangeBoundary(args.batch * blocks, index, threads); n < end; n++) {
    backwardBlock<R>(args, n / blocks, (n % blocks) * BLOCK);
  }
}

/** dInitialState holds the gradient that flows from step to step. */
function backwardBlock<R>(args: RecurrenceArguments, row: i32, from: i32): void {
  const units = args.units;
  const count = min(units - from, BLOCK);
  const width = widthOf<R>() * units;
  const length = lengthOf(args, row);
  const state = (<usize>(row * units + from)) << 2;
  const carry = args.dInitialState + state;
  copyFloats(carry, args.dFinalState + state, count);
  for (let step = length - 1; step >= 0; step--) {
    const t = args.reverse ? length - 1 - step : step;
    const before = args.reverse ? t + 1 : t - 1;
    const h = step === 0 ? args.initialState + state : at(args.output, args, row, before, units, from);
    const a = at(args.a, args, row, t, width, from);
    const dA = at(args.dA, args, row, t, width, from);
    const dOutput = at(args.dOutput, args, row, t, units, from);
    if (idof<R>() === idof<Coefficients>()) {
      coefficientsBack(a, h, dOutput, carry, dA, at(args.dB, args, row, t, units, from), count);
    } else minimalBack<R>(args, a, h, dOutput, carry, dA, count);
  }
  for (let gate = 0; gate < widthOf<R>(); gate++) {
    clearPast(args.dA, args, row, width, gate * units + from, count);
  }
  if (idof<R>() === idof<Coefficients>()) clearPast(args.dB, args, row, units, from, count);
}

function coefficientsBack(
  a: usize,
  h: usize,
  dOutput: usize,
  carry: usize,
  dA: usize,
  dB: usize,
  count: i32,
): void {
  for (let j = 0; j < count; j += 4) {
    const q = (<usize>j) << 2;
    const g = f32x4.add(v128.load(dOutput + q), v128.load(carry + q));
    storeFloats(dA + q, f32x4.mul(g, v128.load(h + q)), count - j);
    storeFloats(dB + q, g, count - j);
    storeFloats(carry + q, f32x4.mul(g, v128.load(a + q)), count - j);
  }
}

/**
 * With d = g ∘ (c − h): dz = d·u·(1 − u) for MinGru; di = d·u·(1 − u)·(1 − σ(i)), df = −d·u·(1 − u)·(1 −
 * σ(f)) for MinLstm.
 */
function minimalBack<R>(
  args: RecurrenceArguments,
  gates: usize,
  h: usize,
  dOutput: usize,
  carry: usize,
  dGates: usize,
  count: i32,
): void {
  const gateBytes = (<usize>args.units) << 2;
  const candidate = gateBytes * <usize>(widthOf<R>() - 1);
  const positive = args.positive !== 0;
  const one = f32x4.splat(1);
  for (let j = 0; j < count; j += 4) {
    const q = (<usize>j) << 2;
    const left = count - j;
    const g = f32x4.add(v128.load(dOutput + q), v128.load(carry + q));
    const lift = liftOf<R>(gates + q, gateBytes);
    const first = gateOf<R>(gates + q, lift);
    const second = idof<R>() === idof<MinGru>() ? first : gateOf<R>(gates + gateBytes + q, lift);
    const u = blendOf<R>(first, second);
    const kept = f32x4.sub(one, u);
    let c = v128.load(gates + candidate + q);
    let dCandidate = f32x4.mul(g, u);
    if (positive) {
      const s = sigmoid4(c);
      dCandidate = f32x4.mul(dCandidate, candidateSlope(c, s));
      c = candidateOf(c, s);
    }
    storeFloats(dGates + candidate + q, dCandidate, left);
    const slope = f32x4.mul(f32x4.mul(g, f32x4.sub(c, v128.load(h + q))), f32x4.mul(u, kept));
    if (idof<R>() === idof<MinGru>()) storeFloats(dGates + q, slope, left);
    else {
      storeFloats(dGates + q, f32x4.mul(slope, f32x4.sub(f32x4.div(one, first), one)), left);
      storeFloats(dGates + gateBytes + q, f32x4.mul(slope, f32x4.sub(one, f32x4.div(one, second))), left);
    }
    storeFloats(carry + q, f32x4.mul(g, kept), left);
  }
}
