/**
 * Clips gradients and updates all parameters, with the equations of assembly/optimizer.ts. Shares are ranges
 * of every tensor.
 */
#pragma once
#include "job.h"
#include "simd.h"

typedef UnrolledUpdateArguments UpdateArguments;
typedef UnrolledUpdateRow UpdateRow;

static const UpdateRow *rowsOf(const Context &context, const UpdateArguments &args) { return (const UpdateRow *)(context.memory + args.table); }
static const UpdateRow *rowsOf(const Check &c, const UpdateArguments &args) { return (const UpdateRow *)(c.memory + args.table); }
static uint64_t tableBytes(const UpdateArguments &args) { return times(args.tensors, sizeof(UpdateRow)); }

static bool checkGradientSquares(Check &c, const UpdateArguments &args) {
  if (!c.size("tensors", args.tensors) || !c.bytes("table", args.table, tableBytes(args))) return false;
  uint64_t blocks = 0;
  for (int n = 0; n < args.tensors; n++) {
    const UpdateRow &row = rowsOf(c, args)[n];
    if (!c.size("count", row.count) || !c.reads("gradient", row.gradient, row.count)) return false;
    blocks += ceilDivide(row.count, UNROLLED_SUM_BLOCK);
  }
  return c.writes("sums", args.sums, times(blocks, 2)) && (args.sums % 8 == 0 || c.fail("sums")) && c.untouched("table", args.table, tableBytes(args));
}

/** Σ g², four parallel sums in float64. */
static double blockSquares(const float *g, int count) {
  double sums[4] = {0, 0, 0, 0};
  int j = 0;
  for (; j + 4 <= count; j += 4)
    for (int i = 0; i < 4; i++) sums[i] += (double)g[j + i] * (double)g[j + i];
  for (int i = 0; j + i < count; i++) sums[i] += (double)g[j + i] * (double)g[j + i];
  return (sums[0] + sums[2]) + (sums[1] + sums[3]);
}

static void gradientSquares(const Context &context, int index, int threads) {
  const UpdateArguments &args = context.as<UpdateArguments>();
  double *sums = (double *)(context.memory + args.sums);
  int64_t block = 0;
  for (int n = 0; n < args.tensors; n++) {
    const UpdateRow &row = rowsOf(context, args)[n];
    for (int64_t first = 0; first < row.count; first += UNROLLED_SUM_BLOCK, block++)
      if (block % threads == index)
        sums[block] = blockSquares(context.floats(row.gradient) + first, smaller(UNROLLED_SUM_BLOCK, (int)(row.count - first)));
  }
}

static bool checkUpdate(Check &c, const UpdateArguments &args) {
  if (!c.size("kind", args.kind, 0, UNROLLED_OPTIMIZER_CODE_ADAM) || !c.size("tensors", args.tensors) ||
      !c.bytes("table", args.table, tableBytes(args)))
    return false;
  for (int n = 0; n < args.tensors; n++) {
    const UpdateRow &row = rowsOf(c, args)[n];
    bool adam = args.kind == UNROLLED_OPTIMIZER_CODE_ADAM, some = args.kind != UNROLLED_OPTIMIZER_CODE_SGD;
    // Each tensor has its own check, because the number of tensors is not limited.
    Check own = c.part();
    bool good = own.size("count", row.count) && own.reads("gradient", row.gradient, row.count) &&
                own.writes("parameter", row.parameter, row.count) && (!(row.slot1 || some) || own.writes("slot1", row.slot1, row.count)) &&
                (!(row.slot2 || adam) || own.writes("slot2", row.slot2, row.count)) && own.untouched("table", args.table, tableBytes(args));
    if (!good) return c.fail(own.problem);
  }
  return true;
}

static INLINE V clipped(const UpdateArguments &args, const float *gradient, int count) {
  V g = load_n<V>(gradient, count) * splat<V>(args.scale);
  if (args.limit == 0) return g;
  V limit = splat<V>(args.limit);
  return pmax(pmin(g, limit), negative(limit));
}

static void adam(const UpdateArguments &args, const UpdateRow &row, const Context &context, int first, int end) {
  float *p = context.floats(row.parameter), *m = context.floats(row.slot1), *v = context.floats(row.slot2);
  const float *gradient = context.floats(row.gradient);
  V decay1 = splat<V>(args.decay1), decay2 = splat<V>(args.decay2), one = splat<V>(1);
  V rest1 = one - decay1, rest2 = one - decay2;
  V rate = splat<V>(args.rate), epsilon = splat<V>(args.epsilon), kept = splat<V>(row.kept);
  for (int j = first; j < end; j += W) {
    int real = end - j;
    V g = clipped(args, gradient + j, real);
    V mean = decay1 * load_n<V>(m + j, real) + rest1 * g;
    V square = decay2 * load_n<V>(v + j, real) + rest2 * (g * g);
    V step = (rate * mean) / (root(square) + epsilon);
    store_n(m + j, mean, real);
    store_n(v + j, square, real);
    store_n(p + j, load_n<V>(p + j, real) * kept - step, real);
  }
}

static void rmsprop(const UpdateArguments &args, const UpdateRow &row, const Context &context, int first, int end) {
  float *p = context.floats(row.parameter), *s = context.floats(row.slot1), *m = row.slot2 ? context.floats(row.slot2) : nullptr;
  const float *gradient = context.floats(row.gradient);
  V decay = splat<V>(args.decay1), rest = splat<V>(1) - decay;
  V rate = splat<V>(args.rate), epsilon = splat<V>(args.epsilon), momentum = splat<V>(args.momentum);
  for (int j = first; j < end; j += W) {
    int real = end - j;
    V g = clipped(args, gradient + j, real);
    V square = decay * load_n<V>(s + j, real) + rest * (g * g);
    V step = (rate * g) / root(square + epsilon);
    store_n(s + j, square, real);
    if (m) {
      step = momentum * load_n<V>(m + j, real) + step;
      store_n(m + j, step, real);
    }
    store_n(p + j, load_n<V>(p + j, real) - step, real);
  }
}

static void sgd(const UpdateArguments &args, const UpdateRow &row, const Context &context, int first, int end) {
  float *p = context.floats(row.parameter), *v = row.slot1 ? context.floats(row.slot1) : nullptr;
  const float *gradient = context.floats(row.gradient);
  V rate = splat<V>(args.rate), momentum = splat<V>(args.momentum);
  for (int j = first; j < end; j += W) {
    int real = end - j;
    V g = clipped(args, gradient + j, real);
    if (v) {
      g = momentum * load_n<V>(v + j, real) + g;
      store_n(v + j, g, real);
    }
    store_n(p + j, load_n<V>(p + j, real) - rate * g, real);
  }
}

static void update(const Context &context, int index, int threads) {
  const UpdateArguments &args = context.as<UpdateArguments>();
  for (int n = 0; n < args.tensors; n++) {
    const UpdateRow &row = rowsOf(context, args)[n];
    int groups = ceilDivide(row.count, W);
    int first = rangeBoundary(groups, index, threads) * W, end = smaller(row.count, rangeBoundary(groups, index + 1, threads) * W);
    if (args.kind == UNROLLED_OPTIMIZER_CODE_ADAM) adam(args, row, context, first, end);
    else if (args.kind == UNROLLED_OPTIMIZER_CODE_RMSPROP) rmsprop(args, row, context, first, end);
    else sgd(args, row, context, first, end);
  }
}

static const JobEntry OPTIMIZER_JOBS[] = {
    jobOf<UpdateArguments, checkGradientSquares, gradientSquares>(UNROLLED_JOB_GRADIENT_SQUARES),
    jobOf<UpdateArguments, checkUpdate, update>(UNROLLED_JOB_UPDATE),
};
