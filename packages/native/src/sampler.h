/**
 * Sampling: the whole loop of one id at a time, with the steps, barriers and packed weights of
 * assembly/sampler.ts and unit-blocks.ts. A share is a thread's blocks of units in every layer. Its private
 * data is in the executor's scratch memory.
 */
#pragma once
#include "draw.h"
#include "gru.h"
#include "lstm.h"
#include "row-product.h"
#include "simple-rnn.h"

typedef UnrolledSamplerArguments SamplerArguments;
typedef UnrolledSamplerLayer SamplerLayer;

static INLINE int evenRows(int k) { return (k + 1) & ~1; }
static INLINE int gateCount(int layer) {
  return layer == UNROLLED_LAYER_CODE_LSTM ? 4 : layer >= UNROLLED_LAYER_CODE_SIMPLE_RNN_TANH ? 1 : 3;
}
/** Number of units of a block, and of floats in a row of its pre-activations. */
static INLINE int blockUnits(int layer) { return layer == UNROLLED_LAYER_CODE_LSTM ? UNROLLED_LSTM_BLOCK_UNITS : UNROLLED_BLOCK_UNITS; }
static INLINE int blockWidth(int layer) { return (gateCount(layer) == 1 ? 1 : 4) * blockUnits(layer); }
static INLINE int blockCount(const SamplerLayer &layer) { return ceilDivide(layer.units, blockUnits(layer.layer)); }
static INLINE int paddedUnits(const SamplerLayer &layer) { return blockCount(layer) * blockUnits(layer.layer); }
/** Number of floats of a block's gates, or of one gate, in a packed kernel of k rows. */
static INLINE int64_t packedGate(const SamplerLayer &layer, int k) { return (int64_t)evenRows(k) * blockUnits(layer.layer); }
static INLINE int logitStride(const SamplerArguments &args) { return (int)roundUp(args.classes, UNROLLED_LOGIT_COLUMNS); }

/** A share's data for each layer: pre-activations [blocks, batch, width] and its share of c. */
struct OwnLayer {
  float *gates, *c;
};

/** The state of a share during the steps. */
struct Sampler {
  const Context &context;
  const SamplerArguments &args;
  int index, threads;
  /** Which of the two buffers holds the states. */
  int parity = 0;
  int32_t id = 0;
  /** The barriers so far. */
  uint32_t meetings = 0;
  OwnLayer *own;
  float *weights, *logits, *inputs;

  Sampler(const Context &context, int index, int threads)
      : context(context), args(context.as<SamplerArguments>()), index(index), threads(threads) {
    Scratch scratch(context, index);
    own = scratch.take<OwnLayer>(sizeof(OwnLayer) * args.layers);
    for (int n = 0; n < args.layers; n++) {
      const SamplerLayer &layer = layerAt(n);
      own[n].gates = scratch.floats((int64_t)blockCount(layer) * args.batch * blockWidth(layer.layer));
      own[n].c = scratch.floats((int64_t)args.batch * paddedUnits(layer));
    }
    weights = scratch.floats(logitStride(args));
    logits = scratch.floats((int64_t)(args.ownLogits ? args.batch : 0) * logitStride(args));
    inputs = scratch.floats((int64_t)args.batch * evenRows(args.dimension));
    // Rows that were looked up have an even width.
    memset(inputs, 0, sizeof(float) * args.batch * evenRows(args.dimension));
  }

  const SamplerLayer &layerAt(int n) const { return ((const SamplerLayer *)(context.memory + args.table))[n]; }
  int64_t strideOf(const SamplerLayer &layer) const { return layer.stateStride / 4; }
  float *state(const SamplerLayer &layer, int which) const {
    return context.floats(layer.h) + which * args.batch * strideOf(layer);
  }
  int firstBlock(const SamplerLayer &layer, int which) const { return rangeBoundary(blockCount(layer), which, threads); }
  float *blockGates(int n, int block) const { return own[n].gates + (int64_t)block * args.batch * blockWidth(layerAt(n).layer); }
  uint64_t arrive() { return poolArrive(context.pool, index, threads, ++meetings); }
  void await(uint64_t goal) { poolAwait(context.pool, goal, index, threads); }
  void meet() { await(arrive()); }

  /**
   * If a share's blocks are contiguous both in the pre-activations and in the packed kernels, one product
   * computes them.
   */
  bool isOneProduct(const SamplerLayer &layer) const { return args.batch == 1 && gateCount(layer.layer) != 3; }

  /** target += h · gates [gate, gate + count) of a block. */
  void addRecurrent(const SamplerLayer &layer, int block, int gate, int count, const float *h, float *target) {
    const float *packed = context.floats(layer.packedRecurrent) + (int64_t)(block * gateCount(layer.layer) + gate) * packedGate(layer, layer.units);
    rowsProduct(args.batch, count * blockUnits(layer.layer), evenRows(layer.units), h, strideOf(layer), packed, target, blockWidth(layer.layer));
  }

  /**
   * Computes the part of the share's pre-activations that depends on the state before the step: the bias, and
   * h · R for the gates that need no other data.
   */
  void startLayer(int n, int which) {
    const SamplerLayer &layer = layerAt(n);
    int first = firstBlock(layer, index), end = firstBlock(layer, index + 1), width = blockWidth(layer.layer), gates = gateCount(layer.layer);
    const float *h = state(layer, which), *bias = context.floats(layer.bias);
    for (int b = first; b < end; b++)
      for (int r = 0; r < args.batch; r++) memmove(blockGates(n, b) + r * width, bias + (int64_t)b * width, width * sizeof(float));
    if (isOneProduct(layer)) {
      if (first < end) addRecurrent(layer, first, 0, gates * (end - first), h, blockGates(n, first));
      return;
    }
    for (int b = first; b < end; b++) {
      addRecurrent(layer, b, 0, gates == 3 ? 2 : gates, h, blockGates(n, b));
      if (layer.layer == UNROLLED_LAYER_CODE_GRU_RESET_AFTER) addRecurrent(layer, b, 2, 1, h, blockGates(n, b) + 3 * blockUnits(layer.layer));
    }
  }

  /** target += a block's share of an unpadded row of gates · units floats. */
  static void addRow(const SamplerLayer &layer, int block, const float *row, float *target) {
    int units = blockUnits(layer.layer);
    for (int g = 0; g < gateCount(layer.layer); g++)
      for (int j = block * units; j < smaller(layer.units, (block + 1) * units); j += 8) {
        float *to = target + g * units + j - block * units;
        store(to, load<V8>(to) + load_n<V8>(row + (int64_t)g * layer.units + j, layer.units - j));
      }
  }

  /** Adds the input's part of the pre-activations of the share's blocks: the ids' rows, or x · W. */
  void addInput(int n, const int32_t *ids, const float *x, int64_t xStride) {
    const SamplerLayer &layer = layerAt(n);
    int first = firstBlock(layer, index), end = firstBlock(layer, index + 1), width = blockWidth(layer.layer), gates = gateCount(layer.layer);
    if (layer.kernel) {
      for (int b = first; b < end; b++)
        for (int r = 0; r < args.batch; r++)
          addRow(layer, b, context.floats(layer.kernel) + (int64_t)ids[r] * gates * layer.units, blockGates(n, b) + r * width);
      return;
    }
    int together = isOneProduct(layer) ? larger(end - first, 1) : 1;
    for (int b = first; b < end; b += together) {
      const float *packed = context.floats(layer.packedKernel) + (int64_t)b * gates * packedGate(layer, layer.inputSize);
      rowsProduct(args.batch, together * gates * blockUnits(layer.layer), evenRows(layer.inputSize), x, xStride, packed, blockGates(n, b), width);
    }
  }

  /** Computes a block's new state from its pre-activations. */
  void finishBlock(int n, int block, const float *before, float *after) {
    const SamplerLayer &layer = layerAt(n);
    int units = blockUnits(layer.layer), type = layer.layer;
    for (int r = 0; r < args.batch; r++)
      for (int j = 0; j < units; j += 8) {
        const float *a = blockGates(n, block) + r * blockWidth(type) + j;
        int64_t at = r * strideOf(layer) + block * units + j;
        V8 y;
        if (type == UNROLLED_LAYER_CODE_LSTM) {
          float *c = own[n].c + (int64_t)r * paddedUnits(layer) + block * units;
          V8 i = load<V8>(a), f = load<V8>(a + units), g = load<V8>(a + 2 * units), o = load<V8>(a + 3 * units), memory = load<V8>(c), squashed;
          y = lstmStep<Sigmoid>(i, f, g, o, memory, squashed);
          store(c, memory);
        } else if (type == UNROLLED_LAYER_CODE_GRU_RESET_AFTER) {
          V8 z = sigmoid(load<V8>(a)), reset = sigmoid(load<V8>(a + units));
          V8 candidate = fma_(reset, load<V8>(a + 3 * units), load<V8>(a + 2 * units));
          y = gruStep<Sigmoid>(z, candidate, load<V8>(before + at));
        } else if (type == UNROLLED_LAYER_CODE_GRU_RESET_BEFORE) {
          V8 candidate = load<V8>(a + 2 * units);
          y = gruStep<Sigmoid>(load<V8>(a), candidate, load<V8>(before + at));
        } else y = rnnStep(load<V8>(a), type == UNROLLED_LAYER_CODE_SIMPLE_RNN_RELU);
        store(after + at, y);
      }
  }

  /** Computes the gates of a block of a reset-before GRU, z in place, and its share of r ∘ h. */
  void resetBlock(int n, int block, const float *before) {
    const SamplerLayer &layer = layerAt(n);
    int units = blockUnits(layer.layer);
    for (int r = 0; r < args.batch; r++)
      for (int j = 0; j < units; j += 8) {
        float *a = blockGates(n, block) + r * blockWidth(layer.layer) + j;
        int64_t at = r * strideOf(layer) + block * units + j;
        store(a, sigmoid(load<V8>(a)));
        store(context.floats(args.reset) + at, sigmoid(load<V8>(a + units)) * load<V8>(before + at));
      }
  }

  /**
   * Computes the rest of a layer's step, from ids, or from x with `xStride` floats between rows: the share's
   * blocks of the state's other buffer.
   */
  void finishLayer(int n, const int32_t *ids, const float *x, int64_t xStride) {
    const SamplerLayer &layer = layerAt(n);
    int first = firstBlock(layer, index), end = firstBlock(layer, index + 1);
    const float *before = state(layer, parity);
    float *after = state(layer, 1 - parity);
    addInput(n, ids, x, xStride);
    if (layer.layer == UNROLLED_LAYER_CODE_GRU_RESET_BEFORE) {
      for (int b = first; b < end; b++) resetBlock(n, b, before);
      meet();
      for (int b = first; b < end; b++) addRecurrent(layer, b, 2, 1, context.floats(args.reset), blockGates(n, b) + 2 * blockUnits(layer.layer));
    }
    for (int b = first; b < end; b++) finishBlock(n, b, before, after);
  }

  /** The number of columns to compute for n columns: whole panels, as in assembly/row-product.ts. */
  static int rowColumns(int n) {
    int left = n & 31;
    return n > 32 && left > 0 && left <= 8 ? n - left + 8 : (n + 31) & ~31;
  }

  /**
   * Computes the logits of all rows from the last layer's output. If the threads share the logits, each
   * computes strips of 32 columns.
   */
  float *readOut(const float *x, int64_t xStride) {
    float *to = args.ownLogits ? logits : context.floats(args.logits);
    int stride = logitStride(args), strips = stride / 32, k = evenRows(layerAt(args.layers - 1).units);
    int first = args.ownLogits ? 0 : rangeBoundary(strips, index, threads) * 32;
    int end = args.ownLogits ? args.classes : smaller(rangeBoundary(strips, index + 1, threads) * 32, args.classes);
    int columns = first < end ? rowColumns(end - first) : 0;
    const float *packed = context.floats(args.packedDense) + (int64_t)first * k;
    for (int r = 0; r < args.batch; r++) memmove(to + (int64_t)r * stride + first, context.floats(args.denseBias) + first, columns * sizeof(float));
    rowsProduct(args.batch, columns, k, x, xStride, packed, to + first, stride);
    if (!args.ownLogits) meet();
    return to;
  }

  /**
   * Feeds one id for each row: computes the new states and, if `wanted`, the logits. The first layer must
   * have been started. If `again`, it is started for the next step.
   */
  const float *feed(const int32_t *ids, bool wanted, bool again) {
    const float *x = inputs;
    int64_t stride = evenRows(args.dimension);
    for (int r = 0; r < args.batch && args.embeddings; r++)
      memmove(inputs + r * stride, context.floats(args.embeddings) + (int64_t)ids[r] * args.dimension, args.dimension * sizeof(float));
    for (int n = 0; n < args.layers; n++) {
      finishLayer(n, ids, x, stride);
      uint64_t goal = arrive();
      bool top = n + 1 == args.layers;
      // A single layer reads the state that the other threads are still writing, so it must wait.
      if (args.layers == 1) await(goal);
      if (!top || again) startLayer(top ? 0 : n + 1, top ? 1 - parity : parity);
      await(goal);
      x = state(layerAt(n), 1 - parity);
      stride = strideOf(layerAt(n));
      // Other cores have written most of it: all lines are asked for at once.
      for (int j = 0; threads > 1 && j < args.batch * stride; j += 16) __builtin_prefetch(x + j);
    }
    parity = 1 - parity;
    return wanted && args.packedDense ? readOut(x, stride) : x;
  }

  /** Copies this share's blocks of a layer's rows. */
  void copyShare(const SamplerLayer &layer, float *target, int64_t targetStride, const float *source, int64_t sourceStride) {
    int units = blockUnits(layer.layer), first = firstBlock(layer, index) * units, end = firstBlock(layer, index + 1) * units;
    for (int r = 0; r < args.batch; r++) memmove(target + r * targetStride + first, source + r * sourceStride + first, (end - first) * sizeof(float));
  }

  /** Copies this share of the states c, and starts the first step. */
  void begin() {
    for (int n = 0; n < args.layers; n++) {
      const SamplerLayer &layer = layerAt(n);
      if (layer.c) copyShare(layer, own[n].c, paddedUnits(layer), context.floats(layer.c), strideOf(layer));
    }
    startLayer(0, 0);
  }

  /** Writes the states, each share its own blocks, and the logits to their places between runs. */
  void settle(const float *last) {
    for (int n = 0; n < args.layers; n++) {
      const SamplerLayer &layer = layerAt(n);
      if (layer.c) copyShare(layer, context.floats(layer.c), strideOf(layer), own[n].c, paddedUnits(layer));
      if (parity) copyShare(layer, state(layer, 0), strideOf(layer), state(layer, 1), strideOf(layer));
    }
    float *to = context.floats(args.logits);
    if (last == to || index > 0) return;
    int64_t stride = args.packedDense ? logitStride(args) : strideOf(layerAt(args.layers - 1));
    for (int r = 0; r < args.batch; r++) memmove(to + (int64_t)r * logitStride(args), last + r * stride, args.classes * sizeof(float));
  }
};

static void sample(const Context &context, int index, int threads) {
  Sampler s(context, index, threads);
  const SamplerArguments &args = s.args;
  uint32_t random = args.random;
  const float *logits = context.floats(args.logits);
  int64_t left = (int64_t)args.prime + args.count;
  s.begin();
  for (int i = 0; i < args.prime; i++)
    logits = s.feed(context.integers(args.primeIds) + (int64_t)i * args.batch, i == args.prime - 1, --left > 0);
  for (int i = 0; i < args.count; i++) {
    if (args.temperature > 0) random = nextState(random);
    s.id = draw(logits, args.classes, args.temperature, args.topK, random, s.weights);
    if (index == 0) ((int32_t *)(context.memory + args.output))[i] = s.id;
    logits = s.feed(&s.id, true, --left > 0);
  }
  s.settle(logits);
  // All shares have read it, because all have passed the barriers of the last step. Without a step it is
  // unchanged.
  if (index == 0 && args.count > 0) ((SamplerArguments *)context.record)->random = random;
}
