/**
 * Sizes of the buffers of the sequence and linear jobs. The executor determines their contents: packed
 * weights, the data of a forward pass, scratch memory.
 */
import { BLOCK_K, BLOCK_TILES, EDGE_BYTES, PANEL, TILE_ROWS } from '../../generated/abi';

/**
 * The sizes of one executor's buffers. A pass takes them from one object, since another executor cannot read
 * what it leaves.
 */
export interface BufferSizes {
  /** Columns of a packed right-hand side. */
  paddedColumns(columns: number): number;
  /** Floats of the packed kernel of a layer, [inputSize, gates · units]. */
  packedKernelFloats(gates: number, units: number, inputSize: number): number;
  /** Floats of the packed recurrent kernel or of its transpose. */
  packedRecurrentFloats(gates: number, units: number): number;
  /** Floats that a step of a row keeps for the gradient: `reserved` values a unit. */
  reserveWidth(reserved: number, units: number): number;
  /**
   * The runs of these floats: within a step, first the first run of every row, then the second of every row.
   */
  reserveRuns(reserved: number, units: number): readonly number[];
  /** Scratch bytes of one thread that multiplies. */
  readonly productScratchBytes: number;
  /**
   * Scratch bytes of one thread that sums weight gradients, and packs `columns` columns of the left-hand side
   * for itself.
   */
  weightScratchBytes(packed?: number): number;
  /** Scratch bytes of one thread: the most that any of the sequence jobs takes. */
  sequenceScratchBytes(batch: number, units: number, threads: number): number;
  /** Scratch bytes of one thread of a convolution whose patches have this many floats. */
  patchScratchBytes(inner: number): number;
  /** Scratch bytes of one thread that sums the gradient of a filter. */
  filterScratchBytes(channels: number, outputs: number): number;
}

const roundUp = (n: number, multiple: number) => Math.ceil(n / multiple) * multiple;
const padToPanels = (columns: number) => roundUp(columns, PANEL);

/** A table of rows, the edge of a product and a panel. */
function weightScratchBytes(packed = 0): number {
  return BLOCK_K * 4 + EDGE_BYTES + BLOCK_K * 4 * PANEL + 4 * BLOCK_K * packed;
}

/** The WebAssembly module's, in panels of 8 columns and vectors of 4 lanes. */
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
    // All rows where threads may take units instead (`sharesUnits` of assembly/sequence.ts).
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
 * The number of groups of rows over which weight gradients are summed (assembly/gradient-groups.ts). It
 * depends only on the sizes, so the number of threads changes no bit: a power of two up to 8, as long as the
 * groups' sums are small relative to their operands.
 *
 * @param rows what may be cut
 * @param steps what is summed over: rows, times the steps of each
 * @param sums rows of the sums
 */
export function gradientGroups(rows: number, steps: number, sums: number): number {
  let groups = 8;
  while (groups > 1 && (groups > rows || 8 * (groups - 1) * sums > steps)) groups /= 2;
  return groups;
}

/**
 * Bytes of the packed left-hand sides of the weight gradients: `packWeightOperands` of
 * assembly/sequence-weights.ts.
 */
export function operandBytes(batch: number, time: number, groups: number, width: number): number {
  const blocks = Math.ceil((Math.ceil(batch / groups) * time) / BLOCK_K);
  return groups * blocks * BLOCK_K * width * 4;
}
