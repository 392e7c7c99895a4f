/**
 * The gradients of a recurrent layer's weights and input, after the backward pass has left the gradients of the
 * pre-activations dA in `reserve`:
 *   dKernel = Σ_(b,t) x(b,t)ᵀ · dA(b,t),  dRecurrentKernel = Σ_(b,t) h(b,t−1)ᵀ · dA(b,t),  dBias = Σ_(b,t) dA(b,t),  dx = dA · kernelᵀ.
 * The sums run over (b, t) in order, in blocks of BLOCK_K; threads split the columns of dA (dx: the rows).
 */
import { BLOCK_K, EDGE_BYTES, PANEL, packPanel, packTable, packedPanelProduct, product } from './matrix-product';
import {
  GRU_RESET_AFTER,
  GRU_RESET_BEFORE,
  gateCount,
  lengthOf,
  packGatesTransposed,
  gateWidth,
  rangeBoundary,
  SequenceArguments,
} from './sequence';
import { clearFloats, loadFloats, storeFloats } from './vector-math';

/** The address of the state before step t of row b: the initial state's row, or the output one step earlier in running order. */
// @ts-ignore: decorator
@inline
function previousState(args: SequenceArguments, b: i32, t: i32): usize {
  const rowBytes = <usize>args.units << 2;
  const index = <usize>(b * args.time + t);
  if (args.reverse) {
    if (t >= lengthOf(args, b) - 1) return args.initialH + <usize>b * rowBytes;
    return args.output + (index + 1) * rowBytes;
  }
  if (t == 0) return args.initialH + <usize>b * rowBytes;
  return args.output + (index - 1) * rowBytes;
}

/** How many columns of half a panel (4 padded columns of one gate) are real. */
// @ts-ignore: decorator
@inline
function halfColumns(args: SequenceArguments, half: i32): i32 {
  const padded = gateWidth(args.layer, args.units);
  const gate = (half * 4) / padded;
  return gate < gateCount(args.layer) ? max(min(args.units - (half * 4 - gate * padded), 4), 0) : 0;
}

/** Where they stand in a tight row of the gates, in bytes. */
// @ts-ignore: decorator
@inline
function halfOffset(args: SequenceArguments, half: i32): usize {
  const padded = gateWidth(args.layer, args.units);
  const gate = (half * 4) / padded;
  return <usize>(gate * args.units + half * 4 - gate * padded) << 2;
}

/** Adds the packed panel's column sums to the sums of its two halves. */
function addColumnSums(args: SequenceArguments, p: i32, panel: usize, k: i32, sums: usize): void {
  const left = sums + halfOffset(args, 2 * p);
  const right = sums + halfOffset(args, 2 * p + 1);
  const leftColumns = halfColumns(args, 2 * p);
  const rightColumns = halfColumns(args, 2 * p + 1);
  let low = loadFloats(left, leftColumns);
  let high = loadFloats(right, rightColumns);
  for (let i = 0; i < k; i++) {
    low = f32x4.add(low, v128.load(panel));
    high = f32x4.add(high, v128.load(panel, 16));
    panel += 32;
  }
  storeFloats(left, low, leftColumns);
  storeFloats(right, high, rightColumns);
}

/** Zeroes what half a panel owns of the sums that are accumulated. */
function clearColumns(args: SequenceArguments, half: i32): void {
  const width = gateCount(args.layer) * args.units;
  const offset = halfOffset(args, half);
  const columns = halfColumns(args, half);
  clearFloats(args.dBias + offset, columns);
  if (args.dRecurrentBias) clearFloats(args.dRecurrentBias + offset, columns);
  if (args.ids) {
    let row = args.dKernel + offset;
    for (let i = 0; i < args.inputSize; i++) {
      clearFloats(row, columns);
      row += <usize>width << 2;
    }
  }
}

/** dKernel row of each id += dA, over this thread's columns [first, end) of the padded gates. */
function scatterIds(args: SequenceArguments, first: i32, end: i32): void {
  const units = args.units;
  const padded = gateWidth(args.layer, units);
  const gates = gateCount(args.layer);
  const rowBytes = <usize>(gates * units) << 2;
  const count = args.batch * args.time;
  let source = args.reserve;
  for (let i = 0; i < count; i++) {
    const target = args.dKernel + <usize>load<i32>(args.ids + (<usize>i << 2)) * rowBytes;
    for (let g = 0; g < gates; g++) {
      const low = max(first - g * padded, 0);
      const high = min(end - g * padded, units);
      for (let j = low; j < high; j += 4) {
        const to = target + (<usize>(g * units + j) << 2);
        const real = high - j;
        storeFloats(to, f32x4.add(loadFloats(to, real), v128.load(source + (<usize>(g * padded + j) << 2))), real);
      }
    }
    source += <usize>args.reserveWidth << 2;
  }
}

/** Floats of one packed step (b, t): x unless it is ids, the state before, and with reset-before r∘h. */
// @ts-ignore: decorator
@inline
function operandWidth(args: SequenceArguments): i32 {
  const states = args.layer == GRU_RESET_BEFORE ? 2 : 1;
  return (args.ids ? 0 : args.inputSize) + states * args.units;
}

/** Packs the left-hand sides of all weight gradients, block by block of BLOCK_K steps, which the threads share out. Scratch: BLOCK_K · 4 bytes. */
export function packWeightOperands(args: SequenceArguments, index: i32, threads: i32): void {
  const count = args.batch * args.time;
  const blocks = (count + BLOCK_K - 1) / BLOCK_K;
  const blockBytes = <usize>(BLOCK_K * operandWidth(args)) << 2;
  const table = args.scratch + <usize>index * <usize>args.scratchBytes;
  const end = rangeBoundary(blocks, index + 1, threads);
  for (let block = rangeBoundary(blocks, index, threads); block < end; block++) {
    const k0 = block * BLOCK_K;
    packOperands(args, k0, min(BLOCK_K, count - k0), table, args.packedOperands + <usize>block * blockBytes);
  }
}

/** dKernel, dRecurrentKernel, dBias, dRecurrentBias, after `packWeightOperands`. Scratch: see `sequenceScratchBytes` in src. */
export function sequenceWeightGradients(args: SequenceArguments, index: i32, threads: i32): void {
  const units = args.units;
  const padded = gateWidth(args.layer, units);
  const gates = gateCount(args.layer);
  const panels = (gates * padded) / PANEL;
  const first = rangeBoundary(panels, index, threads);
  const end = rangeBoundary(panels, index + 1, threads);
  if (first == end) return;
  for (let half = 2 * first; half < 2 * end; half++) clearColumns(args, half);
  if (args.ids) scatterIds(args, first * PANEL, end * PANEL);

  const edge = args.scratch + <usize>index * <usize>args.scratchBytes + (<usize>BLOCK_K << 2);
  const panel = edge + EDGE_BYTES;
  const count = args.batch * args.time;
  const blockBytes = <usize>(BLOCK_K * operandWidth(args)) << 2;
  let packedX = args.packedOperands;
  for (let k0 = 0; k0 < count; k0 += BLOCK_K) {
    const k = min(BLOCK_K, count - k0);
    const packedH = packedX + (args.ids ? 0 : <usize>(k * args.inputSize) << 2);
    const packedReset = packedH + (<usize>(k * units) << 2);
    for (let p = first; p < end; p++) {
      panelGradients(args, p, k0, k, panel, edge, packedX, packedH, packedReset);
    }
    packedX += blockBytes;
  }
}

function packOperands(args: SequenceArguments, k0: i32, k: i32, table: usize, target: usize): void {
  if (!args.ids) {
    for (let i = 0; i < k; i++) {
      store<u32>(table + (<usize>i << 2), <u32>(args.x + (<usize>(k0 + i) * <usize>args.inputSize << 2)));
    }
    packTable(table, k, args.inputSize, target);
    target += <usize>(k * args.inputSize) << 2;
  }
  let b = k0 / args.time;
  let t = k0 - b * args.time;
  for (let i = 0; i < k; i++) {
    store<u32>(table + (<usize>i << 2), <u32>previousState(args, b, t));
    if (++t == args.time) {
      t = 0;
      b++;
    }
  }
  packTable(table, k, args.units, target);
  if (args.layer == GRU_RESET_BEFORE) {
    target += <usize>(k * args.units) << 2;
    const column = <usize>(3 * gateWidth(args.layer, args.units)) << 2;
    for (let i = 0; i < k; i++) {
      store<u32>(table + (<usize>i << 2), <u32>(args.reserve + (<usize>(k0 + i) * <usize>args.reserveWidth << 2) + column));
    }
    packTable(table, k, args.units, target);
  }
}

function panelGradients(
  args: SequenceArguments, p: i32, k0: i32, k: i32, panel: usize, edge: usize, packedX: usize, packedH: usize, packedReset: usize,
): void {
  const units = args.units;
  const padded = gateWidth(args.layer, units);
  const gate = (p * PANEL) / padded;
  const leftColumns = halfColumns(args, 2 * p);
  const rightColumns = halfColumns(args, 2 * p + 1);
  if (leftColumns + rightColumns == 0) return;
  const stride = <usize>args.reserveWidth << 2;
  const rows = args.reserve + <usize>k0 * stride;
  const width = <usize>(gateCount(args.layer) * units) << 2;
  const left = halfOffset(args, 2 * p);
  const right = halfOffset(args, 2 * p + 1);
  const add = k0 > 0;
  packPanel(rows + (<usize>p << 5), stride, k, PANEL, panel);
  addColumnSums(args, p, panel, k, args.dBias);
  if (!args.ids) {
    const dKernel = args.dKernel;
    packedPanelProduct(args.inputSize, k, packedX, panel, dKernel + left, leftColumns, dKernel + right, rightColumns, width, add, edge);
  }
  if (args.layer == GRU_RESET_AFTER && gate == 2) {
    packPanel(rows + (<usize>(p * PANEL + padded) << 2), stride, k, PANEL, panel);
  }
  if (args.dRecurrentBias) addColumnSums(args, p, panel, k, args.dRecurrentBias);
  const h = args.layer == GRU_RESET_BEFORE && gate == 2 ? packedReset : packedH;
  const dRecurrent = args.dRecurrentKernel;
  packedPanelProduct(units, k, h, panel, dRecurrent + left, leftColumns, dRecurrent + right, rightColumns, width, add, edge);
}

/** Packs kernelᵀ for `sequenceInputGradient`. */
export function packInputGradient(args: SequenceArguments, index: i32, threads: i32): void {
  const panels = (args.inputSize + PANEL - 1) / PANEL;
  const gates = gateCount(args.layer);
  packGatesTransposed(
    args.kernel, args.inputSize, gates, 0, gates, args.units, gateWidth(args.layer, args.units), args.packedKernel,
    rangeBoundary(panels, index, threads), rangeBoundary(panels, index + 1, threads),
  );
}

/** dx [B,T,I], rows split between threads. */
export function sequenceInputGradient(args: SequenceArguments, index: i32, threads: i32): void {
  const count = args.batch * args.time;
  const first = rangeBoundary(count, index, threads);
  const end = rangeBoundary(count, index + 1, threads);
  if (first >= end) return;
  const stride = <usize>args.reserveWidth << 2;
  const xStride = <usize>args.inputSize << 2;
  product(
    end - first, args.inputSize, gateCount(args.layer) * gateWidth(args.layer, args.units), args.reserve + <usize>first * stride, stride,
    args.packedKernel, args.dX + <usize>first * xStride, xStride, false, args.scratch + <usize>index * <usize>args.scratchBytes,
  );
}
