/**
 * The gates of the minimal layers (Feng et al., 2024), type arguments R of linear-recurrence.ts. Both blend the
 * state with a candidate: h' = h + u ∘ (c − h). Pre-activations lie in the order of `src/layers/`.
 *   MinGru   [z, c]     u = σ(z)
 *   MinLstm  [f, i, c]  u = σ(i) / (σ(f) + σ(i))
 * With `positive` the candidate is g(c) = c + ½ where c ≥ 0, else σ(c).
 */
export class MinGru {}
export class MinLstm {}

/** Gates of a layer, whose pre-activations stand one after the other. @inline */
export function minimalGateCount<R>(): i32 {
  return idof<R>() === idof<MinLstm>() ? 3 : 2;
}

/** What the blend takes of the candidate, from the first two squashed gates. @inline */
export function blendOf<R>(first: v128, second: v128): v128 {
  if (idof<R>() === idof<MinGru>()) return first;
  return f32x4.div(second, f32x4.add(first, second));
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
