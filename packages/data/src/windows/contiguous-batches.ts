import { inWords, type OptionKinds } from '@unrolled/errors';
import { check, checkOptions, refuse } from '../refuse';
import { asTokenSource, type TokenSource, type Tokens } from '../text/token-source';

/** One batch of a text: row r continues row r of the batch before. */
export interface ContiguousBatch {
  /** int32 [batchSize, steps], row-major */
  readonly inputs: Int32Array;
  /** The same, shifted by one token. */
  readonly targets: Int32Array;
  readonly batchSize: number;
  /** The sequence length, or less in a short last batch. */
  readonly steps: number;
}

/** Batches by index. Each is read from the text on request. */
export interface ContiguousBatches {
  /** Number of batches of one pass over the text. */
  readonly length: number;
  readonly batchSize: number;
  readonly sequenceLength: number;
  /** Tokens that a full batch predicts: batchSize · sequenceLength. */
  readonly tokensPerBatch: number;
  /** Tokens that one pass predicts, each once. */
  readonly tokenCount: number;
  /** @throws UnrolledError for an index outside 0 … length − 1 */
  at(index: number): ContiguousBatch;
}

export interface ContiguousBatchesOptions {
  /** Rows of a batch. */
  readonly batchSize: number;
  /** Steps of one batch. */
  readonly sequenceLength: number;
  /**
   * Handling of the steps that do not fill a batch: they are dropped (default), or form a last, shorter
   * batch.
   */
  readonly lastBatch?: 'drop' | 'short';
}

const KINDS: OptionKinds<ContiguousBatchesOptions> = {
  batchSize: 'positive integer',
  sequenceLength: 'positive integer',
  lastBatch: "'drop' or 'short'?",
};

/**
 * Splits a text into `batchSize` parallel streams and advances `sequenceLength` tokens at a time, so the
 * state of one batch is the start of the next (truncated backpropagation through time). The streams are
 * consecutive parts of the text. Fewer than batchSize·sequenceLength tokens at the end are unused (batchSize
 * with a short last batch).
 *
 * @throws UnrolledError if the text does not fill one batch, naming the number of tokens that it needs
 */
export function contiguousBatches(
  tokens: Tokens | TokenSource,
  options: ContiguousBatchesOptions,
): ContiguousBatches {
  const scope = 'contiguousBatches';
  checkOptions(scope, options, KINDS);
  const { batchSize, sequenceLength, lastBatch = 'drop' } = options;
  check.choice(scope, 'a lastBatch of', lastBatch, ['drop', 'short']);
  const source = asTokenSource(scope, tokens);
  const available = Math.floor((source.length - 1) / batchSize);
  const stream = lastBatch === 'short' ? available : available - (available % sequenceLength);
  if (stream < 1) refuseShort(source.length, batchSize, lastBatch === 'short' ? 1 : sequenceLength);
  const length = Math.ceil(stream / sequenceLength);
  return {
    length,
    batchSize,
    sequenceLength,
    tokensPerBatch: batchSize * sequenceLength,
    tokenCount: batchSize * stream,
    at: (index) => {
      if (!Number.isInteger(index) || index < 0 || index >= length) {
        refuse(scope, {
          expected: `a batch in 0 … ${length - 1}`,
          got: inWords(index),
          remedy: 'use an index below `length`',
        });
      }
      const steps = Math.min(sequenceLength, stream - index * sequenceLength);
      const inputs = new Int32Array(batchSize * steps);
      const targets = new Int32Array(batchSize * steps);
      for (let row = 0; row < batchSize; row++) {
        const start = row * stream + index * sequenceLength;
        const ids = source.read(start, start + steps + 1);
        inputs.set(ids.subarray(0, steps), row * steps);
        targets.set(ids.subarray(1), row * steps);
      }
      return { inputs, targets, batchSize, steps };
    },
  };
}

function refuseShort(got: number, batchSize: number, steps: number): never {
  refuse('contiguousBatches', {
    expected: `at least ${batchSize * steps + 1} tokens for ${batchSize} rows of ${steps} steps and their targets`,
    got: String(got),
    remedy: 'reduce the batch size or the sequence length, or pass more text',
  });
}
