/**
 * Gradients of y = x·W + b over rows [N,I]: dW = xᵀ·dy, db = Σ dy, summed by groups of rows like those of the
 * recurrent layers.
 */
#pragma once
#include "sequence-weights.h"

typedef UnrolledLinearGradientArguments LinearGradientArguments;

static bool linearSizes(Check &c, const LinearGradientArguments &args) {
  return c.size("rows", args.rows) && c.size("inputSize", args.inputSize, 1) && c.size("units", args.units, 1) &&
         c.size("groups", args.groups, 1, larger(args.rows, 1)) &&
         c.writes("dKernel", args.dKernel, times(args.inputSize, args.units)) &&
         (!args.dBias || c.writes("dBias", args.dBias, args.units)) &&
         (args.groups == 1 || c.writes("partials", args.partials, times(args.groups - 1, times((uint64_t)args.inputSize + 1, args.units))));
}
static bool checkLinearGradients(Check &c, const LinearGradientArguments &args) {
  c.scratch = plus(times(4 * UNROLLED_BLOCK_K, args.inputSize), 4 * UNROLLED_BLOCK_K * PANEL + 128);
  return linearSizes(c, args) && c.reads("x", args.x, times(args.rows, args.inputSize)) && c.reads("dy", args.dy, times(args.rows, args.units));
}

/** The address of a group's sums of the kernel. The bias's sums follow them, except in the first group. */
static float *linearSums(const Context &context, const LinearGradientArguments &args, int group) {
  if (group == 0) return context.floats(args.dKernel);
  return context.floats(args.partials) + (group - 1) * ((int64_t)args.inputSize + 1) * args.units;
}

static void linearGroup(const Context &context, const LinearGradientArguments &args, int group, int first, int end, Scratch scratch) {
  float *panel = scratch.floats(UNROLLED_BLOCK_K * PANEL);
  float *packed = scratch.floats(UNROLLED_BLOCK_K * (int64_t)args.inputSize);
  float *kernel = linearSums(context, args, group);
  float *bias = group > 0 ? kernel + (int64_t)args.inputSize * args.units : context.floats(args.dBias);
  int start = rangeBoundary(args.rows, group, args.groups), rows = rangeBoundary(args.rows, group + 1, args.groups) - start;
  for (int k0 = 0; k0 < rows; k0 += UNROLLED_BLOCK_K) {
    int k = smaller(UNROLLED_BLOCK_K, rows - k0);
    const float *x = context.floats(args.x) + (int64_t)(start + k0) * args.inputSize;
    packTable(k, args.inputSize, packed, [&](int i) { return x + (int64_t)i * args.inputSize; });
    for (int p = first; p < end; p++) {
      int j = p * PANEL, vectors = vectorsOf(j, args.units);
      Target c = {{kernel + j, kernel + j + W}, args.units, {args.units - j, args.units - j - W}};
      packPanel(context.floats(args.dy) + (int64_t)(start + k0) * args.units + j, args.units, k, args.units - j, vectors, panel);
      float *sums[2] = {bias + j, bias + j + W};
      if (args.dBias) panelSums(panel, k, vectors, sums, c.lanes, k0 > 0);
      packedProduct(args.inputSize, k, packed, panel, vectors, c, k0 > 0 ? ADD : ZERO);
    }
  }
}

static void linearGradients(const Context &context, int index, int threads) {
  const LinearGradientArguments &args = context.as<LinearGradientArguments>();
  int panels = ceilDivide(args.units, PANEL);
  for (int group = 0; group < args.groups; group++) {
    int first = groupBoundary(group, args.groups, panels, index, threads), end = groupBoundary(group, args.groups, panels, index + 1, threads);
    if (first < end) linearGroup(context, args, group, first, end, Scratch(context, index));
  }
}

static void sumLinearGradients(const Context &context, int index, int threads) {
  const LinearGradientArguments &args = context.as<LinearGradientArguments>();
  int rows = args.inputSize + (args.dBias ? 1 : 0);
  for (int row = rangeBoundary(rows, index, threads), end = rangeBoundary(rows, index + 1, threads); row < end; row++) {
    int64_t offset = (int64_t)row * args.units;
    float *target = row < args.inputSize ? context.floats(args.dKernel) + offset : context.floats(args.dBias);
    for (int group = 1; group < args.groups; group++) addFloats(target, linearSums(context, args, group) + offset, args.units);
  }
}

static const JobEntry LINEAR_JOBS[] = {
    jobOf<LinearGradientArguments, checkLinearGradients, linearGradients>(UNROLLED_JOB_LINEAR_GRADIENTS),
    jobOf<LinearGradientArguments, linearSizes, sumLinearGradients>(UNROLLED_JOB_SUM_LINEAR_GRADIENTS),
};
