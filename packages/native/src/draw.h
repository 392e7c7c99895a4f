/** Draws an id from logits as assembly/draw.ts does: mulberry32, temperature, the k largest. */
#pragma once
#include "softmax.h"

static INLINE uint32_t nextState(uint32_t state) { return state + 0x6d2b79f5u; }

/** mulberry32's number for a state, in [0, 1). */
static double uniform(uint32_t state) {
  uint32_t t = (state ^ (state >> 15)) * (state | 1);
  t ^= t + (t ^ (t >> 7)) * (t | 61);
  return (double)(t ^ (t >> 14)) / 4294967296.0;
}

static int largest(const float *logits, int classes) {
  int best = 0;
  for (int j = 1; j < classes; j++)
    if (logits[j] > logits[best]) best = j;
  return best;
}

/** The k-th largest logit, found by k passes; k is small. */
static float kthLargest(const float *logits, int classes, int k) {
  float limit = __builtin_inff();
  for (int seen = 0;;) {
    float top = -__builtin_inff();
    int count = 0;
    for (int j = 0; j < classes; j++) {
      if (!(logits[j] < limit)) continue;
      if (logits[j] > top) {
        top = logits[j];
        count = 1;
      } else if (logits[j] == top) count++;
    }
    seen += count;
    if (seen >= k || count == 0) return top;
    limit = top;
  }
}

/** Draws an id with the generator's `state`. `weights` is scratch for `classes` floats. */
static int draw(const float *logits, int classes, float temperature, int topK, uint32_t state, float *weights) {
  if (temperature <= 0) return largest(logits, classes);
  float least = topK > 0 && topK < classes ? kthLargest(logits, classes, topK) : -__builtin_inff();
  V shift = splat<V>(rowMaximum(logits, classes)), scale = splat<V>(1 / temperature), limit = splat<V>(least);
  for (int j = 0; j < classes; j += W) {
    V x = load_n<V>(logits + j, classes - j);
    V y = exponential((x - shift) * scale);
    store_n(weights + j, ::least(limit, x, y, splat<V>(0)), classes - j);
  }
  double total = 0, sum = 0;
  for (int j = 0; j < classes; j++) total += weights[j];
  double goal = uniform(state) * total;
  for (int j = 0; j < classes; j++) {
    sum += weights[j];
    if (sum > goal) return j;
  }
  // The logits are not numbers.
  return largest(logits, classes);
}
