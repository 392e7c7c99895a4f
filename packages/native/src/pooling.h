/** The maximum or the mean of windows of images, and its gradient, as in assembly/pooling.ts. */
#pragma once
#include "job.h"
#include "simd.h"

typedef UnrolledPoolArguments PoolArguments;

/** Number of channels in a share of the gradient: a cache line. */
enum { POOL_SHARE = 16 };

static bool poolSizes(Check &c, const PoolArguments &args) {
  return c.size("kind", args.kind, 0, 1) && c.size("batch", args.batch) && c.size("height", args.height) && c.size("width", args.width) &&
         c.size("channels", args.channels, 1, INT32_MAX - POOL_SHARE) && c.size("rows", args.rows, 1) && c.size("columns", args.columns, 1) &&
         c.size("windowRows", args.windowRows, 1) && c.size("windowColumns", args.windowColumns, 1) &&
         c.size("rowStep", args.rowStep, 1) && c.size("columnStep", args.columnStep, 1) && c.size("top", args.top) && c.size("left", args.left) &&
         (times(args.batch, args.rows) <= INT32_MAX ? true : c.fail("rows"));
}
static uint64_t pictureFloats(const PoolArguments &args) { return times(args.height, args.width, args.channels); }
static uint64_t windowFloats(const PoolArguments &args) { return times(times(args.batch, args.rows), args.columns, args.channels); }
static bool checkPool(Check &c, const PoolArguments &args) {
  return poolSizes(c, args) && c.reads("x", args.x, times(args.batch, pictureFloats(args))) && c.writes("y", args.y, windowFloats(args));
}
static bool checkPoolGradient(Check &c, const PoolArguments &args) {
  bool isMaximum = args.kind == UNROLLED_POOL_CODE_MAXIMUM;
  return poolSizes(c, args) && times(args.batch, args.channels) <= INT32_MAX && c.reads("dY", args.dY, windowFloats(args)) &&
         (!isMaximum || (c.reads("x", args.x, times(args.batch, pictureFloats(args))) && c.reads("y", args.y, windowFloats(args)))) &&
         c.writes("dX", args.dX, times(args.batch, pictureFloats(args)));
}

/** The part of a window inside the image. */
struct Window {
  int r0, r1, c0, c1;
  Window(const PoolArguments &args, int row, int column) {
    along((int64_t)row * args.rowStep - args.top, args.windowRows, args.height, r0, r1);
    along((int64_t)column * args.columnStep - args.left, args.windowColumns, args.width, c0, c1);
  }
  float count() const { return (float)((int64_t)(r1 - r0) * (c1 - c0)); }

 private:
  static void along(int64_t from, int size, int length, int &first, int &end) {
    first = (int)(from < 0 ? 0 : from < length ? from : length);
    int64_t to = from + size;
    end = (int)(to < first ? first : to < length ? to : length);
  }
};

static void pool(const Context &context, int index, int threads) {
  const PoolArguments &args = context.as<PoolArguments>();
  int lines = args.batch * args.rows, channels = args.channels;
  bool isMaximum = args.kind == UNROLLED_POOL_CODE_MAXIMUM;
  for (int line = rangeBoundary(lines, index, threads), end = rangeBoundary(lines, index + 1, threads); line < end; line++) {
    const float *image = context.floats(args.x) + (line / args.rows) * (int64_t)pictureFloats(args);
    for (int column = 0; column < args.columns; column++) {
      float *y = context.floats(args.y) + ((int64_t)line * args.columns + column) * channels;
      Window w(args, line % args.rows, column);
      for (int d = 0; d < channels; d += W) {
        V value = splat<V>(isMaximum ? -__builtin_inff() : 0);
        for (int r = w.r0; r < w.r1; r++)
          for (int c = w.c0; c < w.c1; c++) {
            V x = load_n<V>(image + ((int64_t)r * args.width + c) * channels + d, channels - d);
            value = isMaximum ? pmax(value, x) : value + x;
          }
        store_n(y + d, isMaximum ? value : value / splat<V>(w.count()), channels - d);
      }
    }
  }
}

/** Adds the gradient of one window to `count` channels. The pointers point to the first of these channels. */
static void windowGradient(const PoolArguments &args, const Window &w, const float *x, const float *y, const float *dY, float *dX, int count) {
  bool isMaximum = args.kind == UNROLLED_POOL_CODE_MAXIMUM;
  V zero = splat<V>(0);
  for (int d = 0; d < count; d += W) {
    int n = count - d;
    V share = load_n<V>(dY + d, n);
    if (!isMaximum) share = share / splat<V>(w.count());
    V most = isMaximum ? load_n<V>(y + d, n) : zero, open = splat<V>(1);
    for (int r = w.r0; r < w.r1; r++)
      for (int c = w.c0; c < w.c1; c++) {
        int64_t at = ((int64_t)r * args.width + c) * args.channels + d;
        V add = share;
        if (isMaximum) {
          V value = load_n<V>(x + at, n);
          V taken = least(value, most, least(most, value, open, zero), zero);
          add = less(zero, taken, share, zero);
          open = open - taken;
        }
        store_n(dX + at, load_n<V>(dX + at, n) + add, n);
      }
  }
}

static void poolGradient(const Context &context, int index, int threads) {
  const PoolArguments &args = context.as<PoolArguments>();
  int channels = args.channels, blocks = ceilDivide(channels, POOL_SHARE), shares = args.batch * blocks;
  int64_t pixels = (int64_t)args.height * args.width;
  bool isMaximum = args.kind == UNROLLED_POOL_CODE_MAXIMUM;
  for (int share = rangeBoundary(shares, index, threads), end = rangeBoundary(shares, index + 1, threads); share < end; share++) {
    int image = share / blocks, first = share % blocks * POOL_SHARE, count = smaller(POOL_SHARE, channels - first);
    int64_t offset = image * pixels * channels + first;
    float *dX = context.floats(args.dX) + offset;
    for (int64_t n = 0; n < pixels; n++) memset(dX + n * channels, 0, sizeof(float) * count);
    for (int row = 0; row < args.rows; row++)
      for (int column = 0; column < args.columns; column++) {
        int64_t at = (((int64_t)image * args.rows + row) * args.columns + column) * channels + first;
        windowGradient(args, Window(args, row, column), isMaximum ? context.floats(args.x) + offset : nullptr,
                       isMaximum ? context.floats(args.y) + at : nullptr, context.floats(args.dY) + at, dX, count);
      }
  }
}

static const JobEntry POOL_JOBS[] = {
    jobOf<PoolArguments, checkPool, pool>(UNROLLED_JOB_POOL),
    jobOf<PoolArguments, checkPoolGradient, poolGradient>(UNROLLED_JOB_POOL_GRADIENT),
};
