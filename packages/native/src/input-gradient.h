/**
 * The gradient of a recurrent layer's input, dx = dA · kernelᵀ, from the gradients of the pre-activations
 * that the backward pass wrote to `reserve`. Shares are steps. They are rows (b, t) if a batch has too few
 * rows for a tile, or columns of dx if there are too few steps.
 */
#pragma once
#include "sequence.h"

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

/**
 * Number of rows of dx that are computed together: rows of one step, or of several if a batch has too few
 * rows for a tile.
 */
enum { INPUT_ROWS = 64, COPIED_ROWS = 2 * TILE_ROWS };
static bool checkInputGradient(Check &c, const SequenceArguments &args) {
  if (!sequenceSizes(c, args)) return false;
  Shape s = shapeOf(args);
  uint64_t columns = (uint64_t)s.gates * s.units;
  uint64_t blocks = times(s.gates, roundUp(s.units, BLOCK));
  c.scratch = plus(times(blocks, 4 * COPIED_ROWS), times(s.gates * (uint64_t)s.blocks, sizeof(Run)) + 256);
  return checkReserve(c, args, false) && c.reads("packedKernel", args.packedKernel, times(columns, roundUp(args.inputSize, W))) &&
         c.writes("dX", args.dX, times(stepCount(args), args.inputSize));
}

/** A share of dx = dA · kernelᵀ. */
struct InputGradient {
  const Context &context;
  const SequenceArguments &args;
  Shape s;
  const float *reserve;
  float *blocks;
  Run *runs;
  /** The share's columns. */
  int from = 0, end;

  InputGradient(const Context &context, int index) : context(context), args(context.as<SequenceArguments>()), s(shapeOf(args)) {
    Scratch scratch(context, index);
    end = args.inputSize;
    reserve = context.floats(args.reserve);
    blocks = scratch.floats(s.gates * blockFloats(COPIED_ROWS, s.units));
    runs = scratch.take<Run>(sizeof(Run) * s.gates * s.blocks);
  }

  /**
   * Calls `runsOf(gate, panel of the kernel, vectors, runs)` for each gate. The rows of dx begin at `to`,
   * `stride` floats apart.
   */
  template <class Runs> void rows(int rows, float *to, int64_t stride, int aStride, Runs runsOf) {
    int k = s.gates * s.units;
    to += from;
    for (int j = from; j < end; j += PANEL, to += PANEL) {
      int vectors = vectorsOf(j, args.inputSize), n = 0;
      const float *b = context.floats(args.packedKernel) + (int64_t)j * k;
      for (int g = 0; g < s.gates; g++) n += runsOf(g, b + (int64_t)g * s.units * vectors * W, vectors, runs + n);
      Target c = {{to, to + W}, (ptrdiff_t)stride, {args.inputSize - j, args.inputSize - j - W}};
      Product p = {runs, n, ZERO, nullptr, nullptr, aStride};
      rowTiles(rows, vectors, p.before(b, k, vectors), c);
    }
  }
  float *dxAt(int b, int t) const { return context.floats(args.dX) + ((int64_t)b * args.time + t) * args.inputSize; }

  void ofOneStep(int t, int first, int count) {
    rows(count, dxAt(first, t), (int64_t)args.time * args.inputSize, s.slotStride(0),
         [&](int g, const float *b, int vectors, Run *to) { return slotRuns(reserve, s, t, g, first, b, vectors, to); });
  }

  /** Computes rows (b, t) from `first` on. */
  void ofSeveralSteps(int first, int count) {
    int64_t gateFloats = blockFloats(COPIED_ROWS, s.units);
    for (int r = 0; r < count; r++) {
      int b = (first + r) / args.time, t = (first + r) % args.time;
      for (int g = 0; g < s.gates; g++)
        for (int u = 0; u < s.blocks; u++) store(blockAt(blocks + g * gateFloats, count, u * W, r), load<V>(reserve + s.slotAt(t, u, g, b)));
    }
    rows(count, dxAt(0, first), args.inputSize, BLOCK, [&](int g, const float *b, int vectors, Run *to) {
      return blockRuns(blocks + g * gateFloats, count, s.units, b, vectors, to);
    });
  }
};

static void inputGradient(const Context &context, int index, int threads) {
  InputGradient gradient(context, index);
  const SequenceArguments &args = gradient.args;
  bool several = args.batch < TILE_ROWS;
  int parts = ceilDivide(args.batch, INPUT_ROWS), total = several ? args.batch * args.time : args.time * parts;
  int panels = ceilDivide(args.inputSize, PANEL);
  if (!several && total < threads && panels >= threads) {
    gradient.from = rangeBoundary(panels, index, threads) * PANEL;
    gradient.end = smaller(args.inputSize, rangeBoundary(panels, index + 1, threads) * PANEL);
    index = 0;
    threads = 1;
  }
  int first = rangeBoundary(total, index, threads), end = rangeBoundary(total, index + 1, threads);
  for (int n = first; n < end && several; n += COPIED_ROWS) gradient.ofSeveralSteps(n, smaller(end - n, COPIED_ROWS));
  for (int n = first; n < end && !several; n++) {
    int part = n % parts, from = rangeBoundary(args.batch, part, parts);
    gradient.ofOneStep(n / parts, from, rangeBoundary(args.batch, part + 1, parts) - from);
  }
}
