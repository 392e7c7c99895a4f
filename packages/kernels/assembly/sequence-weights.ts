/**
 * The gradients of a recurrent layer's weights and input, after the backward pass has left the gradients of the
 * pre-activations dA in `reserve`:
 *   dKernel = Σ_(b,t) x(b,t)ᵀ · dA(b,t),  dRecurrentKernel = Σ_(b,t) h(b,t−1)ᵀ · dA(b,t),  dBias = Σ_(b,t) dA(b,t),  dx = dA · kernelᵀ.
 * The sums run over (b, t) in order, in blocks of BLOCK_K; threads split the columns of dA (dx: the rows).
 */
import { BLOCK_K, EDGE_BYTES, PANEL, packPanel, packTable, packedPanelProduct, packedWidth, product } from './matrix-product';
import {
  GRU_RESET_AFTER, GRU_RESET_BEFORE, gateCount, lengthOf, packGatesTransposed, paddedUnits,
  rangeBoundary, rowBoundary,SequenceArguments, 
} from './sequence';
import { loadFloats, storeFloats } from './vector-math';

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

/** Adds the packed panel's column sums to sums[0..columns). */
function addColumnSums(panel: usize, k: i32, sums: usize, columns: i32): void {
  let low = loadFloats(sums, columns);
  let high = loadFloats(sums + 16, columns - 4);
  for (let i = 0; i < k; i++) {
    low = f32x4.add(low, v128.load(panel));
    high = f32x4.add(high, v128.load(panel, 16));
    panel += 32;
  }
  storeFloats(sums, low, columns);
  storeFloats(sums + 16, high, columns - 4);
}

/** Zeroes what this thread's panels own of the sums that are accumulated. */
function clearColumns(args: SequenceArguments, gate: i32, j: i32, columns: i32): void {
  const width = gateCount(args.layer) * args.units;
  const offset = <usize>(gate * args.units + j) << 2;
  const bytes = <usize>columns << 2;
  memory.fill(args.dBias + offset, 0, bytes);
  if (args.dRecurrentBias) memory.fill(args.dRecurrentBias + offset, 0, bytes);
  if (args.ids) {
    let row = args.dKernel + offset;
    for (let i = 0; i < args.inputSize; i++) {
      memory.fill(row, 0, bytes);
      row += <usize>width << 2;
    }
  }
}

/** dKernel row of each id += dA, over this thread's columns [first, end) of the padded gates. */
function scatterIds(args: SequenceArguments, first: i32, end: i32): void {
  const units = args.units;
  const padded = paddedUnits(units);
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

/** dKernel, dRecurrentKernel, dBias, dRecurrentBias. Scratch: see `sequenceScratchBytes` in src. */
export function sequenceWeightGradients(args: SequenceArguments, index: i32, threads: i32): void {
  const units = args.units;
  const padded = paddedUnits(units);
  const gates = gateCount(args.layer);
  const panels = (gates * padded) / PANEL;
  const first = rangeBoundary(panels, index, threads);
  const end = rangeBoundary(panels, index + 1, threads);
  if (first == end) return;
  for (let p = first; p < end; p++) {
    const gate = (p * PANEL) / padded;
    const j = p * PANEL - gate * padded;
    if (units > j) clearColumns(args, gate, j, min(PANEL, units - j));
  }
  if (args.ids) scatterIds(args, first * PANEL, end * PANEL);

  const table = args.scratch + <usize>index * <usize>args.scratchBytes;
  const edge = table + (<usize>BLOCK_K << 2);
  const panel = edge + EDGE_BYTES;
  const packedX = panel + (<usize>BLOCK_K << 5);
  const packedH = packedX + (args.ids ? 0 : <usize>(BLOCK_K * packedWidth(args.inputSize)) << 2);
  const packedReset = packedH + (<usize>(BLOCK_K * packedWidth(units)) << 2);
  const count = args.batch * args.time;
  for (let k0 = 0; k0 < count; k0 += BLOCK_K) {
    const k = min(BLOCK_K, count - k0);
    packOperands(args, k0, k, table, packedX, packedH, packedReset);
    for (let p = first; p < end; p++) {
      panelGradients(args, p, k0, k, panel, edge, packedX, packedH, packedReset);
    }
  }
}

function packOperands(
  args: SequenceArguments, k0: i32, k: i32, table: usize, packedX: usize, packedH: usize, packedReset: usize,
): void {
  if (!args.ids) {
    for (let i = 0; i < k; i++) {
      store<u32>(table + (<usize>i << 2), <u32>(args.x + (<usize>(k0 + i) * <usize>args.inputSize << 2)));
    }
    packTable(table, k, args.inputSize, packedX);
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
  packTable(table, k, args.units, packedH);
  if (args.layer == GRU_RESET_BEFORE) {
    const column = <usize>(3 * paddedUnits(args.units)) << 2;
    for (let i = 0; i < k; i++) {
      store<u32>(table + (<usize>i << 2), <u32>(args.reserve + (<usize>(k0 + i) * <usize>args.reserveWidth << 2) + column));
    }
    packTable(table, k, args.units, packedReset);
  }
}

function panelGradients(
  args: SequenceArguments, p: i32, k0: i32, k: i32, panel: usize, edge: usize, packedX: usize, packedH: usize, packedReset: usize,
): void {
  const units = args.units;
  const padded = paddedUnits(units);
  const gate = (p * PANEL) / padded;
  const j = p * PANEL - gate * padded;
  const columns = min(PANEL, units - j);
  if (columns <= 0) return;
  const stride = <usize>args.reserveWidth << 2;
  const rows = args.reserve + <usize>k0 * stride;
  const width = <usize>(gateCount(args.layer) * units) << 2;
  const offset = <usize>(gate * units + j) << 2;
  const add = k0 > 0;
  packPanel(rows + (<usize>p << 5), stride, k, columns, panel);
  addColumnSums(panel, k, args.dBias + offset, columns);
  if (!args.ids) packedPanelProduct(args.inputSize, k, packedX, panel, args.dKernel + offset, width, columns, add, edge);
  if (args.layer == GRU_RESET_AFTER && gate == 2) {
    packPanel(rows + (<usize>(3 * padded + j) << 2), stride, k, columns, panel);
  }
  if (args.dRecurrentBias) addColumnSums(panel, k, args.dRecurrentBias + offset, columns);
  const h = args.layer == GRU_RESET_BEFORE && gate == 2 ? packedReset : packedH;
  packedPanelProduct(units, k, h, panel, args.dRecurrentKernel + offset, width, columns, add, edge);
}

/** Packs kernelᵀ for `sequenceInputGradient`. */
export function packInputGradient(args: SequenceArguments, index: i32, threads: i32): void {
  const panels = (args.inputSize + PANEL - 1) / PANEL;
  const gates = gateCount(args.layer);
  packGatesTransposed(
    args.kernel, args.inputSize, gates, 0, gates, args.units, paddedUnits(args.units), args.packedKernel,
    rangeBoundary(panels, index, threads), rangeBoundary(panels, index + 1, threads),
  );
}

/** dx [B,T,I], rows split between threads. */
export function sequenceInputGradient(args: SequenceArguments, index: i32, threads: i32): void {
  const count = args.batch * args.time;
  const first = rowBoundary(count, index, threads);
  const end = rowBoundary(count, index + 1, threads);
  if (first >= end) return;
  const stride = <usize>args.reserveWidth << 2;
  const xStride = <usize>args.inputSize << 2;
  product(
    end - first, args.inputSize, gateCount(args.layer) * paddedUnits(args.units), args.reserve + <usize>first * stride, stride,
    args.packedKernel, args.dX + <usize>first * xStride, xStride, false, args.scratch + <usize>index * <usize>args.scratchBytes,
  );
}
