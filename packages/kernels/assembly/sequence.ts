/**
 * The common code of the recurrent layers: layouts, packing of weights, and the threads' ranges of rows.
 *
 * Layouts. Public tensors are batch-major and unpadded: x [B,T,I], output [B,T,H], states [B,H], kernel
 * [I,G·H], recurrent kernel [H,G·H], bias [G·H], with G gates in the order of `src/layers/`. Pre-activations
 * and their results are also unpadded, one gate after the other; padding each gate would add useless
 * multiplications, a sixth of the work at 10 units. A state's row in scratch has P columns, H rounded up to
 * 4, of which the additional ones are zero. For each (b, t), `reserve` holds the data that the backward pass
 * needs, in rows of whole vectors; each layer's file describes the columns. The backward pass overwrites the
 * first gates with the gradients of the pre-activations, from which the weight and input gradients are
 * computed.
 *
 * A thread runs its range of batch rows through the whole sequence, so no step waits for another thread. The
 * weight gradients are split over groups of rows and over columns. No sum depends on the number of threads.
 */
import { LayerCode, PANEL, SequenceArguments, TILE_ROWS } from './generated/abi';
import { product } from './matrix-product';
import { packColumns, packRows, panelCount } from './packing';
import { loadFloats } from './vector-math';

/** Number of columns of a state's row in scratch: whole vectors. @inline */
export function paddedUnits(units: i32): i32 {
  return (units + 3) & ~3;
}

/** @inline */
export function gateCount(layer: i32): i32 {
  return layer === LayerCode.lstm ? 4 : layer >= LayerCode.simpleRnnTanh ? 1 : 3;
}

/** Number of columns of all gates. @inline */
export function gateColumns(args: SequenceArguments): i32 {
  return gateCount(args.layer) * args.units;
}

/**
 * Number of columns of the gates that are multiplied by h together: all except the GRU's candidate. @inline
 */
export function recurrentColumns(args: SequenceArguments): i32 {
  return gateCount(args.layer) === 3 ? 2 * args.units : gateColumns(args);
}

/** Number of floats of their packed kernel; the candidate's kernel follows it. @inline */
export function recurrentFloats(args: SequenceArguments): i32 {
  return panelCount(recurrentColumns(args)) * PANEL * args.units;
}

/** Bytes of one step's gates, `blocks` of `units` columns, if nothing is kept: whole vectors. @inline */
export function gateBytes(blocks: i32, units: i32): usize {
  return (<usize>((blocks * units + 3) & ~3)) << 2;
}

/** The first of `total` rows, panels or blocks that belongs to thread `index` of `count`. @inline */
export function rangeBoundary(total: i32, index: i32, count: i32): i32 {
  return <i32>((<i64>total * index) / count);
}

/**
 * Whether threads split the units instead of the rows. That is the case in a single step with so few rows
 * that each thread would read all weights for less than a tile. In a reset-before GRU the threads synchronise
 * in the middle of the step. For this case `sequenceScratchBytes` of src/wasm/engine/buffer-sizes.ts includes
 * room for all rows.
 */
export function sharesUnits(args: SequenceArguments, threads: i32): bool {
  if (threads === 1 || args.time !== 1 || args.reserve || args.layer === LayerCode.gruResetBefore)
    return false;
  // Every thread reads the whole state.
  if (args.initialH === args.finalH || args.units % PANEL !== 0) return false;
  return args.batch < threads * TILE_ROWS && args.units >= threads * PANEL;
}

/** The first row of thread `index`; its units are [first, end) of these rows. */
export function firstRow(args: SequenceArguments, index: i32, threads: i32): i32 {
  return sharesUnits(args, threads) ? 0 : rangeBoundary(args.batch, index, threads);
}
export function endRow(args: SequenceArguments, index: i32, threads: i32): i32 {
  return sharesUnits(args, threads) ? args.batch : rangeBoundary(args.batch, index + 1, threads);
}
export function firstUnit(args: SequenceArguments, index: i32, threads: i32): i32 {
  return sharesUnits(args, threads) ? rangeBoundary(args.units / PANEL, index, threads) * PANEL : 0;
}
export function endUnit(args: SequenceArguments, index: i32, threads: i32): i32 {
  return sharesUnits(args, threads)
    ? rangeBoundary(args.units / PANEL, index + 1, threads) * PANEL
    : args.units;
}

/** C += A · B for the columns [from, to) of each gate; in `packed` the columns of a panel are contiguous. */
export function gatesProduct(
  rows: i32,
  gates: i32,
  units: i32,
  from: i32,
  to: i32,
  k: i32,
  a: usize,
  aStride: usize,
  packed: usize,
  c: usize,
  cStride: usize,
  edge: usize,
): void {
  if (to - from === units) {
    product(rows, gates * units, k, a, aStride, packed, c, cStride, true, edge);
    return;
  }
  for (let gate = 0; gate < gates; gate++) {
    const first = (<usize>(gate * units + from)) << 2;
    product(rows, to - from, k, a, aStride, packed + first * <usize>k, c + first, cStride, true, edge);
  }
}

/** @inline */
export function lengthOf(args: SequenceArguments, row: i32): i32 {
  return args.lengths === 0 ? args.time : load<i32>(args.lengths + ((<usize>row) << 2));
}

/** Copies an unpadded row of `units` floats to a padded one. */
export function copyPadded(source: usize, target: usize, units: i32, padded: i32): void {
  for (let j = 0; j < padded; j += 4) {
    v128.store(target + ((<usize>j) << 2), loadFloats(source + ((<usize>j) << 2), units - j));
  }
}

/** Packs this thread's share of S[K, columns] into panels; rows are `stride` bytes apart. */
export function packShare(
  source: usize,
  stride: usize,
  k: i32,
  columns: i32,
  target: usize,
  index: i32,
  threads: i32,
): void {
  const panels = panelCount(columns);
  packRows(
    source,
    stride,
    k,
    columns,
    target,
    rangeBoundary(panels, index, threads),
    rangeBoundary(panels, index + 1, threads),
  );
}

/** Packs this thread's share of the transpose of S[columns, K]. */
export function packShareTransposed(
  source: usize,
  stride: usize,
  k: i32,
  columns: i32,
  target: usize,
  index: i32,
  threads: i32,
): void {
  const panels = panelCount(columns);
  packColumns(
    source,
    stride,
    k,
    columns,
    target,
    rangeBoundary(panels, index, threads),
    rangeBoundary(panels, index + 1, threads),
  );
}
