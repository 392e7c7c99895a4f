/**
 * Draws an id from logits. Temperature 0 chooses the first largest logit. Otherwise mulberry32 (a 32-bit
 * generator whose state the caller keeps) gives one number u in [0, 1), and the result is the first id whose
 * cumulative softmax(logits / temperature) exceeds u · total, summed in order. With topK > 0 only ids whose
 * logit is at least the k-th largest are considered.
 */
import { rowMaximum } from './softmax-cross-entropy';
import { exp4, loadFloats } from './vector-math';

/** The next state of mulberry32. @inline */
export function nextState(state: u32): u32 {
  return state + 0x6d2b79f5;
}

/** mulberry32's number for a state, in [0, 1). */
function uniform(state: u32): f64 {
  let t = state;
  t = (t ^ (t >> 15)) * (t | 1);
  t ^= t + (t ^ (t >> 7)) * (t | 61);
  return <f64>(t ^ (t >> 14)) / 4294967296.0;
}

function argMax(logits: usize, classes: i32): i32 {
  let best = 0;
  let top = load<f32>(logits);
  for (let j = 1; j < classes; j++) {
    const value = load<f32>(logits + ((<usize>j) << 2));
    if (value > top) {
      top = value;
      best = j;
    }
  }
  return best;
}

/** The k-th largest logit, found by k passes; k is small. */
function kthLargest(logits: usize, classes: i32, k: i32): f32 {
  let limit: f32 = Infinity;
  let seen = 0;
  while (true) {
    let top: f32 = -Infinity;
    let count = 0;
    for (let j = 0; j < classes; j++) {
      const value = load<f32>(logits + ((<usize>j) << 2));
      if (value < limit) {
        if (value > top) {
          top = value;
          count = 1;
        } else if (value === top) count++;
      }
    }
    seen += count;
    if (seen >= k || count === 0) return top;
    limit = top;
  }
}

/** Draws an id with the generator's `state`. `weights` is scratch for `classes` floats, rounded up to 4. */
export function draw(
  logits: usize,
  classes: i32,
  temperature: f32,
  topK: i32,
  state: u32,
  weights: usize,
): i32 {
  if (temperature <= 0) return argMax(logits, classes);
  const least = topK > 0 && topK < classes ? kthLargest(logits, classes, topK) : -Infinity;
  const shift = f32x4.splat(rowMaximum(logits, classes));
  const scale = f32x4.splat(1 / temperature);
  const limit = f32x4.splat(least);
  for (let j = 0; j < classes; j += 4) {
    const x = loadFloats(logits + ((<usize>j) << 2), classes - j);
    const y = exp4(f32x4.mul(f32x4.sub(x, shift), scale));
    v128.store(weights + ((<usize>j) << 2), v128.and(y, f32x4.ge(x, limit)));
  }
  let total: f64 = 0;
  for (let j = 0; j < classes; j++) total += <f64>load<f32>(weights + ((<usize>j) << 2));
  const goal = uniform(state) * total;
  let sum: f64 = 0;
  for (let j = 0; j < classes; j++) {
    sum += <f64>load<f32>(weights + ((<usize>j) << 2));
    if (sum > goal) return j;
  }
  // The logits are not numbers.
  return argMax(logits, classes);
}
