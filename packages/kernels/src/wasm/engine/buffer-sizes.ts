/**
 * Sizes of the buffers of the sequence and linear jobs. The contents depend on the executor: packed weights,
 * the data of a forward pass, scratch memory.
 */
import { BLOCK_K, BLOCK_TILES, EDGE_BYTES, PANEL, TILE_ROWS } from '../../generated/abi';

/**
 * The buffer sizes of one executor. A training pass uses one such object throughout, because executors cannot
 * read each other's buffers.
 */
export interface BufferSizes {
  /** Number of columns of a packed right-hand side, padding included. */
  paddedColumns(columns: number): number;
  /** Number of floats of a layer's packed kernel, [inputSize, gates · units]. */
  packedKernelFloats(gates: number, units: number, inputSize: number): number;
  /** Number of floats of the packed recurrent kernel, or of its packed transpose. */
  packedRecurrentFloats(gates: number, units: number): number;
  /** Number of floats per row and step that are kept for the gradient, with `reserved` values per unit. */
  reserveWidth(reserved: number, units: number): number;
  /**
   * The lengths of the contiguous runs of these floats. Within a step, the first runs of all rows come first,
   * then the second runs of all rows.
   */
  reserveRuns(reserved: number, units: number): readonly number[];
  /** Scratch bytes per thread of a matrix product. */
  readonly productScratchBytes: number;
  /**
   * Scratch bytes per thread for sums of weight gradients, if the thread packs `packed` columns of the
   * left-hand side itself.
   */
  weightScratchBytes(packed?: number): number;
  /** Scratch bytes per thread: the maximum over the sequence jobs. */
  sequenceScratchBytes(batch: number, units: number, threads: number): number;
  /** Scratch bytes per thread of a convolution whose patches have `inner` floats. */
  patchScratchBytes(inner: number): number;
  /** Scratch bytes per thread for the gradient of a filter. */
  filterScratchBytes(channels: number, outputs: number): number;
}

const roundUp = (n: number, multiple: number) => Math.ceil(n / multiple) * multiple;
const padToPanels = (columns: number) => roundUp(columns, PANEL);

/** A table of rows, the edge of a product, and a panel. */
function weightScratchBytes(packed = 0): number {
  return BLOCK_K * 4 + EDGE_BYTES + BLOCK_K * 4 * PANEL + 4 * BLOCK_K * packed;
}

/** The sizes of the WebAssembly module, which has panels of 8 columns and vectors of 4 lanes. */
export const WASM_SIZES: BufferSizes = {
  paddedColumns: padToPanels,
  packedKernelFloats: (gates, units, inputSize) => padToPanels(gates * units) * inputSize,
  // The GRU's candidate is packed separately (`packForward`, `gruPackBackward`).
  packedRecurrentFloats(gates, units) {
    const together = gates === 3 ? 2 : gates;
    const columns = padToPanels(together * units) + padToPanels((gates - together) * units);
    return Math.max(columns * units, padToPanels(units) * gates * units);
  },
  reserveWidth: (reserved, units) => roundUp(reserved * units, 4),
  reserveRuns: (reserved, units) => [roundUp(reserved * units, 4)],
  productScratchBytes: EDGE_BYTES,
  weightScratchBytes,
  sequenceScratchBytes(batch, units, threads) {
    // All rows, if threads may share units instead of rows (`sharesUnits` of assembly/sequence.ts).
    const together = Math.min(batch, threads * TILE_ROWS);
    const rows = threads === 1 ? batch : Math.max(Math.ceil(batch / threads) + 2, together);
    const steps = EDGE_BYTES + 4 * rows * padToPanels(units) * 6;
    return roundUp(Math.max(steps, weightScratchBytes()), 64);
  },
  patchScratchBytes: (inner) => roundUp(EDGE_BYTES + 4 * TILE_ROWS * BLOCK_TILES * inner, 64),
  // `tapsTogether` of assembly/convolution.ts.
  filterScratchBytes(channels, outputs) {
    const together = Math.max(1, Math.floor(48 / channels)) * channels;
    const rows = BLOCK_K * (1 + padToPanels(outputs) + 2 * together) + together;
    return roundUp(4 * rows + EDGE_BYTES, 64);
  },
};

/**
 * The number of groups of rows over which weight gradients are summed (assembly/gradient-groups.ts): a power
 * of two up to 8, as long as the groups' sums are small relative to their operands. It depends only on the
 * sizes, so the bits of the result do not depend on the number of threads.
 *
 * @param rows number of rows that may be divided into groups
 * @param steps number of terms of a sum: rows times the steps of each
 * @param sums number of rows of the sums
 */
export function gradientGroups(rows: number, steps: number, sums: number): number {
  let groups = 8;
  while (groups > 1 && (groups > rows || 8 * (groups - 1) * sums > steps)) groups /= 2;
  return groups;
}

/**
 * Bytes of the packed left-hand sides of the weight gradients; see `packWeightOperands` of
 * assembly/sequence-weights.ts.
 */
export function operandBytes(batch: number, time: number, groups: number, width: number): number {
  const blocks = Math.ceil((Math.ceil(batch / groups) * time) / BLOCK_K);
  return groups * blocks * BLOCK_K * width * 4;
}
