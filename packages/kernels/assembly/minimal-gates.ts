/**
 * The gates of the minimal layers (Feng et al., 2024), type arguments R of linear-recurrence.ts. Both blend
 * the state with a candidate: h' = h + u ∘ (c − h). Pre-activations lie in the order of `src/layers/`.
 *   MinGru   [z, c]     u = σ(z)
 *   MinLstm  [f, i, c]  u = σ(i) / (σ(f) + σ(i)), also where both σ are too small for a float
 * With `positive` the candidate is g(c) = c + ½ where c ≥ 0, else σ(c).
 */
import { inverseSigmoid4, sigmoid4 } from './vector-math';

export class MinGru {}
export class MinLstm {}

/** Number of gates of a layer, whose pre-activations are consecutive. @inline */
export function minimalGateCount<R>(): i32 {
  return idof<R>() === idof<MinLstm>() ? 3 : 2;
}

/**
 * The shift of the pre-activations of the MinLstm's gates f and i. If both are below −20 it raises the larger
 * to −20: σ(x) is exp(x) there, to a float's precision, so their ratio is unchanged, where both σ would be
 * too small for a float.
 *
 * @inline
 */
export function liftOf<R>(gates: usize, gateBytes: usize): v128 {
  if (idof<R>() === idof<MinGru>()) return f32x4.splat(0);
  const larger = f32x4.pmax(v128.load(gates), v128.load(gates + gateBytes));
  return f32x4.pmax(f32x4.sub(f32x4.splat(-20), larger), f32x4.splat(0));
}

/** A gate: σ(x) of the MinGru, 1 / σ(x) of the MinLstm. @inline */
export function gateOf<R>(gate: usize, lift: v128): v128 {
  const x = v128.load(gate);
  return idof<R>() === idof<MinGru>() ? sigmoid4(x) : inverseSigmoid4(f32x4.add(x, lift));
}

/** The factor of the candidate in the blend, from the first two gates. @inline */
export function blendOf<R>(first: v128, second: v128): v128 {
  if (idof<R>() === idof<MinGru>()) return first;
  return f32x4.div(first, f32x4.add(first, second));
}

/** The candidate, from its pre-activation c and s = σ(c). @inline */
export function candidateOf(c: v128, s: v128): v128 {
  return v128.bitselect(f32x4.add(c, f32x4.splat(0.5)), s, f32x4.ge(c, f32x4.splat(0)));
}

/** Its derivative by c. @inline */
export function candidateSlope(c: v128, s: v128): v128 {
  const one = f32x4.splat(1);
  return v128.bitselect(one, f32x4.mul(s, f32x4.sub(one, s)), f32x4.ge(c, f32x4.splat(0)));
}
