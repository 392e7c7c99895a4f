/**
 * The CTC loss of each row and its gradient, with the same operations in the same order as assembly/ctc.ts,
 * which has the equations. States past the end of a row are impossible. Shares are rows of the batch.
 */
#pragma once
#include "job.h"
#include "logarithm.h"
#include "softmax.h"
#include "vector-math.h"

typedef UnrolledCtcArguments CtcArguments;

typedef float Floats __attribute__((vector_size(4 * W)));
typedef int32_t Integers __attribute__((vector_size(4 * W)));
typedef uint32_t Words __attribute__((vector_size(4 * W)));
typedef double Doubles __attribute__((vector_size(8 * W)));
typedef int64_t Longs __attribute__((vector_size(8 * W)));

enum { CTC_NONE = -805306368, CTC_LEAST = -536870912 };

/** Reinterprets the bits of a value as another type. */
template <class T, class F> static INLINE T bitsAs(const F &from) {
  T to;
  static_assert(sizeof to == sizeof from, "of one size");
  memcpy(&to, &from, sizeof to);
  return to;
}
template <class T> static INLINE T vectorAt(const void *p) {
  T to;
  memcpy(&to, p, sizeof to);
  return to;
}
static INLINE Integers larger(Integers a, Integers b) { return a > b ? a : b; }
static INLINE Integers smaller(Integers a, Integers b) { return a < b ? a : b; }
static INLINE Integers sameIntegers(int32_t x) { return x - Integers{}; }
static INLINE Floats sameFloats(float x) { return x - Floats{}; }

/** 2^(e − top), given top − 127; 0 if it is below 2^−126. */
static INLINE Floats powerOf(Integers e, Integers base) { return bitsAs<Floats>(bitsAs<Words>(larger(e - base, Integers{})) << 23); }

/** Arrays of numbers m · 2^e: mantissas, followed at a distance of `stride` floats by the exponents. */
struct Numbers {
  float *m;
  int64_t stride;
  int32_t *e() const { return (int32_t *)(m + stride); }
  Numbers next(int arrays) const { return {m + arrays * stride, stride}; }
  Floats mantissas(int64_t i) const { return vectorAt<Floats>(m + i); }
  Integers exponents(int64_t i) const { return vectorAt<Integers>(e() + i); }
  void set(int64_t i, float mantissa, int32_t exponent) const {
    m[i] = mantissa;
    e()[i] = exponent;
  }
  /** Stores x · 2^(exponent + 127) with mantissas in 1 … 2. */
  INLINE void put(int64_t i, Floats x, Integers exponent) const {
    Words bits = bitsAs<Words>(x);
    Words own = (bits & 0x7fffff) | 0x3f800000;
    Integers power = larger(exponent + bitsAs<Integers>(bits >> 23), sameIntegers(CTC_NONE));
    memcpy(m + i, &own, sizeof own);
    memcpy(e() + i, &power, sizeof power);
  }
};

/** One row, with a share's scratch. */
struct CtcRow {
  const CtcArguments &args;
  int64_t stride, frameStride;
  float *frame, *shares, *sums, *states;
  int32_t *caps;
  Numbers gammas;
  float total = 0;
  const float *logits = nullptr;
  float *gradient = nullptr;
  const int32_t *labels = nullptr;
  int count = 0, steps = 0, used = 0;

  static uint64_t strideOf(int width) { return (uint64_t)roundUp((int64_t)width + 1, 16) + 16; }
  static uint64_t rowsOf(const CtcArguments &args) { return (args.dLogits ? (uint64_t)args.time : 1) + 1; }
  static uint64_t bytes(const CtcArguments &args) {
    uint64_t floats = plus(times(6 * strideOf(args.width), plus(rowsOf(args), 1)), 2 * (uint64_t)roundUp(args.classes, 16));
    return times(4, plus(floats, (uint64_t)roundUp(args.time, 16)));
  }
  CtcRow(const Context &context, const CtcArguments &args, int index)
      : args(args), stride((int64_t)strideOf(args.width)), frameStride(roundUp(args.classes, 16)) {
    Scratch scratch(context, index);
    frame = scratch.floats(2 * frameStride);
    caps = (int32_t *)scratch.floats(stride);
    gammas = {scratch.floats(4 * stride), stride};
    shares = scratch.floats(stride);
    states = scratch.floats(6 * stride * (int64_t)rowsOf(args));
    sums = scratch.floats(roundUp(args.time, 16));
  }
  void take(const Context &context, int b) {
    int64_t offset = (int64_t)b * args.time * args.classes;
    logits = context.floats(args.logits) + offset;
    gradient = args.dLogits ? context.floats(args.dLogits) + offset : nullptr;
    labels = context.integers(args.labels) + (int64_t)b * args.width;
    count = context.integers(args.labelCounts)[b];
    steps = context.integers(args.lengths)[b];
    used = (count + 4) & ~3;
  }
  /** Blanks, labels, and q of the labels after step t; step −1 is the start. */
  Numbers after(int t) const { return {states + 6 * stride * (int64_t)(gradient ? t + 1 : (t + 1) & 1), stride}; }
};

/**
 * The smallest number of steps that the labels need. Also writes which labels may follow directly after the
 * one before.
 */
static int fewestSteps(CtcRow &row) {
  int fewest = row.count;
  row.caps[0] = CTC_NONE;
  for (int i = 1; i < row.stride; i++) {
    bool same = i < row.count && row.labels[i] == row.labels[i - 1];
    fewest += same;
    row.caps[i] = same ? CTC_NONE : INT32_MAX;
  }
  return fewest;
}

/** Makes the lane before the first label impossible. */
static INLINE void closeBefore(const Numbers &blanks) { blanks.next(2).set(-1, 1, CTC_NONE); }

static void makeImpossible(const Numbers &blanks) {
  for (int array = 0; array < 4; array += 2)
    for (int64_t i = 0; i < blanks.stride; i++) blanks.next(array).set(i, 1, CTC_NONE);
  closeBefore(blanks);
}

/**
 * Writes exp(x − max x) of a step to the frame as m · 2^e, and to y as floats unless y is null; returns their
 * sum.
 */
static float exponentials(const CtcRow &row, const float *x, float *y) {
  const double rounder = 6755399441055744.0;
  int classes = row.args.classes;
  double top = rowMaximum(x, classes);
  V4 sums = zero4();
  for (int j = 0; j < classes; j += W) {
    Doubles d = __builtin_convertvector(bitsAs<Floats>(load_n<V>(x + j, classes - j)), Doubles) - top;
    const Doubles furthest = -558195836.0 - Doubles{};
    d = d < furthest ? furthest : d;
    Doubles whole = d * 1.4426950408889634 + rounder;
    Integers n = __builtin_convertvector(bitsAs<Longs>(whole), Integers);
    V m = expPolynomial(bitsAs<V>(__builtin_convertvector(d - (whole - rounder) * 0.6931471805599453, Floats)));
    store(row.frame + j, m);
    memcpy(row.frame + row.frameStride + j, &n, sizeof n);
    Words p = (bitsAs<Words>(m) + (bitsAs<Words>(n) << 23)) & bitsAs<Words>(n > -126);
    V e = first_n(bitsAs<V>(p), classes - j, splat<V>(0));
    addFours(e, sums);
    if (y) store_n(y + j, e, classes - j);
  }
  return sum4(sums);
}

/** q of the labels, and before them q of the blank. */
static void gather(const CtcRow &row, const Numbers &own) {
  const int32_t *exponents = (const int32_t *)(row.frame + row.frameStride);
  own.set(-1, row.frame[row.args.blank], exponents[row.args.blank]);
  for (int i = 0; i < row.count; i++) own.set(i, row.frame[row.labels[i]], exponents[row.labels[i]]);
  for (int i = row.count; i < roundUp(row.used, 16); i++) own.set(i, 1, CTC_NONE);
}

/** The states after a step from those before it. */
static void advance(const CtcRow &row, const Numbers &from, const Numbers &to) {
  Numbers own = to.next(4);
  Floats blankM = sameFloats(own.m[-1]);
  Integers blankE = sameIntegers(own.e()[-1]);
  for (int i = 0; i < row.used; i += W) {
    Floats b = from.mantissas(i), l = from.next(2).mantissas(i), p = from.next(2).mantissas(i - 1);
    Integers be = from.exponents(i), le = from.next(2).exponents(i), pe = from.next(2).exponents(i - 1);
    Integers base = larger(be, pe) - 127;
    Floats m = b * powerOf(be, base) + p * powerOf(pe, base);
    to.put(i, m * blankM, base + blankE);
    pe = smaller(pe, vectorAt<Integers>(row.caps + i));
    base = larger(larger(le, be), pe) - 127;
    m = (l * powerOf(le, base) + b * powerOf(be, base)) + p * powerOf(pe, base);
    to.next(2).put(i, m * own.mantissas(i), base + own.exponents(i));
  }
  closeBefore(to);
}

/** The larger exponent of the two states in which a path may end. */
static int probabilityExponent(const CtcRow &row, const Numbers &last) {
  int blank = last.e()[row.count];
  return row.count == 0 ? blank : larger(blank, last.next(2).e()[row.count - 1]);
}
/** m · 2^(e − top) */
static float scaledTo(const Numbers &numbers, int i, int top) {
  int32_t bits = larger(numbers.e()[i] - top + 127, 0) << 23;
  return numbers.m[i] * bitsAs<float>(bits);
}

/** The negative logarithm of the row's probability. */
static double ctcRowLoss(CtcRow &row) {
  if (fewestSteps(row) > row.steps) return __builtin_inf();
  if (row.steps == 0) return 0;
  makeImpossible(row.after(-1));
  row.after(-1).e()[0] = 0;
  for (int t = 0; t < row.steps; t++) {
    int64_t offset = (int64_t)t * row.args.classes;
    row.sums[t] = exponentials(row, row.logits + offset, row.gradient ? row.gradient + offset : nullptr);
    gather(row, row.after(t).next(4));
    advance(row, row.after(t - 1), row.after(t));
  }
  double logarithms = 0;
  for (int t = 0; t < row.steps; t += LOGARITHMS) {
    float logs[LOGARITHMS];
    for (int i = row.steps - t; i < LOGARITHMS; i++) row.sums[t + i] = 1;
    naturalLogarithms(row.sums + t, logs);
    for (int i = 0; i < LOGARITHMS && t + i < row.steps; i++) logarithms += logs[i];
  }
  Numbers last = row.after(row.steps - 1);
  int top = probabilityExponent(row, last);
  if (top < CTC_LEAST && logarithms == logarithms) return __builtin_inf();
  float m = scaledTo(last, row.count, top);
  if (row.count > 0) m += scaledTo(last.next(2), row.count - 1, top);
  double loss = logarithms - (top * 0.6931471805599453 + naturalLogarithm(m));
  return loss != loss ? __builtin_nan("") : loss < 0 ? 0 : loss;
}

/**
 * γ of a step from γ of the next step, and α · β of each label, divided by 2^top, into `shares`. Returns the
 * blanks' sum.
 */
static float retreat(CtcRow &row, const Numbers &alpha, int top) {
  Numbers own = alpha.next(4), gamma = row.gammas, labelGamma = row.gammas.next(2);
  Floats blankM = sameFloats(own.m[-1]);
  Integers blankE = sameIntegers(own.e()[-1]), whole = sameIntegers(top - 127);
  V4 blanks = zero4(), labels = zero4();
  for (int i = 0; i < row.used; i += W) {
    Floats b = gamma.mantissas(i), l = labelGamma.mantissas(i), nextB = gamma.mantissas(i + 1), next = labelGamma.mantissas(i + 1);
    Integers be = gamma.exponents(i), le = labelGamma.exponents(i), nextBe = gamma.exponents(i + 1);
    Integers nextE = smaller(labelGamma.exponents(i + 1), vectorAt<Integers>(row.caps + i + 1));
    Integers most = larger(be, le), base = most - 127;
    Floats m = b * powerOf(be, base) + l * powerOf(le, base);
    Floats share = (alpha.mantissas(i) * m) * powerOf(alpha.exponents(i) + most, whole);
    addFours(bitsAs<V>(share), blanks);
    gamma.put(i, m * blankM, base + blankE);
    most = larger(larger(le, nextBe), nextE);
    base = most - 127;
    m = (l * powerOf(le, base) + nextB * powerOf(nextBe, base)) + next * powerOf(nextE, base);
    share = (alpha.next(2).mantissas(i) * m) * powerOf(alpha.next(2).exponents(i) + most, whole);
    addFours(bitsAs<V>(share), labels);
    memcpy(row.shares + i, &share, sizeof share);
    labelGamma.put(i, m * own.mantissas(i), base + own.exponents(i));
  }
  float sum = sum4(blanks);
  row.total = sum + sum4(labels);
  return sum;
}

static void ctcRowGradient(CtcRow &row) {
  if (row.steps == 0) return;
  int classes = row.args.classes;
  makeImpossible(row.gammas);
  row.gammas.e()[row.count] = 0;
  int top = probabilityExponent(row, row.after(row.steps - 1));
  for (int t = row.steps - 1; t >= 0; t--) {
    float blanks = retreat(row, row.after(t), top);
    float *y = row.gradient + (int64_t)t * classes;
    V sum = splat<V>(row.sums[t]), whole = splat<V>(row.total);
    for (int j = 0; j < classes; j += W) store_n(y + j, load_n<V>(y + j, classes - j) / sum, classes - j);
    y[row.args.blank] -= blanks / row.total;
    for (int i = 0; i < row.used; i += W) store(row.shares + i, load<V>(row.shares + i) / whole);
    for (int i = 0; i < row.count; i++) y[row.labels[i]] -= row.shares[i];
  }
}

static bool checkCtc(Check &c, const CtcArguments &args) {
  if (!(c.size("batch", args.batch) && c.size("time", args.time) && c.size("classes", args.classes, 1) && c.size("width", args.width) &&
        c.size("blank", args.blank, 0, (int64_t)args.classes - 1) && c.flag("zeroInfinity", args.zeroInfinity)))
    return false;
  c.scratch = CtcRow::bytes(args);
  uint64_t size = times(args.batch, args.time, args.classes);
  return c.reads("logits", args.logits, size) && c.writes("loss", args.loss, args.batch) &&
         (!args.dLogits || c.writes("dLogits", args.dLogits, size)) && c.indices("lengths", args.lengths, args.batch, args.time) &&
         c.indices("labelCounts", args.labelCounts, args.batch, args.width) &&
         c.indices("labels", args.labels, times(args.batch, args.width), (int64_t)args.classes - 1);
}
static void ctc(const Context &context, int index, int threads) {
  const CtcArguments &args = context.as<CtcArguments>();
  CtcRow row(context, args, index);
  for (int b = rangeBoundary(args.batch, index, threads), end = rangeBoundary(args.batch, index + 1, threads); b < end; b++) {
    row.take(context, b);
    double loss = ctcRowLoss(row);
    bool isZero = loss == __builtin_inf() && args.zeroInfinity;
    context.floats(args.loss)[b] = isZero ? 0 : (float)loss;
    if (!row.gradient) continue;
    int64_t valid = (int64_t)row.steps * args.classes, all = (int64_t)args.time * args.classes;
    memset(row.gradient + valid, 0, 4 * (size_t)(all - valid));
    if (loss < __builtin_inf()) ctcRowGradient(row);
    else
      for (int64_t i = 0; i < valid; i++) row.gradient[i] = isZero ? 0 : __builtin_nanf("");
  }
}

static const JobEntry CTC_JOBS[] = {jobOf<CtcArguments, checkCtc, ctc>(UNROLLED_JOB_CTC)};
