/**
 * The activation of the gates of the LSTM and the GRU. It is a type argument G of their functions, so each
 * activation gets its own code without branches:
 *   Sigmoid      1 / (1 + exp(−x))
 *   HardSigmoid  min(1, max(0, 0.2·x + 0.5)), the default of Keras 1 and of tfjs-layers; slope 0.2 where |x|
 *   ≤ 2.5, ends
 *                included as in tfjs, else 0
 *
 * Between the two passes `reserve` stores a gate in the form of `keepGate`: the sigmoid's value, or the hard
 * sigmoid's linear function before clipping. A clipped gate of exactly 0 or 1 would not show on which side of
 * the kink it is.
 */
import { sigmoid4 } from './vector-math';

export class Sigmoid {}
export class HardSigmoid {}

/**
 * The value of a gate to keep, from its pre-activation. The linear function is rounded twice, as in tfjs, so
 * that ±2.5 gives exactly 1 and 0.
 *
 * @inline
 */
export function keepGate<G>(x: v128): v128 {
  if (idof<G>() === idof<HardSigmoid>()) return f32x4.add(f32x4.mul(x, f32x4.splat(0.2)), f32x4.splat(0.5));
  return sigmoid4(x);
}

/** The gate, from the kept value. NaN passes through. @inline */
export function gateValue<G>(kept: v128): v128 {
  if (idof<G>() === idof<HardSigmoid>()) return f32x4.pmax(f32x4.pmin(kept, f32x4.splat(1)), f32x4.splat(0));
  return kept;
}

/** The derivative of the gate with respect to its pre-activation, from the kept value. @inline */
export function gateSlope<G>(kept: v128): v128 {
  const one = f32x4.splat(1);
  if (idof<G>() === idof<HardSigmoid>()) {
    return v128.and(f32x4.splat(0.2), v128.and(f32x4.ge(kept, f32x4.splat(0)), f32x4.le(kept, one)));
  }
  return f32x4.mul(kept, f32x4.sub(one, kept));
}
