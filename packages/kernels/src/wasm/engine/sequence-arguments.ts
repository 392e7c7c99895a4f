/** The fields of assembly/sequence.ts `SequenceArguments`, in its order; 0 where a job needs none. */
const FIELDS = [
  'layer',
  'batch',
  'time',
  'inputSize',
  'units',
  'reverse',
  'reserveWidth',
  'lengths',
  'ids',
  'x',
  'kernel',
  'recurrentKernel',
  'bias',
  'recurrentBias',
  'initialH',
  'initialC',
  'output',
  'finalH',
  'finalC',
  'reserve',
  'packedKernel',
  'packedRecurrent',
  'packedOperands',
  'scratch',
  'scratchBytes',
  'dOutput',
  'dFinalH',
  'dFinalC',
  'dKernel',
  'dRecurrentKernel',
  'dBias',
  'dRecurrentBias',
  'dInitialH',
  'dInitialC',
  'dX',
  'hardGates',
  'groups',
  'partials',
] as const;

export type SequenceArguments = Record<(typeof FIELDS)[number], number>;

const NOTHING = Object.fromEntries(FIELDS.map((name) => [name, 0])) as SequenceArguments;

/** A record to be filled in. */
export function sequenceArguments(): SequenceArguments {
  return { ...NOTHING };
}

export function sequenceWords(values: SequenceArguments): number[] {
  return FIELDS.map((name) => values[name]);
}

/** BLOCK_K of assembly/matrix-product.ts. */
export const BLOCK_K = 256;

/** EDGE_BYTES of assembly/matrix-product.ts. */
export const EDGE_BYTES = 192 + 30720 + 64;

export function padTo8(n: number): number {
  return (n + 7) & ~7;
}

/** Scratch bytes of one thread: the most that any of the sequence jobs takes. */
export function sequenceScratchBytes(batch: number, units: number, threads: number): number {
  const rows = threads === 1 ? batch : Math.ceil(batch / threads) + 2;
  const steps = EDGE_BYTES + 4 * rows * padTo8(units) * 6;
  const weights = BLOCK_K * 4 + EDGE_BYTES + BLOCK_K * 32;
  return (Math.max(steps, weights) + 63) & ~63;
}

/** Floats of the packed recurrent kernel or of its transpose: panels of 8 columns, those of the GRU's candidate apart (`packForward`, `gruPackBackward`). */
export function packedRecurrentFloats(gates: number, units: number): number {
  const together = gates === 3 ? 2 : gates;
  const columns = padTo8(together * units) + padTo8((gates - together) * units);
  return Math.max(columns * units, padTo8(units) * gates * units);
}

/**
 * How many groups the rows are cut into over which weight gradients are summed (assembly/gradient-groups.ts), by the sizes alone, so
 * that the number of threads changes no bit: a power of two up to 8, as long as the groups' sums are small beside what they are made from.
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

/** Bytes of the packed left-hand sides of the weight gradients: `packWeightOperands` of assembly/sequence-weights.ts. */
export function operandBytes(batch: number, time: number, groups: number, width: number): number {
  const blocks = Math.ceil((Math.ceil(batch / groups) * time) / BLOCK_K);
  return groups * blocks * BLOCK_K * width * 4;
}
