/**
 * C[M,N] = (bias or C +) A[M,K] · B, with row-major A and C and a packed B, in blocks that stay in the caches
 * (K. Goto, R. van de Geijn, 2008).
 */
#pragma once
#include "packing.h"

enum { PRODUCT_ROWS = 4 * TILE_ROWS, PRODUCT_INNER = 256 };

/** Scratch bytes of `product`. */
static const uint64_t PRODUCT_BYTES = 4 * (PRODUCT_ROWS * PRODUCT_INNER) + sizeof(Run) * (PRODUCT_INNER / BLOCK) + 256;

/** Strides are in floats. `row(i)` returns the beginning of row i of A. */
static void product(int m, int n, int k, const float *a, int64_t aStride, const float *b, float *c, int64_t cStride, const float *bias, Scratch scratch) {
  float *blocks = scratch.floats(PRODUCT_ROWS * PRODUCT_INNER);
  Run *runs = scratch.take<Run>(sizeof(Run) * (PRODUCT_INNER / BLOCK));
  int chunks = ceilDivide(m, PRODUCT_ROWS);
  for (int chunk = 0; chunk < chunks; chunk++) {
    int first = rangeBoundary(m, chunk, chunks), rows = rangeBoundary(m, chunk + 1, chunks) - first;
    for (int k0 = 0; k0 < k; k0 += PRODUCT_INNER) {
      int depth = smaller(k - k0, PRODUCT_INNER);
      for (int r = 0; r < rows; r++) packBlockRow(a + (first + r) * aStride + k0, depth, blocks, rows, r);
      for (int j = 0; j < n; j += PANEL) {
        int vectors = vectorsOf(j, n);
        float start[PANEL];
        Product p = {runs, 0, k0 ? ADD : bias ? BIAS : ZERO, start, nullptr};
        for (int v = 0; v < vectors && p.start == BIAS; v++) store(start + v * W, load_n<V>(bias + j + v * W, n - j - v * W));
        p.count = blockRuns(blocks, rows, depth, b + (int64_t)j * k + (int64_t)k0 * vectors * W, vectors, runs);
        float *to = c + first * cStride + j;
        rowTiles(rows, vectors, p, {{to, to + W}, (ptrdiff_t)cStride, {n - j, n - j - W}});
      }
    }
  }
}
