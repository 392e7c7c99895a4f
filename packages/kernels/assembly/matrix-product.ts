/**
 * C[M,N] = (C +) A[M,K] · B[K,N] over a packed right-hand side.
 *
 * B is packed into panels of 8 columns: panel j holds B[0..K)[8j..8j+8) row after row, padded with zeros to 8
 * columns. The inner kernel keeps a tile of C of up to 6 × 8 in twelve vector registers, which with two of B
 * and one of A is as many as V8 hands out on x64; its loop over k is not unrolled, since that costs a
 * register. The rows are shared out among as few tiles as can be, so that 25 rows are five tiles of 5. One
 * and two rows alone go through 1 × 32 and 2 × 16 tiles. A is read in place through a row stride (rows
 * contiguous in k), packed tile by tile, or, for Aᵀ, from panels of a tile's rows (`packTable`).
 *
 * Every element of C is one chain c ← c + a[k]·b[k] for k = 0 … K−1, whatever the tile, the block over k or
 * the range that a thread is given; so results do not depend on any of them, bit for bit.
 *
 * The scheme is Goto's: K. Goto, R. van de Geijn, "Anatomy of High-Performance Matrix Multiplication", ACM
 * TOMS 34, 2008.
 */
import { copyFloats, loadFloats, madd, storeFloats } from './vector-math';

/** Columns of a packed panel of B. */
export const PANEL: i32 = 8;
/** Block over k: a panel's block (8 KiB) stays in the first-level cache. */
export const BLOCK_K: i32 = 256;
/** Rows of a tile at most. */
const TILE_ROWS: i32 = 6;
/**
 * Tiles over which a block of a panel is used: with BLOCK_K their rows of A stay in the first-level cache
 * too.
 */
const BLOCK_TILES: i32 = 5;
/**
 * Products at least this wide and deep pack A too: rows a power of two apart share few cache sets, which
 * halves the speed on some processors.
 */
const PACK_COLUMNS: i32 = 96;
const PACK_INNER: i32 = 32;
/**
 * Scratch of one thread: one tile at the edge of C, 6 × 8 floats, and a packed block of A, BLOCK_TILES · 6
 * rows of BLOCK_K floats and a line.
 */
export const EDGE_BYTES: usize = 192 + 30720 + 64;
/** Where in it the block of A begins. */
const PACKED_A: usize = 192;

/** Panels that hold `columns` columns. @inline */
export function panelCount(columns: i32): i32 {
  return (columns + PANEL - 1) / PANEL;
}

/**
 * As few tiles as hold `rows` rows. They are of nearly the same height: three rows and more run at nearly
 * full speed, one or two do not.
 *
 * @inline
 */
function tileCount(rows: i32): i32 {
  return (rows + TILE_ROWS - 1) / TILE_ROWS;
}

/**
 * A tile of C, `rows` (1 to 6) × 8, over one panel of B, or with `half` × 4, over its left columns. With
 * `packed`, A is a panel of so many rows: A[k] is 4·rows bytes; else its rows are `rowStride` bytes apart,
 * contiguous in k. The first three are constants where this is called, so that only what belongs to them is
 * left of it.
 *
 * @inline
 */
function tile(
  rows: i32,
  packed: bool,
  half: bool,
  k: i32,
  a: usize,
  rowStride: usize,
  b: usize,
  c: usize,
  cStride: usize,
  accumulate: bool,
): void {
  let a0 = a;
  let a1 = a0 + rowStride;
  let a2 = a1 + rowStride;
  let a3 = a2 + rowStride;
  let a4 = a3 + rowStride;
  let a5 = a4 + rowStride;
  const c0 = c;
  const c1 = c0 + cStride;
  const c2 = c1 + cStride;
  const c3 = c2 + cStride;
  const c4 = c3 + cStride;
  const c5 = c4 + cStride;
  let x00 = f32x4.splat(0);
  let x01 = x00;
  let x10 = x00;
  let x11 = x00;
  let x20 = x00;
  let x21 = x00;
  let x30 = x00;
  let x31 = x00;
  let x40 = x00;
  let x41 = x00;
  let x50 = x00;
  let x51 = x00;
  if (accumulate) {
    x00 = v128.load(c0);
    if (!half) x01 = v128.load(c0, 16);
    if (rows > 1) {
      x10 = v128.load(c1);
      if (!half) x11 = v128.load(c1, 16);
    }
    if (rows > 2) {
      x20 = v128.load(c2);
      if (!half) x21 = v128.load(c2, 16);
    }
    if (rows > 3) {
      x30 = v128.load(c3);
      if (!half) x31 = v128.load(c3, 16);
    }
    if (rows > 4) {
      x40 = v128.load(c4);
      if (!half) x41 = v128.load(c4, 16);
    }
    if (rows > 5) {
      x50 = v128.load(c5);
      if (!half) x51 = v128.load(c5, 16);
    }
  }
  const end = b + ((<usize>k) << 5);
  while (b < end) {
    const b0 = v128.load(b);
    const b1 = half ? b0 : v128.load(b, 16);
    let s = v128.load32_splat(a0);
    x00 = madd(s, b0, x00);
    if (!half) x01 = madd(s, b1, x01);
    if (rows > 1) {
      s = packed ? v128.load32_splat(a0, 4) : v128.load32_splat(a1);
      x10 = madd(s, b0, x10);
      if (!half) x11 = madd(s, b1, x11);
    }
    if (rows > 2) {
      s = packed ? v128.load32_splat(a0, 8) : v128.load32_splat(a2);
      x20 = madd(s, b0, x20);
      if (!half) x21 = madd(s, b1, x21);
    }
    if (rows > 3) {
      s = packed ? v128.load32_splat(a0, 12) : v128.load32_splat(a3);
      x30 = madd(s, b0, x30);
      if (!half) x31 = madd(s, b1, x31);
    }
    if (rows > 4) {
      s = packed ? v128.load32_splat(a0, 16) : v128.load32_splat(a4);
      x40 = madd(s, b0, x40);
      if (!half) x41 = madd(s, b1, x41);
    }
    if (rows > 5) {
      s = packed ? v128.load32_splat(a0, 20) : v128.load32_splat(a5);
      x50 = madd(s, b0, x50);
      if (!half) x51 = madd(s, b1, x51);
    }
    a0 += packed ? (<usize>rows) << 2 : 4;
    if (rows > 1 && !packed) a1 += 4;
    if (rows > 2 && !packed) a2 += 4;
    if (rows > 3 && !packed) a3 += 4;
    if (rows > 4 && !packed) a4 += 4;
    if (rows > 5 && !packed) a5 += 4;
    b += 32;
  }
  v128.store(c0, x00);
  if (!half) v128.store(c0, x01, 16);
  if (rows > 1) {
    v128.store(c1, x10);
    if (!half) v128.store(c1, x11, 16);
  }
  if (rows > 2) {
    v128.store(c2, x20);
    if (!half) v128.store(c2, x21, 16);
  }
  if (rows > 3) {
    v128.store(c3, x30);
    if (!half) v128.store(c3, x31, 16);
  }
  if (rows > 4) {
    v128.store(c4, x40);
    if (!half) v128.store(c4, x41, 16);
  }
  if (rows > 5) {
    v128.store(c5, x50);
    if (!half) v128.store(c5, x51, 16);
  }
}

/**
 * `packed` and `half` are constants where this is called; a half tile of packed rows would gain little, and
 * weigh as much as the others.
 *
 * @inline
 */
function tileOfRows(
  rows: i32,
  packed: bool,
  half: bool,
  k: i32,
  a: usize,
  rowStride: usize,
  b: usize,
  c: usize,
  cStride: usize,
  accumulate: bool,
): void {
  if (rows === 6) tile(6, packed, half, k, a, rowStride, b, c, cStride, accumulate);
  else if (rows === 5) tile(5, packed, half, k, a, rowStride, b, c, cStride, accumulate);
  else if (rows === 4) tile(4, packed, half, k, a, rowStride, b, c, cStride, accumulate);
  else if (rows === 3) tile(3, packed, half, k, a, rowStride, b, c, cStride, accumulate);
  else if (rows === 2) tile(2, packed, half, k, a, rowStride, b, c, cStride, accumulate);
  else tile(1, packed, half, k, a, rowStride, b, c, cStride, accumulate);
}

function wholeTile(
  rows: i32,
  k: i32,
  a: usize,
  rowStride: usize,
  b: usize,
  c: usize,
  cStride: usize,
  accumulate: bool,
): void {
  tileOfRows(rows, false, false, k, a, rowStride, b, c, cStride, accumulate);
}

function halfTile(
  rows: i32,
  k: i32,
  a: usize,
  rowStride: usize,
  b: usize,
  c: usize,
  cStride: usize,
  accumulate: bool,
): void {
  tileOfRows(rows, false, true, k, a, rowStride, b, c, cStride, accumulate);
}

function packedTile(rows: i32, k: i32, a: usize, b: usize, c: usize, cStride: usize, accumulate: bool): void {
  tileOfRows(rows, true, false, k, a, 0, b, c, cStride, accumulate);
}

/** 2 × 16 tile: two rows of A, two neighbouring panels of B, `panelBytes` apart. */
function tile2x16(
  k: i32,
  a: usize,
  rowStride: usize,
  b: usize,
  panelBytes: usize,
  c: usize,
  cStride: usize,
  accumulate: bool,
): void {
  let a0 = a;
  let a1 = a + rowStride;
  let d = b + panelBytes;
  const c1 = c + cStride;
  let x0 = f32x4.splat(0);
  let x1 = x0;
  let x2 = x0;
  let x3 = x0;
  let y0 = x0;
  let y1 = x0;
  let y2 = x0;
  let y3 = x0;
  if (accumulate) {
    x0 = v128.load(c);
    x1 = v128.load(c, 16);
    x2 = v128.load(c, 32);
    x3 = v128.load(c, 48);
    y0 = v128.load(c1);
    y1 = v128.load(c1, 16);
    y2 = v128.load(c1, 32);
    y3 = v128.load(c1, 48);
  }
  const end = b + ((<usize>k) << 5);
  let s: v128;
  let r: v128;
  let v: v128;
  while (b < end) {
    s = v128.load32_splat(a0);
    r = v128.load32_splat(a1);
    v = v128.load(b);
    x0 = madd(s, v, x0);
    y0 = madd(r, v, y0);
    v = v128.load(b, 16);
    x1 = madd(s, v, x1);
    y1 = madd(r, v, y1);
    v = v128.load(d);
    x2 = madd(s, v, x2);
    y2 = madd(r, v, y2);
    v = v128.load(d, 16);
    x3 = madd(s, v, x3);
    y3 = madd(r, v, y3);
    a0 += 4;
    a1 += 4;
    b += 32;
    d += 32;
  }
  v128.store(c, x0);
  v128.store(c, x1, 16);
  v128.store(c, x2, 32);
  v128.store(c, x3, 48);
  v128.store(c1, y0);
  v128.store(c1, y1, 16);
  v128.store(c1, y2, 32);
  v128.store(c1, y3, 48);
}

/**
 * 1 × 32 tile: one row of A, four neighbouring panels of B (the sampler has its own: row-product.ts); two
 * steps of k a turn take an eighth off it.
 */
function tile1x32(k: i32, a: usize, b: usize, panelBytes: usize, c: usize, accumulate: bool): void {
  let d = b + panelBytes;
  let e = d + panelBytes;
  let f = e + panelBytes;
  let x0 = f32x4.splat(0);
  let x1 = x0;
  let x2 = x0;
  let x3 = x0;
  let x4 = x0;
  let x5 = x0;
  let x6 = x0;
  let x7 = x0;
  if (accumulate) {
    x0 = v128.load(c);
    x1 = v128.load(c, 16);
    x2 = v128.load(c, 32);
    x3 = v128.load(c, 48);
    x4 = v128.load(c, 64);
    x5 = v128.load(c, 80);
    x6 = v128.load(c, 96);
    x7 = v128.load(c, 112);
  }
  const end = b + ((<usize>(k >> 1)) << 6);
  let s: v128;
  while (b < end) {
    s = v128.load32_splat(a);
    x0 = madd(s, v128.load(b), x0);
    x1 = madd(s, v128.load(b, 16), x1);
    x2 = madd(s, v128.load(d), x2);
    x3 = madd(s, v128.load(d, 16), x3);
    x4 = madd(s, v128.load(e), x4);
    x5 = madd(s, v128.load(e, 16), x5);
    x6 = madd(s, v128.load(f), x6);
    x7 = madd(s, v128.load(f, 16), x7);
    s = v128.load32_splat(a, 4);
    x0 = madd(s, v128.load(b, 32), x0);
    x1 = madd(s, v128.load(b, 48), x1);
    x2 = madd(s, v128.load(d, 32), x2);
    x3 = madd(s, v128.load(d, 48), x3);
    x4 = madd(s, v128.load(e, 32), x4);
    x5 = madd(s, v128.load(e, 48), x5);
    x6 = madd(s, v128.load(f, 32), x6);
    x7 = madd(s, v128.load(f, 48), x7);
    a += 8;
    b += 64;
    d += 64;
    e += 64;
    f += 64;
  }
  if (k & 1) {
    s = v128.load32_splat(a);
    x0 = madd(s, v128.load(b), x0);
    x1 = madd(s, v128.load(b, 16), x1);
    x2 = madd(s, v128.load(d), x2);
    x3 = madd(s, v128.load(d, 16), x3);
    x4 = madd(s, v128.load(e), x4);
    x5 = madd(s, v128.load(e, 16), x5);
    x6 = madd(s, v128.load(f), x6);
    x7 = madd(s, v128.load(f, 16), x7);
  }
  v128.store(c, x0);
  v128.store(c, x1, 16);
  v128.store(c, x2, 32);
  v128.store(c, x3, 48);
  v128.store(c, x4, 64);
  v128.store(c, x5, 80);
  v128.store(c, x6, 96);
  v128.store(c, x7, 112);
}

/** A tile of `rows` (1 to 6) over the first `columns` columns of a panel, all 8 or what is left of C. */
function tileOf(
  rows: i32,
  columns: i32,
  packed: bool,
  k: i32,
  a: usize,
  rowStride: usize,
  b: usize,
  c: usize,
  cStride: usize,
  edge: usize,
  accumulate: bool,
): void {
  if (columns >= PANEL) {
    if (packed) packedTile(rows, k, a, b, c, cStride, accumulate);
    else wholeTile(rows, k, a, rowStride, b, c, cStride, accumulate);
  } else if (columns === 4 && !packed) halfTile(rows, k, a, rowStride, b, c, cStride, accumulate);
  else edgeTile(rows, columns, packed, k, a, rowStride, b, c, cStride, edge, accumulate);
}

/** A tile of which no function is just as wide, by way of `edge`. */
function edgeTile(
  rows: i32,
  columns: i32,
  packed: bool,
  k: i32,
  a: usize,
  rowStride: usize,
  b: usize,
  c: usize,
  cStride: usize,
  edge: usize,
  accumulate: bool,
): void {
  for (let r = 0; accumulate && r < rows; r++) {
    const from = c + <usize>r * cStride;
    v128.store(edge + ((<usize>r) << 5), loadFloats(from, columns));
    v128.store(edge + ((<usize>r) << 5), loadFloats(from + 16, columns - 4), 16);
  }
  tileOf(rows, packed || columns > 4 ? PANEL : 4, packed, k, a, rowStride, b, edge, 32, edge, accumulate);
  for (let r = 0; r < rows; r++) copyFloats(c + <usize>r * cStride, edge + ((<usize>r) << 5), columns);
}

/**
 * C[M,N] = (C +) A[M,K] · B, with B packed over the whole K. Strides in bytes. `edge` is EDGE_BYTES of
 * scratch of the calling thread.
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
 * A few tiles, which stay in the first-level cache: the first `higher` of them have a row more than `least`.
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

/** One or two rows: wider tiles, since a row alone has too few sums to keep the machine busy. */
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
 * One panel of C[M,columns ≤ 8] = (C +) A · B with A packed over K by `packTable` and B one packed panel.
 * Used for the weight gradients, where A is transposed.
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

/** Packs the rows (3 to 6) of a tile into a panel: A[k] is 4·rows bytes. May write 4 bytes past its end. */
function packTileRows(rows: i32, a: usize, rowStride: usize, k: i32, target: usize): void {
  if (rows === 6) packRowsOf(6, a, rowStride, k, target);
  else if (rows === 5) packRowsOf(5, a, rowStride, k, target);
  else if (rows === 4) packRowsOf(4, a, rowStride, k, target);
  else packRowsOf(3, a, rowStride, k, target);
}

/** `rows` is a constant where this is called. @inline */
function packRowsOf(rows: i32, a0: usize, rowStride: usize, k: i32, target: usize): void {
  let a1 = a0 + rowStride;
  let a2 = a1 + rowStride;
  let a3 = rows > 3 ? a2 + rowStride : a2;
  let a4 = a3 + rowStride;
  let a5 = a4 + rowStride;
  const step = (<usize>rows) << 2;
  let i = 0;
  for (; i + 4 <= k; i += 4) {
    const r0 = v128.load(a0);
    const r1 = v128.load(a1);
    const r2 = v128.load(a2);
    const r3 = v128.load(a3);
    const t0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
    const t1 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
    const t2 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
    const t3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    // In this order: with three rows the fourth lane is overwritten by the next store.
    v128.store(target, v128.shuffle<f32>(t0, t2, 0, 1, 4, 5));
    v128.store(target + step, v128.shuffle<f32>(t0, t2, 2, 3, 6, 7));
    v128.store(target + 2 * step, v128.shuffle<f32>(t1, t3, 0, 1, 4, 5));
    v128.store(target + 3 * step, v128.shuffle<f32>(t1, t3, 2, 3, 6, 7));
    if (rows === 5) {
      const r4 = v128.load(a4);
      v128.store32_lane(target, r4, 0, 16);
      v128.store32_lane(target + step, r4, 1, 16);
      v128.store32_lane(target + 2 * step, r4, 2, 16);
      v128.store32_lane(target + 3 * step, r4, 3, 16);
    }
    if (rows === 6) {
      const r4 = v128.load(a4);
      const r5 = v128.load(a5);
      const t4 = v128.shuffle<f32>(r4, r5, 0, 4, 1, 5);
      const t5 = v128.shuffle<f32>(r4, r5, 2, 6, 3, 7);
      v128.store64_lane(target, t4, 0, 16);
      v128.store64_lane(target + step, t4, 1, 16);
      v128.store64_lane(target + 2 * step, t5, 0, 16);
      v128.store64_lane(target + 3 * step, t5, 1, 16);
    }
    a0 += 16;
    a1 += 16;
    a2 += 16;
    a3 += 16;
    if (rows > 4) a4 += 16;
    if (rows > 5) a5 += 16;
    target += 4 * step;
  }
  for (; i < k; i++) {
    store<f32>(target, load<f32>(a0));
    store<f32>(target, load<f32>(a1), 4);
    store<f32>(target, load<f32>(a2), 8);
    if (rows > 3) store<f32>(target, load<f32>(a3), 12);
    if (rows > 4) store<f32>(target, load<f32>(a4), 16);
    if (rows > 5) store<f32>(target, load<f32>(a5), 20);
    a0 += 4;
    a1 += 4;
    a2 += 4;
    a3 += 4;
    if (rows > 4) a4 += 4;
    if (rows > 5) a5 += 4;
    target += step;
  }
}

/**
 * Packs one panel: rows S[K, columns ≤ 8] (row stride in bytes) to K groups of 8 floats, zeros past the last
 * column; no column may be left.
 */
export function packPanel(source: usize, stride: usize, k: i32, columns: i32, target: usize): void {
  if (columns >= PANEL) {
    for (let i = 0; i < k; i++) {
      v128.store(target, v128.load(source));
      v128.store(target, v128.load(source, 16), 16);
      source += stride;
      target += 32;
    }
    return;
  }
  if (columns <= 0) {
    memory.fill(target, 0, (<usize>k) << 5);
    return;
  }
  for (let i = 0; i < k; i++) {
    v128.store(target, loadFloats(source, columns));
    v128.store(target, loadFloats(source + 16, columns - 4), 16);
    source += stride;
    target += 32;
  }
}

/**
 * Packs rows S[K, columns] into panels of 8 columns; panels [firstPanel, endPanel) only, so that threads can
 * share the work.
 */
export function packRows(
  source: usize,
  stride: usize,
  k: i32,
  columns: i32,
  destination: usize,
  firstPanel: i32,
  endPanel: i32,
): void {
  const panelBytes = (<usize>k) << 5;
  for (let p = firstPanel; p < endPanel; p++) {
    const first = p * PANEL;
    packPanel(
      source + ((<usize>first) << 2),
      stride,
      k,
      columns - first,
      destination + <usize>p * panelBytes,
    );
  }
}

/**
 * Packs K rows, whose addresses stand in `table` (u32 each), into panels of as many columns as a tile has
 * rows: what `packedPanelProduct` takes as A when A is the transpose of those rows. Takes columns · K floats.
 */
export function packTable(table: usize, k: i32, columns: i32, destination: usize): void {
  const tiles = tileCount(columns);
  const least = columns / tiles;
  const higher = columns - least * tiles;
  // A few rows at a time, which stay in the first-level cache for all panels.
  for (let k0 = 0; k0 < k; k0 += 32) {
    const rows = min(k - k0, 32);
    let panel = destination;
    let first = 0;
    for (let i = 0; i < tiles; i++) {
      const width = least + i32(i < higher);
      packTablePanel(
        width,
        table + ((<usize>k0) << 2),
        rows,
        (<usize>first) << 2,
        panel + ((<usize>(k0 * width)) << 2),
      );
      first += width;
      panel += (<usize>(k * width)) << 2;
    }
  }
}

/** `width` (1 to 6) floats of each row, `offset` bytes from its start. */
function packTablePanel(width: i32, table: usize, rows: i32, offset: usize, target: usize): void {
  if (width === 6) packTableColumns(6, table, rows, offset, target);
  else if (width === 5) packTableColumns(5, table, rows, offset, target);
  else if (width === 4) packTableColumns(4, table, rows, offset, target);
  else if (width === 3) packTableColumns(3, table, rows, offset, target);
  else if (width === 2) packTableColumns(2, table, rows, offset, target);
  else packTableColumns(1, table, rows, offset, target);
}

/** `width` is a constant where this is called. @inline */
function packTableColumns(width: i32, table: usize, rows: i32, offset: usize, target: usize): void {
  for (let i = 0; i < rows; i++) {
    let from = <usize>load<u32>(table + ((<usize>i) << 2)) + offset;
    let to = target;
    if (width & 4) {
      v128.store(to, v128.load(from));
      from += 16;
      to += 16;
    }
    if (width & 2) {
      store<u64>(to, load<u64>(from));
      from += 8;
      to += 8;
    }
    if (width & 1) store<u32>(to, load<u32>(from));
    target += (<usize>width) << 2;
  }
}

/**
 * Packs Sᵀ into panels of 8, S[columns, K] (row stride in bytes): panel p, row k, column j holds S[8p +
 * j][k].
 */
export function packColumns(
  source: usize,
  stride: usize,
  k: i32,
  columns: i32,
  destination: usize,
  firstPanel: i32,
  endPanel: i32,
): void {
  const panelBytes = (<usize>k) << 5;
  for (let p = firstPanel; p < endPanel; p++) {
    const panel = destination + <usize>p * panelBytes;
    for (let half = 0; half < 2; half++) {
      packFourColumns(source, stride, k, columns, p * PANEL + half * 4, panel + ((<usize>half) << 4));
    }
  }
}

export function packFourColumns(
  source: usize,
  stride: usize,
  k: i32,
  columns: i32,
  first: i32,
  target: usize,
): void {
  const real = columns - first;
  let s0 = source + <usize>first * stride;
  let i = 0;
  if (real >= 4) {
    let s1 = s0 + stride;
    let s2 = s1 + stride;
    let s3 = s2 + stride;
    for (; i + 4 <= k; i += 4) {
      const r0 = v128.load(s0);
      const r1 = v128.load(s1);
      const r2 = v128.load(s2);
      const r3 = v128.load(s3);
      const t0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
      const t1 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
      const t2 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
      const t3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
      v128.store(target, v128.shuffle<f32>(t0, t2, 0, 1, 4, 5));
      v128.store(target, v128.shuffle<f32>(t0, t2, 2, 3, 6, 7), 32);
      v128.store(target, v128.shuffle<f32>(t1, t3, 0, 1, 4, 5), 64);
      v128.store(target, v128.shuffle<f32>(t1, t3, 2, 3, 6, 7), 96);
      s0 += 16;
      s1 += 16;
      s2 += 16;
      s3 += 16;
      target += 128;
    }
  }
  for (; i < k; i++) {
    for (let r = 0; r < 4; r++) {
      const value: f32 = r < real ? load<f32>(s0 + <usize>r * stride) : 0;
      store<f32>(target + ((<usize>r) << 2), value);
    }
    s0 += 4;
    target += 32;
  }
}
