/**
 * Gated recurrent unit, reset-after and reset-before, with the equations of assembly/gru.ts. Slots of
 * `reserve`: z r n (activated; z r as `keep` has them), h·Rn + b'n (reset-after) or r ∘ h (reset-before), h'.
 * The backward pass leaves dz dr dn in the first three, and reset-after d(h·Rn) in the fourth.
 */
#pragma once
#include "sequence-backward.h"

/** The new state from the gate z, the candidate's pre-activation and the state before. */
template <class G, class T> static INLINE T gruStep(T z, T &candidate, T h) {
  candidate = hyperbolicTangent(candidate);
  return fma_(G::value(z), h - candidate, candidate);
}

static INLINE void keepGru(const Forward &f, int r, int t, int block, V z, V reset, V candidate, V third, V y) {
  float *low = f.keptAt(r, t, block, 0), *high = f.keptAt(r, t, block, 2);
  store(low, z);
  store(low + W, reset);
  store(high, candidate);
  store(high + W, third);
  store(f.keptAt(r, t, block, 4), y);
}

/** A row past its length keeps its state, and its output is 0. */
static INLINE bool standsStill(const Forward &f, int r, int t, int block, const float *before, float *after) {
  if (f.isValid(r, t)) return false;
  store(blockAt(after, f.rows, block * W, r), load<V>(blockAt((float *)before, f.rows, block * W, r)));
  store_n(f.outputAt(r, t, block), splat<V>(0), lanesOf(f.s, block));
  return true;
}

template <class G> static void gruAfterStep(Forward &f, int t, const float *before, float *after) {
  const Shape &s = f.s;
  float second[PANEL], third[PANEL];
  for (int u = f.block; u < f.endBlock; u++) {
    Target zr = f.place(t, u, 0), n = f.place(t, u, 1), own = f.slotPlace(t, u, 3);
    f.biasOf(f.args.recurrentBias, u, 0, 2, second);
    f.biasOf(f.args.recurrentBias, u, 2, 1, third);
    f.wholePanel(t, before, u, 0, zr, second);
    if (f.stepwise) f.inputPanel(t, 0, u, 1, n, nullptr);
    f.statePanel(before, u, 1, own, BIAS, third);
    for (int r = 0; r < f.rows; r++) {
      if (standsStill(f, r, t, u, before, after)) continue;
      V z = G::keep(load<V>(zr.c[0] + r * zr.stride)), reset = G::keep(load<V>(zr.c[1] + r * zr.stride));
      V h = load<V>(own.c[0] + r * own.stride);
      V candidate = fma_(G::value(reset), h, load<V>(n.c[0] + r * n.stride));
      V y = gruStep<G>(z, candidate, load<V>(blockAt((float *)before, f.rows, u * W, r)));
      store(blockAt(after, f.rows, u * W, r), y);
      store_n(f.outputAt(r, t, u), y, lanesOf(s, u));
      if (f.keeps) keepGru(f, r, t, u, z, reset, candidate, h, y);
    }
  }
}

/** All of r ∘ h comes before any candidate: `more` holds it, in blocks of 16, then z. */
template <class G> static void gruBeforeStep(Forward &f, int t, const float *before, float *after) {
  const Shape &s = f.s;
  float *reset = f.more, *gates = f.more + blockFloats(f.rows, s.padded());
  for (int u = 0; u < s.blocks; u++) {
    Target zr = f.place(t, u, 0);
    f.wholePanel(t, before, u, 0, zr);
    for (int r = 0; r < f.rows; r++) {
      V kept = G::keep(load<V>(zr.c[1] + r * zr.stride));
      store(gates + f.stateAt(u, r), G::keep(load<V>(zr.c[0] + r * zr.stride)));
      store(blockAt(reset, f.rows, u * W, r), G::value(kept) * load<V>(blockAt((float *)before, f.rows, u * W, r)));
      if (f.keeps) store(f.keptAt(r, t, u, 1), kept);
    }
  }
  for (int u = 0; u < s.blocks; u++) {
    Target n = f.place(t, u, 1);
    f.wholePanel(t, reset, u, 1, n);
    for (int r = 0; r < f.rows; r++) {
      if (standsStill(f, r, t, u, before, after)) continue;
      V z = load<V>(gates + f.stateAt(u, r)), candidate = load<V>(n.c[0] + r * n.stride);
      V y = gruStep<G>(z, candidate, load<V>(blockAt((float *)before, f.rows, u * W, r)));
      store(blockAt(after, f.rows, u * W, r), y);
      store_n(f.outputAt(r, t, u), y, lanesOf(s, u));
      if (f.keeps)
        keepGru(f, r, t, u, z, load<V>(f.keptAt(r, t, u, 1)), candidate, load<V>(blockAt(reset, f.rows, u * W, r)), y);
    }
  }
}

template <class G> static void gruForward(const Context &context, int index, int threads) {
  Forward f(context, index, threads);
  bool after = f.args.layer == UNROLLED_LAYER_CODE_GRU_RESET_AFTER;
  const float *second = after ? context.floats(f.args.recurrentBias) : nullptr;
  forwardRows(f, nullptr, nullptr, second, after ? gruAfterStep<G> : gruBeforeStep<G>);
}

/**
 * One step's gates back to dz, dn and, reset-after, dr and d(h·Rn); dh keeps z ∘ dh, the products add the
 * rest.
 */
template <class G> static void gruGatesBack(Backward &b, int t, bool after) {
  const V one = splat<V>(1), none = splat<V>(0);
  for (int u = 0; u < b.s.blocks; u++)
    for (int r = 0; r < b.rows; r++) {
      float *low = b.keptAt(r, t, u, 0), *high = b.keptAt(r, t, u, 2), *dh = b.dh + b.stateAt(u, r);
      int length = lengthOf(b.context, b.args, b.first + r);
      if (t >= length) {
        for (int v = 0; v < 2; v++) store(low + v * W, none), store(high + v * W, none);
        continue;
      }
      V z = load<V>(low), reset = load<V>(low + W), n = load<V>(high), value = G::value(z);
      V dy = load<V>(dh) + load_n<V>(b.dOutputAt(r, t, u), lanesOf(b.s, u));
      V dn = dy * (one - value) * fnma_(n, n, one);
      store(low, dy * (b.before(r, t, length, 4, u, b.args.initialH) - n) * G::slope(z));
      store(high, dn);
      store(dh, dy * value);
      if (!after) continue;
      store(low + W, dn * load<V>(high + W) * G::slope(reset));
      store(high + W, dn * G::value(reset));
    }
}

/** Reset-before: dr and the share of dh that came through r ∘ h. */
template <class G> static void gruResetBack(Backward &b, int t) {
  for (int u = 0; u < b.s.blocks; u++)
    for (int r = 0; r < b.rows; r++) {
      int length = lengthOf(b.context, b.args, b.first + r);
      if (t >= length) continue;
      float *kept = b.keptAt(r, t, u, 1), *dh = b.dh + b.stateAt(u, r);
      V reset = load<V>(kept), d = load<V>(b.dReset + b.stateAt(u, r));
      store(dh, fma_(d, G::value(reset), load<V>(dh)));
      store(kept, d * b.before(r, t, length, 4, u, b.args.initialH) * G::slope(reset));
    }
}

template <class G> static void gruBackward(const Context &context, int index, int threads) {
  Backward b(context, index, threads);
  if (b.rows <= 0) return;
  bool after = b.args.layer == UNROLLED_LAYER_CODE_GRU_RESET_AFTER;
  const float *packed = context.floats(b.args.packedRecurrent), *candidate = packed + panelFloats(2 * b.s.units, b.s.units);
  takeRows(context.floats(b.args.dFinalH), b.s, b.first, b.rows, b.dh);
  for (int step = b.args.time - 1; step >= 0; step--) {
    int t = b.args.reverse ? b.args.time - 1 - step : step;
    gruGatesBack<G>(b, t, after);
    if (after) b.product(t, 3, 1, candidate, b.dh, ADD);
    else {
      b.product(t, 2, 1, candidate, b.dReset, ZERO);
      gruResetBack<G>(b, t);
    }
    b.product(t, 0, 2, packed, b.dh, ADD);
  }
  giveRows(b.dh, b.s, 0, b.s.blocks, b.first, b.rows, context.floats(b.args.dInitialH));
}
