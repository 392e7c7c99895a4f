/**
 * Embedding lookup: output[n] = embeddings[id[n]], and its gradient, a scatter-add in the order of n. Shares
 * of the gradient are columns.
 */
#pragma once
#include "packing.h"

typedef UnrolledEmbeddingArguments EmbeddingArguments;

static bool embeddingSizes(Check &c, const EmbeddingArguments &args) {
  return c.size("count", args.count) && c.size("vocabulary", args.vocabulary, 1) && c.size("dimension", args.dimension, 1);
}
static bool checkEmbedding(Check &c, const EmbeddingArguments &args) {
  return embeddingSizes(c, args) && c.reads("embeddings", args.embeddings, times(args.vocabulary, args.dimension)) &&
         c.writes("output", args.output, times(args.count, args.dimension)) && c.indices("ids", args.ids, args.count, args.vocabulary - 1);
}
static void embedding(const Context &context, int index, int threads) {
  const EmbeddingArguments &args = context.as<EmbeddingArguments>();
  int64_t width = args.dimension;
  for (int n = rangeBoundary(args.count, index, threads), end = rangeBoundary(args.count, index + 1, threads); n < end; n++)
    memmove(context.floats(args.output) + n * width, context.floats(args.embeddings) + context.integers(args.ids)[n] * width, width * sizeof(float));
}

/** `embeddings` is the gradient to write, `output` the incoming gradient. */
static bool checkEmbeddingGradient(Check &c, const EmbeddingArguments &args) {
  return embeddingSizes(c, args) && c.writes("embeddings", args.embeddings, times(args.vocabulary, args.dimension)) &&
         c.reads("output", args.output, times(args.count, args.dimension)) && c.indices("ids", args.ids, args.count, args.vocabulary - 1);
}
static void embeddingGradient(const Context &context, int index, int threads) {
  const EmbeddingArguments &args = context.as<EmbeddingArguments>();
  int64_t width = args.dimension;
  int groups = ceilDivide(args.dimension, W);
  int first = rangeBoundary(groups, index, threads) * W, end = smaller(args.dimension, rangeBoundary(groups, index + 1, threads) * W);
  if (first >= end) return;
  float *target = context.floats(args.embeddings) + first;
  const float *source = context.floats(args.output) + first;
  for (int row = 0; row < args.vocabulary; row++) memset(target + row * width, 0, (end - first) * sizeof(float));
  for (int n = 0; n < args.count; n++) addFloats(target + context.integers(args.ids)[n] * width, source + n * width, end - first);
}

static const JobEntry EMBEDDING_JOBS[] = {
    jobOf<EmbeddingArguments, checkEmbedding, embedding>(UNROLLED_JOB_EMBEDDING),
    jobOf<EmbeddingArguments, checkEmbeddingGradient, embeddingGradient>(UNROLLED_JOB_EMBEDDING_GRADIENT),
};
