/**
 * Attention of queries over a source, and its gradient (Bahdanau et al., 2015; Luong et al., 2015):
 *   score_s   = k_s·q, or of the additive score v·tanh(k_s + q)
 *   share     = softmax of the scores of the positions that are valid, 0 at the others
 *   context   = Σ_s share_s·m_s
 * Backward pass, with d the gradient of the result:
 *   dShare_s  = dContext·m_s + dAlignments_s         dM_s += share_s·dContext
 *   dScore_s  = share_s·(dShare_s − Σ share·dShare)
 *   product   dq += dScore_s·k_s, dk_s += dScore_s·q
 *   additive  e = dScore_s·v∘(1 − tanh²): dq += e, dk_s += e, dv += dScore_s·tanh
 * tanh(k_s + q) is computed again in the backward pass, because storing it would take B·T·S·U floats.
 *
 * Threads split the rows of the batch. A dot product is summed in 16 lanes (`dotLanes`), so executors with
 * vectors of any width compute the same bits. All other sums run over s or t in order. Invalid positions are
 * not read.
 */
import { AttentionArguments } from './generated/abi';
import { rangeBoundary } from './sequence';
import { exp4, loadFloats, madd, nmadd, storeFloats, sum4, tanh4 } from './vector-math';

/** @inline */
function bytesOf(count: i32): usize {
  return (<usize>count) << 2;
}

/** Four lanes of the sum of x·y, or of v·tanh(x + y). @inline */
function term<A>(x: v128, y: v128, v: v128, sum: v128): v128 {
  return idof<A>() === idof<Additive>() ? madd(v, tanh4(f32x4.add(x, y)), sum) : madd(x, y, sum);
}

export class Additive {}
export class Product {}

/** Σ x·y, or Σ v·tanh(x + y), over `count` floats. Element i is added in lane i mod 16. */
function dotLanes<A>(x: usize, y: usize, v: usize, count: i32): f32 {
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  const none = a;
  const whole = count & ~15;
  for (let j = 0; j < whole; j += 16) {
    const q = bytesOf(j);
    const hasV = idof<A>() === idof<Additive>();
    a = term<A>(v128.load(x + q), v128.load(y + q), hasV ? v128.load(v + q) : none, a);
    b = term<A>(v128.load(x + q, 16), v128.load(y + q, 16), hasV ? v128.load(v + q, 16) : none, b);
    c = term<A>(v128.load(x + q, 32), v128.load(y + q, 32), hasV ? v128.load(v + q, 32) : none, c);
    d = term<A>(v128.load(x + q, 48), v128.load(y + q, 48), hasV ? v128.load(v + q, 48) : none, d);
  }
  for (let j = whole; j < count; j += 4) {
    const q = bytesOf(j);
    const left = count - j;
    const weights = idof<A>() === idof<Additive>() ? loadFloats(v + q, left) : none;
    const lane = j - whole;
    const sum = lane === 0 ? a : lane === 4 ? b : lane === 8 ? c : d;
    const next = term<A>(loadFloats(x + q, left), loadFloats(y + q, left), weights, sum);
    if (lane === 0) a = next;
    else if (lane === 4) b = next;
    else if (lane === 8) c = next;
    else d = next;
  }
  return sum4(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
}

/** @inline */
function isValid(valid: usize, position: i32): bool {
  return load<f32>(valid + bytesOf(position)) > 0;
}

/** Replaces scores by attention weights, in place; −Infinity becomes 0. */
function shares(row: usize, count: i32, largest: f32): void {
  const most = f32x4.splat(largest);
  for (let j = 0; j < count; j += 4) {
    const at = row + bytesOf(j);
    storeFloats(at, exp4(f32x4.sub(loadFloats(at, count - j), most)), count - j);
  }
  let sum: f32 = 0;
  for (let s = 0; s < count; s++) sum += load<f32>(row + bytesOf(s));
  const total = f32x4.splat(sum);
  for (let j = 0; j < count; j += 4) {
    const at = row + bytesOf(j);
    storeFloats(at, f32x4.div(loadFloats(at, count - j), total), count - j);
  }
}

/** context = Σ_s weight_s·m_s, 16 columns at a time. */
function weightedSum(row: usize, valid: usize, source: usize, context: usize, count: i32, size: i32): void {
  const stride = bytesOf(size);
  const whole = size & ~15;
  for (let j = 0; j < whole; j += 16)
    weightedColumns(row, valid, source + bytesOf(j), stride, context + bytesOf(j), count, 16);
  if (whole === size) return;
  const last = bytesOf(whole);
  weightedColumns(row, valid, source + last, stride, context + last, count, size - whole);
}

/**
 * The first `left` of 16 columns. `left` is a constant if all 16 are used, so lanes need no check.
 *
 * @inline
 */
function weightedColumns(
  row: usize,
  valid: usize,
  source: usize,
  stride: usize,
  context: usize,
  count: i32,
  left: i32,
): void {
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  for (let s = 0; s < count; s++) {
    if (!isValid(valid, s)) continue;
    const share = v128.load32_splat(row + bytesOf(s));
    const m = source + <usize>s * stride;
    a = madd(share, loadFloats(m, left), a);
    if (left > 4) b = madd(share, loadFloats(m + 16, left - 4), b);
    if (left > 8) c = madd(share, loadFloats(m + 32, left - 8), c);
    if (left > 12) d = madd(share, loadFloats(m + 48, left - 12), d);
  }
  storeFloats(context, a, left);
  storeFloats(context + 16, b, left - 4);
  storeFloats(context + 32, c, left - 8);
  storeFloats(context + 48, d, left - 12);
}

export function attention<A>(args: AttentionArguments, index: i32, threads: i32): void {
  const end = rangeBoundary(args.batch, index + 1, threads);
  const count = args.positions;
  const keyBytes = bytesOf(args.keySize);
  const memoryBytes = bytesOf(args.memorySize);
  for (let b = rangeBoundary(args.batch, index, threads); b < end; b++) {
    const from = args.sources ? load<i32>(args.sources + bytesOf(b)) : b;
    const valid = args.valid + <usize>from * bytesOf(count);
    const keys = args.keys + <usize>(from * count) * keyBytes;
    const source = args.memory + <usize>(from * count) * memoryBytes;
    for (let t = 0; t < args.time; t++) {
      const step = <usize>(b * args.time + t);
      const row = args.alignments + step * bytesOf(count);
      const query = args.query + step * keyBytes;
      let largest: f32 = -Infinity;
      for (let s = 0; s < count; s++) {
        let score: f32 = -Infinity;
        if (isValid(valid, s)) {
          score = dotLanes<A>(keys + <usize>s * keyBytes, query, args.vector, args.keySize);
          largest = max<f32>(largest, score);
        }
        store<f32>(row + bytesOf(s), score);
      }
      if (largest === -Infinity) memory.fill(row, 0, bytesOf(count));
      else shares(row, count, largest);
      weightedSum(row, valid, source, args.context + step * memoryBytes, count, args.memorySize);
    }
  }
}

/** y += a·x, `count` floats. */
function addScaled(a: f32, x: usize, y: usize, count: i32): void {
  const factor = f32x4.splat(a);
  const end = x + bytesOf(count & ~3);
  for (; x < end; x += 16) {
    v128.store(y, madd(factor, v128.load(x), v128.load(y)));
    y += 16;
  }
  const left = count & 3;
  if (left) storeFloats(y, madd(factor, loadFloats(x, left), loadFloats(y, left)), left);
}

/** The gradients of one additive score. */
function additiveBack(
  dScore: f32,
  key: usize,
  query: usize,
  vector: usize,
  dKey: usize,
  dQuery: usize,
  dVector: usize,
  count: i32,
): void {
  const d = f32x4.splat(dScore);
  const one = f32x4.splat(1);
  for (let j = 0; j < count; j += 4) {
    const q = bytesOf(j);
    const left = count - j;
    const squashed = tanh4(f32x4.add(loadFloats(key + q, left), loadFloats(query + q, left)));
    const slope = nmadd(squashed, squashed, one);
    const e = f32x4.mul(f32x4.mul(d, loadFloats(vector + q, left)), slope);
    storeFloats(dVector + q, madd(d, squashed, loadFloats(dVector + q, left)), left);
    storeFloats(dQuery + q, f32x4.add(loadFloats(dQuery + q, left), e), left);
    storeFloats(dKey + q, f32x4.add(loadFloats(dKey + q, left), e), left);
  }
}

/** Scratch per thread: the gradients of the attention weights, one float per position. */
export function attentionGradient<A>(args: AttentionArguments, index: i32, threads: i32): void {
  const end = rangeBoundary(args.batch, index + 1, threads);
  const count = args.positions;
  const keyBytes = bytesOf(args.keySize);
  const memoryBytes = bytesOf(args.memorySize);
  for (let b = rangeBoundary(args.batch, index, threads); b < end; b++) {
    if (!args.adds) {
      memory.fill(args.dKeys + <usize>(b * count) * keyBytes, 0, <usize>count * keyBytes);
      memory.fill(args.dMemory + <usize>(b * count) * memoryBytes, 0, <usize>count * memoryBytes);
      if (idof<A>() === idof<Additive>()) memory.fill(args.dVector + <usize>b * keyBytes, 0, keyBytes);
    }
    const scratch = args.scratch + <usize>index * <usize>args.scratchBytes;
    for (let t = args.time - 1; t >= 0; t--) stepBack<A>(args, b, t, scratch);
  }
}

function stepBack<A>(args: AttentionArguments, b: i32, t: i32, dShares: usize): void {
  const count = args.positions;
  const keyBytes = bytesOf(args.keySize);
  const memoryBytes = bytesOf(args.memorySize);
  const step = <usize>(b * args.time + t);
  const first = <usize>(b * count);
  const valid = args.valid + bytesOf(b * count);
  const row = args.alignments + step * bytesOf(count);
  const dContext = args.dContext + step * memoryBytes;
  const query = args.query + step * keyBytes;
  const dQuery = args.dQuery + step * keyBytes;
  memory.fill(dQuery, 0, keyBytes);
  let total: f32 = 0;
  for (let s = 0; s < count; s++) {
    if (!isValid(valid, s)) continue;
    const at = (first + <usize>s) * memoryBytes;
    let d = dotLanes<Product>(args.memory + at, dContext, 0, args.memorySize);
    if (args.dAlignments) d += load<f32>(args.dAlignments + step * bytesOf(count) + bytesOf(s));
    store<f32>(dShares + bytesOf(s), d);
    const share = load<f32>(row + bytesOf(s));
    total += share * d;
    addScaled(share, dContext, args.dMemory + at, args.memorySize);
  }
  for (let s = 0; s < count; s++) {
    if (!isValid(valid, s)) continue;
    const dScore: f32 = load<f32>(row + bytesOf(s)) * (load<f32>(dShares + bytesOf(s)) - total);
    const at = (first + <usize>s) * keyBytes;
    const key = args.keys + at;
    const dKey = args.dKeys + at;
    if (idof<A>() === idof<Additive>()) {
      const dVector = args.dVector + <usize>b * keyBytes;
      additiveBack(dScore, key, query, args.vector, dKey, dQuery, dVector, args.keySize);
    } else {
      addScaled(dScore, key, dQuery, args.keySize);
      addScaled(dScore, query, dKey, args.keySize);
    }
  }
}
