/**
 * The gradients of a recurrent layer's weights, from the gradients of the pre-activations that the backward
 * pass wrote to `reserve`. They are summed as in assembly/sequence-weights.ts: over groups of rows, and in
 * each group over the steps (b, t) in order, in blocks of at most BLOCK_K. Shares are the panels of the
 * groups.
 */
#pragma once
#include "sequence.h"

/** A range of steps (b, t), and the rows of one group's sums. */
struct Groups {
  const SequenceArguments &args;
  int blocks;
  explicit Groups(const SequenceArguments &args) : args(args) {
    int64_t rows = ((int64_t)args.batch + args.groups - 1) / args.groups;
    blocks = (int)((rows * args.time + UNROLLED_BLOCK_K - 1) / UNROLLED_BLOCK_K);
  }
  int start(int group) const { return rangeBoundary(args.batch, group, args.groups) * args.time; }
  /** The first step of a block of a group; for the index after the last block, the end of the group. */
  int blockStart(int group, int block) const {
    int from = start(group);
    return from + rangeBoundary(start(group + 1) - from, block, blocks);
  }
};

/** The first of a group's panels that belongs to share `index`, or to a later share. */
static INLINE int groupBoundary(int group, int groups, int panels, int index, int threads) {
  int64_t at = (int64_t)groups * panels * index / threads - (int64_t)group * panels;
  return (int)(at < 0 ? 0 : at > panels ? panels : at);
}

/** Number of floats of one packed step: x unless it is ids, the state before, and with reset-before r ∘ h. */
static uint64_t operandWidth(const SequenceArguments &args) {
  uint64_t states = args.layer == UNROLLED_LAYER_CODE_GRU_RESET_BEFORE ? 2 : 1;
  return (args.ids ? 0 : args.inputSize) + states * args.units;
}
static bool checkOperands(Check &c, const SequenceArguments &args, bool writes) {
  if (!sequenceSizes(c, args) || !c.size("groups", args.groups, 1, larger(args.batch, 1))) return false;
  uint64_t blocks = times(args.groups, Groups(args).blocks);
  uint64_t floats = times(blocks, UNROLLED_BLOCK_K, operandWidth(args));
  return c.size("groups", (int64_t)blocks) &&
         (writes ? c.writes("packedOperands", args.packedOperands, floats) : c.reads("packedOperands", args.packedOperands, floats));
}

/** A row of zeros, as wide as x and as a state, used for the steps past a row's length. */
static const float *zerosOf(const Context &context, const SequenceArguments &args) {
  return args.lengths ? context.floats(args.zeros) : nullptr;
}

/**
 * The state before step t of row b: a row of the initial state, or the output of the previous step in running
 * order.
 */
static INLINE const float *stateBefore(const Context &context, const SequenceArguments &args, int b, int t, int length) {
  int64_t index = (int64_t)b * args.time + t;
  bool initial = args.reverse ? t >= length - 1 : t == 0;
  if (initial) return context.floats(args.initialH) + (int64_t)b * args.units;
  return context.floats(args.output) + (args.reverse ? index + 1 : index - 1) * args.units;
}

static void packOperands(const Context &context, const SequenceArguments &args, int k0, int k, float *target) {
  const float *zeros = zerosOf(context, args);
  auto isPadding = [&](int step) { return zeros && step % args.time >= lengthOf(context, args, step / args.time); };
  if (!args.ids) {
    const float *x = context.floats(args.x);
    packTable(k, args.inputSize, target, [&](int i) { return isPadding(k0 + i) ? zeros : x + (int64_t)(k0 + i) * args.inputSize; });
    target += (int64_t)k * args.inputSize;
  }
  packTable(k, args.units, target, [&](int i) {
    int b = (k0 + i) / args.time, t = (k0 + i) % args.time;
    return isPadding(k0 + i) ? zeros : stateBefore(context, args, b, t, lengthOf(context, args, b));
  });
}

/** The rows of a slot, for the steps (b, t) from `step` on, in order. */
struct SlotRows {
  const float *at;
  int64_t down, back;
  int time, t;
  SlotRows(const float *reserve, const Shape &s, const SequenceArguments &args, int step, int block, int slot) : time(larger(args.time, 1)) {
    t = step % time;
    at = reserve + s.slotAt(t, block, slot, step / time);
    down = s.slotAt(1, 0, 0, 0);
    back = s.slotStride(slot) - (time - 1) * down;
  }
  void next() {
    bool last = ++t == time;
    at += last ? back : down;
    if (last) t = 0;
  }
};

/** Copies r ∘ h of the steps from `reserve`, where its blocks of units are separate, to unpadded rows. */
static void packReset(const Context &context, const SequenceArguments &args, int k0, int k, float *row, float *target) {
  Shape s = shapeOf(args);
  const float *reserve = context.floats(args.reserve);
  int tiles = ceilDivide(s.units, TILE_ROWS);
  for (int i = 0; i < k; i++) {
    int b = (k0 + i) / args.time, t = (k0 + i) % args.time;
    for (int u = 0; u < s.blocks; u++) store(row + u * W, load<V>(reserve + s.slotAt(t, u, 3, b)));
    for (int t = 0; t < tiles; t++) {
      int first = rangeBoundary(s.units, t, tiles), width = rangeBoundary(s.units, t + 1, tiles) - first;
      memmove(target + (int64_t)k * first + (int64_t)i * width, row + first, width * sizeof(float));
    }
  }
}

static bool checkPackWeightOperands(Check &c, const SequenceArguments &args) {
  if (!checkOperands(c, args, true)) return false;
  uint64_t states = times(args.batch, args.units);
  c.scratch = times(4, roundUp(args.units, W));
  return (args.ids || c.reads("x", args.x, times(stepCount(args), args.inputSize))) && c.reads("initialH", args.initialH, states) &&
         c.reads("output", args.output, times(stepCount(args), args.units)) &&
         (!args.lengths || c.reads("zeros", args.zeros, larger(args.inputSize, args.units))) &&
         (args.layer != UNROLLED_LAYER_CODE_GRU_RESET_BEFORE || checkReserve(c, args, false)) && checkRows(c, args);
}
static void packWeightOperands(const Context &context, int index, int threads) {
  const SequenceArguments &args = context.as<SequenceArguments>();
  Groups groups(args);
  int64_t blockFloats = UNROLLED_BLOCK_K * (int64_t)operandWidth(args);
  int total = args.groups * groups.blocks;
  for (int n = rangeBoundary(total, index, threads), end = rangeBoundary(total, index + 1, threads); n < end; n++) {
    int k0 = groups.blockStart(n / groups.blocks, n % groups.blocks);
    int k = groups.blockStart(n / groups.blocks, n % groups.blocks + 1) - k0;
    float *target = context.floats(args.packedOperands) + n * blockFloats;
    packOperands(context, args, k0, k, target);
    if (args.layer != UNROLLED_LAYER_CODE_GRU_RESET_BEFORE) continue;
    target += (int64_t)k * ((args.ids ? 0 : args.inputSize) + args.units);
    packReset(context, args, k0, k, Scratch(context, index).floats(roundUp(args.units, W)), target);
  }
}

/** The address of a group's sums: the gradients themselves, or a part of `partials`. */
struct Sums {
  float *kernel, *recurrentKernel, *bias, *recurrentBias;
};
static Sums sumsOf(const Context &context, const SequenceArguments &args, int group) {
  int64_t columns = (int64_t)shapeOf(args).gates * args.units;
  bool second = args.dRecurrentBias != 0;
  if (group == 0)
    return {context.floats(args.dKernel), context.floats(args.dRecurrentKernel), context.floats(args.dBias),
            second ? context.floats(args.dRecurrentBias) : nullptr};
  float *kernel = context.floats(args.partials) + (group - 1) * ((int64_t)args.inputSize + args.units + 2) * columns;
  float *recurrent = kernel + args.inputSize * columns, *bias = recurrent + args.units * columns;
  return {kernel, recurrent, bias, second ? bias + columns : nullptr};
}
static bool checkSums(Check &c, const SequenceArguments &args) {
  uint64_t columns = (uint64_t)shapeOf(args).gates * args.units, rows = (uint64_t)args.inputSize + args.units + 2;
  return c.writes("dKernel", args.dKernel, times(args.inputSize, columns)) &&
         c.writes("dRecurrentKernel", args.dRecurrentKernel, times(args.units, columns)) && c.writes("dBias", args.dBias, columns) &&
         ((args.dRecurrentBias != 0) == (args.layer == UNROLLED_LAYER_CODE_GRU_RESET_AFTER) || c.fail("dRecurrentBias")) &&
         (!args.dRecurrentBias || c.writes("dRecurrentBias", args.dRecurrentBias, columns)) &&
         (args.groups == 1 || c.writes("partials", args.partials, times(args.groups - 1, times(rows, columns))));
}

/**
 * Number of bytes of the sums of the panels that are computed together. They stay in a core's cache while the
 * left-hand sides are read.
 */
static const int64_t SUM_BYTES = 512 * 1024;

/** A panel of a group: the gradients' columns, and their position in the group's sums. */
struct GradientPanel {
  const Context &context;
  const SequenceArguments &args;
  Shape s;
  int block, panel, vectors;
  int64_t columns, column;
  int lanes[2];
  /** The sums of the kernel's rows, then those of the recurrent kernel's rows, `width` floats each. */
  float *rows;
  int width;

  GradientPanel(const Context &context, const SequenceArguments &args, int p, float *rows)
      : context(context), args(args), s(shapeOf(args)), rows(rows) {
    block = p / s.panels;
    panel = p % s.panels;
    vectors = s.vectors(panel);
    width = vectors * W;
    columns = (int64_t)s.gates * s.units;
    column = (int64_t)s.firstGate(panel) * s.units + block * W;
    lanes[0] = lanes[1] = smaller(lanesOf(s, block), W);
  }
  static int64_t rowCount(const SequenceArguments &args) { return (int64_t)args.inputSize + args.units; }
  bool isCandidate() const { return s.gates == 3 && panel == 1; }

  /**
   * Copies the gradients of k steps from k0 on, from slot `slot` on, and adds them in order to the sums of a
   * bias; with `add` to the existing sums.
   */
  void take(int k0, int k, int slot, float *to, float *bias, bool add) const {
    V sums[2];
    for (int v = 0; v < vectors; v++) sums[v] = add ? load_n<V>(bias + column + v * s.units, lanes[v]) : splat<V>(0);
    SlotRows from(context.floats(args.reserve), s, args, k0, block, slot);
    if (vectors == 1) takeRows<1>(from, k, to, sums);
    else takeRows<2>(from, k, to, sums);
    for (int v = 0; v < vectors; v++) store_n(bias + column + v * s.units, sums[v], lanes[v]);
  }
  template <int VECTORS> static void takeRows(SlotRows from, int k, float *to, V *sums) {
    V low = sums[0], high = sums[VECTORS - 1];
    for (int i = 0; i < k; i++, from.next(), to += VECTORS * W) {
      V x = load<V>(from.at);
      store(to, x);
      low = low + x;
      if (VECTORS == 1) continue;
      V y = load<V>(from.at + W);
      store(to + W, y);
      high = high + y;
    }
    if (VECTORS == 2) sums[1] = high;
    sums[0] = low;
  }

  /**
   * The kernel's gradient if x is ids: each row is the sum, in order, of the gradients in `from` with its id.
   */
  void scatter(int k0, int k, bool add, const float *from) const {
    if (!add) memset(rows, 0, (size_t)args.inputSize * width * sizeof(float));
    const int32_t *ids = context.integers(args.ids) + k0;
    if (vectors == 1) scatterRows<1>(ids, k, rows, from);
    else scatterRows<2>(ids, k, rows, from);
  }
  template <int VECTORS> static void scatterRows(const int32_t *ids, int k, float *rows, const float *from) {
    for (int i = 0; i < k; i++, from += VECTORS * W) {
      float *row = rows + (int64_t)ids[i] * (VECTORS * W);
      for (int v = 0; v < VECTORS; v++) store(row + v * W, load<V>(row + v * W) + load<V>(from + v * W));
    }
  }

  /**
   * Copies the gradients of k steps from k0 on to `copy`, and computes the sums that are not products; with
   * `add` they are added to the existing sums.
   */
  void copy(int k0, int k, bool add, float *to, const Sums &sums) const {
    take(k0, k, s.firstGate(panel), to, sums.bias, add);
    if (args.ids) scatter(k0, k, add, to);
    // With reset-after the candidate has a different gradient there; the other gates have the same.
    if (sums.recurrentBias && isCandidate()) take(k0, k, 3, to + UNROLLED_BLOCK_K * W, sums.recurrentBias, add);
  }
  PanelSums kernelSums(const float *copy) const { return {copy, rows, vectors}; }
  PanelSums recurrentSums(const float *copy) const {
    bool other = isCandidate() && args.layer == UNROLLED_LAYER_CODE_GRU_RESET_AFTER;
    return {other ? copy + UNROLLED_BLOCK_K * W : copy, rows + (int64_t)args.inputSize * width, vectors};
  }

  /** Copies `count` rows of the sums from `first` on to a gradient [count, columns]. */
  void giveRows(int first, int count, float *to) const {
    const float *row = rows + (int64_t)first * width;
    for (int i = 0; i < count; i++, row += width, to += columns)
      for (int v = 0; v < vectors; v++) store_n(to + column + (int64_t)v * s.units, load<V>(row + v * W), lanes[v]);
  }
  /** Copies the sums to the gradients. */
  void give(const Sums &sums) const {
    giveRows(0, args.inputSize, sums.kernel);
    giveRows(args.inputSize, s.units, sums.recurrentKernel);
    for (int v = 0; v < vectors && sums.recurrentBias && !isCandidate(); v++) {
      int64_t at = column + (int64_t)v * s.units;
      store_n(sums.recurrentBias + at, load_n<V>(sums.bias + at, lanes[v]), lanes[v]);
    }
  }
  /** There are no steps, so no id has a gradient. */
  void giveNone(const Sums &sums) const {
    memset(rows, 0, (size_t)args.inputSize * width * sizeof(float));
    giveRows(0, args.inputSize, sums.kernel);
  }
};

/**
 * Number of panels that are computed together, at least one: as many as fit into a core's cache. Narrow tiles
 * use a cache line too rarely to fetch it from the second-level cache.
 */
enum { MOST_PANELS = W == 16 ? 4 : 1 };
static int panelsTogether(const SequenceArguments &args) {
  int64_t count = SUM_BYTES / (4 * PANEL * GradientPanel::rowCount(args));
  return (int)(count < 1 ? 1 : count > MOST_PANELS ? MOST_PANELS : count);
}

/**
 * Computes the gradients of some panels over the blocks of a group. `copies` is scratch for the panels'
 * right-hand sides, `rows` for their sums.
 */
static void gradientsOf(const Context &context, const SequenceArguments &args, const Groups &groups, int group, int first, int count,
                        float *copies, float *rows) {
  const int64_t copyFloats = UNROLLED_BLOCK_K * PANEL, panelFloats = PANEL * GradientPanel::rowCount(args);
  Sums sums = sumsOf(context, args, group);
  auto panelAt = [&](int p) { return GradientPanel(context, args, first + p, rows + p * panelFloats); };
  const float *packed = context.floats(args.packedOperands) + (int64_t)group * groups.blocks * UNROLLED_BLOCK_K * (int64_t)operandWidth(args);
  for (int block = 0; block < groups.blocks; block++, packed += UNROLLED_BLOCK_K * (int64_t)operandWidth(args)) {
    int k0 = groups.blockStart(group, block), k = groups.blockStart(group, block + 1) - k0, own = 0, reset = 0;
    PanelSums kernels[MOST_PANELS], recurrent[MOST_PANELS], candidates[MOST_PANELS];
    for (int p = 0; p < count; p++) {
      GradientPanel panel = panelAt(p);
      const float *copy = copies + p * copyFloats;
      panel.copy(k0, k, block > 0, copies + p * copyFloats, sums);
      kernels[p] = panel.kernelSums(copy);
      bool other = panel.isCandidate() && args.layer == UNROLLED_LAYER_CODE_GRU_RESET_BEFORE;
      (other ? candidates[reset++] : recurrent[own++]) = panel.recurrentSums(copy);
    }
    Start start = block > 0 ? ADD : ZERO;
    if (!args.ids) packedProducts(args.inputSize, k, packed, kernels, count, start);
    const float *states = packed + (args.ids ? 0 : (int64_t)k * args.inputSize);
    packedProducts(args.units, k, states, recurrent, own, start);
    packedProducts(args.units, k, states + (int64_t)k * args.units, candidates, reset, start);
  }
  for (int p = 0; p < count; p++) {
    if (groups.blocks > 0) panelAt(p).give(sums);
    else if (args.ids) panelAt(p).giveNone(sums);
  }
}

static bool checkWeightGradients(Check &c, const SequenceArguments &args) {
  if (!checkOperands(c, args, false)) return false;
  uint64_t panel = times(4 * PANEL, (uint64_t)GradientPanel::rowCount(args));
  c.scratch = plus(panel < (uint64_t)SUM_BYTES ? (uint64_t)SUM_BYTES : panel, 4 * MOST_PANELS * UNROLLED_BLOCK_K * PANEL + 256);
  return checkSums(c, args) && checkReserve(c, args, false) && (!args.ids || c.indices("ids", args.ids, stepCount(args), args.inputSize - 1));
}
static void weightGradients(const Context &context, int index, int threads) {
  const SequenceArguments &args = context.as<SequenceArguments>();
  Shape s = shapeOf(args);
  Groups groups(args);
  int panels = s.blocks * s.panels, together = panelsTogether(args);
  Scratch scratch(context, index);
  float *copies = scratch.floats(MOST_PANELS * UNROLLED_BLOCK_K * PANEL), *rows = scratch.floats(together * PANEL * GradientPanel::rowCount(args));
  for (int group = 0; group < args.groups; group++) {
    int first = groupBoundary(group, args.groups, panels, index, threads);
    int end = groupBoundary(group, args.groups, panels, index + 1, threads);
    for (int p = first; p < end; p += together) gradientsOf(context, args, groups, group, p, smaller(together, end - p), copies, rows);
  }
}

static bool checkSumWeightGradients(Check &c, const SequenceArguments &args) {
  return sequenceSizes(c, args) && c.size("groups", args.groups, 1, larger(args.batch, 1)) && checkSums(c, args);
}
/** Adds the sums of the other groups to those of the first. Shares are rows. */
static void sumWeightGradients(const Context &context, int index, int threads) {
  const SequenceArguments &args = context.as<SequenceArguments>();
  int64_t columns = (int64_t)shapeOf(args).gates * args.units;
  int before = args.inputSize + args.units, rows = before + (args.dRecurrentBias ? 2 : 1);
  auto rowOf = [&](const Sums &sums, int row) {
    if (row < args.inputSize) return sums.kernel + row * columns;
    if (row < before) return sums.recurrentKernel + (row - args.inputSize) * columns;
    return row == before ? sums.bias : sums.recurrentBias;
  };
  Sums own = sumsOf(context, args, 0);
  for (int row = rangeBoundary(rows, index, threads), end = rangeBoundary(rows, index + 1, threads); row < end; row++)
    for (int group = 1; group < args.groups; group++) addFloats(rowOf(own, row), rowOf(sumsOf(context, args, group), row), columns);
}
