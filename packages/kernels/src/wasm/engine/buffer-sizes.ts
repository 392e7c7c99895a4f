/** Sizes of the buffers that the sequence and linear jobs work in. */
import { BLOCK_K, EDGE_BYTES, PANEL } from '../../generated/abi';

/** Columns rounded up to whole panels. */
export function padToPanels(columns: number): number {
  return Math.ceil(columns / PANEL) * PANEL;
}

/**
 * Scratch bytes of one thread that sums weight gradients: a table of rows, the edge of a product and a panel;
 * `packed` columns of the left-hand side more where the thread packs it for itself.
 */
export function weightScratchBytes(packed = 0): number {
  return BLOCK_K * 4 + EDGE_BYTES + BLOCK_K * 4 * PANEL + 4 * BLOCK_K * packed;
}

/** Scratch bytes of one thread: the most that any of the sequence jobs takes. */
export function sequenceScratchBytes(batch: number, units: number, threads: number): number {
  const rows = threads === 1 ? batch : Math.ceil(batch / threads) + 2;
  const steps = EDGE_BYTES + 4 * rows * padToPanels(units) * 6;
  return (Math.max(steps, weightScratchBytes()) + 63) & ~63;
}

/**
 * Floats of the packed recurrent kernel or of its transpose: panels of 8 columns, those of the GRU's
 * candidate apart (`packForward`, `gruPackBackward`).
 */
export function packedRecurrentFloats(gates: number, units: number): number {
  const together = gates === 3 ? 2 : gates;
  const columns = padToPanels(together * units) + padToPanels((gates - together) * units);
  return Math.max(columns * units, padToPanels(units) * gates * units);
}

/**
 * How many groups the rows are cut into over which weight gradients are summed (assembly/gradient-groups.ts),
 * by the sizes alone, so that the number of threads changes no bit: a power of two up to 8, as long as the
 * groups' sums are small beside what they are made from.
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
