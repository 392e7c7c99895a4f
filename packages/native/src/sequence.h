/**
 * The common code of the recurrent layers: their shapes, the check of their records, and a thread's rows
 * through all steps of the forward pass. The way back: sequence-backward.h.
 *
 * Public tensors are tight, as in assembly/sequence.ts. What only the executor reads is laid out by blocks of
 * W units, the last padded with zeros, which stay zeros all the way: packed weights [block][panel of two
 * gates or one][k][lanes]; `reserve` [t][block][pair of slots][b][2W], a last slot without another [b][W],
 * its slots those of the layer's file, so that a step's rows stand next to each other and are the left-hand
 * side of the products on the way back; states and gates between the steps in the threads' scratch.
 */
#pragma once
#include "product.h"
#include "vector-math.h"

typedef UnrolledSequenceArguments SequenceArguments;

/** A layer type: its gates, what a step keeps, and the panels of a block of units. */
struct Shape {
  int gates, slots, panels, units, blocks, batch;
  /** Units up to whole blocks. */
  int padded() const { return blocks * W; }
  int firstGate(int panel) const { return 2 * panel; }
  int vectors(int panel) const { return gates - 2 * panel > 1 ? 2 : 1; }
  int64_t reserveWidth() const { return (int64_t)slots * padded(); }
  /** The address of row b of a slot in `reserve`, and the distance to the next row. */
  int64_t slotAt(int t, int block, int slot, int b) const {
    return (((int64_t)t * blocks + block) * slots + (slot & ~1)) * W * batch + (int64_t)b * slotStride(slot) + (slot & 1) * W;
  }
  int slotStride(int slot) const { return (slot | 1) < slots ? 2 * W : (int)W; }
  /** A panel of a packed kernel of k rows. */
  int64_t panelAt(int block, int panel, int64_t k) const { return ((int64_t)block * gates + firstGate(panel)) * W * k; }
};

static Shape shapeOf(const SequenceArguments &args) {
  int type = args.layer, units = args.units, blocks = ceilDivide(units, W);
  if (type == UNROLLED_LAYER_CODE_LSTM) return {4, 6, 2, units, blocks, args.batch};
  if (type < UNROLLED_LAYER_CODE_SIMPLE_RNN_TANH) return {3, 5, 2, units, blocks, args.batch};
  return {1, 1, 1, units, blocks, args.batch};
}

/** The sizes that every job of a layer reads. Products of two of them stay below 2^62. */
static bool sequenceSizes(Check &c, const SequenceArguments &args) {
  return c.size("layer", args.layer, 0, UNROLLED_LAYER_CODE_SIMPLE_RNN_RELU) && c.size("batch", args.batch) && c.size("time", args.time) &&
         c.size("inputSize", args.inputSize, 1) && c.size("units", args.units, 1, 1 << 24) && c.flag("reverse", args.reverse) &&
         c.flag("hardGates", args.hardGates) && c.size("time", (int64_t)args.batch * args.time);
}
static uint64_t stepCount(const SequenceArguments &args) { return (uint64_t)args.batch * args.time; }
static bool checkReserve(Check &c, const SequenceArguments &args, bool writes) {
  int64_t width = shapeOf(args).reserveWidth();
  uint64_t floats = times(stepCount(args), width);
  return c.size("reserveWidth", args.reserveWidth, width, width) &&
         (writes ? c.writes("reserve", args.reserve, floats) : c.reads("reserve", args.reserve, floats));
}
/** Lengths and ids, after all that is written. */
static bool checkRows(Check &c, const SequenceArguments &args) {
  return (!args.lengths || c.indices("lengths", args.lengths, args.batch, args.time)) &&
         (!args.ids || c.indices("ids", args.ids, stepCount(args), args.inputSize - 1));
}
static uint64_t packedKernelFloats(const SequenceArguments &args) {
  Shape s = shapeOf(args);
  return args.ids ? 0 : times(s.gates * (uint64_t)s.padded(), args.inputSize);
}
static uint64_t packedRecurrentFloats(const SequenceArguments &args) {
  Shape s = shapeOf(args);
  return times(s.gates * (uint64_t)s.padded(), args.units);
}

static INLINE int lengthOf(const Context &context, const SequenceArguments &args, int row) {
  return args.lengths ? context.integers(args.lengths)[row] : args.time;
}

static INLINE void storePair(float *p, V x, V y) {
  store(p, x);
  store(p + W, y);
}

/** The lanes of a public row that a block of units fills. */
static INLINE int lanesOf(const Shape &s, int block) { return s.units - block * W; }

/** Rows [first, first + rows) of a public [B, H] to or from [block][row][W]. */
static void takeRows(const float *from, const Shape &s, int first, int rows, float *to) {
  for (int u = 0; u < s.blocks; u++)
    for (int r = 0; r < rows; r++, to += W) store(to, load_n<V>(from + (int64_t)(first + r) * s.units + u * W, lanesOf(s, u)));
}
static void giveRows(const float *from, const Shape &s, int block, int endBlock, int first, int rows, float *to) {
  from += (int64_t)block * rows * W;
  for (int u = block; u < endBlock; u++)
    for (int r = 0; r < rows; r++, from += W) store_n(to + (int64_t)(first + r) * s.units + u * W, load<V>(from), lanesOf(s, u));
}

/** Packs one panel of a kernel [k, G·H], its gates one or two blocks of W columns. */
static void packGates(const float *source, const Shape &s, int k, int block, int panel, float *target) {
  int vectors = s.vectors(panel), lanes = lanesOf(s, block);
  int64_t stride = (int64_t)s.gates * s.units;
  const float *from = source + (int64_t)s.firstGate(panel) * s.units + block * W;
  for (int i = 0; i < k; i++, from += stride)
    for (int v = 0; v < vectors; v++, target += W) store(target, load_n<V>(from + v * s.units, lanes));
}

/**
 * The runs over a slot of step t, of the rows from `first` on, as a left-hand side, whose panel begins at b.
 */
static INLINE int slotRuns(const float *reserve, const Shape &s, int t, int slot, int first, const float *b, int vectors, Run *runs) {
  for (int u = 0; u < s.blocks; u++)
    runs[u] = {reserve + s.slotAt(t, u, slot, first), b + (int64_t)u * W * vectors * W, smaller(W, lanesOf(s, u))};
  return s.blocks;
}

static bool checkPackForward(Check &c, const SequenceArguments &args) {
  if (!sequenceSizes(c, args)) return false;
  uint64_t columns = (uint64_t)shapeOf(args).gates * args.units;
  return c.reads("recurrentKernel", args.recurrentKernel, times(columns, args.units)) &&
         c.writes("packedRecurrent", args.packedRecurrent, packedRecurrentFloats(args)) &&
         (args.ids || (c.reads("kernel", args.kernel, times(columns, args.inputSize)) &&
                       c.writes("packedKernel", args.packedKernel, packedKernelFloats(args))));
}
static void packForward(const Context &context, int index, int threads) {
  const SequenceArguments &args = context.as<SequenceArguments>();
  Shape s = shapeOf(args);
  int panels = s.blocks * s.panels;
  for (int p = rangeBoundary(panels, index, threads), end = rangeBoundary(panels, index + 1, threads); p < end; p++) {
    int block = p / s.panels, panel = p % s.panels;
    packGates(context.floats(args.recurrentKernel), s, s.units, block, panel,
              context.floats(args.packedRecurrent) + s.panelAt(block, panel, s.units));
    if (!args.ids)
      packGates(context.floats(args.kernel), s, args.inputSize, block, panel,
                context.floats(args.packedKernel) + s.panelAt(block, panel, args.inputSize));
  }
}

/** Bytes of weights that stay in a core's cache from step to step. */
static const int64_t SMALL_WEIGHTS = 800 * 1024;
/** Bytes of the inputs of the steps whose shares are computed together, where the weights are larger. */
static const int64_t CHUNK_BYTES = 384 * 1024;

/**
 * A share's rows in the forward pass. `gates` is the address of pre-activations, and the distance between
 * rows.
 */
struct Forward {
  const Context &context;
  const SequenceArguments &args;
  Shape s;
  int first, rows, chunk;
  /** The share's blocks of units. */
  int block, endBlock;
  bool keeps, stepwise;
  float *x, *h[2], *c, *gates, *more, *bias;
  const float **table;
  Run *runs;

  Forward(const Context &context, int index, int threads)
      : context(context), args(context.as<SequenceArguments>()), s(shapeOf(args)) {
    bool byUnits = sharesUnits(args, threads);
    first = byUnits ? 0 : rangeBoundary(args.batch, index, threads);
    rows = (byUnits ? args.batch : rangeBoundary(args.batch, index + 1, threads)) - first;
    block = byUnits ? rangeBoundary(s.blocks, index, threads) : 0;
    endBlock = byUnits ? rangeBoundary(s.blocks, index + 1, threads) : s.blocks;
    keeps = args.reserve != 0;
    stepwise = isStepwise(args);
    chunk = stepwise ? 1 : chunkSteps(args, rows);
    Scratch scratch(context, index);
    int64_t state = blockFloats(rows, roundUp(s.units, W));
    x = scratch.floats(chunk * blockFloats(rows, args.ids ? 0 : args.inputSize));
    h[0] = scratch.floats(state);
    h[1] = scratch.floats(state);
    c = scratch.floats((int64_t)rows * s.padded());
    gates = scratch.floats((int64_t)rows * 4 * W);
    more = scratch.floats(args.layer == UNROLLED_LAYER_CODE_GRU_RESET_BEFORE ? state + (int64_t)rows * s.padded() : 0);
    table = scratch.take<const float *>(args.ids ? sizeof(float *) * rows : 0);
    bias = scratch.floats(4 * W);
    runs = scratch.take<Run>(sizeof(Run) * (ceilDivide(s.units, BLOCK) + (args.ids ? 0 : args.inputSize / BLOCK + 1)));
  }

  /**
   * Whether shares are units instead of rows: in a single step, where each share would read all weights for
   * less than a tile of rows, or more of them than a core's cache keeps. A GRU that resets first has all
   * units meet halfway.
   */
  static bool sharesUnits(const SequenceArguments &args, int threads) {
    if (threads == 1 || args.time != 1 || args.layer == UNROLLED_LAYER_CODE_GRU_RESET_BEFORE) return false;
    // Every share reads the whole state.
    if (args.initialH == args.finalH || args.units < threads * (int64_t)W) return false;
    return args.batch < threads * (int64_t)TILE_ROWS || (args.batch < args.units && weightBytes(args) > SMALL_WEIGHTS);
  }
  static int64_t weightBytes(const SequenceArguments &args) {
    return ((int64_t)args.inputSize + args.units) * shapeOf(args).gates * args.units * 4;
  }

  /**
   * Whether the input's share is computed step by step, just before it is used: where the weights are small,
   * nothing is kept, or there is one step only.
   */
  static bool isStepwise(const SequenceArguments &args) {
    return args.ids || !args.reserve || args.time == 1 || weightBytes(args) <= SMALL_WEIGHTS;
  }
  static int chunkSteps(const SequenceArguments &args, int rows) {
    int64_t bytes = 4 * blockFloats(rows, args.inputSize);
    int64_t steps = bytes ? CHUNK_BYTES / bytes : 1;
    return (int)(steps < 1 ? 1 : steps > args.time ? larger(args.time, 1) : steps);
  }
  static uint64_t scratchBytes(const SequenceArguments &args, uint64_t rows) {
    uint64_t x = times(4, rows, args.ids ? 0 : roundUp(args.inputSize, BLOCK));
    uint64_t state = times(4, rows, roundUp(args.units, BLOCK));
    uint64_t runs = sizeof(Run) * (ceilDivide(args.units, BLOCK) + (args.ids ? 0 : (uint64_t)args.inputSize / BLOCK + 1));
    uint64_t gates = times(4 * 4 * W, rows);
    return plus(plus(plus(x, CHUNK_BYTES), times(6, state)), plus(plus(runs, gates), plus(times(8, rows), 4096)));
  }

  int64_t stateAt(int block, int r) const { return ((int64_t)block * rows + r) * W; }
  /** The rows' lengths, null where all are whole. */
  const int32_t *lengths() const { return args.lengths ? context.integers(args.lengths) + first : nullptr; }
  bool isValid(int r, int t) const { return t < lengthOf(context, args, first + r); }

  /** The lanes of a bias that belong to a panel. */
  const float *biasOf(uint32_t address, int block, int gate, int vectors, float *to) const {
    const float *from = context.floats(address) + (int64_t)gate * s.units + block * W;
    for (int v = 0; v < vectors; v++) store(to + v * W, load_n<V>(from + v * s.units, lanesOf(s, block)));
    return to;
  }

  /** The inputs of step t, the `place`-th of those computed together. */
  void packInput(int t, int place) {
    if (args.ids) return;
    float *to = x + place * blockFloats(rows, args.inputSize);
    const float *from = context.floats(args.x) + ((int64_t)first * args.time + t) * args.inputSize;
    const ptrdiff_t next = args.reverse ? -args.inputSize : args.inputSize;
    for (int r = 0; r < rows; r++) {
      const float *row = from + (int64_t)r * args.time * args.inputSize;
      for (int j = 0; stepwise && j < args.inputSize; j += 16) __builtin_prefetch(row + next + j, 0, 2);
      packBlockRow(row, args.inputSize, to, rows, r);
    }
  }

  /**
   * A panel's pre-activations from the input of step t: bias + x · kernel, or the ids' rows (+ `after`), and
   * the runs that `count` counts.
   */
  Product inputProduct(int t, int place, int block, int panel, const float *after) {
    int vectors = s.vectors(panel), gate = s.firstGate(panel);
    biasOf(args.bias, block, gate, vectors, bias);
    if (args.ids) {
      const float *kernel = context.floats(args.kernel) + (int64_t)gate * s.units + block * W;
      const int32_t *ids = context.integers(args.ids) + (int64_t)first * args.time + t;
      for (int r = 0; r < rows; r++) table[r] = kernel + (int64_t)ids[(int64_t)r * args.time] * s.gates * s.units;
      return {runs, 0, TABLE, bias, after, BLOCK, {table, s.units, lanesOf(s, block)}};
    }
    const float *packed = context.floats(args.packedKernel) + s.panelAt(block, panel, args.inputSize);
    int count = blockRuns(x + place * blockFloats(rows, args.inputSize), rows, args.inputSize, packed, vectors, runs);
    return {runs, count, BIAS, bias, after};
  }
  void inputPanel(int t, int place, int block, int panel, const Target &c, const float *after) {
    Product p = inputProduct(t, place, block, panel, after);
    rowTiles(rows, s.vectors(panel), p.before(runs[0].b, args.inputSize, s.vectors(panel)), c);
  }

  int stateRuns(const float *state, int block, int panel, Run *to) const {
    const float *packed = context.floats(args.packedRecurrent) + s.panelAt(block, panel, s.units);
    return blockRuns(state, rows, s.units, packed, s.vectors(panel), to);
  }
  /** C += state · recurrent kernel, a panel. */
  void statePanel(const float *state, int block, int panel, const Target &c, Start start = ADD, const float *from = nullptr) {
    Product p = {runs, stateRuns(state, block, panel, runs), start, from, nullptr};
    rowTiles(rows, s.vectors(panel), p.before(runs[0].b, s.units, s.vectors(panel)), c);
  }
  /**
   * A panel's pre-activations of step t, where the input's share has not been computed ahead both at once.
   */
  void wholePanel(int t, const float *state, int block, int panel, const Target &c, const float *after = nullptr) {
    if (!stepwise) return statePanel(state, block, panel, c);
    Product p = inputProduct(t, 0, block, panel, after);
    if (after && p.start != TABLE) {
      rowTiles(rows, s.vectors(panel), p, c);
      return statePanel(state, block, panel, c);
    }
    p.count += stateRuns(state, block, panel, runs + p.count);
    rowTiles(rows, s.vectors(panel), p, c);
  }

  /**
   * The address of a panel's pre-activations at step t: in `reserve` if they are computed ahead, otherwise in
   * scratch memory.
   */
  Target place(int t, int block, int panel) const { return slotPlace(t, block, s.firstGate(panel)); }
  Target slotPlace(int t, int block, int slot) const {
    float *at = stepwise ? gates + (int64_t)slot * W : keptAt(0, t, block, slot);
    return {{at, at + W}, stepwise ? 4 * W : s.slotStride(slot), {W, W}};
  }

  /** The row of the output, or of a slot of what is kept, of a block. */
  ptrdiff_t outputStride() const { return (ptrdiff_t)args.time * s.units; }
  float *outputAt(int r, int t, int block) const {
    return context.floats(args.output) + ((int64_t)(first + r) * args.time + t) * s.units + block * W;
  }
  float *keptAt(int r, int t, int block, int slot) const { return context.floats(args.reserve) + s.slotAt(t, block, slot, first + r); }
};

/** The input's share of the next steps from the n-th on, a panel of the weights at a time. */
static void inputsAhead(Forward &f, int n, const float *recurrentBias) {
  const SequenceArguments &args = f.args;
  int count = smaller(f.chunk, args.time - n);
  auto stepOf = [&](int i) { return args.reverse ? args.time - 1 - (n + i) : n + i; };
  for (int i = 0; i < count; i++) f.packInput(stepOf(i), i);
  for (int u = 0; u < f.s.blocks; u++)
    for (int p = 0; p < f.s.panels; p++) {
      float second[PANEL];
      // The update and reset gates of a reset-after GRU have a second bias.
      const float *after = recurrentBias && p == 0 ? f.biasOf(args.recurrentBias, u, 0, 2, second) : nullptr;
      for (int i = 0; i < count; i++) f.inputPanel(stepOf(i), i, u, p, f.place(stepOf(i), u, p), after);
    }
}

/**
 * `step(Forward&, t, h before, h after)` for every step; h in blocks of 16 columns (tiles.h). Rows past their
 * length do not change.
 */
template <class Step> static void forwardRows(Forward &f, const float *initialC, float *finalC, const float *recurrentBias, Step step) {
  const SequenceArguments &args = f.args;
  const Shape &s = f.s;
  if (f.rows <= 0) return;
  for (int r = 0; r < f.rows; r++)
    packBlockRow(f.context.floats(args.initialH) + (int64_t)(f.first + r) * s.units, s.units, f.h[0], f.rows, r);
  if (initialC) takeRows(initialC, s, f.first, f.rows, f.c);
  for (int n = 0; n < args.time; n++) {
    int t = args.reverse ? args.time - 1 - n : n;
    if (f.stepwise) f.packInput(t, 0);
    else if (n % f.chunk == 0) inputsAhead(f, n, recurrentBias);
    step(f, t, f.h[n % 2], f.h[1 - n % 2]);
  }
  const float *last = f.h[args.time % 2];
  float *finalH = f.context.floats(args.finalH);
  for (int u = f.block; u < f.endBlock; u++)
    for (int r = 0; r < f.rows; r++)
      store_n(finalH + (int64_t)(f.first + r) * s.units + u * W, load<V>(blockAt((float *)last, f.rows, u * W, r)), lanesOf(s, u));
  if (finalC) giveRows(f.c, s, f.block, f.endBlock, f.first, f.rows, finalC);
}

static bool checkForward(Check &c, const SequenceArguments &args) {
  if (!sequenceSizes(c, args)) return false;
  Shape s = shapeOf(args);
  uint64_t columns = (uint64_t)s.gates * s.units, states = times(args.batch, s.units), steps = stepCount(args);
  bool memory = args.layer == UNROLLED_LAYER_CODE_LSTM, twice = args.layer == UNROLLED_LAYER_CODE_GRU_RESET_AFTER;
  c.scratch = Forward::scratchBytes(args, Forward::sharesUnits(args, c.shares) ? args.batch : c.rowsOf(args.batch));
  return c.reads("bias", args.bias, columns) && (!twice || c.reads("recurrentBias", args.recurrentBias, columns)) &&
         (args.ids ? c.reads("kernel", args.kernel, times(columns, args.inputSize))
                   : c.reads("x", args.x, times(steps, args.inputSize)) && c.reads("packedKernel", args.packedKernel, packedKernelFloats(args))) &&
         c.reads("packedRecurrent", args.packedRecurrent, packedRecurrentFloats(args)) && c.reads("initialH", args.initialH, states) &&
         (!memory || (c.reads("initialC", args.initialC, states) && c.writes("finalC", args.finalC, states))) &&
         c.writes("output", args.output, times(steps, s.units)) && c.writes("finalH", args.finalH, states) &&
         (!args.reserve || checkReserve(c, args, true)) && checkRows(c, args);
}
