/**
 * Softmax, and sparse softmax cross-entropy with its gradient, as in assembly/softmax.ts and
 * softmax-cross-entropy.ts. Shares are rows.
 */
#pragma once
#include "job.h"
#include "logarithm.h"
#include "vector-math.h"

typedef UnrolledSoftmaxArguments SoftmaxArguments;
typedef UnrolledCrossEntropyArguments CrossEntropyArguments;

/**
 * Calls `f(vector, column, number of valid lanes)` for the vectors of a row, with zeros in the other lanes.
 */
template <class F> static INLINE void eachVector(const float *row, int classes, F f) {
  int j = 0;
  for (; j + W <= classes; j += W) f(load<V>(row + j), j, (int)W);
  if (j < classes) f(load_n<V>(row + j, classes - j), j, classes - j);
}

/** The largest value of a row; NaN if the row contains NaN. */
static INLINE float rowMaximum(const float *row, int classes) {
  const V least = splat<V>(-__builtin_inff());
  V best = least;
  eachVector(row, classes, [&](V x, int, int lanes) { best = maximum(best, lanes < W ? first_n(x, lanes, least) : x); });
  if (hasNaN(best)) return __builtin_nanf("");
  float top = largestLane(best);
  if (top != 0) return top;
  // +0 is above −0, as in WebAssembly's max.
  float lanes[W];
  store(lanes, best);
  for (int i = 0; i < W; i++)
    if (lanes[i] == 0 && !__builtin_signbit(lanes[i])) return lanes[i];
  return -0.0f;
}

static bool checkSoftmax(Check &c, const SoftmaxArguments &args) {
  uint64_t size = times(args.rows, args.classes);
  return c.size("rows", args.rows) && c.size("classes", args.classes, 1) && c.reads("x", args.x, size) && c.writes("y", args.y, size);
}
static void softmax(const Context &context, int index, int threads) {
  const SoftmaxArguments &args = context.as<SoftmaxArguments>();
  int classes = args.classes;
  for (int n = rangeBoundary(args.rows, index, threads), end = rangeBoundary(args.rows, index + 1, threads); n < end; n++) {
    const float *x = context.floats(args.x) + (int64_t)n * classes;
    float *y = context.floats(args.y) + (int64_t)n * classes;
    V shift = splat<V>(rowMaximum(x, classes));
    V4 sums = zero4();
    for (int j = 0; j < classes; j += W) {
      V e = first_n(exponential(load_n<V>(x + j, classes - j) - shift), classes - j, splat<V>(0));
      store_n(y + j, e, classes - j);
      addFours(e, sums);
    }
    V sum = splat<V>(sum4(sums));
    for (int j = 0; j < classes; j += W) store_n(y + j, load_n<V>(y + j, classes - j) / sum, classes - j);
  }
}

static bool crossEntropySizes(Check &c, const CrossEntropyArguments &args) {
  return c.size("rows", args.rows) && c.size("classes", args.classes, 1) &&
         c.reads("logits", args.logits, times(args.rows, args.classes));
}
static bool checkCrossEntropy(Check &c, const CrossEntropyArguments &args) {
  return crossEntropySizes(c, args) && c.writes("loss", args.loss, args.rows) && c.writes("maximum", args.maximum, args.rows) &&
         c.writes("logSum", args.logSum, args.rows) && c.indices("ids", args.ids, args.rows, args.classes - 1);
}
/** The loss with smoothing, without log Σ; `target` is the target's logit minus the maximum. */
static float smoothed(const CrossEntropyArguments &args, const float *row, float top, float target) {
  int classes = args.classes;
  V shift = splat<V>(top);
  V4 sums = zero4();
  for (int j = 0; j < classes; j += W) addFours(first_n(load_n<V>(row + j, classes - j) - shift, classes - j, splat<V>(0)), sums);
  float own = (1 - args.smoothing) * target;
  return own + (args.smoothing / (float)classes) * sum4(sums);
}
/** Σ exp(x − top) of a row. */
static INLINE float exponentialSum(const float *row, int classes, float top) {
  V shift = splat<V>(top);
  V4 sums = zero4();
  eachVector(row, classes, [&](V x, int, int lanes) {
    V e = exponential(x - shift);
    addFours(lanes < W ? first_n(e, lanes, splat<V>(0)) : e, sums);
  });
  return sum4(sums);
}
/** Processes LOGARITHMS rows at a time. */
static void crossEntropy(const Context &context, int index, int threads) {
  const CrossEntropyArguments &args = context.as<CrossEntropyArguments>();
  int classes = args.classes;
  const float *logits = context.floats(args.logits);
  for (int n = rangeBoundary(args.rows, index, threads), end = rangeBoundary(args.rows, index + 1, threads); n < end; n += LOGARITHMS) {
    int count = smaller(end - n, LOGARITHMS);
    float sums[LOGARITHMS], logSums[LOGARITHMS];
    float *maximum = context.floats(args.maximum) + n, *logSum = context.floats(args.logSum) + n, *loss = context.floats(args.loss) + n;
    for (int i = 0; i < LOGARITHMS; i++) {
      const float *row = logits + (int64_t)(n + i) * classes;
      if (i < count) maximum[i] = rowMaximum(row, classes);
      sums[i] = i < count ? exponentialSum(row, classes, maximum[i]) : 1;
    }
    naturalLogarithms(sums, logSums);
    for (int i = 0; i < count; i++) {
      const float *row = logits + (int64_t)(n + i) * classes;
      float top = maximum[i], target = row[context.integers(args.ids)[n + i]] - top;
      if (args.smoothing != 0) target = smoothed(args, row, top, target);
      logSum[i] = logSums[i];
      loss[i] = logSums[i] - target;
    }
  }
}

static bool checkCrossEntropyGradient(Check &c, const CrossEntropyArguments &args) {
  return crossEntropySizes(c, args) && c.reads("maximum", args.maximum, args.rows) && c.reads("logSum", args.logSum, args.rows) &&
         c.reads("dLoss", args.dLoss, args.rows) && c.writes("dLogits", args.dLogits, times(args.rows, args.classes)) &&
         c.indices("ids", args.ids, args.rows, args.classes - 1);
}
static void crossEntropyGradient(const Context &context, int index, int threads) {
  const CrossEntropyArguments &args = context.as<CrossEntropyArguments>();
  int classes = args.classes;
  V share = splat<V>(args.smoothing / (float)classes);
  for (int n = rangeBoundary(args.rows, index, threads), end = rangeBoundary(args.rows, index + 1, threads); n < end; n++) {
    const float *row = context.floats(args.logits) + (int64_t)n * classes;
    float *target = context.floats(args.dLogits) + (int64_t)n * classes;
    float scale = context.floats(args.dLoss)[n];
    if (scale == 0) {
      // The row has no weight, so its logits may be anything: past a row's length they may be NaN.
      memset(target, 0, classes * sizeof(float));
      continue;
    }
    V shift = splat<V>(context.floats(args.maximum)[n]), logSum = splat<V>(context.floats(args.logSum)[n]), weight = splat<V>(scale);
    for (int j = 0; j < classes; j += W) {
      V p = exponential(load_n<V>(row + j, classes - j) - shift - logSum);
      store_n(target + j, (p - share) * weight, classes - j);
    }
    target[context.integers(args.ids)[n]] -= (1 - args.smoothing) * scale;
  }
}

static const JobEntry SOFTMAX_JOBS[] = {
    jobOf<SoftmaxArguments, checkSoftmax, softmax>(UNROLLED_JOB_SOFTMAX),
    jobOf<CrossEntropyArguments, checkCrossEntropy, crossEntropy>(UNROLLED_JOB_CROSS_ENTROPY),
    jobOf<CrossEntropyArguments, checkCrossEntropyGradient, crossEntropyGradient>(UNROLLED_JOB_CROSS_ENTROPY_GRADIENT),
};
