/**
 * The gradients of a recurrent layer's weights and input, from the gradients of the pre-activations that the backward pass left in
 * `reserve`, summed as assembly/sequence-weights.ts has it: groups of rows, in each the steps (b, t) in order, in blocks of BLOCK_K at
 * most. Shares are the panels of the groups.
 */
#pragma once
#include "sequence.h"

/** A range of steps (b, t), and the rows of the sums of one group. */
struct Groups {
  const SequenceArguments &args;
  int blocks;
  explicit Groups(const SequenceArguments &args) : args(args) {
    int64_t rows = ((int64_t)args.batch + args.groups - 1) / args.groups;
    blocks = (int)((rows * args.time + UNROLLED_BLOCK_K - 1) / UNROLLED_BLOCK_K);
  }
  int start(int group) const { return rangeBoundary(args.batch, group, args.groups) * args.time; }
  /** The first step of a block of a group, or of what follows the last. */
  int blockStart(int group, int block) const {
    int from = start(group);
    return from + rangeBoundary(start(group + 1) - from, block, blocks);
  }
};

/** The first of a group's panels that are share `index`'s, or a later one's. */
static INLINE int groupBoundary(int group, int groups, int panels, int index, int threads) {
  int64_t at = (int64_t)groups * panels * index / threads - (int64_t)group * panels;
  return (int)(at < 0 ? 0 : at > panels ? panels : at);
}

/** Floats of one packed step: x unless it is ids, the state before, and reset-before r ∘ h. */
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

/** A row of zeros, as wide as x and as a state, for the steps past a row's length. */
static const float *zerosOf(const Context &context, const SequenceArguments &args) {
  return args.lengths ? context.floats(args.zeros) : nullptr;
}

/** The state before step t of row b: the initial state's row, or the output one step earlier in running order. */
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

/** r ∘ h of the steps out of `reserve`, whose blocks of units stand apart: a tight row at a time. */
static void packReset(const Context &context, const SequenceArguments &args, int k0, int k, float *row, float *target) {
  Shape s = shapeOf(args);
  const float *reserve = context.floats(args.reserve) + 3 * W;
  int tiles = ceilDivide(s.units, TILE_ROWS);
  for (int i = 0; i < k; i++) {
    const float *from = reserve + (int64_t)(k0 + i) * s.reserveWidth();
    for (int u = 0; u < s.blocks; u++) store(row + u * W, load<V>(from + (int64_t)u * s.slots * W));
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

/** Where the sums of a group stand: the gradients themselves, or one of `partials`. */
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

/** A group's panel: the gradients' columns, and where they stand in the group's sums. */
struct GradientPanel {
  const Context &context;
  const SequenceArguments &args;
  Shape s;
  int block, panel, vectors;
  int64_t columns, column;
  int lanes[2];

  GradientPanel(const Context &context, const SequenceArguments &args, int p) : context(context), args(args), s(shapeOf(args)) {
    block = p / s.panels;
    panel = p % s.panels;
    vectors = s.vectors(panel);
    columns = (int64_t)s.gates * s.units;
    column = (int64_t)s.firstGate(panel) * s.units + block * W;
    lanes[0] = lanes[1] = smaller(lanesOf(s, block), W);
  }
  Target target(float *sums) const { return {{sums + column, sums + column + s.units}, (ptrdiff_t)columns, {lanes[0], lanes[1]}}; }
  bool isCandidate() const { return s.gates == 3 && panel == 1; }

  /** Copies k steps' gradients from k0 on, from slot `slot` on, and adds them to the sums, one after the other; `add` to what is there. */
  void take(int k0, int k, int slot, float *to, const Target &sums, bool add) const {
    const int64_t width = s.reserveWidth();
    const float *from = context.floats(args.reserve) + k0 * width + ((int64_t)block * s.slots + slot) * W;
    V low = add ? load_n<V>(sums.c[0], lanes[0]) : splat<V>(0);
    if (vectors == 1) {
      for (int i = 0; i < k; i++, from += width, to += W) {
        V x = load<V>(from);
        store(to, x);
        low = low + x;
      }
      store_n(sums.c[0], low, lanes[0]);
      return;
    }
    V high = add ? load_n<V>(sums.c[1], lanes[1]) : splat<V>(0);
    for (int i = 0; i < k; i++, from += width, to += 2 * W) {
      V x = load<V>(from), y = load<V>(from + W);
      store(to, x);
      store(to + W, y);
      low = low + x;
      high = high + y;
    }
    store_n(sums.c[0], low, lanes[0]);
    store_n(sums.c[1], high, lanes[1]);
  }

  /** The kernel's gradient where x is ids: each row the sum, in order, of the gradients whose id it is. */
  void scatter(int start, int count, float *kernel) const {
    float *to = kernel + column;
    for (int v = 0; v < vectors; v++)
      for (int row = 0; row < args.inputSize; row++) memset(to + row * columns + (int64_t)v * s.units, 0, lanes[v] * sizeof(float));
    const float *from = context.floats(args.reserve) + start * s.reserveWidth() + ((int64_t)block * s.slots + s.firstGate(panel)) * W;
    const int32_t *ids = context.integers(args.ids) + start;
    for (int i = 0; i < count; i++, from += s.reserveWidth())
      for (int v = 0; v < vectors; v++) {
        float *row = to + ids[i] * columns + (int64_t)v * s.units;
        store_n(row, load_n<V>(row, lanes[v]) + load<V>(from + v * W), lanes[v]);
      }
  }

  /** The gradients of k steps from k0 on, with `add` to what is there. `packed`: their left-hand sides; `panels`: scratch for two. */
  void gradients(int k0, int k, bool add, const float *packed, float *panels, const Sums &sums) const {
    Start start = add ? ADD : ZERO;
    float *dA = panels, *dRecurrent = dA;
    take(k0, k, s.firstGate(panel), dA, target(sums.bias), add);
    if (!args.ids) packedProduct(args.inputSize, k, packed, dA, vectors, target(sums.kernel), start);
    packed += args.ids ? 0 : (int64_t)k * args.inputSize;
    if (sums.recurrentBias) {
      // Reset-after: the candidate has another gradient there, the other gates the same.
      dRecurrent = panels + UNROLLED_BLOCK_K * PANEL;
      take(k0, k, isCandidate() ? 3 : s.firstGate(panel), dRecurrent, target(sums.recurrentBias), add);
    }
    if (isCandidate() && args.layer == UNROLLED_LAYER_CODE_GRU_RESET_BEFORE) packed += (int64_t)k * s.units;
    packedProduct(s.units, k, packed, dRecurrent, vectors, target(sums.recurrentKernel), start);
  }
};

static bool checkWeightGradients(Check &c, const SequenceArguments &args) {
  c.scratch = 2 * UNROLLED_BLOCK_K * PANEL * 4;
  return checkOperands(c, args, false) && checkSums(c, args) && checkReserve(c, args, false) &&
         (!args.ids || c.indices("ids", args.ids, stepCount(args), args.inputSize - 1));
}
static void weightGradients(const Context &context, int index, int threads) {
  const SequenceArguments &args = context.as<SequenceArguments>();
  Shape s = shapeOf(args);
  Groups groups(args);
  int panels = s.blocks * s.panels;
  int64_t blockFloats = UNROLLED_BLOCK_K * (int64_t)operandWidth(args);
  float *scratch = Scratch(context, index).floats(2 * UNROLLED_BLOCK_K * PANEL);
  for (int group = 0; group < args.groups; group++) {
    int first = groupBoundary(group, args.groups, panels, index, threads);
    int end = groupBoundary(group, args.groups, panels, index + 1, threads);
    if (first >= end) continue;
    Sums sums = sumsOf(context, args, group);
    int start = groups.start(group), count = groups.start(group + 1) - start;
    for (int p = first; p < end && args.ids; p++) GradientPanel(context, args, p).scatter(start, count, sums.kernel);
    const float *packed = context.floats(args.packedOperands) + (int64_t)group * groups.blocks * blockFloats;
    for (int block = 0; block < groups.blocks; block++, packed += blockFloats) {
      int k0 = groups.blockStart(group, block), k = groups.blockStart(group, block + 1) - k0;
      for (int p = first; p < end; p++) GradientPanel(context, args, p).gradients(k0, k, block > 0, packed, scratch, sums);
    }
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

static bool checkPackInputGradient(Check &c, const SequenceArguments &args) {
  uint64_t columns = (uint64_t)shapeOf(args).gates * (uint64_t)args.units;
  return sequenceSizes(c, args) && c.reads("kernel", args.kernel, times(args.inputSize, columns)) &&
         c.writes("packedKernel", args.packedKernel, times(columns, roundUp(args.inputSize, W)));
}
static void packInputGradient(const Context &context, int index, int threads) {
  const SequenceArguments &args = context.as<SequenceArguments>();
  int columns = shapeOf(args).gates * args.units;
  packShareTransposed(context.floats(args.kernel), columns, columns, args.inputSize, context.floats(args.packedKernel), index, threads);
}

/** Rows of dx that are computed together. */
enum { INPUT_ROWS = 2 * TILE_ROWS };
static bool checkInputGradient(Check &c, const SequenceArguments &args) {
  if (!sequenceSizes(c, args)) return false;
  Shape s = shapeOf(args);
  uint64_t columns = (uint64_t)s.gates * s.units;
  uint64_t blocks = times(s.gates, roundUp(s.units, BLOCK));
  c.scratch = plus(times(blocks, 4 * INPUT_ROWS), times(blocks / BLOCK, sizeof(Run)) + 256);
  return checkReserve(c, args, false) && c.reads("packedKernel", args.packedKernel, times(columns, roundUp(args.inputSize, W))) &&
         c.writes("dX", args.dX, times(stepCount(args), args.inputSize));
}
/** dx = dA · kernelᵀ; shares are rows (b, t). */
static void inputGradient(const Context &context, int index, int threads) {
  const SequenceArguments &args = context.as<SequenceArguments>();
  Shape s = shapeOf(args);
  int total = args.batch * args.time, k = s.gates * s.units;
  Scratch scratch(context, index);
  int64_t gateFloats = blockFloats(INPUT_ROWS, s.units);
  float *blocks = scratch.floats(s.gates * gateFloats);
  Run *runs = scratch.take<Run>(sizeof(Run) * s.gates * ceilDivide(s.units, BLOCK));
  const float *reserve = context.floats(args.reserve), *packed = context.floats(args.packedKernel);
  int end = rangeBoundary(total, index + 1, threads);
  for (int first = rangeBoundary(total, index, threads), rows; first < end; first += rows) {
    rows = smaller(end - first, INPUT_ROWS);
    for (int g = 0; g < s.gates; g++)
      for (int u = 0; u < s.blocks; u++)
        for (int r = 0; r < rows; r++)
          store(blockAt(blocks + g * gateFloats, rows, u * W, r),
                load<V>(reserve + (int64_t)(first + r) * s.reserveWidth() + ((int64_t)u * s.slots + g) * W));
    for (int j = 0; j < args.inputSize; j += PANEL) {
      int vectors = vectorsOf(j, args.inputSize), n = 0;
      const float *b = packed + (int64_t)j * k;
      for (int g = 0; g < s.gates; g++)
        n += blockRuns(blocks + g * gateFloats, rows, s.units, b + (int64_t)g * s.units * vectors * W, vectors, runs + n);
      float *to = context.floats(args.dX) + (int64_t)first * args.inputSize + j;
      rowTiles(rows, vectors, {runs, n, ZERO, nullptr, nullptr},
               {{to, to + W}, args.inputSize, {args.inputSize - j, args.inputSize - j - W}});
    }
  }
}
