/**
 * C[M,N] += A[M,K] · B for the few rows that a sampler feeds. N is a value of `rowColumns`, K is even, and B
 * is in panels of 8 columns (packing.ts).
 */
import { product } from './matrix-product';
import { madd } from './vector-math';

/**
 * The number of columns to compute for n columns: whole panels, in groups of four, with a last group of five
 * if one panel would remain.
 */
export function rowColumns(n: i32): i32 {
  const left = n & 31;
  return n > 32 && left > 0 && left <= 8 ? n - left + 8 : (n + 31) & ~31;
}

/**
 * c[32] += a[K] · B for four adjacent panels, or with `five` c[40]. Sampling spends most of its time here,
 * limited by loads. V8 keeps the sums in registers only if the code around the loop is simple. A flag for
 * accumulating, or a last odd step of k, makes it spill them, which doubles the time; therefore `five` is a
 * constant at every call. Reading four streams also requests four memory pages at once instead of one after
 * the other.
 *
 * @inline
 */
function panelsProduct(five: bool, panelBytes: usize, row: usize, panels: usize, c: usize): void {
  let a = row;
  let b = panels;
  let d = b + panelBytes;
  let e = d + panelBytes;
  let f = e + panelBytes;
  let g = f + panelBytes;
  let x0 = v128.load(c);
  let x1 = v128.load(c, 16);
  let x2 = v128.load(c, 32);
  let x3 = v128.load(c, 48);
  let x4 = v128.load(c, 64);
  let x5 = v128.load(c, 80);
  let x6 = v128.load(c, 96);
  let x7 = v128.load(c, 112);
  let x8 = five ? v128.load(c, 128) : x7;
  let x9 = five ? v128.load(c, 144) : x7;
  let s: v128;
  const end = b + panelBytes;
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
    if (five) {
      x8 = madd(s, v128.load(g), x8);
      x9 = madd(s, v128.load(g, 16), x9);
    }
    s = v128.load32_splat(a, 4);
    x0 = madd(s, v128.load(b, 32), x0);
    x1 = madd(s, v128.load(b, 48), x1);
    x2 = madd(s, v128.load(d, 32), x2);
    x3 = madd(s, v128.load(d, 48), x3);
    x4 = madd(s, v128.load(e, 32), x4);
    x5 = madd(s, v128.load(e, 48), x5);
    x6 = madd(s, v128.load(f, 32), x6);
    x7 = madd(s, v128.load(f, 48), x7);
    if (five) {
      x8 = madd(s, v128.load(g, 32), x8);
      x9 = madd(s, v128.load(g, 48), x9);
    }
    a += 8;
    b += 64;
    d += 64;
    e += 64;
    f += 64;
    if (five) g += 64;
  }
  v128.store(c, x0);
  v128.store(c, x1, 16);
  v128.store(c, x2, 32);
  v128.store(c, x3, 48);
  v128.store(c, x4, 64);
  v128.store(c, x5, 80);
  v128.store(c, x6, 96);
  v128.store(c, x7, 112);
  if (five) {
    v128.store(c, x8, 128);
    v128.store(c, x9, 144);
  }
}

/** c[N] += a[K] · B. */
function rowProduct(n: i32, k: i32, row: usize, panels: usize, c: usize): void {
  const panelBytes = (<usize>k) << 5;
  const last = c + ((<usize>n) << 2);
  while (c < last) {
    if (last - c === 160) {
      panelsProduct(true, panelBytes, row, panels, c);
      return;
    }
    panelsProduct(false, panelBytes, row, panels, c);
    c += 128;
    panels += panelBytes << 2;
  }
}

/** Number of rows from which on tiles of several rows are faster. */
const MANY_ROWS: i32 = 4;

/**
 * C[M,N] += A[M,K] · B; strides are in bytes. Every element of C is summed in the order of matrix-product.ts,
 * for any M. `edge` is EDGE_BYTES of the calling thread's scratch.
 */
export function rowsProduct(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aStride: usize,
  b: usize,
  c: usize,
  cStride: usize,
  edge: usize,
): void {
  if (m >= MANY_ROWS) {
    product(m, n, k, a, aStride, b, c, cStride, true, edge);
    return;
  }
  for (let r = 0; r < m; r++) rowProduct(n, k, a + <usize>r * aStride, b, c + <usize>r * cStride);
}
