/**
 * Sparse softmax cross-entropy: loss[n] = log Σ_v exp(logits[n,v] − m) − (logits[n, id[n]] − m), where m is
 * the row's maximum, which prevents overflow. The gradient is (softmax(logits[n]) − onehot(id[n])) ·
 * dLoss[n], with softmax as exp((logits − m) − log Σ). The maximum and the logarithm are stored separately,
 * because adding them loses digits: of logits of about 1e6 only one would remain. Threads split the rows.
 *
 * With smoothing ε the target is (1 − ε) · onehot + ε/V: loss[n] = log Σ − ((1 − ε)(logits[n, id[n]] − m) +
 * ε/V Σ_v (logits[n,v] − m)), gradient (softmax − ε/V − (1 − ε) · onehot) · dLoss[n]. Without smoothing the
 * bits are those of the formula above.
 */
import { CrossEntropyArguments } from './generated/abi';
import { rangeBoundary } from './sequence';
import { exp4, loadFloats, storeFloats, sum4 } from './vector-math';

export function rowMaximum(row: usize, classes: i32): f32 {
  let best = f32x4.splat(-Infinity);
  let j = 0;
  for (; j + 4 <= classes; j += 4) best = f32x4.max(best, v128.load(row + ((<usize>j) << 2)));
  let top = max(
    max(f32x4.extract_lane(best, 0), f32x4.extract_lane(best, 1)),
    max(f32x4.extract_lane(best, 2), f32x4.extract_lane(best, 3)),
  );
  for (; j < classes; j++) top = max(top, load<f32>(row + ((<usize>j) << 2)));
  return top;
}

/** The loss with smoothing, without log Σ; `target` is the target's logit minus the maximum. */
function smoothed(args: CrossEntropyArguments, row: usize, top: f32, target: f32): f32 {
  const classes = args.classes;
  const shift = f32x4.splat(top);
  let sum = f32x4.splat(0);
  for (let j = 0; j < classes; j += 4) {
    const rest = classes - j;
    const x = f32x4.sub(loadFloats(row + ((<usize>j) << 2), rest), shift);
    const lanes = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(rest));
    sum = f32x4.add(sum, v128.bitselect(x, f32x4.splat(0), lanes));
  }
  const own: f32 = (1 - args.smoothing) * target;
  return own + (args.smoothing / <f32>classes) * sum4(sum);
}

export function crossEntropyForward(args: CrossEntropyArguments, index: i32, threads: i32): void {
  const end = rangeBoundary(args.rows, index + 1, threads);
  const classes = args.classes;
  for (let n = rangeBoundary(args.rows, index, threads); n < end; n++) {
    const row = args.logits + ((<usize>n * <usize>classes) << 2);
    const top = rowMaximum(row, classes);
    const shift = f32x4.splat(top);
    let sum = f32x4.splat(0);
    let j = 0;
    for (; j + 4 <= classes; j += 4)
      sum = f32x4.add(sum, exp4(f32x4.sub(v128.load(row + ((<usize>j) << 2)), shift)));
    if (j < classes) {
      // Lanes past the end are set to −Infinity, whose exp is 0.
      const rest = classes - j;
      const x = f32x4.sub(loadFloats(row + ((<usize>j) << 2), rest), shift);
      const lanes = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(rest));
      sum = f32x4.add(sum, exp4(v128.bitselect(x, f32x4.splat(-Infinity), lanes)));
    }
    const logSum = <f32>Math.log(<f64>sum4(sum));
    const id = load<i32>(args.ids + ((<usize>n) << 2));
    store<f32>(args.maximum + ((<usize>n) << 2), top);
    store<f32>(args.logSum + ((<usize>n) << 2), logSum);
    let target: f32 = load<f32>(row + ((<usize>id) << 2)) - top;
    if (args.smoothing !== 0) target = smoothed(args, row, top, target);
    store<f32>(args.loss + ((<usize>n) << 2), logSum - target);
  }
}

export function crossEntropyBackward(args: CrossEntropyArguments, index: i32, threads: i32): void {
  const end = rangeBoundary(args.rows, index + 1, threads);
  const classes = args.classes;
  const share = f32x4.splat(args.smoothing / <f32>classes);
  for (let n = rangeBoundary(args.rows, index, threads); n < end; n++) {
    const offset = (<usize>n * <usize>classes) << 2;
    const row = args.logits + offset;
    const target = args.dLogits + offset;
    const scale = load<f32>(args.dLoss + ((<usize>n) << 2));
    if (scale === 0) {
      // The row has no weight, so its logits may be anything: past a row's length they may be NaN.
      memory.fill(target, 0, (<usize>classes) << 2);
      continue;
    }
    const shift = f32x4.splat(load<f32>(args.maximum + ((<usize>n) << 2)));
    const logSum = f32x4.splat(load<f32>(args.logSum + ((<usize>n) << 2)));
    const weight = f32x4.splat(scale);
    for (let j = 0; j < classes; j += 4) {
      const rest = classes - j;
      const x = f32x4.sub(loadFloats(row + ((<usize>j) << 2), rest), shift);
      const p = exp4(f32x4.sub(x, logSum));
      storeFloats(target + ((<usize>j) << 2), f32x4.mul(f32x4.sub(p, share), weight), rest);
    }
    const own = target + ((<usize>load<i32>(args.ids + ((<usize>n) << 2))) << 2);
    store<f32>(own, load<f32>(own) - (1 - args.smoothing) * scale);
  }
}
