/** Long short-term memory, with the equations of assembly/lstm.ts. Slots of `reserve`: i f g o (as `keep` has them), c, tanh(c). */
#pragma once
#include "sequence.h"

/** One vector of units: gates as pre-activations in, as they are kept out; c in place. */
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
  for (int u = 0; u < s.blocks; u++) {
    for (int p = 0; p < 2; p++) {
      Target c = f.place(t, u, p);
      if (f.stepwise) f.inputPanel(t, 0, u, p, c, nullptr);
      f.statePanel(before, u, p, c);
    }
    Target low = f.place(t, u, 0), high = f.place(t, u, 1);
    for (int r = 0; r < f.rows; r++) {
      float *h = blockAt(after, f.rows, u * W, r), *cell = f.c + f.stateAt(u, r);
      if (!f.isValid(r, t)) {
        store(h, load<V>(blockAt((float *)before, f.rows, u * W, r)));
        store_n(f.outputAt(r, t, u), splat<V>(0), lanesOf(s, u));
        continue;
      }
      V i = load<V>(low.c[0] + r * low.stride), g = load<V>(high.c[0] + r * high.stride), squashed;
      V forget = load<V>(low.c[1] + r * low.stride), o = load<V>(high.c[1] + r * high.stride), c = load<V>(cell);
      V y = lstmStep<G>(i, forget, g, o, c, squashed);
      store(cell, c);
      store(h, y);
      store_n(f.outputAt(r, t, u), y, lanesOf(s, u));
      if (!f.keeps) continue;
      float *kept = f.keptAt(r, t, u);
      store(kept, i);
      store(kept + W, forget);
      store(kept + 2 * W, g);
      store(kept + 3 * W, o);
      store(kept + 4 * W, c);
      store(kept + 5 * W, squashed);
    }
  }
}

template <class G> static void lstmForward(const Context &context, int index, int threads) {
  Forward f(context, index, threads);
  forwardRows(f, context.floats(f.args.initialC), context.floats(f.args.finalC), nullptr, lstmForwardStep<G>);
}

/** The gates of one step become the gradients of their pre-activations; dh is consumed, dc goes on to the step before. */
template <class G> static void lstmBackwardStep(Backward &b, int t) {
  const Shape &s = b.s;
  const V one = splat<V>(1), none = splat<V>(0);
  for (int u = 0; u < s.blocks; u++)
    for (int r = 0; r < b.rows; r++) {
      float *kept = b.keptAt(r, t, u), *dh = b.dh + b.stateAt(u, r), *dc = b.dc + b.stateAt(u, r);
      int length = lengthOf(b.context, b.args, b.first + r);
      if (t >= length) {
        for (int g = 0; g < 4; g++) b.give(g, kept, g, u, r, none);
        continue;
      }
      V i = load<V>(kept), f = load<V>(kept + W), g = load<V>(kept + 2 * W), o = load<V>(kept + 3 * W);
      V squashed = load<V>(kept + 5 * W), previous = b.before(r, t, length, 4, u, b.args.initialC);
      V dy = load<V>(dh) + load_n<V>(b.dOutputAt(r, t, u), lanesOf(s, u));
      V dMemory = fma_(dy * G::value(o), fnma_(squashed, squashed, one), load<V>(dc));
      b.give(0, kept, 0, u, r, dMemory * g * G::slope(i));
      b.give(1, kept, 1, u, r, dMemory * previous * G::slope(f));
      b.give(2, kept, 2, u, r, dMemory * G::value(i) * fnma_(g, g, one));
      b.give(3, kept, 3, u, r, dy * squashed * G::slope(o));
      store(dc, dMemory * G::value(f));
      store(dh, none);
    }
  b.product(0, 4, b.context.floats(b.args.packedRecurrent), b.dh, ADD);
}

template <class G> static void lstmBackward(const Context &context, int index, int threads) {
  Backward b(context, index, threads, 4);
  if (b.rows <= 0) return;
  takeRows(context.floats(b.args.dFinalH), b.s, b.first, b.rows, b.dh);
  takeRows(context.floats(b.args.dFinalC), b.s, b.first, b.rows, b.dc);
  for (int n = b.args.time - 1; n >= 0; n--) lstmBackwardStep<G>(b, b.args.reverse ? b.args.time - 1 - n : n);
  giveRows(b.dh, b.s, b.first, b.rows, context.floats(b.args.dInitialH));
  giveRows(b.dc, b.s, b.first, b.rows, context.floats(b.args.dInitialC));
}
