/**
 * Convolution as matrix products of packed patches. The patches of a few targets at a time are stored as rows
 * [targets, taps · channels] in a thread's scratch memory, and multiplied by the packed filter, so the memory
 * does not grow with the images. The gradient of the input is the same product over patches of dY, with the
 * filter transposed. With strides there is one product for each residue of a pixel, with the taps that reach
 * it.
 *
 * Every element of y is summed over row taps, column taps and channels, in this order.
 */
import { BLOCK_K, BLOCK_TILES, ConvolutionArguments, EDGE_BYTES, PANEL, TILE_ROWS } from './generated/abi';
import { addPartialRow, groupBoundary, partialSums } from './gradient-groups';
import { packedPanelProduct, product } from './matrix-product';
import { packFourColumns, packPanel, packTable, panelCount } from './packing';
import { rangeBoundary } from './sequence';
import { copyFloats } from './vector-math';

/** Number of targets whose patches are in scratch memory at a time: the rows of a block of a product. */
const PATCHES: i32 = TILE_ROWS * BLOCK_TILES;

/** The index in the filter of tap (i, j) of a patch. @inline */
function tapOf(args: ConvolutionArguments, i: i32, j: i32): i32 {
  const row = args.firstRowTap + i * args.rowTapStride;
  return row * args.filterWidth + args.firstColumnTap + j * args.columnTapStride;
}

/** Packs this thread's panels of the patches' taps, as the right-hand side of a product. */
export function packFilter(args: ConvolutionArguments, index: i32, threads: i32): void {
  const channels = args.channels;
  const outputs = args.outputs;
  const panels = panelCount(outputs);
  const end = rangeBoundary(panels, index + 1, threads);
  const tapBytes = (<usize>(channels * outputs)) << 2;
  const panelTap = (<usize>channels) << 5;
  for (let p = rangeBoundary(panels, index, threads); p < end; p++) {
    const column = p * PANEL;
    let target = args.packed + <usize>(p * args.rowTaps * args.columnTaps) * panelTap;
    for (let i = 0; i < args.rowTaps; i++) {
      for (let j = 0; j < args.columnTaps; j++) {
        const tap = args.filter + <usize>tapOf(args, i, j) * tapBytes;
        if (args.transposed) {
          const stride = (<usize>channels) << 2;
          packFourColumns(tap, stride, channels, outputs, column, target);
          packFourColumns(tap, stride, channels, outputs, column + 4, target + 16);
        } else {
          packPanel(tap + ((<usize>column) << 2), (<usize>outputs) << 2, channels, outputs - column, target);
        }
        target += panelTap;
      }
    }
  }
}

/** The address of pixel (row, column) of an image, or 0 outside it. @inline */
function pixel(args: ConvolutionArguments, image: i32, row: i32, column: i32): usize {
  if (<u32>row >= <u32>args.height || <u32>column >= <u32>args.width) return 0;
  return args.x + ((<usize>((image * args.height + row) * args.width + column) * <usize>args.channels) << 2);
}

/** Stores the patch of a target, taps · channels floats. */
function gather(args: ConvolutionArguments, image: i32, row: i32, column: i32, target: usize): void {
  const channels = args.channels;
  const columnTaps = args.columnTaps;
  const columnTapStep = args.columnTapStep;
  const tapBytes = (<usize>channels) << 2;
  const firstRow = args.rowStart + row * args.rowStep;
  const firstColumn = args.columnStart + column * args.columnStep;
  const last = firstColumn + (columnTaps - 1) * columnTapStep;
  const width = args.width;
  // Adjacent pixels of a row are contiguous.
  const run = columnTapStep === 1 && firstColumn >= 0 && last < width;
  for (let i = 0; i < args.rowTaps; i++) {
    const from = firstRow + i * args.rowTapStep;
    const line = pixel(args, image, from, 0);
    if (!line) {
      memory.fill(target, 0, <usize>columnTaps * tapBytes);
      target += <usize>columnTaps * tapBytes;
    } else if (run) {
      copyFloats(target, line + <usize>firstColumn * tapBytes, channels * columnTaps);
      target += <usize>columnTaps * tapBytes;
    } else {
      for (let j = 0, at = firstColumn; j < columnTaps; j++, at += columnTapStep) {
        if (<u32>at < <u32>width) copyFloats(target, line + <usize>at * tapBytes, channels);
        else memory.fill(target, 0, tapBytes);
        target += tapBytes;
      }
    }
  }
}

/** Computes this thread's targets. Scratch: PATCHES patches, and EDGE_BYTES. */
export function convolution(args: ConvolutionArguments, index: i32, threads: i32): void {
  const rows = args.rows;
  const columns = args.columns;
  const outputs = args.outputs;
  const inner = args.rowTaps * args.columnTaps * args.channels;
  const patchBytes = (<usize>inner) << 2;
  const edge = args.scratch + <usize>index * <usize>args.scratchBytes;
  const patches = edge + EDGE_BYTES;
  const stride = (<usize>args.yPixel) << 2;
  // If the targets are not consecutive in y, a block ends at the end of their row.
  const whole = args.yRow === columns * args.yPixel && args.yBatch === rows * args.yRow;
  const total = args.batch * rows * columns;
  const end = rangeBoundary(total, index + 1, threads);
  let first = rangeBoundary(total, index, threads);
  let column = first % columns;
  let image = first / columns / rows;
  let row = first / columns - image * rows;
  while (first < end) {
    const most = whole ? PATCHES : min(PATCHES, columns - column);
    const count = min(end - first, most);
    const offset = image * args.yBatch + row * args.yRow + column * args.yPixel;
    const y = args.y + ((<usize>offset) << 2);
    for (let i = 0; i < count; i++) {
      gather(args, image, row, column, patches + <usize>i * patchBytes);
      if (++column < columns) continue;
      column = 0;
      if (++row < rows) continue;
      row = 0;
      image++;
    }
    for (let i = 0; args.bias && i < count; i++) copyFloats(y + <usize>i * stride, args.bias, outputs);
    product(count, outputs, inner, patches, patchBytes, args.packed, y, stride, args.bias !== 0, edge);
    first += count;
  }
}

/**
 * Number of taps that are packed together: one if its channels fill whole tiles, else as many as are needed
 * to fill them.
 *
 * @inline
 */
function tapsTogether(channels: i32): i32 {
  return max(1, 48 / channels);
}

/**
 * The sums of each group, dFilter [taps · channels, outputs] = patchesᵀ · dY, shared as in
 * gradient-groups.ts. Scratch: BLOCK_K · 4 bytes, EDGE_BYTES, the group's panels of dY, twice BLOCK_K rows of
 * the taps packed together, and a row of zeros.
 */
export function filterGradient(args: ConvolutionArguments, index: i32, threads: i32): void {
  const panels = panelCount(args.outputs);
  const scratch = args.scratch + <usize>index * <usize>args.scratchBytes;
  for (let group = 0; group < args.groups; group++) {
    const first = groupBoundary(group, args.groups, panels, index, threads);
    const end = groupBoundary(group, args.groups, panels, index + 1, threads);
    if (first < end) groupGradient(args, group, first, end, scratch);
  }
}

function groupGradient(args: ConvolutionArguments, group: i32, first: i32, end: i32, table: usize): void {
  const channels = args.channels;
  const outputs = args.outputs;
  const taps = args.rowTaps * args.columnTaps;
  const together = tapsTogether(channels);
  const edge = table + ((<usize>BLOCK_K) << 2);
  const panels = edge + EDGE_BYTES;
  const packed = panels + ((<usize>((end - first) * BLOCK_K)) << 5);
  const gathered = packed + ((<usize>(BLOCK_K * together * channels)) << 2);
  const sums = group > 0 ? partialSums(args.partials, group, taps * channels, outputs) : args.dFilter;
  const total = args.batch * args.rows * args.columns;
  const last = rangeBoundary(total, group + 1, args.groups);
  const start = rangeBoundary(total, group, args.groups);
  const stride = (<usize>outputs) << 2;
  for (let k0 = start; k0 < last; k0 += BLOCK_K) {
    const k = min(BLOCK_K, last - k0);
    for (let p = first; p < end; p++) {
      const from = args.y + <usize>k0 * stride + ((<usize>(p * PANEL)) << 2);
      packPanel(from, stride, k, outputs - p * PANEL, panels + ((<usize>((p - first) * BLOCK_K)) << 5));
    }
    for (let tap = 0; tap < taps; tap += together) {
      const width = min(together, taps - tap) * channels;
      gatherTaps(args, k0, k, tap, min(together, taps - tap), gathered, table);
      packTable(table, k, width, packed);
      for (let p = first; p < end; p++) {
        const c = sums + <usize>(tap * channels) * stride + ((<usize>(p * PANEL)) << 2);
        const panel = panels + ((<usize>((p - first) * BLOCK_K)) << 5);
        const columns = min(PANEL, outputs - p * PANEL);
        packedPanelProduct(width, k, packed, panel, c, stride, columns, k0 > start, edge);
      }
    }
  }
}

/**
 * A table of `count` taps of the patches of k targets. A single tap is read from x directly; several taps are
 * copied.
 */
function gatherTaps(
  args: ConvolutionArguments,
  target: i32,
  k: i32,
  tap: i32,
  count: i32,
  to: usize,
  table: usize,
): void {
  const channels = args.channels;
  const columnTaps = args.columnTaps;
  const tapBytes = (<usize>channels) << 2;
  const zeros = to + <usize>BLOCK_K * <usize>tapsTogether(channels) * tapBytes;
  memory.fill(zeros, 0, tapBytes);
  const rows = args.rows;
  const columns = args.columns;
  const columnStep = args.columnStep;
  let column = target % columns;
  let image = target / columns / rows;
  let row = target / columns - image * rows;
  for (let n = 0; n < k; n++) {
    const y = args.rowStart + row * args.rowStep;
    const x = args.columnStart + column * columnStep;
    let source = to;
    let i = tap / columnTaps;
    let j = tap - i * columnTaps;
    for (let t = 0; t < count; t++) {
      const found = pixel(args, image, y + i * args.rowTapStep, x + j * args.columnTapStep);
      source = found ? found : zeros;
      if (count === 1) break;
      copyFloats(to + <usize>t * tapBytes, source, channels);
      if (++j < columnTaps) continue;
      j = 0;
      i++;
    }
    store<u32>(table + ((<usize>n) << 2), <u32>(count === 1 ? source : to));
    to += <usize>count * tapBytes;
    if (++column < columns) continue;
    column = 0;
    if (++row < rows) continue;
    row = 0;
    image++;
  }
}

/** Adds the sums of the other groups to those of the first. Threads split the rows. */
export function sumFilterGradient(args: ConvolutionArguments, index: i32, threads: i32): void {
  const outputs = args.outputs;
  const rows = args.rowTaps * args.columnTaps * args.channels;
  const end = rangeBoundary(rows, index + 1, threads);
  for (let row = rangeBoundary(rows, index, threads); row < end; row++) {
    const target = args.dFilter + ((<usize>(row * outputs)) << 2);
    addPartialRow(target, args.partials, args.groups, row, rows, outputs);
  }
}
