/**
 * Connectionist temporal classification (Graves, Fernández, Gomez and Schmidhuber, 2006): the loss of each
 * row, and its gradient, by the recurrences of packages/losses/src/plain-ctc.ts. Threads split the rows.
 *
 * A probability is stored as m · 2^e, with a float 1 ≤ m < 2 and an integer e in separate vectors. Nothing
 * overflows for any logits and number of steps, and only one logarithm is computed per step. q_t(k) =
 * exp(x_t(k) − max x_t) is computed in float64, so it has the full precision of a float for any difference of
 * logits. The common factor of all classes of a step cancels in the gradient. Multiplying by powers of two is
 * exact, so sums have the same bits with and without fused multiply-adds.
 *
 * Blanks and labels are in separate arrays: with b(i) the blank before label i, and l(i) label i,
 *
 *     b_t(i) = q_t(blank) · (b_(t−1)(i) + l_(t−1)(i−1))
 *     l_t(i) = q_t(l_i) · (l_(t−1)(i) + b_(t−1)(i) + l_(t−1)(i−1))     the last where the two labels differ
 *
 * from b_(−1)(0) = 1. The backward recurrence computes γ_t = q_t · β_t in the same way, from γ_T = 1 at the
 * last blank.
 */
import { CtcArguments } from './generated/abi';
import { rangeBoundary } from './sequence';
import { rowMaximum } from './softmax-cross-entropy';
import { expPolynomial, loadFloats, storeFloats, sum4 } from './vector-math';

/** The exponent of an impossible state. */
const NONE: i32 = -805306368;
/** A target whose exponent is smaller is considered impossible: its loss would exceed 3.7e8. */
const LEAST: i32 = -536870912;
const ONE_BITS: i32 = 0x3f800000;
const MANTISSA: i32 = 0x7fffff;
// biome-ignore lint/suspicious/noApproximativeNumericConstant: AssemblyScript has Math.LN2 as a global of the module
const LN2: f64 = 0.6931471805599453;
// biome-ignore lint/suspicious/noApproximativeNumericConstant: likewise
const LOG2_E: f64 = 1.4426950408889634;
/** Adding 1.5 · 2^52 rounds to the nearest integer, which is then in the low bits. */
const ROUNDER: f64 = 6755399441055744;
const FURTHEST: f64 = -558195836.0;

/** The record of one row, at the beginning of a thread's scratch. */
@unmanaged
class Row {
  logits: usize;
  /** 0 if no gradient is requested. */
  gradient: usize;
  labels: usize;
  count: i32;
  steps: i32;
  /** Bytes of the states' lanes, and the distance between two arrays. */
  used: usize;
  stride: usize;
  /** Mantissas of a step's exponentials, followed by their exponents. */
  frame: usize;
  frameStride: usize;
  /** The largest exponent with which label i may follow label i − 1. */
  caps: usize;
  /** γ, four arrays. */
  gamma: usize;
  /** The sums of each label for a step. */
  shares: usize;
  /** Σ exp(x − max) of each step. */
  sums: usize;
  /**
   * States before the first step, then of each step: b, l, and q of the labels, each as mantissas and
   * exponents.
   */
  states: usize;
  /** Σ α · β of a step. */
  total: f32;
}

export function ctc(args: CtcArguments, index: i32, threads: i32): void {
  const end = rangeBoundary(args.batch, index + 1, threads);
  const row = changetype<Row>(args.scratch + <usize>index * <usize>args.scratchBytes);
  layOut(row, args);
  for (let b = rangeBoundary(args.batch, index, threads); b < end; b++) {
    const offset = (<usize>b * <usize>args.time * <usize>args.classes) << 2;
    const rows = (<usize>b) << 2;
    row.logits = args.logits + offset;
    row.gradient = args.dLogits ? args.dLogits + offset : 0;
    row.labels = args.labels + rows * <usize>args.width;
    row.count = load<i32>(args.labelCounts + rows);
    row.steps = load<i32>(args.lengths + rows);
    row.used = ((<usize>row.count + 4) & ~3) << 2;
    const loss = rowLoss(row, args);
    const counts = <f64>Math.abs(loss) < Infinity;
    const isZero = loss === Infinity && args.zeroInfinity !== 0;
    store<f32>(args.loss + rows, isZero ? 0 : <f32>loss);
    if (!row.gradient) continue;
    const stepBytes = (<usize>args.classes) << 2;
    const valid = <usize>row.steps * stepBytes;
    memory.fill(row.gradient + valid, 0, <usize>args.time * stepBytes - valid);
    if (counts) rowGradient(row, args);
    else {
      const nothing: f32 = isZero ? 0 : NaN;
      for (let o: usize = 0; o < valid; o += 4) store<f32>(row.gradient + o, nothing);
    }
  }
}

function layOut(row: Row, args: CtcArguments): void {
  const stride = (((<usize>args.width + 16) & ~15) + 16) << 2;
  const frameStride = ((<usize>args.classes + 15) & ~15) << 2;
  row.stride = stride;
  row.frameStride = frameStride;
  row.frame = changetype<usize>(row) + 64;
  row.caps = row.frame + 2 * frameStride;
  row.gamma = row.caps + stride;
  row.shares = row.gamma + 4 * stride;
  row.states = row.shares + stride;
  row.sums = row.states + 6 * stride * <usize>((args.dLogits ? args.time : 1) + 1);
}

/** The states after step t; they follow those of step t − 1, and step −1 is the start. @inline */
function statesOf(row: Row, t: i32): usize {
  return row.states + 6 * row.stride * <usize>(row.gradient ? t + 1 : (t + 1) & 1);
}

/** The negative logarithm of the row's probability. */
function rowLoss(row: Row, args: CtcArguments): f64 {
  const count = row.count;
  if (fewestSteps(row) > row.steps) return Infinity;
  if (row.steps === 0) return 0;
  const before = statesOf(row, -1);
  clear(before, row);
  store<i32>(before + row.stride, 0);
  let logarithms: f64 = 0;
  for (let t = 0; t < row.steps; t++) {
    const offset = (<usize>t * <usize>args.classes) << 2;
    const sum = exponentials(
      row,
      row.logits + offset,
      args.classes,
      row.gradient ? row.gradient + offset : 0,
    );
    store<f32>(row.sums + ((<usize>t) << 2), sum);
    logarithms += <f64>(<f32>Math.log(<f64>sum));
    gather(row, args.blank, statesOf(row, t));
    advance(row, statesOf(row, t - 1), statesOf(row, t));
  }
  const last = statesOf(row, row.steps - 1);
  const top = probabilityExponent(row, last);
  if (top < LEAST && !Number.isNaN(logarithms)) return Infinity;
  let m = scaledTo(last + ((<usize>count) << 2), row.stride, top);
  if (count > 0) m += scaledTo(last + 2 * row.stride + ((<usize>(count - 1)) << 2), row.stride, top);
  const loss = logarithms - (<f64>top * LN2 + Math.log(<f64>m));
  return Number.isNaN(loss) ? NaN : max<f64>(loss, 0);
}

/** The larger exponent of the two states in which a path may end. @inline */
function probabilityExponent(row: Row, last: usize): i32 {
  const blank = load<i32>(last + row.stride + ((<usize>row.count) << 2));
  if (row.count === 0) return blank;
  return max(blank, load<i32>(last + 3 * row.stride + ((<usize>(row.count - 1)) << 2)));
}

/** m · 2^(e − top) of the number at an address. @inline */
function scaledTo(at: usize, stride: usize, top: i32): f32 {
  return load<f32>(at) * reinterpret<f32>(max(load<i32>(at + stride) - top + 127, 0) << 23);
}

/**
 * The smallest number of steps that the labels need. Also writes which labels may follow directly after the
 * one before.
 */
function fewestSteps(row: Row): i32 {
  const end = <i32>(row.used >> 2) + 4;
  let fewest = row.count;
  store<i32>(row.caps, NONE);
  for (let i = 1; i < end; i++) {
    const at = (<usize>i) << 2;
    const same = i < row.count && load<i32>(row.labels + at) === load<i32>(row.labels + at - 4);
    if (same) fewest++;
    store<i32>(row.caps + at, same ? NONE : i32.MAX_VALUE);
  }
  return fewest;
}

/** Sets four arrays to impossible, including one lane past the states. */
function clear(arrays: usize, row: Row): void {
  for (let o: usize = 0; o <= row.used; o += 16) {
    for (let array: usize = 0; array < 4; array += 2) {
      v128.store(arrays + array * row.stride + o, f32x4.splat(1));
      v128.store(arrays + (array + 1) * row.stride + o, i32x4.splat(NONE));
    }
  }
  closeBefore(arrays, row);
}

/** Makes the lane before the first label impossible. @inline */
function closeBefore(arrays: usize, row: Row): void {
  store<f32>(arrays + 2 * row.stride - 4, 1);
  store<i32>(arrays + 3 * row.stride - 4, NONE);
}

/** ROUNDER + the nearest integer to x / ln 2. @inline */
function rounded(x: v128): v128 {
  return f64x2.add(f64x2.mul(x, f64x2.splat(LOG2_E)), f64x2.splat(ROUNDER));
}

/** x − n · ln 2 from ROUNDER + n. @inline */
function remainder(x: v128, n: v128): v128 {
  const whole = f64x2.sub(n, f64x2.splat(ROUNDER));
  return f32x4.demote_f64x2_zero(f64x2.sub(x, f64x2.mul(whole, f64x2.splat(LN2))));
}

/**
 * Writes exp(x − max x) of a step to the frame as m · 2^e, and to y as floats unless y is 0; returns their
 * sum.
 */
function exponentials(row: Row, x: usize, classes: i32, y: usize): f32 {
  const top = f64x2.splat(<f64>rowMaximum(x, classes));
  const furthest = f64x2.splat(FURTHEST);
  let sums = f32x4.splat(0);
  for (let j = 0; j < classes; j += 4) {
    const o = (<usize>j) << 2;
    const v = loadFloats(x + o, classes - j);
    const low = f64x2.pmax(f64x2.sub(f64x2.promote_low_f32x4(v), top), furthest);
    const high = f64x2.pmax(f64x2.sub(f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 0)), top), furthest);
    const lowWhole = rounded(low);
    const highWhole = rounded(high);
    const n = v128.shuffle<i32>(lowWhole, highWhole, 0, 2, 4, 6);
    const m = expPolynomial(v128.shuffle<i64>(remainder(low, lowWhole), remainder(high, highWhole), 0, 2));
    v128.store(row.frame + o, m);
    v128.store(row.frame + row.frameStride + o, n);
    // Numbers below the smallest float become 0, and so do lanes past the end.
    const lanes = v128.and(
      i32x4.gt_s(n, i32x4.splat(-126)),
      i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(classes - j)),
    );
    const p = v128.and(i32x4.add(m, i32x4.shl(n, 23)), lanes);
    sums = f32x4.add(sums, p);
    if (y) storeFloats(y + o, p, classes - j);
  }
  return sum4(sums);
}

/** q of the labels, and before them q of the blank. */
function gather(row: Row, blank: i32, states: usize): void {
  const m = states + 4 * row.stride;
  const e = m + row.stride;
  const from = row.frame;
  const exponents = row.frame + row.frameStride;
  const own = (<usize>blank) << 2;
  store<i32>(m - 4, load<i32>(from + own));
  store<i32>(e - 4, load<i32>(exponents + own));
  const end = (<usize>row.count) << 2;
  for (let o: usize = 0; o < end; o += 4) {
    const at = (<usize>load<i32>(row.labels + o)) << 2;
    store<i32>(m + o, load<i32>(from + at));
    store<i32>(e + o, load<i32>(exponents + at));
  }
  for (let o = end; o < row.used; o += 4) {
    store<i32>(m + o, ONE_BITS);
    store<i32>(e + o, NONE);
  }
}

/** 2^(e − top), given top − 127; 0 if it is below 2^−126. @inline */
function power(e: v128, base: v128): v128 {
  return i32x4.shl(i32x4.max_s(i32x4.sub(e, base), i32x4.splat(0)), 23);
}

/** Stores m · 2^(e + 127) with a mantissa in 1 … 2. @inline */
function put(at: usize, stride: usize, m: v128, e: v128): void {
  v128.store(at, v128.or(v128.and(m, i32x4.splat(MANTISSA)), i32x4.splat(ONE_BITS)));
  v128.store(at + stride, i32x4.max_s(i32x4.add(e, i32x4.shr_u(m, 23)), i32x4.splat(NONE)));
}

/** The states after a step from those before it. */
function advance(row: Row, from: usize, to: usize): void {
  const stride = row.stride;
  const bias = i32x4.splat(127);
  const blankM = v128.load32_splat(to + 4 * stride - 4);
  const blankE = v128.load32_splat(to + 5 * stride - 4);
  for (let o: usize = 0; o < row.used; o += 16) {
    const at = from + o;
    const b = v128.load(at);
    const be = v128.load(at + stride);
    const l = v128.load(at + 2 * stride);
    const le = v128.load(at + 3 * stride);
    const p = v128.load(at + 2 * stride - 4);
    let pe = v128.load(at + 3 * stride - 4);
    let base = i32x4.sub(i32x4.max_s(be, pe), bias);
    let m = f32x4.add(f32x4.mul(b, power(be, base)), f32x4.mul(p, power(pe, base)));
    put(to + o, stride, f32x4.mul(m, blankM), i32x4.add(base, blankE));
    pe = i32x4.min_s(pe, v128.load(row.caps + o));
    base = i32x4.sub(i32x4.max_s(i32x4.max_s(le, be), pe), bias);
    m = f32x4.add(f32x4.mul(l, power(le, base)), f32x4.mul(b, power(be, base)));
    m = f32x4.add(m, f32x4.mul(p, power(pe, base)));
    const own = to + 4 * stride + o;
    put(to + 2 * stride + o, stride, f32x4.mul(m, v128.load(own)), i32x4.add(base, v128.load(own + stride)));
  }
  closeBefore(to, row);
}

function rowGradient(row: Row, args: CtcArguments): void {
  if (row.steps === 0) return;
  const classes = args.classes;
  clear(row.gamma, row);
  store<i32>(row.gamma + row.stride + ((<usize>row.count) << 2), 0);
  const top = probabilityExponent(row, statesOf(row, row.steps - 1));
  for (let t = row.steps - 1; t >= 0; t--) {
    const blanks = retreat(row, statesOf(row, t), top);
    const y = row.gradient + ((<usize>t * <usize>classes) << 2);
    const sum = v128.load32_splat(row.sums + ((<usize>t) << 2));
    for (let j = 0; j < classes; j += 4) {
      const o = (<usize>j) << 2;
      storeFloats(y + o, f32x4.div(loadFloats(y + o, classes - j), sum), classes - j);
    }
    const total = row.total;
    const own = y + ((<usize>args.blank) << 2);
    store<f32>(own, load<f32>(own) - blanks / total);
    takeShares(row, y, total);
  }
}

/** Subtracts the states' share from the gradient of each label's class. */
function takeShares(row: Row, y: usize, total: f32): void {
  const whole = f32x4.splat(total);
  for (let o: usize = 0; o < row.used; o += 16) {
    v128.store(row.shares + o, f32x4.div(v128.load(row.shares + o), whole));
  }
  const end = (<usize>row.count) << 2;
  for (let o: usize = 0; o < end; o += 4) {
    const at = y + ((<usize>load<i32>(row.labels + o)) << 2);
    store<f32>(at, load<f32>(at) - load<f32>(row.shares + o));
  }
}

/**
 * γ of a step from γ of the next step, and α · β of each label, divided by 2^top, into `shares`. Returns the
 * blanks' sum.
 */
function retreat(row: Row, alpha: usize, top: i32): f32 {
  const stride = row.stride;
  const bias = i32x4.splat(127);
  const blankM = v128.load32_splat(alpha + 4 * stride - 4);
  const blankE = v128.load32_splat(alpha + 5 * stride - 4);
  const whole = i32x4.splat(top - 127);
  let blanks = f32x4.splat(0);
  let labels = f32x4.splat(0);
  for (let o: usize = 0; o < row.used; o += 16) {
    const at = row.gamma + o;
    const states = alpha + o;
    const b = v128.load(at);
    const be = v128.load(at + stride);
    const l = v128.load(at + 2 * stride);
    const le = v128.load(at + 3 * stride);
    const nextB = v128.load(at + 4);
    const nextBe = v128.load(at + stride + 4);
    const next = v128.load(at + 2 * stride + 4);
    const nextE = i32x4.min_s(v128.load(at + 3 * stride + 4), v128.load(row.caps + o + 4));
    let most = i32x4.max_s(be, le);
    let base = i32x4.sub(most, bias);
    let m = f32x4.add(f32x4.mul(b, power(be, base)), f32x4.mul(l, power(le, base)));
    let share = power(i32x4.add(v128.load(states + stride), most), whole);
    blanks = f32x4.add(blanks, f32x4.mul(f32x4.mul(v128.load(states), m), share));
    put(at, stride, f32x4.mul(m, blankM), i32x4.add(base, blankE));
    most = i32x4.max_s(i32x4.max_s(le, nextBe), nextE);
    base = i32x4.sub(most, bias);
    m = f32x4.add(f32x4.mul(l, power(le, base)), f32x4.mul(nextB, power(nextBe, base)));
    m = f32x4.add(m, f32x4.mul(next, power(nextE, base)));
    share = power(i32x4.add(v128.load(states + 3 * stride), most), whole);
    share = f32x4.mul(f32x4.mul(v128.load(states + 2 * stride), m), share);
    labels = f32x4.add(labels, share);
    v128.store(row.shares + o, share);
    const own = states + 4 * stride;
    put(at + 2 * stride, stride, f32x4.mul(m, v128.load(own)), i32x4.add(base, v128.load(own + stride)));
  }
  const sum = sum4(blanks);
  row.total = sum + sum4(labels);
  return sum;
}
