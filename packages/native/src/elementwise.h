/**
 * Unary and binary elementwise functions, and sums along rows or down columns, the same as in
 * assembly/elementwise.ts and sum.ts.
 */
#pragma once
#include "job.h"
#include "vector-math.h"

typedef UnrolledUnaryArguments UnaryArguments;
typedef UnrolledBinaryArguments BinaryArguments;
typedef UnrolledSumArguments SumArguments;

static bool checkUnary(Check &c, const UnaryArguments &args) {
  return c.size("kind", args.kind, 0, UNROLLED_UNARY_CODE_POSITIVE) && c.size("count", args.count) &&
         c.reads("x", args.x, args.count) && c.writes("y", args.y, args.count);
}
static void unary(const Context &context, int index, int threads) {
  const UnaryArguments &args = context.as<UnaryArguments>();
  int groups = ceilDivide(args.count, W);
  int end = smaller(args.count, rangeBoundary(groups, index + 1, threads) * W);
  const float *x = context.floats(args.x);
  float *y = context.floats(args.y);
  for (int j = rangeBoundary(groups, index, threads) * W; j < end; j += W) {
    V a = load_n<V>(x + j, end - j);
    V b = args.kind == UNROLLED_UNARY_CODE_EXP           ? exponential(a)
          : args.kind == UNROLLED_UNARY_CODE_SIGMOID     ? sigmoid(a)
          : args.kind == UNROLLED_UNARY_CODE_TANH        ? hyperbolicTangent(a)
          : args.kind == UNROLLED_UNARY_CODE_SQUARE_ROOT ? root(a)
          : args.kind == UNROLLED_UNARY_CODE_NEGATE      ? negative(a)
                                                         : candidateOf(a, sigmoid(a));
    store_n(y + j, b, end - j);
  }
}

/** Number of floats of an operand whose rows are `step` floats apart and have `columns` columns or one. */
static uint64_t operandFloats(const BinaryArguments &args, int step, int column) {
  uint64_t row = column ? args.columns : 1;
  return args.rows == 0 || args.columns == 0 ? 0 : plus(times(args.rows - 1, step), row);
}
static bool checkBinary(Check &c, const BinaryArguments &args) {
  return c.size("kind", args.kind, 0, UNROLLED_BINARY_CODE_WIDE_TANH_GRADIENT) && c.size("rows", args.rows) && c.size("columns", args.columns) &&
         c.size("xRow", args.xRow) && c.size("yRow", args.yRow) && c.flag("xColumn", args.xColumn) && c.flag("yColumn", args.yColumn) &&
         c.reads("x", args.x, operandFloats(args, args.xRow, args.xColumn)) &&
         c.reads("y", args.y, operandFloats(args, args.yRow, args.yColumn)) && c.writes("z", args.z, times(args.rows, args.columns));
}
/** a · (1 − b²) in float64. */
static INLINE V wideTanhGradient(V a, V b) {
  float x[W], y[W];
  store(x, a);
  store(y, b);
  for (int i = 0; i < W; i++) x[i] = (float)(x[i] * (1.0 - (double)y[i] * y[i]));
  return load<V>(x);
}
/** Shares are rows, or columns if there are more groups of columns. */
static void binary(const Context &context, int index, int threads) {
  const BinaryArguments &args = context.as<BinaryArguments>();
  int kind = args.kind, columns = args.columns, groups = columns / W + (columns % W ? 1 : 0);
  bool byRows = args.rows > groups;
  int first = byRows ? 0 : rangeBoundary(groups, index, threads) * W;
  int end = byRows || index == threads - 1 ? columns : rangeBoundary(groups, index + 1, threads) * W;
  int64_t lastRow = byRows ? rangeBoundary(args.rows, index + 1, threads) : args.rows;
  for (int64_t r = byRows ? rangeBoundary(args.rows, index, threads) : 0; r < lastRow && columns > 0; r++) {
    const float *x = context.floats(args.x) + r * args.xRow, *y = context.floats(args.y) + r * args.yRow;
    float *z = context.floats(args.z) + r * columns;
    for (int j = first; j < end; j += W) {
      V a = args.xColumn ? load_n<V>(x + j, end - j) : splat<V>(*x), b = args.yColumn ? load_n<V>(y + j, end - j) : splat<V>(*y);
      V c = kind == UNROLLED_BINARY_CODE_ADD        ? a + b
            : kind == UNROLLED_BINARY_CODE_SUBTRACT ? a - b
            : kind == UNROLLED_BINARY_CODE_MULTIPLY ? a * b
            : kind == UNROLLED_BINARY_CODE_DIVIDE   ? a / b
            : kind == UNROLLED_BINARY_CODE_POSITIVE_GRADIENT ? a * candidateSlope(b, sigmoid(b))
            : kind == UNROLLED_BINARY_CODE_TANH_GRADIENT     ? a * (splat<V>(1.0f) - b * b)
                                                             : wideTanhGradient(a, b);
      store_n(z + j, c, end - j);
    }
  }
}

static bool checkSum(Check &c, const SumArguments &args) {
  return c.size("rows", args.rows) && c.size("columns", args.columns) && c.flag("alongRows", args.alongRows) &&
         c.reads("x", args.x, times(args.rows, args.columns)) && c.writes("y", args.y, args.alongRows ? args.rows : args.columns);
}
/**
 * Four sums in float64, then the sums of the even and the odd ones, like the halves of two vectors of two
 * lanes.
 */
static void rowSums(const Context &context, const SumArguments &args) {
  for (int64_t r = 0; r < args.rows; r++) {
    const float *x = context.floats(args.x) + r * args.columns;
    double sums[4] = {0, 0, 0, 0};
    int j = 0;
    for (; j + 4 <= args.columns; j += 4)
      for (int i = 0; i < 4; i++) sums[i] += x[j + i];
    for (int i = 0; j + i < args.columns; i++) sums[i] += x[j + i];
    context.floats(args.y)[r] = (float)((sums[0] + sums[2]) + (sums[1] + sums[3]));
  }
}
static void columnSums(const Context &context, const SumArguments &args) {
  for (int first = 0; first < args.columns; first += 32) {
    int width = smaller(args.columns - first, 32);
    double sums[32] = {0};
    const float *x = context.floats(args.x) + first;
    for (int r = 0; r < args.rows; r++, x += args.columns)
      for (int j = 0; j < width; j++) sums[j] += x[j];
    for (int j = 0; j < width; j++) context.floats(args.y)[first + j] = (float)sums[j];
  }
}
static void sum(const Context &context, int, int) {
  const SumArguments &args = context.as<SumArguments>();
  if (args.alongRows) rowSums(context, args);
  else columnSums(context, args);
}

static const JobEntry ELEMENTWISE_JOBS[] = {
    jobOf<UnaryArguments, checkUnary, unary>(UNROLLED_JOB_UNARY),
    jobOf<BinaryArguments, checkBinary, binary>(UNROLLED_JOB_BINARY),
    jobOf<SumArguments, checkSum, sum>(UNROLLED_JOB_SUM),
};
