/**
 * Clips gradients and updates all parameters in one pass.
 *
 *   global norm  n = sqrt(Σ g²), summed in float64 per tensor in blocks; scale = min(1, limit / n)
 *   value clip   g ← min(max(g, −limit), limit), after the scale
 *   SGD          v ← momentum·v + g;  p ← p − rate·v   (momentum 0 has no slot: p ← p − rate·g)
 *   RMSprop      s ← decay·s + (1−decay)·g²;  m ← momentum·m + rate·g / sqrt(s + epsilon);  p ← p − m
 *                (TensorFlow's, epsilon inside the root)
 *   Adam         m ← β₁·m + (1−β₁)·g;  v ← β₂·v + (1−β₂)·g²;  p ← p − rateₜ·m / (sqrt(v) + epsilonₜ)
 *                rateₜ and epsilonₜ come from the caller, who does the bias correction in float64
 *                (D. Kingma, J. Ba, ICLR 2015). With weight decay p is first multiplied by 1 − rate·λ (AdamW;
 *                I. Loshchilov,
 *                F. Hutter, ICLR 2019).
 *
 * Threads split every tensor into ranges of 4 floats; an element's update does not depend on other elements.
 * Each block of 4,096 floats of a tensor is summed for the norm by one thread. The sums of the blocks are
 * then added in order.
 */
import { OptimizerCode, SUM_BLOCK, UpdateArguments, UpdateRow } from './generated/abi';
import { rangeBoundary } from './sequence';
import { loadFloats, storeFloats } from './vector-math';

/** @inline */
function rowAt(args: UpdateArguments, n: i32): UpdateRow {
  return changetype<UpdateRow>(args.table + <usize>n * offsetof<UpdateRow>());
}

/** Writes Σ g² of each block to `sums`; threads take the blocks in turn. */
export function gradientSquares(args: UpdateArguments, index: i32, threads: i32): void {
  let block = 0;
  for (let n = 0; n < args.tensors; n++) {
    const row = rowAt(args, n);
    const count = row.count;
    for (let first = 0; first < count; first += SUM_BLOCK) {
      if (block % threads === index) {
        store<f64>(
          args.sums + ((<usize>block) << 3),
          blockSquares(row.gradient + ((<usize>first) << 2), min(SUM_BLOCK, count - first)),
        );
      }
      block++;
    }
  }
}

function blockSquares(gradient: usize, count: i32): f64 {
  let low = f64x2.splat(0);
  let high = low;
  for (let j = 0; j < count; j += 4) {
    const g = loadFloats(gradient + ((<usize>j) << 2), count - j);
    const a = f64x2.promote_low_f32x4(g);
    const b = f64x2.promote_low_f32x4(v128.shuffle<f32>(g, g, 2, 3, 2, 3));
    low = f64x2.add(low, f64x2.mul(a, a));
    high = f64x2.add(high, f64x2.mul(b, b));
  }
  const sum = f64x2.add(low, high);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

export function updateParameters(args: UpdateArguments, index: i32, threads: i32): void {
  for (let n = 0; n < args.tensors; n++) {
    const row = rowAt(args, n);
    const count = row.count;
    const groups = (count + 3) >> 2;
    const first = rangeBoundary(groups, index, threads) << 2;
    const end = min(count, rangeBoundary(groups, index + 1, threads) << 2);
    if (args.kind === OptimizerCode.adam) adam(args, row, first, end);
    else if (args.kind === OptimizerCode.rmsprop) rmsprop(args, row, first, end);
    else sgd(args, row, first, end);
  }
}

/** @inline */
function clipped(args: UpdateArguments, gradient: usize, count: i32): v128 {
  const g = f32x4.mul(loadFloats(gradient, count), f32x4.splat(args.scale));
  if (args.limit === 0) return g;
  const limit = f32x4.splat(args.limit);
  return f32x4.pmax(f32x4.pmin(g, limit), f32x4.neg(limit));
}

function adam(args: UpdateArguments, row: UpdateRow, first: i32, end: i32): void {
  const p = row.parameter;
  const gradient = row.gradient;
  const m = row.slot1;
  const v = row.slot2;
  const one = f32x4.splat(1);
  const decay1 = f32x4.splat(args.decay1);
  const decay2 = f32x4.splat(args.decay2);
  const rest1 = f32x4.sub(one, decay1);
  const rest2 = f32x4.sub(one, decay2);
  const rate = f32x4.splat(args.rate);
  const epsilon = f32x4.splat(args.epsilon);
  const kept = f32x4.splat(row.kept);
  for (let j = first; j < end; j += 4) {
    const o = (<usize>j) << 2;
    const real = end - j;
    const g = clipped(args, gradient + o, real);
    const mean = f32x4.add(f32x4.mul(decay1, loadFloats(m + o, real)), f32x4.mul(rest1, g));
    const square = f32x4.add(f32x4.mul(decay2, loadFloats(v + o, real)), f32x4.mul(rest2, f32x4.mul(g, g)));
    const step = f32x4.div(f32x4.mul(rate, mean), f32x4.add(f32x4.sqrt(square), epsilon));
    storeFloats(m + o, mean, real);
    storeFloats(v + o, square, real);
    storeFloats(p + o, f32x4.sub(f32x4.mul(loadFloats(p + o, real), kept), step), real);
  }
}

function rmsprop(args: UpdateArguments, row: UpdateRow, first: i32, end: i32): void {
  const p = row.parameter;
  const gradient = row.gradient;
  const s = row.slot1;
  const m = row.slot2;
  const decay = f32x4.splat(args.decay1);
  const rest = f32x4.sub(f32x4.splat(1), decay);
  const rate = f32x4.splat(args.rate);
  const epsilon = f32x4.splat(args.epsilon);
  const momentum = f32x4.splat(args.momentum);
  for (let j = first; j < end; j += 4) {
    const o = (<usize>j) << 2;
    const real = end - j;
    const g = clipped(args, gradient + o, real);
    const square = f32x4.add(f32x4.mul(decay, loadFloats(s + o, real)), f32x4.mul(rest, f32x4.mul(g, g)));
    let step = f32x4.div(f32x4.mul(rate, g), f32x4.sqrt(f32x4.add(square, epsilon)));
    storeFloats(s + o, square, real);
    if (m) {
      step = f32x4.add(f32x4.mul(momentum, loadFloats(m + o, real)), step);
      storeFloats(m + o, step, real);
    }
    storeFloats(p + o, f32x4.sub(loadFloats(p + o, real), step), real);
  }
}

function sgd(args: UpdateArguments, row: UpdateRow, first: i32, end: i32): void {
  const p = row.parameter;
  const gradient = row.gradient;
  const v = row.slot1;
  const rate = f32x4.splat(args.rate);
  const momentum = f32x4.splat(args.momentum);
  for (let j = first; j < end; j += 4) {
    const o = (<usize>j) << 2;
    const real = end - j;
    let g = clipped(args, gradient + o, real);
    if (v) {
      g = f32x4.add(f32x4.mul(momentum, loadFloats(v + o, real)), g);
      storeFloats(v + o, g, real);
    }
    storeFloats(p + o, f32x4.sub(loadFloats(p + o, real), f32x4.mul(rate, g)), real);
  }
}
