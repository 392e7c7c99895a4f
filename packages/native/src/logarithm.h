/** log x in float64 by FreeBSD's algorithm (e_log.c, Sun Microsystems 1993), the same on every system; error below one unit in the last place. */
#pragma once
#include <stdint.h>
#include <string.h>

static double naturalLogarithm(double x) {
  const double LN2_HIGH = 6.93147180369123816490e-01, LN2_LOW = 1.90821492927058770002e-10;
  if (x != x || x < 0) return __builtin_nan("");
  if (x == 0) return -__builtin_inf();
  if (x == __builtin_inf()) return x;
  int k = 0;
  if (x < 2.2250738585072014e-308) {
    k = -54;
    x *= 18014398509481984.0;
  }
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
  double odd = z * (6.666666666666735130e-01 + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
  return s * (half + (even + odd)) + k * LN2_LOW - half + f + k * LN2_HIGH;
}
