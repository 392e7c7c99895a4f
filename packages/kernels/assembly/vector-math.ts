/**
 * Four-lane exp, sigmoid and tanh.
 *
 * exp: x = n·ln 2 + r with |r| ≤ ln 2 / 2, where ln 2 is split in two parts (Cody and Waite). exp(r) is the
 * degree-6 polynomial of the Cephes library (`expf`, S. Moshier), scaled by 2^n through the exponent bits.
 * tanh: the odd 13/6 rational minimax approximation of Eigen (`Eigen/src/Core/MathFunctionsImpl.h`), with its
 * coefficients divided by the denominator's last one, so that tiny x pass through. x is clamped to ±8.95,
 * where the quotient is slightly beyond ±1, and the result to ±1. sigmoid(x) = 1 / (1 + exp(-x)).
 *
 * The constants are loaded where they are used. V8 would construct a constant vector again at every use, in
 * several instructions, whereas a load is one.
 *
 * Error bounds, checked by test/vector-math.test.ts over the whole float range:
 *   exp      relative error ≤ 2.5e-7 where the result is a normal number; 0 below -87.33, +Infinity above
 *   88.72
 *   sigmoid  relative error ≤ 4e-7 for x ≥ -87; absolute error ≤ 2e-38 below it
 *   tanh     relative error ≤ 6e-7; |tanh| ≤ 1
 * NaN gives NaN, ±Infinity the limits (sigmoid(-Infinity) = 1.7e-38, a normal number, because subnormal
 * numbers are slow).
 */

/** Whether this is the relaxed binary. */
export function isRelaxed(): bool {
  return ASC_FEATURE_RELAXED_SIMD;
}

/** a · b + c, with a single rounding if the relaxed binary runs on a machine that supports it. @inline */
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    return f32x4.relaxed_madd(a, b, c);
  } else {
    return f32x4.add(f32x4.mul(a, b), c);
  }
}

/** c − a · b. @inline */
export function nmadd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    return f32x4.relaxed_nmadd(a, b, c);
  } else {
    return f32x4.sub(c, f32x4.mul(a, b));
  }
}

/**
 * Constants of exp: the limits of sigmoid's argument, 1 / ln 2, 1.5 · 2²³, the two parts of ln 2, and the
 * polynomial from its highest power on. Adding 1.5 · 2²³ rounds to the nearest integer n, which is then in
 * the low bits of the sum. This needs no rounding or conversion instructions, which are slow in V8.
 */
const EXP: usize = memory.data<f32>([
  // biome-ignore lint/suspicious/noApproximativeNumericConstant: memory.data takes literals only
  87, -87, 1.4426950408889634, 12582912, 0.693359375, -2.1219444e-4, 1.98756915e-4, 1.3981999507e-3,
  8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1, 1,
]);
const MOST: usize = 0;
const LEAST: usize = 4;
const LOG2_E: usize = 8;
const ROUNDER: usize = 12;
const LN2_HIGH: usize = 16;
const LN2_LOW: usize = 20;
const ONE: usize = 48;

/** @inline */
function expConstant(offset: usize): v128 {
  return v128.load32_splat(EXP + offset);
}

/** exp(x − n·ln 2) for |x − n·ln 2| ≤ ln 2 / 2. @inline */
function expReduced(x: v128, n: v128): v128 {
  const r = nmadd(n, expConstant(LN2_HIGH), x);
  return expPolynomial(nmadd(n, expConstant(LN2_LOW), r));
}

/** exp(r) for |r| ≤ ln 2 / 2. @inline */
export function expPolynomial(r: v128): v128 {
  let p = madd(expConstant(24), r, expConstant(28));
  p = madd(p, r, expConstant(32));
  p = madd(p, r, expConstant(36));
  p = madd(p, r, expConstant(40));
  p = madd(p, r, expConstant(44));
  return madd(p, f32x4.mul(r, r), f32x4.add(r, expConstant(ONE)));
}

/** y · 2^n for 0.5 < y < 2 and integers -126 < n < 127, given in the low bits of each lane. @inline */
function scaled(y: v128, n: v128): v128 {
  return i32x4.add(y, i32x4.shl(n, 23));
}

/** exp over the whole float range. 2^n is applied in two steps, because 2^128 is not a float. @inline */
export function exp4(x: v128): v128 {
  const low = f32x4.splat(-87.33);
  const high = f32x4.splat(88.72283);
  const clamped = f32x4.pmax(f32x4.pmin(x, high), low);
  const sum = madd(clamped, expConstant(LOG2_E), expConstant(ROUNDER));
  const whole = i32x4.sub(sum, expConstant(ROUNDER));
  const half = i32x4.shr_s(whole, 1);
  const factor = scaled(expConstant(ONE), i32x4.sub(whole, half));
  let y = scaled(expReduced(clamped, f32x4.sub(sum, expConstant(ROUNDER))), half);
  y = f32x4.mul(y, factor);
  y = v128.andnot(y, f32x4.lt(x, low));
  return v128.bitselect(f32x4.splat(Infinity), y, f32x4.gt(x, high));
}

/** 1 / sigmoid(x) = 1 + exp(-x), with x clamped to ±87. @inline */
export function inverseSigmoid4(x: v128): v128 {
  const minus = f32x4.neg(f32x4.pmax(f32x4.pmin(x, expConstant(MOST)), expConstant(LEAST)));
  const sum = madd(minus, expConstant(LOG2_E), expConstant(ROUNDER));
  const y = scaled(expReduced(minus, f32x4.sub(sum, expConstant(ROUNDER))), sum);
  return f32x4.add(expConstant(ONE), y);
}

/** @inline */
export function sigmoid4(x: v128): v128 {
  return f32x4.div(expConstant(ONE), inverseSigmoid4(x));
}

/**
 * Constants of tanh: the limits of x, then numerator and denominator, each from its highest power on. The
 * last one, 1, is also the limit of the result.
 */
const TANH: usize = memory.data<f32>([
  8.95, -8.95, -5.6416762410444755e-14, 4.087417207402143e-11, -1.7583789182401143e-8, 1.0467499187504161e-5,
  3.0360983153184112e-3, 1.302255336823433e-1, 0.9999998719479379, 2.4486609330362513e-4,
  2.4222763997786688e-2, 4.6355838509634517e-1, 1,
]);

/** @inline */
function tanhConstant(offset: usize): v128 {
  return v128.load32_splat(TANH + offset);
}

/** @inline */
export function tanh4(x: v128): v128 {
  const v = f32x4.pmax(f32x4.pmin(x, tanhConstant(0)), tanhConstant(4));
  const square = f32x4.mul(v, v);
  let p = madd(tanhConstant(8), square, tanhConstant(12));
  p = madd(p, square, tanhConstant(16));
  p = madd(p, square, tanhConstant(20));
  p = madd(p, square, tanhConstant(24));
  p = madd(p, square, tanhConstant(28));
  p = madd(p, square, tanhConstant(32));
  let q = madd(tanhConstant(36), square, tanhConstant(40));
  q = madd(q, square, tanhConstant(44));
  q = madd(q, square, tanhConstant(48));
  const one = tanhConstant(48);
  return f32x4.pmax(f32x4.pmin(f32x4.div(f32x4.mul(p, v), q), one), f32x4.neg(one));
}

/** The sum of the lanes, in a fixed order. @inline */
export function sum4(x: v128): f32 {
  return (
    f32x4.extract_lane(x, 0) +
    f32x4.extract_lane(x, 1) +
    (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3))
  );
}

/** Masks of the first 0, 1, 2 and 3 lanes. */
const MASKS: usize = memory.data<u32>([
  0,
  0,
  0,
  0,
  u32.MAX_VALUE,
  0,
  0,
  0,
  u32.MAX_VALUE,
  u32.MAX_VALUE,
  0,
  0,
  u32.MAX_VALUE,
  u32.MAX_VALUE,
  u32.MAX_VALUE,
  0,
]);

/**
 * The first `count` floats at `pointer`, none if it is negative; the other lanes are zero. Reads past them
 * must stay within a line of a block (src/wasm/engine/allocator.ts).
 *
 * @inline
 */
export function loadFloats(pointer: usize, count: i32): v128 {
  const x = v128.load(pointer);
  return count >= 4 ? x : v128.and(x, v128.load(MASKS + ((<usize>max(count, 0)) << 4)));
}

/** Writes the first `count` lanes, and nothing past them. @inline */
export function storeFloats(pointer: usize, x: v128, count: i32): void {
  if (count >= 4) v128.store(pointer, x);
  else {
    if (count > 1) v128.store64_lane(pointer, x, 0);
    if (count === 3) v128.store32_lane(pointer, x, 2, 8);
    else if (count === 1) v128.store32_lane(pointer, x, 0);
  }
}

/**
 * Copies a short row of floats. `memory.copy` is a call out of WebAssembly, which takes as long as copying
 * some hundred floats.
 */
export function copyFloats(target: usize, source: usize, count: i32): void {
  const end = source + ((<usize>(count & ~3)) << 2);
  for (; source < end; source += 16) {
    v128.store(target, v128.load(source));
    target += 16;
  }
  if (count & 3) storeFloats(target, v128.load(source), count & 3);
}

/** target = x + y, for a short row of floats. */
export function addFloats(target: usize, x: usize, y: usize, count: i32): void {
  const end = x + ((<usize>(count & ~3)) << 2);
  for (; x < end; x += 16) {
    v128.store(target, f32x4.add(v128.load(x), v128.load(y)));
    target += 16;
    y += 16;
  }
  if (count & 3) storeFloats(target, f32x4.add(v128.load(x), v128.load(y)), count & 3);
}
