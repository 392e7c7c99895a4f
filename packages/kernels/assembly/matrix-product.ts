/**
 * C[M,N] = (C +) A[M,K] · B[K,N] over a packed right-hand side.
 *
 * B is packed into panels of 8 columns: panel j has B[0..K)[8j..8j+8) row after row, padded with zeros to 8
 * columns (packing.ts). C is computed in tiles (tiles.ts). The rows are split into the smallest possible
 * number of tiles, so 25 rows are five tiles of 5. A is read in place through a row stride (rows contiguous
 * in k), packed tile by tile, or, for Aᵀ, read from panels of a tile's rows (`packTable`).
 *
 * Every element of C is computed as c ← c + a[k]·b[k] for k = 0 … K−1 in order, for any tile, any block of k
 * and any range of a thread. The bits of the result therefore do not depend on them.
 *
 * The algorithm is Goto's: K. Goto, R. van de Geijn, "Anatomy of High-Performance Matrix Multiplication", ACM
 * TOMS 34, 2008.
 */
import { BLOCK_K, BLOCK_TILES, PANEL, TILE_BYTES } from './generated/abi';
import { packTileRows, tileCount } from './packing';
import { tile1x32, tile2x16, tileOf } from './tiles';
import { loadFloats, storeFloats } from './vector-math';

/**
 * Products at least this wide and deep also pack A. Rows at distances of a power of two share few cache sets,
 * which halves the speed on some processors.
 */
const PACK_COLUMNS: i32 = 96;
const PACK_INNER: i32 = 32;
/** The address of the packed block of A in a thread's scratch memory. */
const PACKED_A: usize = TILE_BYTES;

/**
 * C[M,N] = (C +) A[M,K] · B, with B packed over the whole K. Strides are in bytes. `edge` is EDGE_BYTES of
 * the calling thread's scratch.
 */
export function product(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aStride: usize,
  b: usize,
  c: usize,
  cStride: usize,
  accumulate: bool,
  edge: usize,
): void {
  if (m <= 2) {
    for (let k0 = 0; k0 < k || k0 === 0; k0 += BLOCK_K) {
      const offset = (<usize>k0) << 2;
      fewRows(
        m,
        n,
        min(k - k0, BLOCK_K),
        a + offset,
        aStride,
        b + (offset << 3),
        (<usize>k) << 5,
        c,
        cStride,
        edge,
        accumulate || k0 > 0,
      );
    }
    return;
  }
  const tiles = tileCount(m);
  const least = m / tiles;
  const higher = m - least * tiles;
  const packed = n >= PACK_COLUMNS && k >= PACK_INNER;
  const blocks = (tiles + BLOCK_TILES - 1) / BLOCK_TILES;
  for (let block = 0; block < blocks; block++) {
    const first = (tiles * block) / blocks;
    const end = (tiles * (block + 1)) / blocks;
    const row = <usize>(first * least + min(first, higher));
    blockRows(
      least,
      min(end, higher) - min(first, higher),
      end - first,
      n,
      k,
      a + row * aStride,
      aStride,
      b,
      c + row * cStride,
      cStride,
      packed,
      accumulate,
      edge,
    );
  }
}

/**
 * Computes a few tiles that fit into the first-level cache. The first `higher` tiles have `least` + 1 rows,
 * the others `least`.
 */
function blockRows(
  least: i32,
  higher: i32,
  tiles: i32,
  n: i32,
  k: i32,
  a: usize,
  aStride: usize,
  b: usize,
  c: usize,
  cStride: usize,
  packed: bool,
  accumulate: bool,
  edge: usize,
): void {
  const panelBytes = (<usize>k) << 5;
  for (let k0 = 0; k0 < k || k0 === 0; k0 += BLOCK_K) {
    const kBlock = min(k - k0, BLOCK_K);
    const add = accumulate || k0 > 0;
    let from = a + ((<usize>k0) << 2);
    let rowStride = aStride;
    if (packed) {
      let target = edge + PACKED_A;
      for (let i = 0; i < tiles; i++) {
        const rows = least + i32(i < higher);
        packTileRows(rows, from, aStride, kBlock, target);
        from += <usize>rows * aStride;
        target += (<usize>(rows * kBlock)) << 2;
      }
      from = edge + PACKED_A;
      rowStride = (<usize>kBlock) << 2;
    }
    let panel = b + ((<usize>k0) << 5);
    let column = c;
    for (let j = 0; j < n; j += PANEL) {
      let x = from;
      let y = column;
      for (let i = 0; i < tiles; i++) {
        const rows = least + i32(i < higher);
        tileOf(rows, n - j, packed, kBlock, x, rowStride, panel, y, cStride, edge, add);
        x += <usize>rows * rowStride;
        y += <usize>rows * cStride;
      }
      panel += panelBytes;
      column += 32;
    }
  }
}

/**
 * One or two rows use wider tiles, because a single row has too few independent sums to fill the pipeline.
 */
function fewRows(
  rows: i32,
  n: i32,
  k: i32,
  a: usize,
  aStride: usize,
  b: usize,
  panelBytes: usize,
  c: usize,
  cStride: usize,
  edge: usize,
  accumulate: bool,
): void {
  let j = 0;
  if (rows === 2) {
    for (; j + 2 * PANEL <= n; j += 2 * PANEL) {
      tile2x16(k, a, aStride, b, panelBytes, c, cStride, accumulate);
      b += panelBytes << 1;
      c += 64;
    }
  } else {
    for (; j + 4 * PANEL <= n; j += 4 * PANEL) {
      tile1x32(k, a, b, panelBytes, c, accumulate);
      b += panelBytes << 2;
      c += 128;
    }
  }
  for (; j < n; j += PANEL) {
    tileOf(rows, n - j, false, k, a, aStride, b, c, cStride, edge, accumulate);
    b += panelBytes;
    c += 32;
  }
}

/**
 * One panel of C[M,columns ≤ 8] = (C +) A · B with A packed over K by `packTable` and B one packed panel. It
 * computes weight gradients, where A is transposed.
 */
export function packedPanelProduct(
  m: i32,
  k: i32,
  a: usize,
  b: usize,
  c: usize,
  cStride: usize,
  columns: i32,
  accumulate: bool,
  edge: usize,
): void {
  const tiles = tileCount(m);
  const least = m / tiles;
  const higher = m - least * tiles;
  for (let i = 0; i < tiles; i++) {
    const rows = least + i32(i < higher);
    tileOf(rows, columns, true, k, a, 0, b, c, cStride, edge, accumulate);
    a += (<usize>(rows * k)) << 2;
    c += <usize>rows * cStride;
  }
}

/** sums[columns ≤ 8] = (sums +) the column sums of a packed panel of K rows. */
export function panelSums(panel: usize, k: i32, sums: usize, columns: i32, accumulate: bool): void {
  let low = accumulate ? loadFloats(sums, columns) : f32x4.splat(0);
  let high = accumulate ? loadFloats(sums + 16, columns - 4) : f32x4.splat(0);
  for (let i = 0; i < k; i++) {
    low = f32x4.add(low, v128.load(panel));
    high = f32x4.add(high, v128.load(panel, 16));
    panel += 32;
  }
  storeFloats(sums, low, columns);
  storeFloats(sums + 16, high, columns - 4);
}
