/**
 * exp, sigmoid and tanh, with the same operations as packages/kernels/assembly/vector-math.ts, which has
 * their sources and bounds.
 */
#pragma once
#include "simd.h"

/** exp(r) for |r| ≤ ln 2 / 2. */
template <class T> INLINE T expPolynomial(T r) {
  T p = fma_(splat<T>(1.98756915e-4f), r, splat<T>(1.3981999507e-3f));
  p = fma_(p, r, splat<T>(8.3334519073e-3f));
  p = fma_(p, r, splat<T>(4.1665795894e-2f));
  p = fma_(p, r, splat<T>(1.6666665459e-1f));
  p = fma_(p, r, splat<T>(5.0000001201e-1f));
  return fma_(p, r * r, r + splat<T>(1.0f));
}
/** exp(x − n · ln 2) for |x − n · ln 2| ≤ ln 2 / 2. */
template <class T> INLINE T expReduced(T x, T n) {
  T r = fnma_(n, splat<T>(0.693359375f), x);
  return expPolynomial(fnma_(n, splat<T>(-2.1219444e-4f), r));
}

template <class T> INLINE T exponential(T x) {
  const T low = splat<T>(-87.33f), high = splat<T>(88.72283f), rounder = splat<T>(12582912.0f);
  T clamped = pmax(pmin(x, high), low);
  T sum = fma_(clamped, splat<T>(1.4426950408889634f), rounder);
  T whole = minusBits(sum, rounder), half = halfBits(whole);
  T factor = scaled(splat<T>(1.0f), minusBits(whole, half));
  T y = scaled(expReduced(clamped, sum - rounder), half) * factor;
  y = less(x, low, splat<T>(0.0f), y);
  return less(high, x, splat<T>(__builtin_inff()), y);
}

/** 1 / sigmoid(x), with x clamped to ±87. */
template <class T> INLINE T inverseSigmoid(T x) {
  const T rounder = splat<T>(12582912.0f);
  T minus = negative(pmax(pmin(x, splat<T>(87.0f)), splat<T>(-87.0f)));
  T sum = fma_(minus, splat<T>(1.4426950408889634f), rounder);
  return splat<T>(1.0f) + scaled(expReduced(minus, sum - rounder), sum);
}

template <class T> INLINE T sigmoid(T x) { return splat<T>(1.0f) / inverseSigmoid(x); }

/**
 * The candidate of a minimal layer, from its pre-activation c and s = σ(c), and its derivative
 * (assembly/minimal-gates.ts).
 */
template <class T> INLINE T candidateOf(T c, T s) { return least(splat<T>(0.0f), c, c + splat<T>(0.5f), s); }
template <class T> INLINE T candidateSlope(T c, T s) {
  return least(splat<T>(0.0f), c, splat<T>(1.0f), s * (splat<T>(1.0f) - s));
}

template <class T> INLINE T hyperbolicTangent(T x) {
  const T one = splat<T>(1.0f);
  T v = pmax(pmin(x, splat<T>(8.95f)), splat<T>(-8.95f));
  T square = v * v;
  T p = fma_(splat<T>(-5.6416762410444755e-14f), square, splat<T>(4.087417207402143e-11f));
  p = fma_(p, square, splat<T>(-1.7583789182401143e-8f));
  p = fma_(p, square, splat<T>(1.0467499187504161e-5f));
  p = fma_(p, square, splat<T>(3.0360983153184112e-3f));
  p = fma_(p, square, splat<T>(1.302255336823433e-1f));
  p = fma_(p, square, splat<T>(0.9999998719479379f));
  T q = fma_(splat<T>(2.4486609330362513e-4f), square, splat<T>(2.4222763997786688e-2f));
  q = fma_(q, square, splat<T>(4.6355838509634517e-1f));
  q = fma_(q, square, one);
  return pmax(pmin((p * v) / q, one), negative(one));
}

/**
 * The activation of the gates (assembly/gate-activation.ts): the kept value, the gate itself, and its
 * derivative.
 */
struct Sigmoid {
  template <class T> static INLINE T keep(T x) { return sigmoid(x); }
  template <class T> static INLINE T value(T kept) { return kept; }
  template <class T> static INLINE T slope(T kept) { return kept * (splat<T>(1.0f) - kept); }
};
struct HardSigmoid {
  template <class T> static INLINE T keep(T x) { return x * splat<T>(0.2f) + splat<T>(0.5f); }
  template <class T> static INLINE T value(T kept) { return pmax(pmin(kept, splat<T>(1.0f)), splat<T>(0.0f)); }
  template <class T> static INLINE T slope(T kept) {
    const T none = splat<T>(0.0f);
    return least(none, kept, least(kept, splat<T>(1.0f), splat<T>(0.2f), none), none);
  }
};
