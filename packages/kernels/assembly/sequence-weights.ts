/**
 * The gradients of a recurrent layer's weights and input, after the backward pass has left the gradients of the
 * pre-activations dA in `reserve`:
 *   dKernel = Σ_(b,t) x(b,t)ᵀ · dA(b,t),  dRecurrentKernel = Σ_(b,t) h(b,t−1)ᵀ · dA(b,t),  dBias = Σ_(b,t) dA(b,t),  dx = dA · kernelᵀ.
 * The sums run over (b, t) in order, in blocks of BLOCK_K; threads split the columns of dA (dx: the rows).
 */
import { scatterRows } from './embedding';
import { BLOCK_K, EDGE_BYTES, PANEL, packPanel, packTable, packedPanelProduct, panelCount, panelSums, product } from './matrix-product';
import {
  GRU_RESET_AFTER,
  GRU_RESET_BEFORE,
  gateColumns,
  lengthOf,
  packShareTransposed,
  rangeBoundary,
  recurrentColumns,
  SequenceArguments,
} from './sequence';

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

/** Panels of dA: those of the gates that are multiplied with h together, then those of the GRU's candidate. */
// @ts-ignore: decorator
@inline
function gatePanels(args: SequenceArguments): i32 {
  const together = recurrentColumns(args);
  return panelCount(together) + panelCount(gateColumns(args) - together);
}

/** The first column of panel p, or of what follows the last. */
// @ts-ignore: decorator
@inline
function panelColumn(args: SequenceArguments, p: i32): i32 {
  const together = recurrentColumns(args);
  const before = panelCount(together);
  return p < before ? p * PANEL : min(together + (p - before) * PANEL, gateColumns(args));
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
  const panels = gatePanels(args);
  const first = rangeBoundary(panels, index, threads);
  const end = rangeBoundary(panels, index + 1, threads);
  if (first == end) return;
  const count = args.batch * args.time;
  const stride = <usize>args.reserveWidth << 2;
  if (args.ids) {
    scatterRows(args.dKernel, args.inputSize, gateColumns(args), args.ids, count, args.reserve, stride, panelColumn(args, first), panelColumn(args, end));
  }

  const edge = args.scratch + <usize>index * <usize>args.scratchBytes + (<usize>BLOCK_K << 2);
  const panel = edge + EDGE_BYTES;
  const blockBytes = <usize>(BLOCK_K * operandWidth(args)) << 2;
  let packedX = args.packedOperands;
  for (let k0 = 0; k0 < count; k0 += BLOCK_K) {
    const k = min(BLOCK_K, count - k0);
    const packedH = packedX + (args.ids ? 0 : <usize>(k * args.inputSize) << 2);
    const packedReset = packedH + (<usize>(k * units) << 2);
    for (let p = first; p < end; p++) {
      panelGradients(args, panelColumn(args, p), k0, k, panel, edge, packedX, packedH, packedReset);
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
    const column = <usize>(3 * args.units) << 2;
    for (let i = 0; i < k; i++) {
      store<u32>(table + (<usize>i << 2), <u32>(args.reserve + (<usize>(k0 + i) * <usize>args.reserveWidth << 2) + column));
    }
    packTable(table, k, args.units, target);
  }
}

/** The gradients' columns from `column` on, a panel of them or what is left of the gates that stand together. */
function panelGradients(
  args: SequenceArguments, column: i32, k0: i32, k: i32, panel: usize, edge: usize, packedX: usize, packedH: usize, packedReset: usize,
): void {
  const units = args.units;
  const width = gateColumns(args);
  const together = recurrentColumns(args);
  const candidate = column >= together;
  const columns = min(PANEL, (candidate ? width : together) - column);
  const offset = <usize>column << 2;
  const cStride = <usize>width << 2;
  const stride = <usize>args.reserveWidth << 2;
  const rows = args.reserve + <usize>k0 * stride + offset;
  const add = k0 > 0;
  packPanel(rows, stride, k, columns, panel);
  panelSums(panel, k, args.dBias + offset, columns, add);
  if (!args.ids) packedPanelProduct(args.inputSize, k, packedX, panel, args.dKernel + offset, cStride, columns, add, edge);
  if (args.layer == GRU_RESET_AFTER && candidate) packPanel(rows + (<usize>units << 2), stride, k, columns, panel);
  if (args.dRecurrentBias) panelSums(panel, k, args.dRecurrentBias + offset, columns, add);
  const h = args.layer == GRU_RESET_BEFORE && candidate ? packedReset : packedH;
  packedPanelProduct(units, k, h, panel, args.dRecurrentKernel + offset, cStride, columns, add, edge);
}

/** Packs kernelᵀ for `sequenceInputGradient`. */
export function packInputGradient(args: SequenceArguments, index: i32, threads: i32): void {
  const columns = gateColumns(args);
  packShareTransposed(args.kernel, <usize>columns << 2, columns, args.inputSize, args.packedKernel, index, threads);
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
    end - first, args.inputSize, gateColumns(args), args.reserve + <usize>first * stride, stride,
    args.packedKernel, args.dX + <usize>first * xStride, xStride, false, args.scratch + <usize>index * <usize>args.scratchBytes,
  );
}
