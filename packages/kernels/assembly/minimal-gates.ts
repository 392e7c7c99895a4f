/**
 * The gates of the minimal layers (Feng et al., 2024), type arguments R of linear-recurrence.ts. Both layers
 * blend the state with a candidate: h' = h + u ∘ (c − h). Pre-activations are in the order of `src/layers/`.
 *   MinGru   [z, c]     u = σ(z)
 *   MinLstm  [f, i, c]  u = σ(i) / (σ(f) + σ(i)), also where both σ are too small for a float
 * With `positive` the candidate is g(c) = c + ½ if c ≥ 0, else σ(c).
 */
import { inverseSigmoid4, sigmoid4 } from './vector-math';

export class MinGru {}
export class MinLstm {}

/** Number of gates of a layer; their pre-activations are contiguous. @inline */
export function minimalGateCount<R>(): i32 {
  return idof<R>() === idof<MinLstm>() ? 3 : 2;
}

/**
 * A shift that is added to the pre-activations of MinLstm's gates f and i. If both are below −20, it raises
 * the larger one to −20. In that range σ(x) equals exp(x) to a float's precision, so the ratio of the gates
 * does not change, and σ does not underflow.
 *
 * @inline
 */
export function liftOf<R>(gates: usize, gateBytes: usize): v128 {
  if (idof<R>() === idof<MinGru>()) return f32x4.splat(0);
  const larger = f32x4.pmax(v128.load(gates), v128.load(gates + gateBytes));
  return f32x4.pmax(f32x4.sub(f32x4.splat(-20), larger), f32x4.splat(0));
}

/** A gate: σ(x) for MinGru, 1 / σ(x) for MinLstm. @inline */
export function gateOf<R>(gate: usize, lift: v128): v128 {
  const x = v128.load(gate);
  return idof<R>() === idof<MinGru>() ? sigmoid4(x) : inverseSigmoid4(f32x4.add(x, lift));
}

/** The candidate's factor in the blend, from the first two gates. @inline */
export function blendOf<R>(first: v128, second: v128): v128 {
  if (idof<R>() === idof<MinGru>()) return first;
  return f32x4.div(first, f32x4.add(first, second));
}

/** The candidate, from its pre-activation c and s = σ(c). @inline */
export function candidateOf(c: v128, s: v128): v128 {
  return v128.bitselect(f32x4.add(c, f32x4.splat(0.5)), s, f32x4.ge(c, f32x4.splat(0)));
}

/** The candidate's derivative with respect to c. @inline */
export function candidateSlope(c: v128, s: v128): v128 {
  const one = f32x4.splat(1);
  return v128.bitselect(one, f32x4.mul(s, f32x4.sub(one, s)), f32x4.ge(c, f32x4.splat(0)));
}
