/**
 * log x in float64 by FreeBSD's algorithm (e_log.c, Sun Microsystems 1993), with the same bits on every
 * system. The error is below one unit in the last place.
 */
#pragma once
#include <stdint.h>
#include <string.h>

/** log (2^k · x) for a positive x that is neither infinite nor below 2^-1022. */
static inline __attribute__((always_inline)) double normalLogarithm(double x, int k) {
  const double LN2_HIGH = 6.93147180369123816490e-01, LN2_LOW = 1.90821492927058770002e-10;
  // x = 2^k · m, sqrt(2) / 2 < m < sqrt(2).
  uint64_t bits;
  memcpy(&bits, &x, 8);
  bits += ((uint64_t)(0x3ff00000 - 0x3fe6a09e)) << 32;
  k += (int)(bits >> 52) - 1023;
  bits = (bits & 0x000fffffffffffffULL) + (0x3fe6a09eULL << 32);
  double m;
  memcpy(&m, &bits, 8);
  double f = m - 1.0, half = 0.5 * f * f, s = f / (2.0 + f), z = s * s, w = z * z;
  double even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
  double odd = z * (6.666666666666735130e-01 + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860510658591e-01)));
  return s * (half + (even + odd)) + k * LN2_LOW - half + f + k * LN2_HIGH;
}

static double naturalLogarithm(double x) {
  if (x != x || x < 0) return __builtin_nan("");
  if (x == 0) return -__builtin_inf();
  if (x == __builtin_inf()) return x;
  return x < 2.2250738585072014e-308 ? normalLogarithm(x * 18014398509481984.0, -54) : normalLogarithm(x, 0);
}

enum { LOGARITHMS = 16 };
/** The logarithms of 16 numbers, by vector instructions if none of them is special. */
static void naturalLogarithms(const float *x, float *logarithms) {
  bool normal = true;
  for (int i = 0; i < LOGARITHMS; i++) normal &= x[i] >= 1.17549435e-38f && x[i] <= 3.40282347e38f;
  if (normal)
    for (int i = 0; i < LOGARITHMS; i++) logarithms[i] = (float)normalLogarithm(x[i], 0);
  else
    for (int i = 0; i < LOGARITHMS; i++) logarithms[i] = (float)naturalLogarithm(x[i]);
}
