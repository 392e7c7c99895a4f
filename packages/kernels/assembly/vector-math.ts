/**
 * Four-lane exp, sigmoid and tanh.
 *
 * exp: x = n·ln 2 + r with |r| ≤ ln 2 / 2, ln 2 split in two parts (Cody and Waite), exp(r) by the degree-6 polynomial of
 * the Cephes library (`expf`, S. Moshier), scaled by 2^n through the exponent bits.
 * tanh: the odd 13/6 rational minimax approximation that Eigen uses (`Eigen/src/Core/MathFunctionsImpl.h`), ±1
 * beyond ±7.905…; below 4e-4 in magnitude tanh(x) = x to the last bit but one, and x is returned.
 * sigmoid(x) = 1 / (1 + exp(-x)).
 *
 * Bounds, held by test/vector-math.test.ts over the whole float range:
 *   exp      relative error ≤ 2.5e-7 where the result is a normal number; 0 below -87.33, +Infinity above 88.72
 *   sigmoid  relative error ≤ 4e-7 for x ≥ -87; absolute error ≤ 2e-38 below it
 *   tanh     relative error ≤ 6e-7; |tanh| ≤ 1
 * NaN gives NaN, ±Infinity the limits (sigmoid(-Infinity) = 1.7e-38, a normal number, since denormals are slow).
 */

/** a · b + c, in one rounding where the relaxed binary's machine has it. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    return f32x4.relaxed_madd(a, b, c);
  } else {
    return f32x4.add(f32x4.mul(a, b), c);
  }
}

/** c − a · b. */
// @ts-ignore: decorator
@inline
export function nmadd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    return f32x4.relaxed_nmadd(a, b, c);
  } else {
    return f32x4.sub(c, f32x4.mul(a, b));
  }
}

/** exp(x − n·ln 2) for |x − n·ln 2| ≤ ln 2 / 2. */
// @ts-ignore: decorator
@inline
function expReduced(x: v128, n: v128): v128 {
  let r = nmadd(n, f32x4.splat(0.693359375), x);
  r = nmadd(n, f32x4.splat(-2.12194440e-4), r);
  let p = madd(f32x4.splat(1.9875691500e-4), r, f32x4.splat(1.3981999507e-3));
  p = madd(p, r, f32x4.splat(8.3334519073e-3));
  p = madd(p, r, f32x4.splat(4.1665795894e-2));
  p = madd(p, r, f32x4.splat(1.6666665459e-1));
  p = madd(p, r, f32x4.splat(5.0000001201e-1));
  return madd(p, f32x4.mul(r, r), f32x4.add(r, f32x4.splat(1)));
}

/**
 * 1.5 · 2²³: adding it rounds x to the nearest integer n, which then stands in the low bits of the sum. Neither rounding
 * nor conversion instructions are needed, which are slow in V8.
 */
const ROUNDER: f32 = 12582912;

/** x / ln 2 + ROUNDER. */
// @ts-ignore: decorator
@inline
function rounded(x: v128): v128 {
  return madd(x, f32x4.splat(1.44269504088896341), f32x4.splat(ROUNDER));
}

/** 2^n for integers -126 ≤ n ≤ 127, given in the low bits of each lane. */
// @ts-ignore: decorator
@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.add(i32x4.shl(n, 23), i32x4.splat(0x3f800000));
}

/** exp for -87.33 ≤ x ≤ 88 (NaN passes through). */
// @ts-ignore: decorator
@inline
function expInRange(x: v128): v128 {
  const sum = rounded(x);
  return f32x4.mul(expReduced(x, f32x4.sub(sum, f32x4.splat(ROUNDER))), powerOfTwo(sum));
}

/** exp over the whole float range; 2^n in two factors, since 2^128 is no float. */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  const low = f32x4.splat(-87.33);
  const high = f32x4.splat(88.72283);
  const clamped = f32x4.pmax(f32x4.pmin(x, high), low);
  const sum = rounded(clamped);
  const whole = i32x4.sub(sum, f32x4.splat(ROUNDER));
  const half = i32x4.shr_s(whole, 1);
  let y = f32x4.mul(expReduced(clamped, f32x4.sub(sum, f32x4.splat(ROUNDER))), powerOfTwo(half));
  y = f32x4.mul(y, powerOfTwo(i32x4.sub(whole, half)));
  y = v128.andnot(y, f32x4.lt(x, low));
  return v128.bitselect(f32x4.splat(Infinity), y, f32x4.gt(x, high));
}

// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  const limit = f32x4.splat(87);
  const clamped = f32x4.pmax(f32x4.pmin(x, limit), f32x4.neg(limit));
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, expInRange(f32x4.neg(clamped))));
}

// @ts-ignore: decorator
@inline
export function tanh4(x: v128): v128 {
  const square = f32x4.mul(x, x);
  let p = madd(f32x4.splat(-2.76076847742355e-16), square, f32x4.splat(2.00018790482477e-13));
  p = madd(p, square, f32x4.splat(-8.60467152213735e-11));
  p = madd(p, square, f32x4.splat(5.12229709037114e-8));
  p = madd(p, square, f32x4.splat(1.48572235717979e-5));
  p = madd(p, square, f32x4.splat(6.37261928875436e-4));
  p = madd(p, square, f32x4.splat(4.89352455891786e-3));
  p = f32x4.mul(p, x);
  let q = madd(f32x4.splat(1.19825839466702e-6), square, f32x4.splat(1.18534705686654e-4));
  q = madd(q, square, f32x4.splat(2.26843463243900e-3));
  q = madd(q, square, f32x4.splat(4.89352518554385e-3));
  const size = f32x4.abs(x);
  const limit = v128.or(f32x4.splat(1), v128.and(x, f32x4.splat(-0.0)));
  const y = v128.bitselect(limit, f32x4.div(p, q), f32x4.gt(size, f32x4.splat(7.90531110763549805)));
  return v128.bitselect(x, y, f32x4.lt(size, f32x4.splat(0.0004)));
}

/** The lane values' sum, in a fixed order. */
// @ts-ignore: decorator
@inline
export function sum4(x: v128): f32 {
  return (
    f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3))
  );
}

/** The first `count` (0 to 4) floats at `pointer`; the other lanes are zero and nothing past them is read. */
// @ts-ignore: decorator
@inline
export function loadFloats(pointer: usize, count: i32): v128 {
  if (count >= 4) return v128.load(pointer);
  return loadTail(pointer, count);
}

function loadTail(pointer: usize, count: i32): v128 {
  let x = f32x4.splat(0);
  if (count > 0) x = f32x4.replace_lane(x, 0, load<f32>(pointer));
  if (count > 1) x = f32x4.replace_lane(x, 1, load<f32>(pointer, 4));
  if (count > 2) x = f32x4.replace_lane(x, 2, load<f32>(pointer, 8));
  return x;
}

/** Writes the first `count` lanes, and nothing past them. */
// @ts-ignore: decorator
@inline
export function storeFloats(pointer: usize, x: v128, count: i32): void {
  if (count >= 4) v128.store(pointer, x);
  else storeTail(pointer, x, count);
}

function storeTail(pointer: usize, x: v128, count: i32): void {
  if (count > 0) store<f32>(pointer, f32x4.extract_lane(x, 0));
  if (count > 1) store<f32>(pointer, f32x4.extract_lane(x, 1), 4);
  if (count > 2) store<f32>(pointer, f32x4.extract_lane(x, 2), 8);
}
