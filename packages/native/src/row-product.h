/**
 * C[M,N] += A[M,K] · B for the few rows of a sampler. B is in panels of 8 columns, packed as in
 * assembly/unit-blocks.ts, so both executors read the same packed weights. N is a multiple of 8. Reading the
 * weights takes most of the time, so each row processes enough panels at once to keep the multiply-add units
 * busy.
 */
#pragma once
#include "job.h"
#include "simd.h"

template <int ROWS, int PANELS>
static INLINE void panelsProduct(int k, const float *a, int64_t aStride, const float *b, float *c, int64_t cStride) {
  const int64_t panel = (int64_t)k * 8;
  V8 x[ROWS][PANELS];
#pragma GCC unroll 8
  for (int i = 0; i < ROWS; i++)
#pragma GCC unroll 8
    for (int p = 0; p < PANELS; p++) x[i][p] = load<V8>(c + i * cStride + p * 8);
  for (int n = 0; n < k; n++, b += 8) {
    V8 s[ROWS];
#pragma GCC unroll 8
    for (int i = 0; i < ROWS; i++) s[i] = splat<V8>(a[i * aStride + n]);
#pragma GCC unroll 8
    for (int p = 0; p < PANELS; p++) {
      V8 v = load<V8>(b + p * panel);
#pragma GCC unroll 8
      for (int i = 0; i < ROWS; i++) x[i][p] = fma_(s[i], v, x[i][p]);
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < ROWS; i++)
#pragma GCC unroll 8
    for (int p = 0; p < PANELS; p++) store(c + i * cStride + p * 8, x[i][p]);
}

template <int ROWS, int PANELS>
static void rowsOfPanels(int n, int k, const float *a, int64_t aStride, const float *b, float *c, int64_t cStride) {
  int j = 0;
  for (; j + 8 * PANELS <= n; j += 8 * PANELS) panelsProduct<ROWS, PANELS>(k, a, aStride, b + (int64_t)j * k, c + j, cStride);
  for (; j + 32 <= n && PANELS > 4; j += 32) panelsProduct<ROWS, 4>(k, a, aStride, b + (int64_t)j * k, c + j, cStride);
  for (; j < n; j += 8) panelsProduct<ROWS, 1>(k, a, aStride, b + (int64_t)j * k, c + j, cStride);
}

/** Strides are in floats. Every element of C is summed over k in order, for any M. */
static void rowsProduct(int m, int n, int k, const float *a, int64_t aStride, const float *b, float *c, int64_t cStride) {
  int r = 0;
  for (; r + 4 <= m; r += 4) rowsOfPanels<4, 2>(n, k, a + r * aStride, aStride, b, c + r * cStride, cStride);
  for (; r + 2 <= m; r += 2) rowsOfPanels<2, 4>(n, k, a + r * aStride, aStride, b, c + r * cStride, cStride);
  for (; r < m; r++) rowsOfPanels<1, 8>(n, k, a + r * aStride, aStride, b, c + r * cStride, cStride);
}
