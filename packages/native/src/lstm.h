/**
 * Long short-term memory, with the equations of assembly/lstm.ts. Slots of `reserve`: i f g o (as `keep` has
 * them), c, tanh(c).
 */
#pragma once
#include "sequence-backward.h"

/** One vector of units: gates as pre-activations in, as stored gates out; c in place. */
template <class G, class T> static INLINE T lstmStep(T &i, T &f, T &g, T &o, T &c, T &squashed) {
  i = G::keep(i);
  f = G::keep(f);
  g = hyperbolicTangent(g);
  o = G::keep(o);
  T added = G::value(i) * g;
  c = fma_(G::value(f), c, added);
  squashed = hyperbolicTangent(c);
  return G::value(o) * squashed;
}

template <class G> static void lstmForwardStep(Forward &f, int t, const float *before, float *after) {
  const Shape &s = f.s;
  for (int u = f.block; u < f.endBlock; u++) {
    Target low = f.place(t, u, 0), high = f.place(t, u, 1);
    f.wholePanel(t, before, u, 0, low);
    f.wholePanel(t, before, u, 1, high);
    // Vectors are stored as any type at all: what a row needs is read before the rows, or it would be read
    // again after every store.
    const int rows = f.rows, lanes = lanesOf(s, u);
    const bool keeps = f.keeps;
    const int32_t *lengths = f.lengths();
    const ptrdiff_t outputStride = f.outputStride(), next = f.args.reverse ? -s.units : s.units;
    const float *old = blockAt((float *)before, rows, u * W, 0);
    float *h = blockAt(after, rows, u * W, 0), *cell = f.c + f.stateAt(u, 0), *output = f.outputAt(0, t, u);
    float *kept[3] = {f.keptAt(0, t, u, 0), f.keptAt(0, t, u, 2), f.keptAt(0, t, u, 4)};
    for (int r = 0; r < rows; r++, old += BLOCK, h += BLOCK, cell += W, output += outputStride) {
      if (lengths && t >= lengths[r]) {
        store(h, load<V>(old));
        store_n(output, splat<V>(0), lanes);
        continue;
      }
      V i = load<V>(low.c[0] + r * low.stride), g = load<V>(high.c[0] + r * high.stride), squashed;
      V forget = load<V>(low.c[1] + r * low.stride), o = load<V>(high.c[1] + r * high.stride), c = load<V>(cell);
      V y = lstmStep<G>(i, forget, g, o, c, squashed);
      store(cell, c);
      store(h, y);
      store_n(output, y, lanes);
      __builtin_prefetch(output + next, 1, 2);
      if (!keeps) continue;
      storePair(kept[0] + r * PANEL, i, forget);
      storePair(kept[1] + r * PANEL, g, o);
      storePair(kept[2] + r * PANEL, c, squashed);
    }
  }
}

template <class G> static void lstmForward(const Context &context, int index, int threads) {
  Forward f(context, index, threads);
  forwardRows(f, context.floats(f.args.initialC), context.floats(f.args.finalC), nullptr, lstmForwardStep<G>);
}

/**
 * The gates of one step become the gradients of their pre-activations; dh is consumed, dc is passed to the
 * step before.
 */
template <class G> static void lstmBackwardStep(Backward &b, int t) {
  const Shape &s = b.s;
  const V one = splat<V>(1), none = splat<V>(0);
  // The rows of a step are far apart, so no processor foresees those of the next.
  const ptrdiff_t next = b.args.reverse ? s.units : -s.units;
  for (int u = 0; u < s.blocks; u++)
    for (int r = 0; r < b.rows; r++) {
      float *low = b.keptAt(r, t, u, 0), *high = b.keptAt(r, t, u, 2), *dh = b.dh + b.stateAt(u, r), *dc = b.dc + b.stateAt(u, r);
      int length = lengthOf(b.context, b.args, b.first + r);
      if (t >= length) {
        for (int v = 0; v < 2; v++) store(low + v * W, none), store(high + v * W, none);
        continue;
      }
      V i = load<V>(low), f = load<V>(low + W), g = load<V>(high), o = load<V>(high + W);
      V squashed = load<V>(b.keptAt(r, t, u, 5)), previous = b.before(r, t, length, 4, u, b.args.initialC);
      const float *dOutput = b.dOutputAt(r, t, u);
      __builtin_prefetch(dOutput + next, 0, 2);
      V dy = load<V>(dh) + load_n<V>(dOutput, lanesOf(s, u));
      V dMemory = fma_(dy * G::value(o), fnma_(squashed, squashed, one), load<V>(dc));
      store(low, dMemory * g * G::slope(i));
      store(low + W, dMemory * previous * G::slope(f));
      store(high, dMemory * G::value(i) * fnma_(g, g, one));
      store(high + W, dy * squashed * G::slope(o));
      store(dc, dMemory * G::value(f));
      store(dh, none);
    }
  b.product(t, 0, 4, b.context.floats(b.args.packedRecurrent), b.dh, ADD);
}

template <class G> static void lstmBackward(const Context &context, int index, int threads) {
  Backward b(context, index, threads);
  if (b.rows <= 0) return;
  takeRows(context.floats(b.args.dFinalH), b.s, b.first, b.rows, b.dh);
  takeRows(context.floats(b.args.dFinalC), b.s, b.first, b.rows, b.dc);
  for (int n = b.args.time - 1; n >= 0; n--) lstmBackwardStep<G>(b, b.args.reverse ? b.args.time - 1 - n : n);
  giveRows(b.dh, b.s, 0, b.s.blocks, b.first, b.rows, context.floats(b.args.dInitialH));
  giveRows(b.dc, b.s, 0, b.s.blocks, b.first, b.rows, context.floats(b.args.dInitialC));
}
