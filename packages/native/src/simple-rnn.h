/** Simple recurrent network, h_t = φ(x_t·W + h_(t−1)·R + b), φ = tanh or relu. The slot of `reserve`: h_t. */
#pragma once
#include "sequence-backward.h"

/** φ; a relu that lets NaN through. */
template <class T> static INLINE T rnnStep(T a, bool relu) { return relu ? pmax(a, splat<T>(0)) : hyperbolicTangent(a); }

static void rnnForwardStep(Forward &f, int t, const float *before, float *after) {
  const Shape &s = f.s;
  bool relu = f.args.layer == UNROLLED_LAYER_CODE_SIMPLE_RNN_RELU;
  for (int u = f.block; u < f.endBlock; u++) {
    Target c = f.place(t, u, 0);
    f.wholePanel(t, before, u, 0, c);
    for (int r = 0; r < f.rows; r++) {
      float *h = blockAt(after, f.rows, u * W, r);
      bool valid = f.isValid(r, t);
      V y = valid ? rnnStep(load<V>(c.c[0] + r * c.stride), relu) : load<V>(blockAt((float *)before, f.rows, u * W, r));
      store(h, y);
      store_n(f.outputAt(r, t, u), valid ? y : splat<V>(0), lanesOf(s, u));
      if (f.keeps && valid) store(f.keptAt(r, t, u, 0), y);
    }
  }
}

static void rnnForward(const Context &context, int index, int threads) {
  Forward f(context, index, threads);
  forwardRows(f, nullptr, nullptr, nullptr, rnnForwardStep);
}

static void rnnBackwardStep(Backward &b, int t) {
  bool relu = b.args.layer == UNROLLED_LAYER_CODE_SIMPLE_RNN_RELU;
  const V one = splat<V>(1), none = splat<V>(0);
  for (int u = 0; u < b.s.blocks; u++)
    for (int r = 0; r < b.rows; r++) {
      float *kept = b.keptAt(r, t, u, 0), *dh = b.dh + b.stateAt(u, r);
      if (t >= lengthOf(b.context, b.args, b.first + r)) {
        store(kept, none);
        continue;
      }
      V y = load<V>(kept), dy = load<V>(dh) + load_n<V>(b.dOutputAt(r, t, u), lanesOf(b.s, u));
      store(kept, relu ? less(none, y, dy, none) : dy * fnma_(y, y, one));
      store(dh, none);
    }
  b.product(t, 0, 1, b.context.floats(b.args.packedRecurrent), b.dh, ADD);
}

static void rnnBackward(const Context &context, int index, int threads) {
  Backward b(context, index, threads);
  if (b.rows <= 0) return;
  takeRows(context.floats(b.args.dFinalH), b.s, b.first, b.rows, b.dh);
  for (int n = b.args.time - 1; n >= 0; n--) rnnBackwardStep(b, b.args.reverse ? b.args.time - 1 - n : n);
  giveRows(b.dh, b.s, 0, b.s.blocks, b.first, b.rows, context.floats(b.args.dInitialH));
}
