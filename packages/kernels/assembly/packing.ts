/**
 * Packs both sides of a matrix product: B into panels of 8 columns, A or its transpose into panels of a
 * tile's rows.
 */
import { PANEL, TILE_ROWS } from './generated/abi';
import { loadFloats } from './vector-math';

/** Number of panels for `columns` columns. @inline */
export function panelCount(columns: i32): i32 {
  return (columns + PANEL - 1) / PANEL;
}

/**
 * The smallest number of tiles for `rows` rows; the tiles have nearly the same height. Tiles of three or more
 * rows run at nearly full speed, tiles of one or two do not.
 *
 * @inline
 */
export function tileCount(rows: i32): i32 {
  return (rows + TILE_ROWS - 1) / TILE_ROWS;
}

/**
 * Packs the rows (3 to 6) of a tile into a panel: A[k] takes 4·rows bytes. May write 4 bytes past its end.
 */
export function packTileRows(rows: i32, a: usize, rowStride: usize, k: i32, target: usize): void {
  if (rows === 6) packRowsOf(6, a, rowStride, k, target);
  else if (rows === 5) packRowsOf(5, a, rowStride, k, target);
  else if (rows === 4) packRowsOf(4, a, rowStride, k, target);
  else packRowsOf(3, a, rowStride, k, target);
}

/** `rows` is a constant at every call. @inline */
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
    // The order of the stores matters: with three rows the next store overwrites the fourth lane.
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
 * Packs one panel: rows S[K, columns ≤ 8] (row stride in bytes) to K groups of 8 floats, with zeros past the
 * last column. `columns` may be 0.
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
 * Packs panels [firstPanel, endPanel) of rows S[K, columns] into panels of 8 columns, so that threads can
 * split the work.
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
 * Packs K rows, whose addresses are in `table` (u32 each), into panels of a tile's number of rows.
 * `packedPanelProduct` reads A in this form if A is the transpose of those rows. Writes columns · K floats.
 */
export function packTable(table: usize, k: i32, columns: i32, destination: usize): void {
  const tiles = tileCount(columns);
  const least = columns / tiles;
  const higher = columns - least * tiles;
  // Processes a few rows at a time, so that they stay in the first-level cache for all panels.
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

/** Packs `width` (1 to 6) floats of each row, `offset` bytes from its start. */
function packTablePanel(width: i32, table: usize, rows: i32, offset: usize, target: usize): void {
  if (width === 6) packTableColumns(6, table, rows, offset, target);
  else if (width === 5) packTableColumns(5, table, rows, offset, target);
  else if (width === 4) packTableColumns(4, table, rows, offset, target);
  else if (width === 3) packTableColumns(3, table, rows, offset, target);
  else if (width === 2) packTableColumns(2, table, rows, offset, target);
  else packTableColumns(1, table, rows, offset, target);
}

/** `width` is a constant at every call. @inline */
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
