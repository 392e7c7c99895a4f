/**
 * The tiles of a matrix product: up to 6 × 8 sums in twelve vector registers. With two registers for B and
 * one for A this is the number that V8 uses on x64. The loop over k is not unrolled, because that would take
 * another register. One and two rows use tiles of 1 × 32 and 2 × 16.
 */
import { PANEL } from './generated/abi';
import { copyFloats, loadFloats, madd } from './vector-math';

/**
 * A tile of C, `rows` (1 to 6) × 8, over one panel of B; with `half` × 4, over its left columns. With
 * `packed`, A is a panel of this number of rows, and A[k] takes 4·rows bytes; otherwise its rows are
 * `rowStride` bytes apart and contiguous in k. The first three arguments are constants at every call, so only
 * the relevant code is compiled.
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
 * `packed` and `half` are constants at every call. A half tile of packed rows would gain little and add as
 * much code as the others.
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

/** 2 × 16 tile: two rows of A, two adjacent panels of B, `panelBytes` apart. */
export function tile2x16(
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
 * 1 × 32 tile: one row of A, four adjacent panels of B (the sampler has its own in row-product.ts). Two steps
 * of k per iteration save an eighth of the time.
 */
export function tile1x32(k: i32, a: usize, b: usize, panelBytes: usize, c: usize, accumulate: bool): void {
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

/** A tile of `rows` (1 to 6) over the first `columns` columns of a panel: all 8, or the remainder of C. */
export function tileOf(
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

/** A tile of a width without its own function; it is computed in `edge` and copied. */
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
