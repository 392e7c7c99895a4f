/** Gradients of y = x·W + b over rows [N,I]: dW = xᵀ·dy, db = Σ dy in blocks over the rows; threads split the columns of dy. */
import { BLOCK_K, EDGE_BYTES, PANEL, packPanel, packTable, packedPanelProduct, panelCount, panelSums } from './matrix-product';
import { rangeBoundary } from './sequence';

@unmanaged
export class LinearGradientArguments {
  rows: i32;
  inputSize: i32;
  units: i32;
  x: usize;
  dy: usize;
  dKernel: usize;
  /** 0 when there is no bias. */
  dBias: usize;
  scratch: usize;
  scratchBytes: u32;
}

/** Scratch: BLOCK_K · 4 bytes, EDGE_BYTES, a panel, and BLOCK_K rows of x. */
export function linearWeightGradients(args: LinearGradientArguments, index: i32, threads: i32): void {
  const units = args.units;
  const panels = panelCount(units);
  const first = rangeBoundary(panels, index, threads);
  const end = rangeBoundary(panels, index + 1, threads);
  if (first == end) return;
  const table = args.scratch + <usize>index * <usize>args.scratchBytes;
  const edge = table + ((<usize>BLOCK_K) << 2);
  const panel = edge + EDGE_BYTES;
  const packedX = panel + ((<usize>BLOCK_K) << 5);
  const stride = (<usize>units) << 2;
  for (let k0 = 0; k0 < args.rows; k0 += BLOCK_K) {
    const k = min(BLOCK_K, args.rows - k0);
    for (let i = 0; i < k; i++) {
      store<u32>(table + ((<usize>i) << 2), <u32>(args.x + ((<usize>(k0 + i) * <usize>args.inputSize) << 2)));
    }
    packTable(table, k, args.inputSize, packedX);
    for (let p = first; p < end; p++) {
      const j = p * PANEL;
      const columns = min(PANEL, units - j);
      packPanel(args.dy + <usize>k0 * stride + ((<usize>j) << 2), stride, k, columns, panel);
      if (args.dBias) panelSums(panel, k, args.dBias + ((<usize>j) << 2), columns, k0 > 0);
      packedPanelProduct(args.inputSize, k, packedX, panel, args.dKernel + ((<usize>j) << 2), stride, columns, k0 > 0, edge);
    }
  }
}
