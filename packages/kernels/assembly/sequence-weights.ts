/**
 * The gradients of a recurrent layer's weights and input. Before, the backward pass has written the gradients
 * of the pre-activations dA to `reserve`:
 *   dKernel = Σ_(b,t) x(b,t)ᵀ · dA(b,t),  dRecurrentKernel = Σ_(b,t) h(b,t−1)ᵀ · dA(b,t),  dBias = Σ_(b,t)
 *   dA(b,t),  dx = dA · kernelᵀ.
 * The rows b are divided into groups (gradient-groups.ts). The sums of a group run over its (b, t) in order,
 * in blocks of at most BLOCK_K. For dx threads split the rows.
 */
import { scatterRows } from './embedding';
import { BLOCK_K, EDGE_BYTES, LayerCode, PANEL, SequenceArguments } from './generated/abi';
import { addPartialRow, groupBoundary, partialSums } from './gradient-groups';
import { packedPanelProduct, panelSums, product } from './matrix-product';
import { packPanel, packTable, panelCount } from './packing';
import { gateColumns, lengthOf, packShareTransposed, rangeBoundary, recurrentColumns } from './sequence';

/**
 * The address of the state before step t of row b: a row of the initial state, or the output of the previous
 * step in running order.
 *
 * @inline
 */
function previousState(args: SequenceArguments, b: i32, t: i32): usize {
  const rowBytes = (<usize>args.units) << 2;
  const index = <usize>(b * args.time + t);
  if (args.reverse) {
    if (t >= lengthOf(args, b) - 1) return args.initialH + <usize>b * rowBytes;
    return args.output + (index + 1) * rowBytes;
  }
  if (t === 0) return args.initialH + <usize>b * rowBytes;
  return args.output + (index - 1) * rowBytes;
}

/**
 * Number of panels of dA: the panels of the gates that are multiplied by h together, then those of the GRU's
 * candidate.
 *
 * @inline
 */
function gatePanels(args: SequenceArguments): i32 {
  const together = recurrentColumns(args);
  return panelCount(together) + panelCount(gateColumns(args) - together);
}

/** The first column of panel p; for the index after the last panel, the end of the columns. @inline */
function panelColumn(args: SequenceArguments, p: i32): i32 {
  const together = recurrentColumns(args);
  const before = panelCount(together);
  return p < before ? p * PANEL : min(together + (p - before) * PANEL, gateColumns(args));
}

/**
 * Number of floats of one packed step (b, t): x unless it is ids, the state before, and with reset-before
 * r∘h.
 *
 * @inline
 */
function operandWidth(args: SequenceArguments): i32 {
  const states = args.layer === LayerCode.gruResetBefore ? 2 : 1;
  return (args.ids ? 0 : args.inputSize) + states * args.units;
}

/** Number of blocks of a group, the same for all groups; a block has at most BLOCK_K steps. */
function groupBlocks(args: SequenceArguments): i32 {
  const rows = (args.batch + args.groups - 1) / args.groups;
  return (rows * args.time + BLOCK_K - 1) / BLOCK_K;
}

/** The first step of a group. */
function groupStart(args: SequenceArguments, group: i32): i32 {
  return rangeBoundary(args.batch, group, args.groups) * args.time;
}

/** The first step of a block of a group; for the index after the last block, the end of the group. */
function blockStart(args: SequenceArguments, group: i32, block: i32, blocks: i32): i32 {
  const start = groupStart(args, group);
  return start + rangeBoundary(groupStart(args, group + 1) - start, block, blocks);
}

/** @inline */
function operandBytes(args: SequenceArguments): usize {
  return (<usize>(BLOCK_K * operandWidth(args))) << 2;
}

/**
 * Packs the left-hand sides of all weight gradients. Threads split the blocks. Scratch: BLOCK_K · 4 bytes.
 */
export function packWeightOperands(args: SequenceArguments, index: i32, threads: i32): void {
  const blocks = groupBlocks(args);
  const table = args.scratch + <usize>index * <usize>args.scratchBytes;
  const end = rangeBoundary(args.groups * blocks, index + 1, threads);
  for (let n = rangeBoundary(args.groups * blocks, index, threads); n < end; n++) {
    const k0 = blockStart(args, n / blocks, n % blocks, blocks);
    const k = blockStart(args, n / blocks, (n % blocks) + 1, blocks) - k0;
    packOperands(args, k0, k, table, args.packedOperands + <usize>n * operandBytes(args));
  }
}

/**
 * dKernel, dRecurrentKernel, dBias, dRecurrentBias of each group, after `packWeightOperands`. Scratch: see
 * `sequenceScratchBytes` in src.
 */
export function sequenceWeightGradients(args: SequenceArguments, index: i32, threads: i32): void {
  const panels = gatePanels(args);
  const scratch = args.scratch + <usize>index * <usize>args.scratchBytes;
  for (let group = 0; group < args.groups; group++) {
    const first = groupBoundary(group, args.groups, panels, index, threads);
    const end = groupBoundary(group, args.groups, panels, index + 1, threads);
    if (first < end) groupGradients(args, group, first, end, scratch);
  }
}

/**
 * Number of rows of a group's sums: those of the kernel and the recurrent kernel, then the biases. @inline
 */
function sumRows(args: SequenceArguments): i32 {
  return args.inputSize + args.units + 2;
}

/** One group's gradients, for its panels [first, end). */
function groupGradients(args: SequenceArguments, group: i32, first: i32, end: i32, scratch: usize): void {
  const rowBytes = (<usize>gateColumns(args)) << 2;
  let dKernel = args.dKernel;
  let dRecurrentKernel = args.dRecurrentKernel;
  let dBias = args.dBias;
  let dRecurrentBias = args.dRecurrentBias;
  if (group > 0) {
    dKernel = partialSums(args.partials, group, sumRows(args), gateColumns(args));
    dRecurrentKernel = dKernel + <usize>args.inputSize * rowBytes;
    dBias = dRecurrentKernel + <usize>args.units * rowBytes;
    if (dRecurrentBias) dRecurrentBias = dBias + rowBytes;
  }
  if (args.ids) {
    const start = groupStart(args, group);
    const stride = (<usize>args.reserveWidth) << 2;
    scatterRows(
      dKernel,
      args.inputSize,
      gateColumns(args),
      args.ids + ((<usize>start) << 2),
      groupStart(args, group + 1) - start,
      args.reserve + <usize>start * stride,
      stride,
      panelColumn(args, first),
      panelColumn(args, end),
    );
  }
  const blocks = groupBlocks(args);
  let packed = args.packedOperands + <usize>(group * blocks) * operandBytes(args);
  for (let block = 0; block < blocks; block++) {
    const k0 = blockStart(args, group, block, blocks);
    const k = blockStart(args, group, block + 1, blocks) - k0;
    for (let p = first; p < end; p++) {
      panelGradients(
        args,
        panelColumn(args, p),
        k0,
        k,
        block > 0,
        scratch,
        packed,
        dKernel,
        dRecurrentKernel,
        dBias,
        dRecurrentBias,
      );
    }
    packed += operandBytes(args);
  }
}

/** Adds the sums of the other groups to those of the first. Threads split the rows. */
export function sumWeightGradients(args: SequenceArguments, index: i32, threads: i32): void {
  const width = gateColumns(args);
  const rowBytes = (<usize>width) << 2;
  const before = args.inputSize + args.units;
  const rows = before + (args.dRecurrentBias ? 2 : 1);
  const end = rangeBoundary(rows, index + 1, threads);
  for (let row = rangeBoundary(rows, index, threads); row < end; row++) {
    let target = row === before ? args.dBias : args.dRecurrentBias;
    if (row < args.inputSize) target = args.dKernel + <usize>row * rowBytes;
    else if (row < before) target = args.dRecurrentKernel + <usize>(row - args.inputSize) * rowBytes;
    addPartialRow(target, args.partials, args.groups, row, sumRows(args), width);
  }
}

/**
 * Replaces the steps of the table that are past their row's length by zeros. Their dA is 0, but the values
 * there, or in the initial state of a row of length 0, may be NaN or infinite, and 0 times these is NaN.
 */
function leaveOutPadding(args: SequenceArguments, k0: i32, k: i32, table: usize): void {
  if (args.lengths === 0) return;
  let b = k0 / args.time;
  let t = k0 - b * args.time;
  for (let i = 0; i < k; i++) {
    if (t >= lengthOf(args, b)) store<u32>(table + ((<usize>i) << 2), <u32>args.zeros);
    if (++t === args.time) {
      t = 0;
      b++;
    }
  }
}

function packOperands(args: SequenceArguments, k0: i32, k: i32, table: usize, target: usize): void {
  if (!args.ids) {
    for (let i = 0; i < k; i++) {
      store<u32>(table + ((<usize>i) << 2), <u32>(args.x + ((<usize>(k0 + i) * <usize>args.inputSize) << 2)));
    }
    leaveOutPadding(args, k0, k, table);
    packTable(table, k, args.inputSize, target);
    target += (<usize>(k * args.inputSize)) << 2;
  }
  let b = k0 / args.time;
  let t = k0 - b * args.time;
  for (let i = 0; i < k; i++) {
    store<u32>(table + ((<usize>i) << 2), <u32>previousState(args, b, t));
    if (++t === args.time) {
      t = 0;
      b++;
    }
  }
  leaveOutPadding(args, k0, k, table);
  packTable(table, k, args.units, target);
  if (args.layer === LayerCode.gruResetBefore) {
    target += (<usize>(k * args.units)) << 2;
    const column = (<usize>(3 * args.units)) << 2;
    for (let i = 0; i < k; i++) {
      store<u32>(
        table + ((<usize>i) << 2),
        <u32>(args.reserve + ((<usize>(k0 + i) * <usize>args.reserveWidth) << 2) + column),
      );
    }
    packTable(table, k, args.units, target);
  }
}

/**
 * The gradients of k steps from k0 for the columns from `column` on, up to a panel or to the end of the
 * adjacent gates. With `add` they are added to the previous sums.
 */
function panelGradients(
  args: SequenceArguments,
  column: i32,
  k0: i32,
  k: i32,
  add: bool,
  scratch: usize,
  packedX: usize,
  dKernel: usize,
  dRecurrentKernel: usize,
  dBias: usize,
  dRecurrentBias: usize,
): void {
  const units = args.units;
  const width = gateColumns(args);
  const together = recurrentColumns(args);
  const candidate = column >= together;
  const columns = min(PANEL, (candidate ? width : together) - column);
  const offset = (<usize>column) << 2;
  const cStride = (<usize>width) << 2;
  const stride = (<usize>args.reserveWidth) << 2;
  const rows = args.reserve + <usize>k0 * stride + offset;
  const edge = scratch + ((<usize>BLOCK_K) << 2);
  const panel = edge + EDGE_BYTES;
  let packedH = packedX + (args.ids ? 0 : (<usize>(k * args.inputSize)) << 2);
  packPanel(rows, stride, k, columns, panel);
  panelSums(panel, k, dBias + offset, columns, add);
  if (!args.ids)
    packedPanelProduct(args.inputSize, k, packedX, panel, dKernel + offset, cStride, columns, add, edge);
  if (args.layer === LayerCode.gruResetAfter && candidate)
    packPanel(rows + ((<usize>units) << 2), stride, k, columns, panel);
  if (dRecurrentBias) panelSums(panel, k, dRecurrentBias + offset, columns, add);
  if (args.layer === LayerCode.gruResetBefore && candidate) packedH += (<usize>(k * units)) << 2;
  packedPanelProduct(units, k, packedH, panel, dRecurrentKernel + offset, cStride, columns, add, edge);
}

/** Packs kernelᵀ for `sequenceInputGradient`. */
export function packInputGradient(args: SequenceArguments, index: i32, threads: i32): void {
  const columns = gateColumns(args);
  packShareTransposed(
    args.kernel,
    (<usize>columns) << 2,
    columns,
    args.inputSize,
    args.packedKernel,
    index,
    threads,
  );
}

/** dx [B,T,I]. Threads split the rows. */
export function sequenceInputGradient(args: SequenceArguments, index: i32, threads: i32): void {
  const count = args.batch * args.time;
  const first = rangeBoundary(count, index, threads);
  const end = rangeBoundary(count, index + 1, threads);
  if (first >= end) return;
  const stride = (<usize>args.reserveWidth) << 2;
  const xStride = (<usize>args.inputSize) << 2;
  product(
    end - first,
    args.inputSize,
    gateColumns(args),
    args.reserve + <usize>first * stride,
    stride,
    args.packedKernel,
    args.dX + <usize>first * xStride,
    xStride,
    false,
    args.scratch + <usize>index * <usize>args.scratchBytes,
  );
}
