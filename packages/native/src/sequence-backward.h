/** The way back of the recurrent layers: a thread's rows from the last step to the first. */
#pragma once
#include "sequence.h"

/**
 * A share's rows on their way back. The gradients of the pre-activations take the gates' slots, where the
 * products read them.
 */
struct Backward {
  const Context &context;
  const SequenceArguments &args;
  Shape s;
  int first, rows;
  float *dh, *dc, *dReset;
  Run *runs;

  Backward(const Context &context, int index, int threads)
      : context(context), args(context.as<SequenceArguments>()), s(shapeOf(args)) {
    first = rangeBoundary(args.batch, index, threads);
    rows = rangeBoundary(args.batch, index + 1, threads) - first;
    Scratch scratch(context, index);
    int64_t state = (int64_t)rows * s.padded();
    dh = scratch.floats(state);
    dc = scratch.floats(state);
    dReset = scratch.floats(state);
    runs = scratch.take<Run>(sizeof(Run) * 4 * s.blocks);
  }
  static uint64_t scratchBytes(const SequenceArguments &args, uint64_t rows) {
    uint64_t state = times(4, rows, roundUp(args.units, W));
    return plus(times(3, state), 4 * sizeof(Run) * (uint64_t)ceilDivide(args.units, W) + 4096);
  }
  int64_t stateAt(int block, int r) const { return ((int64_t)block * rows + r) * W; }
  float *keptAt(int r, int t, int block, int slot) const { return context.floats(args.reserve) + s.slotAt(t, block, slot, first + r); }
  const float *dOutputAt(int r, int t, int block) const {
    return context.floats(args.dOutput) + ((int64_t)(first + r) * args.time + t) * s.units + block * W;
  }
  /**
   * The state before step t of a row: slot `slot` of what is kept of the step before, or the initial state,
   * which is a public row.
   */
  V before(int r, int t, int length, int slot, int block, uint32_t initial) const {
    int step = args.reverse ? (t == length - 1 ? -1 : t + 1) : t - 1;
    if (step < 0) return load_n<V>(context.floats(initial) + (int64_t)(first + r) * s.units + block * W, lanesOf(s, block));
    return load<V>(keptAt(r, step, block, slot));
  }
  /**
   * C += [the gradients of step t in the slots from `from` on] · Rᵀ, whose packed panels begin at `packed`, k
   * · units rows.
   */
  void product(int t, int from, int count, const float *packed, float *c, Start start) {
    int k = count * s.units;
    for (int j = 0; j < s.units; j += PANEL) {
      int vectors = vectorsOf(j, s.units), n = 0;
      const float *b = packed + (int64_t)j * k;
      for (int g = 0; g < count; g++) {
        const float *rowsOfB = b + (int64_t)g * s.units * vectors * W;
        n += slotRuns(context.floats(args.reserve), s, t, from + g, first, rowsOfB, vectors, runs + n);
      }
      float *to = c + stateAt(j / W, 0);
      Product p = {runs, n, start, nullptr, nullptr, s.slotStride(from)};
      rowTiles(rows, vectors, p.before(b, k, vectors), {{to, to + (int64_t)rows * W}, W, {W, W}});
    }
  }
};

static bool checkPackBackward(Check &c, const SequenceArguments &args) {
  return sequenceSizes(c, args) &&
         c.reads("recurrentKernel", args.recurrentKernel, times((uint64_t)shapeOf(args).gates * args.units, args.units)) &&
         c.writes("packedRecurrent", args.packedRecurrent, packedRecurrentFloats(args));
}
/** Rᵀ: of a GRU the update and reset gates', then the candidate's. */
static void packBackward(const Context &context, int index, int threads) {
  const SequenceArguments &args = context.as<SequenceArguments>();
  Shape s = shapeOf(args);
  const float *kernel = context.floats(args.recurrentKernel);
  float *packed = context.floats(args.packedRecurrent);
  int64_t stride = (int64_t)s.gates * s.units;
  int together = s.gates == 3 ? 2 : s.gates;
  packShareTransposed(kernel, stride, together * s.units, s.units, packed, index, threads);
  if (s.gates == 3)
    packShareTransposed(kernel + 2 * s.units, stride, s.units, s.units, packed + panelFloats(2 * s.units, s.units), index, threads);
}

static bool checkBackward(Check &c, const SequenceArguments &args) {
  if (!sequenceSizes(c, args)) return false;
  uint64_t states = times(args.batch, args.units);
  bool memory = args.layer == UNROLLED_LAYER_CODE_LSTM, plain = args.layer >= UNROLLED_LAYER_CODE_SIMPLE_RNN_TANH;
  c.scratch = Backward::scratchBytes(args, c.rowsOf(args.batch));
  return c.reads("packedRecurrent", args.packedRecurrent, packedRecurrentFloats(args)) &&
         c.reads("dOutput", args.dOutput, times(stepCount(args), args.units)) && c.reads("dFinalH", args.dFinalH, states) &&
         (plain || c.reads("initialH", args.initialH, states)) &&
         (!memory || (c.reads("initialC", args.initialC, states) && c.reads("dFinalC", args.dFinalC, states) &&
                      c.writes("dInitialC", args.dInitialC, states))) &&
         c.writes("dInitialH", args.dInitialH, states) && checkReserve(c, args, true) &&
         (!args.lengths || c.indices("lengths", args.lengths, args.batch, args.time));
}
