/**
 * Batched products C[n] = op(A[n]) · op(B[n]) (+ bias). Shares are rows of C in every matrix. They are its
 * columns if there are so few rows that each share would read all of B for less than a tile. A transposed A
 * is first copied to row-major order.
 */
#pragma once
#include "product.h"

typedef UnrolledMatmulArguments MatmulArguments;

static bool matmulSizes(Check &c, const MatmulArguments &args) {
  return c.size("batch", args.batch) && c.size("rows", args.rows) && c.size("columns", args.columns, 1) &&
         c.size("inner", args.inner, 1) && c.flag("transposeA", args.transposeA) && c.flag("transposeB", args.transposeB) &&
         c.size("aBatch", args.aBatch) && c.size("bBatch", args.bBatch);
}
static uint64_t packedMatrices(const MatmulArguments &args) { return args.bBatch ? args.batch : args.batch ? 1 : 0; }
/** Number of floats of matrices that are `step` floats apart. */
static uint64_t matrixFloats(int batch, int step, uint64_t floats) {
  return batch == 0 ? 0 : plus(times(batch - 1, step), floats);
}
static bool matmulInputs(Check &c, const MatmulArguments &args, bool packs) {
  uint64_t a = times(args.rows, args.inner), b = times(args.inner, args.columns);
  uint64_t copied = args.aBatch ? times(args.batch, a) : args.batch ? a : 0;
  uint64_t packed = times(packedMatrices(args), (uint64_t)panelFloats(args.inner, args.columns));
  if (packs) {
    return c.reads("b", args.b, matrixFloats(args.batch, args.bBatch, b)) && c.writes("packed", args.packed, packed) &&
           (!args.transposeA || (c.size("aBatch", args.aBatch, args.aBatch ? a : 0, args.aBatch ? a : 0) &&
                                 c.reads("a", args.a, copied) && c.writes("aCopy", args.aCopy, copied)));
  }
  return c.reads("packed", args.packed, packed) && c.reads("a", args.transposeA ? args.aCopy : args.a, matrixFloats(args.batch, args.aBatch, a));
}
static bool checkPackMatmul(Check &c, const MatmulArguments &args) { return matmulSizes(c, args) && matmulInputs(c, args, true); }
static bool checkMatmul(Check &c, const MatmulArguments &args) {
  c.scratch = PRODUCT_BYTES;
  return matmulSizes(c, args) && matmulInputs(c, args, false) && (!args.bias || c.reads("bias", args.bias, args.columns)) &&
         c.writes("c", args.c, times(args.batch, args.rows, args.columns));
}

/** Writes the share's rows of Aᵀ, for every matrix of the batch. */
static void transposeRows(const Context &context, const MatmulArguments &args, int index, int threads) {
  int count = args.aBatch ? args.batch : 1;
  int first = rangeBoundary(args.rows, index, threads), end = rangeBoundary(args.rows, index + 1, threads);
  int64_t size = (int64_t)args.rows * args.inner;
  for (int n = 0; n < count; n++) {
    const float *a = context.floats(args.a) + n * size;
    float *copy = context.floats(args.aCopy) + n * size;
    for (int i = first; i < end; i += 16)
      transposed(a + i, args.rows, args.inner, smaller(end - i, 16), copy + (int64_t)i * args.inner, args.inner);
  }
}

static void packMatmul(const Context &context, int index, int threads) {
  const MatmulArguments &args = context.as<MatmulArguments>();
  int64_t packed = panelFloats(args.inner, args.columns);
  for (uint64_t n = 0; n < packedMatrices(args); n++) {
    const float *b = context.floats(args.b) + n * args.bBatch;
    float *to = context.floats(args.packed) + n * packed;
    if (args.transposeB) packShareTransposed(b, args.inner, args.inner, args.columns, to, index, threads);
    else packShare(b, args.columns, args.inner, args.columns, to, index, threads);
  }
  if (args.transposeA && args.batch) transposeRows(context, args, index, threads);
}

static void matmul(const Context &context, int index, int threads) {
  const MatmulArguments &args = context.as<MatmulArguments>();
  int panels = ceilDivide(args.columns, PANEL), first = 0, end = args.rows, from = 0, to = args.columns;
  if (args.rows < threads * (int64_t)TILE_ROWS && panels >= threads) {
    from = rangeBoundary(panels, index, threads) * PANEL;
    to = smaller(args.columns, rangeBoundary(panels, index + 1, threads) * PANEL);
  } else {
    first = rangeBoundary(args.rows, index, threads);
    end = rangeBoundary(args.rows, index + 1, threads);
  }
  if (first >= end) return;
  int64_t packed = panelFloats(args.inner, args.columns);
  const float *a = context.floats(args.transposeA ? args.aCopy : args.a);
  const float *bias = args.bias ? context.floats(args.bias) + from : nullptr;
  for (int n = 0; n < args.batch; n++) {
    product(end - first, to - from, args.inner, a + (int64_t)n * args.aBatch + (int64_t)first * args.inner, args.inner,
            context.floats(args.packed) + (args.bBatch ? n * packed : 0) + (int64_t)from * args.inner,
            context.floats(args.c) + ((int64_t)n * args.rows + first) * args.columns + from, args.columns, bias, Scratch(context, index));
  }
}

static const JobEntry MATMUL_JOBS[] = {
    jobOf<MatmulArguments, checkPackMatmul, packMatmul>(UNROLLED_JOB_PACK_MATMUL),
    jobOf<MatmulArguments, checkMatmul, matmul>(UNROLLED_JOB_MATMUL),
};
