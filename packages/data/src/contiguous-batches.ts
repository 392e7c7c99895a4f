import { checkCount, refuse } from './refuse';

/** Tokens of any integer width; a text of bytes stays a byte a token. */
export type Tokens = Uint8Array | Uint16Array | Uint32Array | Int32Array;

/** One batch of a text: row r goes on where row r of the batch before stopped. */
export interface ContiguousBatch {
  /** int32 [batchSize, steps], row-major */
  readonly inputs: Int32Array;
  /** The same, one token later. */
  readonly targets: Int32Array;
  readonly batchSize: number;
  readonly steps: number;
}

/** Batches by index; nothing is copied out of the text before it is asked for. */
export interface ContiguousBatches {
  /** How many batches one pass over the text has. */
  readonly length: number;
  readonly batchSize: number;
  readonly sequenceLength: number;
  at(index: number): ContiguousBatch;
}

/**
 * Cuts a text into `batchSize` parallel streams and walks along them `sequenceLength` tokens at a time, so that the
 * state of one batch is the start of the next (truncated backpropagation through time). Up to
 * batchSize·sequenceLength tokens at the end are left over.
 *
 * @throws UnrolledError when the text does not fill one batch, naming how many tokens it needs
 */
export function contiguousBatches(
  tokens: Tokens,
  { batchSize, sequenceLength }: { readonly batchSize: number; readonly sequenceLength: number },
): ContiguousBatches {
  checkCount('contiguousBatches', 'batchSize', batchSize);
  checkCount('contiguousBatches', 'sequenceLength', sequenceLength);
  const length = Math.floor((tokens.length - 1) / (batchSize * sequenceLength));
  if (length < 1) {
    refuse('contiguousBatches', {
      expected: `at least ${batchSize * sequenceLength + 1} tokens for ${batchSize} rows of ${sequenceLength} and their targets`,
      got: String(tokens.length),
      remedy: 'make the batch or the sequence smaller, or give more text',
    });
  }
  const stream = length * sequenceLength;
  return {
    length,
    batchSize,
    sequenceLength,
    at: (index) => {
      if (!Number.isInteger(index) || index < 0 || index >= length) {
        refuse('contiguousBatches', { expected: `a batch in 0 … ${length - 1}`, got: String(index) });
      }
      const inputs = new Int32Array(batchSize * sequenceLength);
      const targets = new Int32Array(batchSize * sequenceLength);
      for (let row = 0; row < batchSize; row++) {
        const start = row * stream + index * sequenceLength;
        inputs.set(tokens.subarray(start, start + sequenceLength), row * sequenceLength);
        targets.set(tokens.subarray(start + 1, start + 1 + sequenceLength), row * sequenceLength);
      }
      return { inputs, targets, batchSize, steps: sequenceLength };
    },
  };
}
