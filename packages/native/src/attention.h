/**
 * Attention of queries over a source and its gradient, with the same sums in the same order as
 * assembly/attention.ts. A dot product is summed in 16 lanes, for any width of the vectors; all other sums
 * run over s or t in order. Shares are rows of the batch.
 */
#pragma once
#include "job.h"
#include "vector-math.h"

typedef UnrolledAttentionArguments AttentionArguments;

/** Σ of lanes in the order of `dotLanes`: four sums of four lanes, then the sum of these. */
static INLINE float sumLanes(const float *x) {
  float v[4];
  for (int i = 0; i < 4; i++) v[i] = (x[i] + x[4 + i]) + (x[8 + i] + x[12 + i]);
  return v[0] + v[1] + (v[2] + v[3]);
}

/** The term of a score: x·y. */
struct ProductScore {
  static INLINE V term(V x, V y, const float *, int, V sum) { return fma_(x, y, sum); }
};
/** v·tanh(x + y) */
struct AdditiveScore {
  static INLINE V term(V x, V y, const float *v, int n, V sum) { return fma_(load_n<V>(v, n), hyperbolicTangent(x + y), sum); }
};

template <class Score> static INLINE float dotLanes(const float *x, const float *y, const float *v, int count) {
  V sums[16 / W];
  for (int i = 0; i < 16 / W; i++) sums[i] = splat<V>(0.0f);
  for (int j = 0; j < count; j += 16)
    for (int i = 0; i < 16 / W; i++) {
      int at = j + i * W, left = count - at;
      if (left > 0) sums[i] = Score::term(load_n<V>(x + at, left), load_n<V>(y + at, left), v + at, left, sums[i]);
    }
  float lanes[16];
  for (int i = 0; i < 16 / W; i++) store(lanes + i * W, sums[i]);
  return sumLanes(lanes);
}

/** y += a·x */
static INLINE void addScaled(float a, const float *x, float *y, int count) {
  V factor = splat<V>(a);
  for (int j = 0; j < count; j += W) store_n(y + j, fma_(factor, load_n<V>(x + j, count - j), load_n<V>(y + j, count - j)), count - j);
}

/** Replaces scores by attention weights, in place; −Infinity becomes 0. */
static void sharesInPlace(float *row, int count, float largest) {
  V most = splat<V>(largest);
  for (int j = 0; j < count; j += W) store_n(row + j, exponential(load_n<V>(row + j, count - j) - most), count - j);
  float sum = 0;
  for (int s = 0; s < count; s++) sum += row[s];
  V total = splat<V>(sum);
  for (int j = 0; j < count; j += W) store_n(row + j, load_n<V>(row + j, count - j) / total, count - j);
}

/** The addresses of one row's data. */
struct AttentionRow {
  const AttentionArguments &args;
  const float *valid, *keys, *memory, *vector;
  /** @param b the row of the source */
  AttentionRow(const Context &context, const AttentionArguments &args, int b)
      : args(args),
        valid(context.floats(args.valid) + (int64_t)b * args.positions),
        keys(context.floats(args.keys) + (int64_t)b * args.positions * args.keySize),
        memory(context.floats(args.memory) + (int64_t)b * args.positions * args.memorySize),
        vector(context.floats(args.vector)) {}
  const float *key(int s) const { return keys + (int64_t)s * args.keySize; }
  const float *source(int s) const { return memory + (int64_t)s * args.memorySize; }
};

/** context = Σ_s weight_s·m_s */
static INLINE void weightedSum(const AttentionRow &of, const float *shares, float *context) {
  int size = of.args.memorySize;
  for (int j = 0; j < size; j += W) {
    V sum = splat<V>(0.0f);
    for (int s = 0; s < of.args.positions; s++)
      if (of.valid[s] > 0) sum = fma_(splat<V>(shares[s]), load_n<V>(of.source(s) + j, size - j), sum);
    store_n(context + j, sum, size - j);
  }
}

template <class Score> static void attendForward(const Context &context, const AttentionArguments &args, int index, int threads) {
  for (int b = rangeBoundary(args.batch, index, threads), end = rangeBoundary(args.batch, index + 1, threads); b < end; b++) {
    AttentionRow of(context, args, args.sources ? context.integers(args.sources)[b] : b);
    for (int t = 0; t < args.time; t++) {
      int64_t step = (int64_t)b * args.time + t;
      float *row = context.floats(args.alignments) + step * args.positions;
      const float *query = context.floats(args.query) + step * args.keySize;
      const float none = -__builtin_inff();
      float largest = none;
      for (int s = 0; s < args.positions; s++) {
        row[s] = none;
        if (!(of.valid[s] > 0)) continue;
        row[s] = dotLanes<Score>(of.key(s), query, of.vector, args.keySize);
        // NaN counts as the largest, as in f32.max.
        if (row[s] > largest || row[s] != row[s]) largest = row[s];
      }
      if (largest == none) memset(row, 0, sizeof(float) * (size_t)args.positions);
      else sharesInPlace(row, args.positions, largest);
      weightedSum(of, row, context.floats(args.context) + step * args.memorySize);
    }
  }
}

static INLINE void additiveBack(float dScore, const float *key, const float *query, const float *vector, float *dKey, float *dQuery, float *dVector, int count) {
  V d = splat<V>(dScore), one = splat<V>(1.0f);
  for (int j = 0; j < count; j += W) {
    int n = count - j;
    V squashed = hyperbolicTangent(load_n<V>(key + j, n) + load_n<V>(query + j, n));
    V e = (d * load_n<V>(vector + j, n)) * fnma_(squashed, squashed, one);
    store_n(dVector + j, fma_(d, squashed, load_n<V>(dVector + j, n)), n);
    store_n(dQuery + j, load_n<V>(dQuery + j, n) + e, n);
    store_n(dKey + j, load_n<V>(dKey + j, n) + e, n);
  }
}

/** The backward step of one query of one row; `dShares` is scratch of one float per position. */
static void stepBack(const Context &context, const AttentionArguments &args, int b, int t, float *dShares) {
  AttentionRow of(context, args, b);
  int64_t step = (int64_t)b * args.time + t, first = (int64_t)b * args.positions;
  const float *row = context.floats(args.alignments) + step * args.positions;
  const float *dContext = context.floats(args.dContext) + step * args.memorySize;
  const float *dAlignments = args.dAlignments ? context.floats(args.dAlignments) + step * args.positions : nullptr;
  const float *query = context.floats(args.query) + step * args.keySize;
  float *dQuery = context.floats(args.dQuery) + step * args.keySize;
  float *dKeys = context.floats(args.dKeys) + first * args.keySize, *dMemory = context.floats(args.dMemory) + first * args.memorySize;
  memset(dQuery, 0, sizeof(float) * (size_t)args.keySize);
  float total = 0;
  for (int s = 0; s < args.positions; s++) {
    if (!(of.valid[s] > 0)) continue;
    float d = dotLanes<ProductScore>(of.source(s), dContext, dContext, args.memorySize);
    if (dAlignments) d += dAlignments[s];
    dShares[s] = d;
    total += row[s] * d;
    addScaled(row[s], dContext, dMemory + (int64_t)s * args.memorySize, args.memorySize);
  }
  for (int s = 0; s < args.positions; s++) {
    if (!(of.valid[s] > 0)) continue;
    float dScore = row[s] * (dShares[s] - total);
    float *dKey = dKeys + (int64_t)s * args.keySize;
    if (args.additive) {
      float *dVector = context.floats(args.dVector) + (int64_t)b * args.keySize;
      additiveBack(dScore, of.key(s), query, of.vector, dKey, dQuery, dVector, args.keySize);
    } else {
      addScaled(dScore, of.key(s), dQuery, args.keySize);
      addScaled(dScore, query, dKey, args.keySize);
    }
  }
}

/** Checks the sizes and the inputs that both passes share, for a source of `rows` rows. */
static bool attentionSizes(Check &c, const AttentionArguments &args, int rows) {
  uint64_t steps = times(args.batch, args.time), places = times(rows, args.positions);
  return c.size("sourceRows", rows) && c.flag("additive", args.additive) && c.flag("adds", args.adds) && c.size("batch", args.batch) && c.size("time", args.time) &&
         c.size("positions", args.positions) && c.size("keySize", args.keySize, 1) && c.size("memorySize", args.memorySize, 1) &&
         c.reads("query", args.query, times(steps, args.keySize)) && c.reads("keys", args.keys, times(places, args.keySize)) &&
         c.reads("memory", args.memory, times(places, args.memorySize)) && c.reads("valid", args.valid, places) &&
         (!args.additive || c.reads("vector", args.vector, args.keySize));
}

static bool checkAttention(Check &c, const AttentionArguments &args) {
  uint64_t steps = times(args.batch < 0 ? 0 : args.batch, args.time < 0 ? 0 : args.time);
  return attentionSizes(c, args, args.sources ? args.sourceRows : args.batch) &&
         c.writes("alignments", args.alignments, times(steps, args.positions)) &&
         c.writes("context", args.context, times(steps, args.memorySize)) &&
         (!args.sources || c.indices("sources", args.sources, args.batch, (int64_t)args.sourceRows - 1));
}
static void attention(const Context &context, int index, int threads) {
  const AttentionArguments &args = context.as<AttentionArguments>();
  if (args.additive) attendForward<AdditiveScore>(context, args, index, threads);
  else attendForward<ProductScore>(context, args, index, threads);
}

static bool checkAttentionGradient(Check &c, const AttentionArguments &args) {
  if (!attentionSizes(c, args, args.batch)) return false;
  uint64_t steps = times(args.batch, args.time), places = times(args.batch, args.positions);
  c.scratch = plus(times(4, args.positions), 64);
  return c.reads("alignments", args.alignments, times(steps, args.positions)) &&
         c.reads("dContext", args.dContext, times(steps, args.memorySize)) &&
         (!args.dAlignments || c.reads("dAlignments", args.dAlignments, times(steps, args.positions))) &&
         c.writes("dQuery", args.dQuery, times(steps, args.keySize)) && c.writes("dKeys", args.dKeys, times(places, args.keySize)) &&
         c.writes("dMemory", args.dMemory, times(places, args.memorySize)) &&
         (!args.additive || c.writes("dVector", args.dVector, times(args.batch, args.keySize)));
}
static void attentionGradient(const Context &context, int index, int threads) {
  const AttentionArguments &args = context.as<AttentionArguments>();
  float *dShares = Scratch(context, index).floats(args.positions);
  for (int b = rangeBoundary(args.batch, index, threads), end = rangeBoundary(args.batch, index + 1, threads); b < end; b++) {
    if (!args.adds) {
      int64_t first = (int64_t)b * args.positions;
      memset(context.floats(args.dKeys) + first * args.keySize, 0, 4 * (size_t)args.positions * args.keySize);
      memset(context.floats(args.dMemory) + first * args.memorySize, 0, 4 * (size_t)args.positions * args.memorySize);
      if (args.additive) memset(context.floats(args.dVector) + (int64_t)b * args.keySize, 0, 4 * (size_t)args.keySize);
    }
    for (int t = args.time - 1; t >= 0; t--) stepBack(context, args, b, t, dShares);
  }
}

static const JobEntry ATTENTION_JOBS[] = {
    jobOf<AttentionArguments, checkAttention, attention>(UNROLLED_JOB_ATTENTION),
    jobOf<AttentionArguments, checkAttentionGradient, attentionGradient>(UNROLLED_JOB_ATTENTION_GRADIENT),
};
