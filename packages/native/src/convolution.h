/**
 * Convolution as matrix products of packed patches, and its gradients. Each element is summed in the order of
 * assembly/convolution.ts.
 */
#pragma once
#include "product.h"
#include "sequence-weights.h"

typedef UnrolledConvolutionArguments ConvolutionArguments;

static uint64_t patchTaps(const ConvolutionArguments &args) { return times(args.rowTaps, args.columnTaps); }
static uint64_t patchFloats(const ConvolutionArguments &args) { return times(patchTaps(args), args.channels); }
static uint64_t targets(const ConvolutionArguments &args) { return times(args.batch, args.rows, args.columns); }

static bool filterTaps(Check &c, const char *field, int size, int taps, int first, int stride) {
  return c.size(field, taps, 1, size) && c.size(field, first, 0, size - 1) && c.size(field, stride, 1) &&
         c.size(field, first + (int64_t)(taps - 1) * stride, 0, size - 1);
}
static bool convolutionSizes(Check &c, const ConvolutionArguments &args) {
  return c.size("batch", args.batch) && c.size("height", args.height) && c.size("width", args.width) &&
         c.size("channels", args.channels, 1) && c.size("outputs", args.outputs, 1) && c.flag("transposed", args.transposed) &&
         c.size("filterHeight", args.filterHeight, 1) && c.size("filterWidth", args.filterWidth, 1) && c.size("rows", args.rows, 1) &&
         c.size("columns", args.columns, 1) &&
         filterTaps(c, "rowTaps", args.filterHeight, args.rowTaps, args.firstRowTap, args.rowTapStride) &&
         filterTaps(c, "columnTaps", args.filterWidth, args.columnTaps, args.firstColumnTap, args.columnTapStride) &&
         (times(patchFloats(args), args.outputs) <= INT32_MAX && targets(args) <= INT32_MAX ? true : c.fail("channels"));
}
static bool readsPictures(Check &c, const ConvolutionArguments &args) {
  return c.reads("x", args.x, times(times(args.batch, args.height), args.width, args.channels));
}
static uint64_t packedFilter(const ConvolutionArguments &args) { return (uint64_t)panelFloats((int64_t)patchFloats(args), args.outputs); }

/**
 * If adjacent targets read adjacent pixels, a strip of each row that they read is packed once, with zeros
 * beside the image, and all of their taps read it. A strip has `stripPixels` pixels for PRODUCT_ROWS targets.
 * Strips are not used if a row has too few targets to fill a tile, or if a strip would be larger than the
 * patches, as with few channels or distant taps.
 */
static uint64_t stripPixels(const ConvolutionArguments &args) {
  int64_t step = args.columnTapStep < 0 ? -(int64_t)args.columnTapStep : args.columnTapStep;
  return PRODUCT_ROWS + times((uint64_t)(args.columnTaps - 1), (uint64_t)step);
}
static uint64_t channelBlocks(const ConvolutionArguments &args) { return (uint64_t)ceilDivide(args.channels, BLOCK); }
static bool readsStrips(const ConvolutionArguments &args) {
  uint64_t patches = times(PRODUCT_ROWS, times(args.columnTaps, args.channels));
  return args.columnStep == 1 && args.columns >= TILE_ROWS && times(channelBlocks(args) * BLOCK, stripPixels(args)) < patches;
}
static uint64_t stripFloats(const ConvolutionArguments &args) {
  return times(times(args.rowTaps, channelBlocks(args)), times(stripPixels(args), BLOCK));
}
static uint64_t runsOfStrips(const ConvolutionArguments &args) { return times(patchTaps(args), channelBlocks(args)); }

static bool checkPackFilter(Check &c, const ConvolutionArguments &args) {
  return convolutionSizes(c, args) && c.writes("packed", args.packed, packedFilter(args)) &&
         c.reads("filter", args.filter, times(times(args.filterHeight, args.filterWidth), args.channels, args.outputs));
}
static bool checkConvolution(Check &c, const ConvolutionArguments &args) {
  if (!convolutionSizes(c, args) || !c.size("yBatch", args.yBatch) || !c.size("yRow", args.yRow) || !c.size("yPixel", args.yPixel, args.outputs))
    return false;
  uint64_t last = plus(times(larger(args.batch, 1) - 1, args.yBatch), plus(times(args.rows - 1, args.yRow), times(args.columns - 1, args.yPixel)));
  c.scratch = readsStrips(args) ? plus(plus(times(4, stripFloats(args)), times(sizeof(Run), runsOfStrips(args))), 256)
                                : plus(times(4 * PRODUCT_ROWS, plus(patchFloats(args), BLOCK)), PRODUCT_BYTES + 128);
  return readsPictures(c, args) && c.reads("packed", args.packed, packedFilter(args)) &&
         (!args.bias || c.reads("bias", args.bias, args.outputs)) && c.writes("y", args.y, args.batch ? plus(last, args.outputs) : 0);
}

/**
 * Number of taps that are packed together: one if its channels fill whole tiles, else as many as are needed
 * to fill them.
 */
static int tapsTogether(const ConvolutionArguments &args) { return larger(1, 48 / args.channels); }

static bool filterSums(Check &c, const ConvolutionArguments &args) {
  uint64_t sums = times(patchFloats(args), args.outputs);
  return convolutionSizes(c, args) && c.size("groups", args.groups, 1, larger((int)targets(args), 1)) && c.writes("dFilter", args.dFilter, sums) &&
         (args.groups == 1 || c.writes("partials", args.partials, times(args.groups - 1, sums)));
}
static bool checkFilterGradient(Check &c, const ConvolutionArguments &args) {
  if (!filterSums(c, args)) return false;
  uint64_t width = times(tapsTogether(args), args.channels), rows = plus(times(2, width), (uint64_t)roundUp(args.outputs, W));
  c.scratch = plus(times(4 * UNROLLED_BLOCK_K, rows), plus(times(4, args.channels), 256));
  return readsPictures(c, args) && c.reads("y", args.y, times(targets(args), args.outputs));
}

static void packFilter(const Context &context, int index, int threads) {
  const ConvolutionArguments &args = context.as<ConvolutionArguments>();
  int panels = ceilDivide(args.outputs, PANEL), channels = args.channels;
  int64_t inner = (int64_t)patchFloats(args), tapFloats = (int64_t)channels * args.outputs;
  for (int p = rangeBoundary(panels, index, threads), end = rangeBoundary(panels, index + 1, threads); p < end; p++) {
    int column = p * PANEL, left = args.outputs - column, vectors = vectorsOf(column, args.outputs);
    float *target = context.floats(args.packed) + column * inner;
    for (int i = 0; i < args.rowTaps; i++)
      for (int j = 0; j < args.columnTaps; j++, target += (int64_t)channels * vectors * W) {
        int64_t row = args.firstRowTap + (int64_t)i * args.rowTapStride, at = args.firstColumnTap + (int64_t)j * args.columnTapStride;
        const float *tap = context.floats(args.filter) + (row * args.filterWidth + at) * tapFloats;
        if (args.transposed) packTransposedPanel(tap + (int64_t)column * channels, channels, channels, left, vectors, target);
        else packPanel(tap + column, args.outputs, channels, left, vectors, target);
      }
  }
}

/** The position of target `n` in x: its image, and the pixel of its first tap. */
struct Place {
  const float *picture;
  int64_t row, column;
  Place(const Context &context, const ConvolutionArguments &args, int n) {
    int line = n / args.columns, image = line / args.rows;
    picture = context.floats(args.x) + (int64_t)image * args.height * args.width * args.channels;
    row = args.rowStart + (int64_t)(line % args.rows) * args.rowStep;
    column = args.columnStart + (int64_t)(n % args.columns) * args.columnStep;
  }
  /** The pixel of tap (i, j), or null outside the image. */
  const float *pixel(const ConvolutionArguments &args, int i, int j) const {
    int64_t y = row + (int64_t)i * args.rowTapStep, x = column + (int64_t)j * args.columnTapStep;
    if (y < 0 || y >= args.height || x < 0 || x >= args.width) return nullptr;
    return picture + (y * args.width + x) * args.channels;
  }
};

/** Copies `count` floats, or writes zeros. */
static INLINE void copyOrZero(float *target, const float *source, int64_t count) {
  for (int64_t j = 0; j < count; j += W) {
    int n = count - j < W ? (int)(count - j) : (int)W;
    store_n(target + j, source ? load_n<V>(source + j, n) : splat<V>(0), n);
  }
}

/** Writes `count` floats, or zeros, to columns `k` … of row `row` of a left-hand side in blocks. */
static INLINE void putBlocks(float *blocks, int rows, int row, int k, const float *source, int count) {
  for (int n; count > 0; k += n, count -= n, source += source ? n : 0) {
    n = smaller(BLOCK - k % BLOCK, count);
    copyOrZero(blockAt(blocks, rows, k, row), source, n);
  }
}

/** Writes the patch of a target, taps · channels floats, to row `row` of a left-hand side in blocks. */
static void packPatch(const ConvolutionArguments &args, const Place &place, float *blocks, int rows, int row) {
  int channels = args.channels, taps = args.columnTaps, k = 0;
  // Adjacent pixels of a row are contiguous.
  bool run = args.columnTapStep == 1 && place.column >= 0 && place.column + taps <= args.width;
  int together = run ? taps : 1;
  for (int i = 0; i < args.rowTaps; i++)
    for (int j = 0; j < taps; j += together, k += together * channels)
      putBlocks(blocks, rows, row, k, place.pixel(args, i, j), together * channels);
}

/** C[rows, n] = (bias +) A · B, with A in blocks over the whole of k, and B packed. */
static void blocksProduct(int rows, int n, int k, const float *blocks, const float *b, float *c, int64_t cStride, const float *bias, Run *runs) {
  for (int k0 = 0; k0 < k; k0 += PRODUCT_INNER) {
    int depth = smaller(k - k0, PRODUCT_INNER);
    for (int j = 0; j < n; j += PANEL) {
      int vectors = vectorsOf(j, n);
      float start[PANEL];
      Product p = {runs, 0, k0 ? ADD : bias ? BIAS : ZERO, start, nullptr};
      for (int v = 0; v < vectors && p.start == BIAS; v++) store(start + v * W, load_n<V>(bias + j + v * W, n - j - v * W));
      p.count = blockRuns(blocks + (int64_t)k0 * rows, rows, depth, b + (int64_t)j * k + (int64_t)k0 * vectors * W, vectors, runs);
      rowTiles(rows, vectors, p, {{c + j, c + j + W}, (ptrdiff_t)cStride, {n - j, n - j - W}});
    }
  }
}

/** Packs a strip of row `y` in blocks, [block][pixel][16], from pixel `x` on. */
static void packStrip(const ConvolutionArguments &args, const float *picture, int64_t y, int64_t x, int pixels, float *strip) {
  bool inside = y >= 0 && y < args.height;
  const float *row = picture + (inside ? y : 0) * args.width * args.channels;
  for (int k = 0; k < args.channels; k += BLOCK) {
    int count = smaller(BLOCK, args.channels - k);
    for (int p = 0; p < pixels; p++, strip += BLOCK) {
      bool real = inside && x + p >= 0 && x + p < args.width;
      copyOrZero(strip, real ? row + (x + p) * args.channels + k : nullptr, count);
    }
  }
}

/** Computes some targets of one row from strips, summed over taps and channels in the order of a patch. */
static void stripsProduct(const ConvolutionArguments &args, const Place &place, int count, const float *b, float *y, const float *bias, float *strips, Run *runs) {
  int64_t step = args.columnTapStep, least = step < 0 ? (args.columnTaps - 1) * step : 0;
  int pixels = count + (int)((args.columnTaps - 1) * (step < 0 ? -step : step)), blocks = ceilDivide(args.channels, BLOCK), inner = (int)patchFloats(args);
  int64_t stripSize = (int64_t)blocks * pixels * BLOCK;
  for (int i = 0; i < args.rowTaps; i++)
    packStrip(args, place.picture, place.row + (int64_t)i * args.rowTapStep, place.column + least, pixels, strips + i * stripSize);
  for (int n = 0; n < args.outputs; n += PANEL) {
    int vectors = vectorsOf(n, args.outputs);
    float start[PANEL];
    Product p = {runs, 0, bias ? BIAS : ZERO, start, nullptr};
    for (int v = 0; v < vectors && bias; v++) store(start + v * W, load_n<V>(bias + n + v * W, args.outputs - n - v * W));
    const float *panel = b + (int64_t)n * inner;
    for (int i = 0; i < args.rowTaps; i++)
      for (int j = 0; j < args.columnTaps; j++)
        for (int k = 0; k < args.channels; k += BLOCK) {
          int length = smaller(BLOCK, args.channels - k);
          runs[p.count++] = {strips + i * stripSize + ((int64_t)(k / BLOCK) * pixels + j * step - least) * BLOCK, panel, length};
          panel += (int64_t)length * vectors * W;
        }
    rowTiles(count, vectors, p, {{y + n, y + n + W}, (ptrdiff_t)args.yPixel, {args.outputs - n, args.outputs - n - W}});
  }
}

static void stripConvolution(const Context &context, const ConvolutionArguments &args, int first, int end, Scratch scratch) {
  float *strips = scratch.floats((int64_t)stripFloats(args));
  Run *runs = scratch.take<Run>(sizeof(Run) * runsOfStrips(args));
  const float *bias = args.bias ? context.floats(args.bias) : nullptr;
  for (int count; first < end; first += count) {
    int column = first % args.columns, line = first / args.columns;
    count = smaller(smaller(PRODUCT_ROWS, end - first), args.columns - column);
    int64_t offset = (int64_t)(line / args.rows) * args.yBatch + (int64_t)(line % args.rows) * args.yRow + (int64_t)column * args.yPixel;
    stripsProduct(args, Place(context, args, first), count, context.floats(args.packed), context.floats(args.y) + offset, bias, strips, runs);
  }
}

static void convolution(const Context &context, int index, int threads) {
  const ConvolutionArguments &args = context.as<ConvolutionArguments>();
  if (readsStrips(args)) {
    int total = (int)targets(args);
    return stripConvolution(context, args, rangeBoundary(total, index, threads), rangeBoundary(total, index + 1, threads), Scratch(context, index));
  }
  int inner = (int)patchFloats(args), total = (int)targets(args);
  Scratch scratch(context, index);
  float *blocks = scratch.floats(blockFloats(PRODUCT_ROWS, inner));
  Run *runs = scratch.take<Run>(sizeof(Run) * (PRODUCT_INNER / BLOCK));
  const float *bias = args.bias ? context.floats(args.bias) : nullptr;
  // If the targets are not consecutive in y, a block ends at the end of their row.
  bool whole = args.yRow == (int64_t)args.columns * args.yPixel && args.yBatch == (int64_t)args.rows * args.yRow;
  int end = rangeBoundary(total, index + 1, threads);
  for (int first = rangeBoundary(total, index, threads), count; first < end; first += count) {
    count = smaller(smaller(PRODUCT_ROWS, end - first), whole ? end : args.columns - first % args.columns);
    for (int i = 0; i < count; i++) packPatch(args, Place(context, args, first + i), blocks, count, i);
    int line = first / args.columns;
    int64_t offset = (int64_t)(line / args.rows) * args.yBatch + (int64_t)(line % args.rows) * args.yRow + (int64_t)(first % args.columns) * args.yPixel;
    blocksProduct(count, args.outputs, inner, blocks, context.floats(args.packed), context.floats(args.y) + offset, args.yPixel, bias, runs);
  }
}

static float *filterSumsOf(const Context &context, const ConvolutionArguments &args, int group) {
  int64_t sums = (int64_t)patchFloats(args) * args.outputs;
  return group == 0 ? context.floats(args.dFilter) : context.floats(args.partials) + (group - 1) * sums;
}

static void filterGroup(const Context &context, const ConvolutionArguments &args, int group, int first, int end, Scratch scratch) {
  int channels = args.channels, outputs = args.outputs, taps = (int)patchTaps(args), together = tapsTogether(args), total = (int)targets(args);
  float *panels = scratch.floats(UNROLLED_BLOCK_K * roundUp(outputs, W));
  float *packed = scratch.floats(UNROLLED_BLOCK_K * (int64_t)together * channels);
  float *gathered = scratch.floats(UNROLLED_BLOCK_K * (int64_t)together * channels);
  float *zeros = scratch.floats(channels);
  memset(zeros, 0, sizeof(float) * channels);
  float *sums = filterSumsOf(context, args, group);
  int start = rangeBoundary(total, group, args.groups), last = rangeBoundary(total, group + 1, args.groups);
  for (int k0 = start; k0 < last; k0 += UNROLLED_BLOCK_K) {
    int k = smaller(UNROLLED_BLOCK_K, last - k0);
    const float *dy = context.floats(args.y) + (int64_t)k0 * outputs;
    for (int p = first; p < end; p++)
      packPanel(dy + p * PANEL, outputs, k, outputs - p * PANEL, vectorsOf(p * PANEL, outputs), panels + (int64_t)(p - first) * PANEL * UNROLLED_BLOCK_K);
    for (int tap = 0; tap < taps; tap += together) {
      int count = smaller(together, taps - tap), width = count * channels;
      packTable(k, width, packed, [&](int i) {
        Place place(context, args, k0 + i);
        float *to = gathered + (int64_t)i * width;
        for (int t = 0; t < count; t++) {
          const float *found = place.pixel(args, (tap + t) / args.columnTaps, (tap + t) % args.columnTaps);
          if (count == 1) return found ? found : (const float *)zeros;
          copyOrZero(to + (int64_t)t * channels, found, channels);
        }
        return (const float *)to;
      });
      for (int p = first; p < end; p++) {
        int j = p * PANEL;
        float *to = sums + (int64_t)tap * channels * outputs + j;
        Target c = {{to, to + W}, outputs, {outputs - j, outputs - j - W}};
        packedProduct(width, k, packed, panels + (int64_t)(p - first) * PANEL * UNROLLED_BLOCK_K, vectorsOf(j, outputs), c, k0 > start ? ADD : ZERO);
      }
    }
  }
}

static void filterGradient(const Context &context, int index, int threads) {
  const ConvolutionArguments &args = context.as<ConvolutionArguments>();
  int panels = ceilDivide(args.outputs, PANEL);
  for (int group = 0; group < args.groups; group++) {
    int first = groupBoundary(group, args.groups, panels, index, threads), end = groupBoundary(group, args.groups, panels, index + 1, threads);
    if (first < end) filterGroup(context, args, group, first, end, Scratch(context, index));
  }
}

static void sumFilterGradient(const Context &context, int index, int threads) {
  const ConvolutionArguments &args = context.as<ConvolutionArguments>();
  int rows = (int)patchFloats(args);
  for (int row = rangeBoundary(rows, index, threads), end = rangeBoundary(rows, index + 1, threads); row < end; row++) {
    int64_t offset = (int64_t)row * args.outputs;
    for (int group = 1; group < args.groups; group++)
      addFloats(context.floats(args.dFilter) + offset, filterSumsOf(context, args, group) + offset, args.outputs);
  }
}

static const JobEntry CONVOLUTION_JOBS[] = {
    jobOf<ConvolutionArguments, checkPackFilter, packFilter>(UNROLLED_JOB_PACK_FILTER),
    jobOf<ConvolutionArguments, checkConvolution, convolution>(UNROLLED_JOB_CONVOLUTION),
    jobOf<ConvolutionArguments, checkFilterGradient, filterGradient>(UNROLLED_JOB_FILTER_GRADIENT),
    jobOf<ConvolutionArguments, filterSums, sumFilterGradient>(UNROLLED_JOB_SUM_FILTER_GRADIENT),
};
