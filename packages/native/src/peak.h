/**
 * Runs multiply-adds in registers at the full speed of a thread. The bench compares its figures with this
 * peak.
 */
#pragma once
#include "simd.h"

enum { PEAK_CHAINS = 12 };

/**
 * `context` points to the number of rounds, an int64_t. In each round a thread runs PEAK_CHAINS vectors of
 * multiply-adds.
 */
static void multiplyAdds(const void *context, int, int) {
  volatile float start = 1.0000001f;
  const V factor = splat<V>(start), term = splat<V>(1e-9f);
  V x[PEAK_CHAINS];
  for (int i = 0; i < PEAK_CHAINS; i++) x[i] = factor;
  for (int64_t n = *(const int64_t *)context; n > 0; n--)
#pragma GCC unroll 12
    for (int i = 0; i < PEAK_CHAINS; i++) x[i] = fma_(x[i], factor, term);
  for (int i = 1; i < PEAK_CHAINS; i++) x[0] = x[0] + x[i];
  float lanes[W];
  store(lanes, x[0]);
  start = lanes[0];
}
