/**
 * Gradients of y = x·W + b over rows [N,I]: dW = xᵀ·dy, db = Σ dy, summed and shared as in
 * gradient-groups.ts.
 */
import { BLOCK_K, EDGE_BYTES, LinearGradientArguments, PANEL } from './generated/abi';
import { addPartialRow, groupBoundary, partialSums } from './gradient-groups';
import { packedPanelProduct, panelSums } from './matrix-product';
import { packPanel, packTable, panelCount } from './packing';
import { rangeBoundary } from './sequence';

/** The gradients of each group. Scratch: BLOCK_K · 4 bytes, EDGE_BYTES, a panel, and BLOCK_K rows of x. */
export function linearWeightGradients(args: LinearGradientArguments, index: i32, threads: i32): void {
  const panels = panelCount(args.units);
  const scratch = args.scratch + <usize>index * <usize>args.scratchBytes;
  for (let group = 0; group < args.groups; group++) {
    const first = groupBoundary(group, args.groups, panels, index, threads);
    const end = groupBoundary(group, args.groups, panels, index + 1, threads);
    if (first < end) groupGradients(args, group, first, end, scratch);
  }
}

/** One group's gradients, for its panels [first, end). */
function groupGradients(args: LinearGradientArguments, group: i32, first: i32, end: i32, table: usize): void {
  const units = args.units;
  const edge = table + ((<usize>BLOCK_K) << 2);
  const panel = edge + EDGE_BYTES;
  const packedX = panel + ((<usize>BLOCK_K) << 5);
  const stride = (<usize>units) << 2;
  const dKernel = group > 0 ? partialSums(args.partials, group, args.inputSize + 1, units) : args.dKernel;
  const dBias = group > 0 ? dKernel + <usize>args.inputSize * stride : args.dBias;
  const start = rangeBoundary(args.rows, group, args.groups);
  const rows = rangeBoundary(args.rows, group + 1, args.groups) - start;
  for (let k0 = 0; k0 < rows; k0 += BLOCK_K) {
    const k = min(BLOCK_K, rows - k0);
    for (let i = 0; i < k; i++) {
      store<u32>(
        table + ((<usize>i) << 2),
        <u32>(args.x + ((<usize>(start + k0 + i) * <usize>args.inputSize) << 2)),
      );
    }
    packTable(table, k, args.inputSize, packedX);
    for (let p = first; p < end; p++) {
      const j = p * PANEL;
      const columns = min(PANEL, units - j);
      packPanel(args.dy + <usize>(start + k0) * stride + ((<usize>j) << 2), stride, k, columns, panel);
      if (args.dBias) panelSums(panel, k, dBias + ((<usize>j) << 2), columns, k0 > 0);
      packedPanelProduct(
        args.inputSize,
        k,
        packedX,
        panel,
        dKernel + ((<usize>j) << 2),
        stride,
        columns,
        k0 > 0,
        edge,
      );
    }
  }
}

/** Adds the sums of the other groups to those of the first. Threads split the rows. */
export function sumLinearGradients(args: LinearGradientArguments, index: i32, threads: i32): void {
  const rowBytes = (<usize>args.units) << 2;
  const rows = args.inputSize + (args.dBias ? 1 : 0);
  const end = rangeBoundary(rows, index + 1, threads);
  for (let row = rangeBoundary(rows, index, threads); row < end; row++) {
    const target = row < args.inputSize ? args.dKernel + <usize>row * rowBytes : args.dBias;
    addPartialRow(target, args.partials, args.groups, row, args.inputSize + 1, args.units);
  }
}
