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
export const EDGE_BYTES = 192 + 32768;

/** Columns of a packed left-hand side: `packedWidth` of assembly/matrix-product.ts. */
export function packedWidth(columns: number): number {
  return Math.ceil(columns / 6) * 6;
}

export function padTo8(n: number): number {
  return (n + 7) & ~7;
}

/** Scratch bytes of one thread: the most that any of the sequence jobs takes. */
export function sequenceScratchBytes(
  batch: number,
  inputSize: number,
  units: number,
  threads: number,
): number {
  const padded = padTo8(units);
  const rows = threads === 1 ? batch : Math.ceil(batch / threads) + 2;
  const steps = EDGE_BYTES + 4 * rows * padded * 6;
  const packed = packedWidth(inputSize) + 2 * packedWidth(units);
  const weights = BLOCK_K * 4 + EDGE_BYTES + BLOCK_K * 32 + 4 * BLOCK_K * packed;
  return (Math.max(steps, weights) + 63) & ~63;
}
