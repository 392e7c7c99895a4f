/** Packs both sides of a matrix product (tiles.h). */
#pragma once
#include "tiles.h"

/** Packs one panel of `vectors` vectors from rows S[k, columns], `stride` floats apart. */
static void packPanel(const float *source, int64_t stride, int k, int columns, int vectors, float *target) {
  for (int i = 0; i < k; i++, source += stride)
    for (int v = 0; v < vectors; v++, target += W) store(target, load_n<V>(source + (columns > v * W ? v * W : 0), columns - v * W));
}

/** Packs a share of S[k, columns] into panels. */
static void packShare(const float *source, int64_t stride, int k, int columns, float *target, int index, int threads) {
  int panels = ceilDivide(columns, PANEL);
  for (int p = rangeBoundary(panels, index, threads), end = rangeBoundary(panels, index + 1, threads); p < end; p++) {
    int column = p * PANEL;
    packPanel(source + column, stride, k, columns - column, vectorsOf(column, columns), target + (int64_t)column * k);
  }
}

/** Transposes 4 × 4 floats, whose rows are `stride` and `step` floats apart. */
static INLINE void transposeFour(const float *source, int64_t stride, float *target, int64_t step) {
  typedef float Four __attribute__((vector_size(16)));
  Four rows[4];
  for (int i = 0; i < 4; i++) memcpy(&rows[i], source + i * stride, sizeof(Four));
  Four a = __builtin_shufflevector(rows[0], rows[1], 0, 4, 1, 5), b = __builtin_shufflevector(rows[0], rows[1], 2, 6, 3, 7);
  Four c = __builtin_shufflevector(rows[2], rows[3], 0, 4, 1, 5), d = __builtin_shufflevector(rows[2], rows[3], 2, 6, 3, 7);
  Four columns[4] = {__builtin_shufflevector(a, c, 0, 1, 4, 5), __builtin_shufflevector(a, c, 2, 3, 6, 7),
                     __builtin_shufflevector(b, d, 0, 1, 4, 5), __builtin_shufflevector(b, d, 2, 3, 6, 7)};
  for (int i = 0; i < 4; i++) memcpy(target + i * step, &columns[i], sizeof(Four));
}
/** Transposes `rows` rows of `columns` floats. */
static void transposed(const float *source, int64_t stride, int rows, int columns, float *target, int64_t step) {
  int r = 0;
  for (; r + 4 <= rows; r += 4) {
    int j = 0;
    for (; j + 4 <= columns; j += 4) transposeFour(source + r * stride + j, stride, target + j * step + r, step);
    for (; j < columns; j++)
      for (int i = 0; i < 4; i++) target[j * step + r + i] = source[(r + i) * stride + j];
  }
  for (; r < rows; r++)
    for (int j = 0; j < columns; j++) target[j * step + r] = source[r * stride + j];
}

/** Packs one panel of the transpose of S[columns, k]: row i, column j of the panel is S[j][i]. */
static void packTransposedPanel(const float *source, int64_t stride, int k, int columns, int vectors, float *target) {
  int width = vectors * W, real = smaller(columns, width);
  if (real < width) memset(target, 0, (size_t)k * width * sizeof(float));
  // Processes a few columns at a time, so that the target's lines stay in the first-level cache.
  for (int k0 = 0; k0 < k; k0 += 32) {
    transposed(source + k0, stride, real, smaller(k - k0, 32), target + (int64_t)k0 * width, width);
  }
}

/** Packs a share of the transpose of S[columns, k] into panels. */
static void packShareTransposed(const float *source, int64_t stride, int k, int columns, float *target, int index, int threads) {
  int panels = ceilDivide(columns, PANEL);
  for (int p = rangeBoundary(panels, index, threads), end = rangeBoundary(panels, index + 1, threads); p < end; p++) {
    int column = p * PANEL;
    packTransposedPanel(source + column * stride, stride, k, columns - column, vectorsOf(column, columns), target + (int64_t)column * k);
  }
}

/** Number of floats of a left-hand side [rows, k] in blocks. */
static INLINE int64_t blockFloats(int64_t rows, int64_t k) { return rows * roundUp(k, BLOCK); }
/** The position of row `row`, column `k` in it. */
static INLINE float *blockAt(float *blocks, int rows, int k, int row) {
  return blocks + (int64_t)(k / BLOCK) * rows * BLOCK + row * BLOCK + k % BLOCK;
}

/** Writes row `row` of a left-hand side of `rows` rows from k floats. */
static INLINE void packBlockRow(const float *source, int k, float *blocks, int rows, int row) {
  for (int j = 0; j < k; j += W) store(blockAt(blocks, rows, j, row), load_n<V>(source + j, k - j));
}

/** The runs over a left-hand side [rows, k] in blocks; the right-hand side's panel begins at b. */
static INLINE int blockRuns(const float *blocks, int rows, int k, const float *b, int vectors, Run *runs) {
  int count = 0;
  for (int j = 0; j < k; j += BLOCK, count++)
    runs[count] = {blocks + (int64_t)j * rows, b + (int64_t)j * vectors * W, smaller(BLOCK, k - j)};
  return count;
}

/**
 * Packs `k` rows, whose addresses `row(i)` returns, into panels with the number of columns of a tile's rows
 * (of nearly the same width). `packedTile` reads A in this form if A is the transpose of those rows. Writes
 * columns · k floats.
 */
template <class Row> static void packTable(int k, int columns, float *target, Row row) {
  int tiles = ceilDivide(columns, TILE_ROWS);
  for (int k0 = 0; k0 < k; k0 += 32) {
    int count = smaller(k - k0, 32);
    const float *rows[32];
    for (int i = 0; i < count; i++) rows[i] = row(k0 + i);
    for (int t = 0; t < tiles; t++) {
      int first = rangeBoundary(columns, t, tiles), width = rangeBoundary(columns, t + 1, tiles) - first;
      float *to = target + (int64_t)k * first + (int64_t)k0 * width;
      for (int i = 0; i < count; i++, to += width) store_n(to, load_n<V>(rows[i] + first, width), width);
    }
  }
}

/** C's panel = (C +) Aᵀ · B over `k` rows, with A packed by `packTable`. */
static INLINE void packedProduct(int rows, int k, const float *a, const float *b, int vectors, const Target &c, Start start) {
  int tiles = ceilDivide(rows, TILE_ROWS);
  for (int t = 0; t < tiles; t++) {
    int first = rangeBoundary(rows, t, tiles), height = rangeBoundary(rows, t + 1, tiles) - first;
    TABLES.packed[vectors][height](k, a + (int64_t)k * first, b, c, first, start);
  }
}

/** A panel of a right-hand side, and the rows of its sums, which are as wide as the panel. */
struct PanelSums {
  const float *b;
  float *rows;
  int vectors;
};

/** The same for several panels. It reads one tile of A at a time, which stays in the first-level cache. */
static void packedProducts(int rows, int k, const float *a, const PanelSums *panels, int count, Start start) {
  int tiles = ceilDivide(rows, TILE_ROWS);
  for (int t = 0; t < tiles; t++) {
    int first = rangeBoundary(rows, t, tiles), height = rangeBoundary(rows, t + 1, tiles) - first;
    for (int p = 0; p < count; p++) {
      const PanelSums &panel = panels[p];
      Target c = {{panel.rows, panel.rows + W}, panel.vectors * W, {W, W}};
      TABLES.packed[panel.vectors][height](k, a + (int64_t)k * first, panel.b, c, first, start);
    }
  }
}

/**
 * sums (+)= the column sums of a packed panel of k rows; `after` means that the sums have values to add to.
 */
static INLINE void panelSums(const float *panel, int k, int vectors, float *const *sums, const int *lanes, bool after) {
  for (int v = 0; v < vectors; v++) {
    if (lanes[v] <= 0) continue;
    V sum = after ? load_n<V>(sums[v], lanes[v]) : splat<V>(0);
    for (int i = 0; i < k; i++) sum = sum + load<V>(panel + (i * vectors + v) * W);
    store_n(sums[v], sum, lanes[v]);
  }
}

/** target += x, `count` floats. */
static INLINE void addFloats(float *target, const float *x, int64_t count) {
  for (int64_t j = 0; j < count; j += W) {
    int n = count - j < W ? (int)(count - j) : (int)W;
    store_n(target + j, load_n<V>(target + j, n) + load_n<V>(x + j, n), n);
  }
}
