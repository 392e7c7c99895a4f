/**
 * Vectors of floats in this translation unit's instruction set: W lanes of AVX-512 (16), AVX2 with FMA (8) or
 * NEON (8, a pair of registers). `V` is the widest vector, `V8` a vector of 8 lanes; every function exists
 * for both. min, max and comparisons treat NaN like WebAssembly's pmin, pmax and lt, so both executors
 * compute the same bits.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define INLINE inline __attribute__((always_inline))

template <class T> T load(const float *p);
/** Loads the first n lanes (none if n is negative), with zeros in the others. Reads nothing past them. */
template <class T> T load_n(const float *p, int n);
template <class T> T splat(float x);

#if defined(__AVX2__)
#include <immintrin.h>
typedef __m256 V8;
typedef __m128 V4;
template <> INLINE V8 load<V8>(const float *p) { return _mm256_loadu_ps(p); }
template <> INLINE V8 splat<V8>(float x) { return _mm256_set1_ps(x); }
static INLINE void store(float *p, V8 v) { _mm256_storeu_ps(p, v); }
alignas(64) static const int32_t LANES[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};
static INLINE __m256i lanes8(int n) {
  return _mm256_loadu_si256((const __m256i *)(LANES + 8 - (n > 8 ? 8 : n < 0 ? 0 : n)));
}
template <> INLINE V8 load_n<V8>(const float *p, int n) {
  return n >= 8 ? load<V8>(p) : _mm256_maskload_ps(p, lanes8(n));
}
static INLINE void store_n(float *p, V8 v, int n) {
  if (n >= 8) store(p, v);
  else _mm256_maskstore_ps(p, lanes8(n), v);
}
/** The first n lanes of v, followed by those of `other`. */
static INLINE V8 first_n(V8 v, int n, V8 other) {
  return _mm256_blendv_ps(other, v, _mm256_castsi256_ps(lanes8(n)));
}
static INLINE V8 fma_(V8 a, V8 b, V8 c) { return _mm256_fmadd_ps(a, b, c); }
static INLINE V8 fnma_(V8 a, V8 b, V8 c) { return _mm256_fnmadd_ps(a, b, c); }
static INLINE V8 pmin(V8 a, V8 b) { return _mm256_min_ps(b, a); }
static INLINE V8 pmax(V8 a, V8 b) { return _mm256_max_ps(b, a); }
static INLINE V8 root(V8 a) { return _mm256_sqrt_ps(a); }
static INLINE V8 negative(V8 a) { return _mm256_xor_ps(a, _mm256_set1_ps(-0.0f)); }
/** a < b ? yes : no, for each lane. */
static INLINE V8 less(V8 a, V8 b, V8 yes, V8 no) {
  return _mm256_blendv_ps(no, yes, _mm256_cmp_ps(a, b, _CMP_LT_OQ));
}
/** a <= b ? yes : no, for each lane. */
static INLINE V8 least(V8 a, V8 b, V8 yes, V8 no) {
  return _mm256_blendv_ps(no, yes, _mm256_cmp_ps(a, b, _CMP_LE_OQ));
}
/** y · 2^n, n an integer in the low bits of each lane. */
static INLINE V8 scaled(V8 y, V8 n) {
  return _mm256_castsi256_ps(
      _mm256_add_epi32(_mm256_castps_si256(y), _mm256_slli_epi32(_mm256_castps_si256(n), 23)));
}
/** The integers of x − y, with the bits of x and y read as integers; and those of half of x. */
static INLINE V8 minusBits(V8 x, V8 y) {
  return _mm256_castsi256_ps(_mm256_sub_epi32(_mm256_castps_si256(x), _mm256_castps_si256(y)));
}
static INLINE V8 halfBits(V8 x) { return _mm256_castsi256_ps(_mm256_srai_epi32(_mm256_castps_si256(x), 1)); }
/** WebAssembly's max: NaN if either operand is NaN, and +0 above −0. */
static INLINE V8 maximum(V8 a, V8 b) {
  V8 both = _mm256_and_ps(_mm256_max_ps(a, b), _mm256_max_ps(b, a));
  return _mm256_or_ps(both, _mm256_cmp_ps(a, b, _CMP_UNORD_Q));
}
/** The largest lane if none is NaN; the sign of a zero is not defined. */
static INLINE float largestLane(V8 x) {
  V4 y = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
  y = _mm_max_ps(y, _mm_movehl_ps(y, y));
  return _mm_cvtss_f32(_mm_max_ss(y, _mm_movehdup_ps(y)));
}
static INLINE bool hasNaN(V8 x) { return _mm256_movemask_ps(_mm256_cmp_ps(x, x, _CMP_UNORD_Q)) != 0; }
/** Adds the groups of four lanes to `sum`, in order. */
static INLINE void addFours(V8 x, V4 &sum) {
  sum = _mm_add_ps(sum, _mm256_castps256_ps128(x));
  sum = _mm_add_ps(sum, _mm256_extractf128_ps(x, 1));
}
static INLINE V4 zero4() { return _mm_setzero_ps(); }
static INLINE void store4(float *p, V4 v) { _mm_storeu_ps(p, v); }
#endif

#if defined(__AVX512F__)
typedef __m512 V;
enum { W = 16, TILE_ROWS = 13, NARROW_ROWS = 13, UNROLLED = 1 };
template <> INLINE V load<V>(const float *p) { return _mm512_loadu_ps(p); }
template <> INLINE V splat<V>(float x) { return _mm512_set1_ps(x); }
static INLINE void store(float *p, V v) { _mm512_storeu_ps(p, v); }
static INLINE __mmask16 lanes16(int n) {
  return n >= 16 ? (__mmask16)0xffff : n <= 0 ? (__mmask16)0 : (__mmask16)((1u << n) - 1);
}
template <> INLINE V load_n<V>(const float *p, int n) { return _mm512_maskz_loadu_ps(lanes16(n), p); }
static INLINE void store_n(float *p, V v, int n) { _mm512_mask_storeu_ps(p, lanes16(n), v); }
static INLINE V first_n(V v, int n, V other) { return _mm512_mask_mov_ps(other, lanes16(n), v); }
static INLINE V fma_(V a, V b, V c) { return _mm512_fmadd_ps(a, b, c); }
static INLINE V fnma_(V a, V b, V c) { return _mm512_fnmadd_ps(a, b, c); }
static INLINE V pmin(V a, V b) { return _mm512_min_ps(b, a); }
static INLINE V pmax(V a, V b) { return _mm512_max_ps(b, a); }
static INLINE V root(V a) { return _mm512_sqrt_ps(a); }
static INLINE V negative(V a) { return _mm512_xor_ps(a, _mm512_set1_ps(-0.0f)); }
static INLINE V less(V a, V b, V yes, V no) {
  return _mm512_mask_mov_ps(no, _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), yes);
}
static INLINE V least(V a, V b, V yes, V no) {
  return _mm512_mask_mov_ps(no, _mm512_cmp_ps_mask(a, b, _CMP_LE_OQ), yes);
}
static INLINE V scaled(V y, V n) {
  return _mm512_castsi512_ps(
      _mm512_add_epi32(_mm512_castps_si512(y), _mm512_slli_epi32(_mm512_castps_si512(n), 23)));
}
static INLINE V minusBits(V x, V y) {
  return _mm512_castsi512_ps(_mm512_sub_epi32(_mm512_castps_si512(x), _mm512_castps_si512(y)));
}
static INLINE V halfBits(V x) { return _mm512_castsi512_ps(_mm512_srai_epi32(_mm512_castps_si512(x), 1)); }
static INLINE V maximum(V a, V b) {
  V both = _mm512_and_ps(_mm512_max_ps(a, b), _mm512_max_ps(b, a));
  __mmask16 none = _mm512_cmp_ps_mask(a, b, _CMP_UNORD_Q);
  return _mm512_mask_mov_ps(both, none, _mm512_castsi512_ps(_mm512_set1_epi32(-1)));
}
static INLINE float largestLane(V x) { return largestLane(_mm256_max_ps(_mm512_castps512_ps256(x), _mm512_extractf32x8_ps(x, 1))); }
static INLINE bool hasNaN(V x) { return _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q) != 0; }
static INLINE void addFours(V x, V4 &sum) {
  sum = _mm_add_ps(sum, _mm512_castps512_ps128(x));
  sum = _mm_add_ps(sum, _mm512_extractf32x4_ps(x, 1));
  sum = _mm_add_ps(sum, _mm512_extractf32x4_ps(x, 2));
  sum = _mm_add_ps(sum, _mm512_extractf32x4_ps(x, 3));
}
#elif defined(__AVX2__)
typedef V8 V;
enum { W = 8, TILE_ROWS = 6, NARROW_ROWS = 12, UNROLLED = 4 };
#elif defined(__aarch64__)
#include <arm_neon.h>
typedef float32x4_t V4;
struct V8 {
  V4 a, b;
};
typedef V8 V;
enum { W = 8, TILE_ROWS = 6, NARROW_ROWS = 12, UNROLLED = 1 };
static INLINE V8 operator+(V8 x, V8 y) { return {x.a + y.a, x.b + y.b}; }
static INLINE V8 operator-(V8 x, V8 y) { return {x.a - y.a, x.b - y.b}; }
static INLINE V8 operator*(V8 x, V8 y) { return {x.a * y.a, x.b * y.b}; }
static INLINE V8 operator/(V8 x, V8 y) { return {vdivq_f32(x.a, y.a), vdivq_f32(x.b, y.b)}; }
template <> INLINE V8 load<V8>(const float *p) { return {vld1q_f32(p), vld1q_f32(p + 4)}; }
template <> INLINE V8 splat<V8>(float x) { return {vdupq_n_f32(x), vdupq_n_f32(x)}; }
static INLINE void store(float *p, V8 v) {
  vst1q_f32(p, v.a);
  vst1q_f32(p + 4, v.b);
}
template <> INLINE V8 load_n<V8>(const float *p, int n) {
  if (n >= 8) return load<V8>(p);
  float t[8] = {0, 0, 0, 0, 0, 0, 0, 0};
  for (int i = 0; i < n; i++) t[i] = p[i];
  return load<V8>(t);
}
static INLINE void store_n(float *p, V8 v, int n) {
  if (n >= 8) return store(p, v);
  float t[8];
  store(t, v);
  for (int i = 0; i < n; i++) p[i] = t[i];
}
static INLINE V8 first_n(V8 v, int n, V8 other) {
  float t[8], o[8];
  store(t, v);
  store(o, other);
  for (int i = n < 0 ? 0 : n; i < 8; i++) t[i] = o[i];
  return load<V8>(t);
}
static INLINE V8 fma_(V8 a, V8 b, V8 c) { return {vfmaq_f32(c.a, a.a, b.a), vfmaq_f32(c.b, a.b, b.b)}; }
static INLINE V8 fnma_(V8 a, V8 b, V8 c) { return {vfmsq_f32(c.a, a.a, b.a), vfmsq_f32(c.b, a.b, b.b)}; }
static INLINE V4 choose4(uint32x4_t m, V4 yes, V4 no) { return vbslq_f32(m, yes, no); }
static INLINE V8 less(V8 a, V8 b, V8 yes, V8 no) {
  return {choose4(vcltq_f32(a.a, b.a), yes.a, no.a), choose4(vcltq_f32(a.b, b.b), yes.b, no.b)};
}
static INLINE V8 least(V8 a, V8 b, V8 yes, V8 no) {
  return {choose4(vcleq_f32(a.a, b.a), yes.a, no.a), choose4(vcleq_f32(a.b, b.b), yes.b, no.b)};
}
static INLINE V8 pmin(V8 a, V8 b) { return less(b, a, b, a); }
static INLINE V8 pmax(V8 a, V8 b) { return less(a, b, b, a); }
static INLINE V8 root(V8 x) { return {vsqrtq_f32(x.a), vsqrtq_f32(x.b)}; }
static INLINE V8 negative(V8 x) { return {vnegq_f32(x.a), vnegq_f32(x.b)}; }
static INLINE V4 scaled4(V4 y, V4 n) {
  return vreinterpretq_f32_s32(vaddq_s32(vreinterpretq_s32_f32(y), vshlq_n_s32(vreinterpretq_s32_f32(n), 23)));
}
static INLINE V8 scaled(V8 y, V8 n) { return {scaled4(y.a, n.a), scaled4(y.b, n.b)}; }
static INLINE V4 minus4(V4 x, V4 y) {
  return vreinterpretq_f32_s32(vsubq_s32(vreinterpretq_s32_f32(x), vreinterpretq_s32_f32(y)));
}
static INLINE V8 minusBits(V8 x, V8 y) { return {minus4(x.a, y.a), minus4(x.b, y.b)}; }
static INLINE V4 half4(V4 x) { return vreinterpretq_f32_s32(vshrq_n_s32(vreinterpretq_s32_f32(x), 1)); }
static INLINE V8 halfBits(V8 x) { return {half4(x.a), half4(x.b)}; }
static INLINE V8 maximum(V8 a, V8 b) { return {vmaxq_f32(a.a, b.a), vmaxq_f32(a.b, b.b)}; }
static INLINE float largestLane(V8 x) { return vmaxvq_f32(vmaxq_f32(x.a, x.b)); }
static INLINE bool hasNaN(V8 x) {
  float largest = largestLane(x);
  return largest != largest;
}
static INLINE void addFours(V8 x, V4 &sum) {
  sum = vaddq_f32(sum, x.a);
  sum = vaddq_f32(sum, x.b);
}
static INLINE V4 zero4() { return vdupq_n_f32(0); }
static INLINE void store4(float *p, V4 v) { vst1q_f32(p, v); }
#else
#error "this file is compiled for AVX2, AVX-512 or NEON"
#endif

/** The sum of four lanes in the order of assembly/vector-math.ts. */
static INLINE float sum4(V4 v) {
  float x[4];
  store4(x, v);
  return x[0] + x[1] + (x[2] + x[3]);
}
