/**
 * Matrix products. A tile has up to 13 × 2 vectors of sums (AVX-512), or 6 × 2 (AVX2, NEON). The right-hand
 * side is in panels of two vectors of columns; the last panel has one vector if no more columns are left. A
 * panel is stored row after row, with zeros past the last column. The left-hand side is in blocks of 16
 * columns, [block][row][16], or in the layers' form, [block][row][2W], which a tile reads at a constant
 * stride.
 *
 * Every element of C is computed as c ← a[k]·b[k] + c, each step rounded once, for k = 0 … K − 1 in order,
 * for any tile, as in assembly/matrix-product.ts.
 */
#pragma once
#include "job.h"
#include "simd.h"

/** Number of columns of a block of a left-hand side. */
enum { BLOCK = 16, PANEL = 2 * W };

/** A part of the sum: `length` columns of a block of A, and the same number of rows of a panel of B. */
struct Run {
  const float *a, *b;
  int length;
};

/**
 * The position of a tile's rows in C, which are at one or two vectors' distance, with the number of valid
 * lanes of each.
 */
struct Target {
  float *c[2];
  ptrdiff_t stride;
  int lanes[2];
};

enum Start { ZERO, ADD, BIAS, TABLE };

/** Rows of a table that initialise C, with `lanes` lanes in each vector, `step` floats apart. */
struct TableRows {
  const float *const *rows;
  ptrdiff_t step;
  int lanes;
};

/**
 * C (of `rows` rows) starts from 0, from its present values, from `bias`, or from `bias` and rows of a table.
 * If `after` is given, it is added to the sum of all runs; for a table's row it is added at once.
 */
struct Product {
  const Run *runs;
  int count;
  Start start;
  const float *bias, *after;
  /** Number of floats between two rows of A: W or 2W. */
  int stride = BLOCK;
  TableRows table = {};
  /**
   * The panel that is read after this one, and its size in bytes. It is prefetched from the third-level cache
   * into the second.
   */
  const float *next = nullptr;
  int64_t nextBytes = 0;
  /** Sets the next panel to the one that follows a panel of k rows. */
  Product &before(const float *panel, int64_t k, int vectors) {
    next = panel + k * vectors * W;
    nextBytes = 4 * k * vectors * W;
    return *this;
  }
};

template <int ROWS, int VECTORS>
static INLINE void startTile(V (&x)[ROWS][VECTORS], const Target &c, int row, Start start, const float *bias) {
  if (start == ADD) {
#pragma GCC unroll 16
    for (int i = 0; i < ROWS; i++)
#pragma GCC unroll 2
      for (int v = 0; v < VECTORS; v++) x[i][v] = load_n<V>(c.c[v] + (row + i) * c.stride, c.lanes[v]);
    return;
  }
#pragma GCC unroll 2
  for (int v = 0; v < VECTORS; v++) {
    V from = start == BIAS ? load<V>(bias + v * W) : splat<V>(0);
#pragma GCC unroll 16
    for (int i = 0; i < ROWS; i++) x[i][v] = from;
  }
}

template <int ROWS, int VECTORS> static INLINE void storeTile(V (&x)[ROWS][VECTORS], const Target &c, int row) {
#pragma GCC unroll 16
  for (int i = 0; i < ROWS; i++)
#pragma GCC unroll 2
    for (int v = 0; v < VECTORS; v++) store_n(c.c[v] + (row + i) * c.stride, x[i][v], c.lanes[v]);
}

/** Starts from bias + each row of the table (+ `after`). */
template <int ROWS, int VECTORS> static INLINE void startFromTable(V (&x)[ROWS][VECTORS], int row, const Product &p) {
#pragma GCC unroll 16
  for (int i = 0; i < ROWS; i++)
#pragma GCC unroll 2
    for (int v = 0; v < VECTORS; v++) {
      x[i][v] = load<V>(p.bias + v * W) + load_n<V>(p.table.rows[row + i] + v * p.table.step, p.table.lanes);
      if (p.after) x[i][v] = x[i][v] + load<V>(p.after + v * W);
    }
}

/** Adds one column of A, whose rows are `STRIDE` floats apart, times one row of B. */
template <int ROWS, int VECTORS, int STRIDE>
static INLINE void addStep(V (&x)[ROWS][VECTORS], const float *a, const float *b) {
  V bv[VECTORS];
#pragma GCC unroll 2
  for (int v = 0; v < VECTORS; v++) bv[v] = load<V>(b + v * W);
#pragma GCC unroll 16
  for (int i = 0; i < ROWS; i++) {
    V s = splat<V>(a[i * STRIDE]);
#pragma GCC unroll 2
    for (int v = 0; v < VECTORS; v++) x[i][v] = fma_(s, bv[v], x[i][v]);
  }
}

/**
 * Adds all columns of a run, UNROLLED at once. If two threads of the processor share a core, each starts only
 * half as many instructions in a cycle; with AVX2 the multiply-adds and their loads need nearly all of them.
 * The tallest tiles have no registers left for an unrolled loop.
 */
template <int ROWS, int VECTORS, int STRIDE>
static INLINE void addRun(V (&x)[ROWS][VECTORS], const float *a, const float *b, int length) {
  constexpr int COUNT = ROWS < 10 ? UNROLLED : 1;
  const float *end = a + length, *unrolledEnd = a + length / COUNT * COUNT;
  for (; a < unrolledEnd; a += COUNT, b += COUNT * VECTORS * W)
#pragma GCC unroll 4
    for (int k = 0; k < COUNT; k++) addStep<ROWS, VECTORS, STRIDE>(x, a + k, b + k * VECTORS * W);
  for (; a < end; a++, b += VECTORS * W) addStep<ROWS, VECTORS, STRIDE>(x, a, b);
}

/**
 * Prefetches `nextStep` bytes from `next` for each k: at the beginning of each run if they are few, and
 * otherwise one line for each k, because the processor can wait for only a few lines at once.
 */
template <int ROWS, int VECTORS, int STRIDE>
static __attribute__((noinline)) void tile(const Product &p, const Target &c, int row, const char *next, ptrdiff_t nextStep) {
  V x[ROWS][VECTORS];
  if (p.start == TABLE) startFromTable(x, row, p);
  else startTile(x, c, row, p.start, p.bias);
  for (int r = 0; r < p.count; r++) {
    const Run &run = p.runs[r];
    const float *a = run.a + row * STRIDE, *b = run.b;
    if (nextStep < 16) {
      const char *end = next + run.length * nextStep;
#pragma clang loop unroll(disable)
      for (const char *line = next; line < end; line += 64) __builtin_prefetch(line, 0, 2);
      next = end;
      addRun<ROWS, VECTORS, STRIDE>(x, a, b, run.length);
    } else
      for (const float *end = a + run.length; a < end; a++, b += VECTORS * W, next += nextStep) {
        __builtin_prefetch(next, 0, 2);
        addStep<ROWS, VECTORS, STRIDE>(x, a, b);
      }
  }
  if (p.after && p.start != TABLE) {
#pragma GCC unroll 16
    for (int i = 0; i < ROWS; i++)
#pragma GCC unroll 2
      for (int v = 0; v < VECTORS; v++) x[i][v] = x[i][v] + load<V>(p.after + v * W);
  }
  storeTile(x, c, row);
}

/**
 * A panel of A with ROWS floats for each k, the form of the weight gradients. The panel after it is
 * prefetched.
 */
template <int ROWS, int VECTORS>
static __attribute__((noinline)) void packedTile(int k, const float *a, const float *b, const Target &c, int row, Start start) {
  V x[ROWS][VECTORS];
  startTile(x, c, row, start, nullptr);
  for (const float *end = a + (ptrdiff_t)k * ROWS; a < end; a += ROWS, b += VECTORS * W) {
    __builtin_prefetch(a + (ptrdiff_t)k * ROWS, 0, 2);
    addStep<ROWS, VECTORS, 1>(x, a, b);
  }
  storeTile(x, c, row);
}

typedef void (*TileFunction)(const Product &, const Target &, int, const char *, ptrdiff_t);
typedef void (*PackedTileFunction)(int, const float *, const float *, const Target &, int, Start);

/** Number of rows of a tile: tiles of one vector have more, if there are registers for them. */
constexpr int most(int vectors) { return vectors == 2 ? (int)TILE_ROWS : (int)NARROW_ROWS; }

template <int VECTORS, int STRIDE, int ROWS> static TileFunction tileOf(int rows) {
  if constexpr (ROWS == 0) return nullptr;
  else return rows == ROWS ? tile<ROWS, VECTORS, STRIDE> : tileOf<VECTORS, STRIDE, ROWS - 1>(rows);
}
template <int VECTORS, int ROWS> static PackedTileFunction packedTileOf(int rows) {
  if constexpr (ROWS == 0) return nullptr;
  else return rows == ROWS ? packedTile<ROWS, VECTORS> : packedTileOf<VECTORS, ROWS - 1>(rows);
}
struct Tables {
  /** Indexed by the stride of A's rows (W or 2W), the number of vectors and the number of rows. */
  TileFunction tiles[2][3][16];
  PackedTileFunction packed[3][16];
  Tables() {
    for (int rows = 0; rows < 16; rows++) {
      tiles[0][1][rows] = tileOf<1, W, most(1)>(rows);
      tiles[0][2][rows] = tileOf<2, W, most(2)>(rows);
      tiles[1][1][rows] = tileOf<1, 2 * W, most(1)>(rows);
      tiles[1][2][rows] = tileOf<2, 2 * W, most(2)>(rows);
      packed[1][rows] = packedTileOf<1, TILE_ROWS>(rows);
      packed[2][rows] = packedTileOf<2, TILE_ROWS>(rows);
    }
  }
};
const Tables TABLES;

/**
 * Computes C's rows over one panel of `vectors` vectors, in the smallest number of tiles, of nearly the same
 * height. Each tile prefetches its share of the next panel.
 */
static INLINE void rowTiles(int rows, int vectors, const Product &p, const Target &c) {
  int tiles = ceilDivide(rows, most(vectors));
  for (int i = 0; i < tiles; i++) {
    int first = rangeBoundary(rows, i, tiles), end = rangeBoundary(rows, i + 1, tiles);
    const char *next = (const char *)p.next + p.nextBytes * i / tiles;
    TABLES.tiles[p.stride > W][vectors][end - first](p, c, first, next, p.next ? vectors * W * 4 / tiles : 0);
  }
}

/** Number of vectors of the panel that begins at a column. */
static INLINE int vectorsOf(int column, int columns) { return columns - column > W ? 2 : 1; }

/** Number of floats of a right-hand side [k, columns] in panels. */
static INLINE int64_t panelFloats(int64_t k, int64_t columns) { return k * roundUp(columns, W); }
