/**
 * The linear recurrence h_t = a_t ∘ h_(t−1) + b_t and its gradient, as in assembly/linear-recurrence.ts and
 * minimal-gates.ts. The type R determines a and b: Coefficients reads them, MinGru and MinLstm compute them
 * from pre-activations. Shares are rows and blocks of their columns.
 */
#pragma once
#include "job.h"
#include "vector-math.h"

typedef UnrolledRecurrenceArguments RecurrenceArguments;

/** `width` is the number of floats of `a` per unit and step. */
struct Coefficients {
  enum { width = 1 };
};
struct MinGru {
  enum { width = 2 };
  static INLINE V lift(const float *, int64_t, int) { return splat<V>(0.0f); }
  static INLINE V gate(V x, V) { return sigmoid(x); }
  static INLINE V blend(V first, V) { return first; }
};
/**
 * A gate is 1 / σ(x). If both gates are below −20, the larger one is raised to −20, which keeps their ratio.
 */
struct MinLstm {
  enum { width = 3 };
  static INLINE V lift(const float *gates, int64_t units, int n) {
    V larger = pmax(load_n<V>(gates, n), load_n<V>(gates + units, n));
    return pmax(splat<V>(-20.0f) - larger, splat<V>(0.0f));
  }
  static INLINE V gate(V x, V lift) { return inverseSigmoid(x + lift); }
  static INLINE V blend(V first, V second) { return first / (first + second); }
};

/** Number of columns that are assigned to a share together. */
enum { RECURRENCE_BLOCK = 256 };

/** Some columns of one row, and their positions in the arrays. */
template <class R> struct RecurrenceBlock {
  const Context &context;
  const RecurrenceArguments &args;
  int row, from, count, length;
  int64_t units, state;
  RecurrenceBlock(const Context &context, const RecurrenceArguments &args, int row, int from)
      : context(context), args(args), row(row), from(from), count(smaller(args.units - from, RECURRENCE_BLOCK)),
        length(args.lengths ? context.integers(args.lengths)[row] : args.time), units(args.units), state(row * units + from) {}

  /** Step t in an array of `width` floats per unit. */
  float *at(uint32_t array, int t, int width = 1) const { return context.floats(array) + ((int64_t)row * args.time + t) * width * units + from; }
  int stepAt(int step) const { return args.reverse ? length - 1 - step : step; }
  /** Writes zeros past the row's length, in the columns of one gate. */
  void clearPast(uint32_t array, int width, int gate) const {
    for (int t = length; t < args.time; t++) memset(at(array, t, width) + gate * units, 0, count * sizeof(float));
  }

  INLINE V next(const float *a, const float *b, V h, int left) const;
  void forward() const {
    const float *h = context.floats(args.initialState) + state;
    for (int step = 0; step < length; step++) {
      int t = stepAt(step);
      const float *a = at(args.a, t, R::width), *b = at(args.b, t);
      float *output = at(args.output, t);
      for (int j = 0; j < count; j += W) store_n(output + j, next(a + j, b + j, load_n<V>(h + j, count - j), count - j), count - j);
      h = output;
    }
    memmove(context.floats(args.finalState) + state, h, count * sizeof(float));
    clearPast(args.output, 1, 0);
  }

  INLINE V back(V g, V h, const float *a, float *dA, float *dB, int left) const;
  /** dInitialState holds the gradient that flows from step to step. */
  void backward() const {
    float *carry = context.floats(args.dInitialState) + state;
    memmove(carry, context.floats(args.dFinalState) + state, count * sizeof(float));
    for (int step = length - 1; step >= 0; step--) {
      int t = stepAt(step);
      const float *h = step == 0 ? context.floats(args.initialState) + state : at(args.output, stepAt(step - 1));
      const float *a = at(args.a, t, R::width), *dOutput = at(args.dOutput, t);
      float *dA = at(args.dA, t, R::width), *dB = at(args.dB, t);
      for (int j = 0; j < count; j += W) {
        int left = count - j;
        V g = load_n<V>(dOutput + j, left) + load_n<V>(carry + j, left);
        store_n(carry + j, back(g, load_n<V>(h + j, left), a + j, dA + j, dB + j, left), left);
      }
    }
    for (int gate = 0; gate < R::width; gate++) clearPast(args.dA, R::width, gate);
    if (R::width == 1) clearPast(args.dB, 1, 0);
  }
};

template <> INLINE V RecurrenceBlock<Coefficients>::next(const float *a, const float *b, V h, int left) const {
  return fma_(load_n<V>(a, left), h, load_n<V>(b, left));
}
template <class R> INLINE V RecurrenceBlock<R>::next(const float *gates, const float *, V h, int left) const {
  V lift = R::lift(gates, units, left), first = R::gate(load_n<V>(gates, left), lift);
  V u = R::blend(first, R::width == 2 ? first : R::gate(load_n<V>(gates + units, left), lift));
  V c = load_n<V>(gates + units * (R::width - 1), left);
  if (args.positive) c = candidateOf(c, sigmoid(c));
  return fma_(u, c - h, h);
}

/** The gradient with respect to the previous state, from the gradient g of this state. */
template <> INLINE V RecurrenceBlock<Coefficients>::back(V g, V h, const float *a, float *dA, float *dB, int left) const {
  store_n(dA, g * h, left);
  store_n(dB, g, left);
  return g * load_n<V>(a, left);
}
template <class R> INLINE V RecurrenceBlock<R>::back(V g, V h, const float *gates, float *dGates, float *, int left) const {
  const V one = splat<V>(1.0f);
  const int64_t candidate = units * (R::width - 1);
  V lift = R::lift(gates, units, left), first = R::gate(load_n<V>(gates, left), lift);
  V second = R::width == 2 ? first : R::gate(load_n<V>(gates + units, left), lift);
  V u = R::blend(first, second), kept = one - u, c = load_n<V>(gates + candidate, left), dCandidate = g * u;
  if (args.positive) {
    V s = sigmoid(c);
    dCandidate = dCandidate * candidateSlope(c, s);
    c = candidateOf(c, s);
  }
  store_n(dGates + candidate, dCandidate, left);
  V slope = (g * (c - h)) * (u * kept);
  if (R::width == 2) store_n(dGates, slope, left);
  else {
    store_n(dGates, slope * (one / first - one), left);
    store_n(dGates + units, slope * (one - one / second), left);
  }
  return g * kept;
}

static int64_t recurrenceWidth(const RecurrenceArguments &args) {
  return args.kind == UNROLLED_RECURRENCE_CODE_COEFFICIENTS ? 1 : args.kind == UNROLLED_RECURRENCE_CODE_MIN_GRU ? 2 : 3;
}
/** Checks the inputs that the forward and the backward pass share. */
static bool recurrenceInputs(Check &c, const RecurrenceArguments &args) {
  return c.size("kind", args.kind, 0, UNROLLED_RECURRENCE_CODE_MIN_LSTM) && c.size("batch", args.batch) && c.size("time", args.time) &&
         c.size("units", args.units) && c.flag("reverse", args.reverse) && c.flag("positive", args.positive) &&
         c.reads("a", args.a, times(args.batch, args.time, args.units, recurrenceWidth(args))) &&
         c.reads("initialState", args.initialState, times(args.batch, args.units));
}
static bool recurrenceLengths(Check &c, const RecurrenceArguments &args) {
  return !args.lengths || c.indices("lengths", args.lengths, args.batch, args.time);
}
static bool checkRecurrence(Check &c, const RecurrenceArguments &args) {
  if (!recurrenceInputs(c, args)) return false;
  uint64_t states = times(args.batch, args.units), steps = times(states, args.time);
  return (recurrenceWidth(args) > 1 || c.reads("b", args.b, steps)) && c.writes("output", args.output, steps) &&
         c.writes("finalState", args.finalState, states) && recurrenceLengths(c, args);
}
static bool checkRecurrenceGradient(Check &c, const RecurrenceArguments &args) {
  if (!recurrenceInputs(c, args)) return false;
  uint64_t states = times(args.batch, args.units), steps = times(states, args.time);
  return c.reads("output", args.output, steps) && c.reads("dOutput", args.dOutput, steps) && c.reads("dFinalState", args.dFinalState, states) &&
         c.writes("dA", args.dA, times(steps, recurrenceWidth(args))) && (recurrenceWidth(args) > 1 || c.writes("dB", args.dB, steps)) &&
         c.writes("dInitialState", args.dInitialState, states) && recurrenceLengths(c, args);
}

template <class R> static void recurrenceShare(const Context &context, const RecurrenceArguments &args, bool forward, int index, int threads) {
  int blocks = args.units / RECURRENCE_BLOCK + (args.units % RECURRENCE_BLOCK ? 1 : 0), all = args.batch * blocks;
  for (int n = rangeBoundary(all, index, threads), end = rangeBoundary(all, index + 1, threads); n < end; n++) {
    RecurrenceBlock<R> block(context, args, n / blocks, n % blocks * RECURRENCE_BLOCK);
    if (forward) block.forward();
    else block.backward();
  }
}
template <bool forward> static void recurrence(const Context &context, int index, int threads) {
  const RecurrenceArguments &args = context.as<RecurrenceArguments>();
  if (args.kind == UNROLLED_RECURRENCE_CODE_COEFFICIENTS) recurrenceShare<Coefficients>(context, args, forward, index, threads);
  else if (args.kind == UNROLLED_RECURRENCE_CODE_MIN_GRU) recurrenceShare<MinGru>(context, args, forward, index, threads);
  else recurrenceShare<MinLstm>(context, args, forward, index, threads);
}

static const JobEntry RECURRENCE_JOBS[] = {
    jobOf<RecurrenceArguments, checkRecurrence, recurrence<true>>(UNROLLED_JOB_RECURRENCE),
    jobOf<RecurrenceArguments, checkRecurrenceGradient, recurrence<false>>(UNROLLED_JOB_RECURRENCE_GRADIENT),
};
