import { inWords, type OptionKinds } from '@unrolled/errors';
import { check, checkKind, checkOptions, refuse } from '../refuse';
import { drawOrder, drawsOf } from './shuffle';

export interface ShuffledBatchesOptions<E> {
  /** Number of examples in a batch. */
  readonly batchSize: number;
  /** The same seed gives the same batches in the same epoch; default 0. */
  readonly seed?: number;
  /** Puts examples with similar values, such as their lengths, into one batch, which reduces padding. */
  readonly bucketBy?: (example: E) => number;
  /**
   * Handling of examples that do not fill a batch: they form a last, smaller batch (default), or are dropped,
   * different ones in every epoch.
   */
  readonly lastBatch?: 'short' | 'drop';
}

/**
 * The batches of an epoch, from 1, each created on request. The type is an intersection, because TypeScript
 * infers nothing from a generic call that returns a plain function: in
 * `train({ batches: shuffledBatches(…), lossOf })` the batch would be unknown.
 */
export type EpochBatches<B> = ((epoch: number) => Iterable<B>) & {
  /** Including the smaller last one. */
  readonly batchesPerEpoch: number;
};

/** Number of batches that are sorted together, as in torchtext's BucketIterator. */
const POOL = 100;

const KINDS: OptionKinds<ShuffledBatchesOptions<unknown> & { collate?: unknown }> = {
  batchSize: 'positive integer',
  seed: 'number?',
  bucketBy: 'function?',
  lastBatch: "'short' or 'drop'?",
  collate: 'function?',
};

/**
 * Batches of examples in a new order in every epoch, for the option `batches` of `train` in
 * `@unrolled/training`. They depend only on the examples, the seed and the epoch, so a run resumes exactly.
 *
 * With `bucketBy`, the shuffled examples are sorted by it in pools of 100 batches and cut, and the batches
 * are shuffled (as torchtext and fairseq do). The examples of a batch have similar lengths, and the batches
 * are in no order of lengths.
 *
 * @param examples anything: rows of ids, pairs, records; they are not copied
 * @param options.collate creates a batch from its examples, as `padSequences` or `teacherForcing` do; default
 *   the list
 * @throws UnrolledError for no examples, fewer than one batch with `lastBatch: 'drop'`, or a `bucketBy` that
 *   does not return a number
 */
export function shuffledBatches<E, B>(
  examples: ArrayLike<E>,
  options: ShuffledBatchesOptions<E> & { readonly collate: (examples: E[]) => B },
): EpochBatches<B>;
export function shuffledBatches<E>(
  examples: ArrayLike<E>,
  options: ShuffledBatchesOptions<E>,
): EpochBatches<E[]>;
export function shuffledBatches<E>(
  examples: ArrayLike<E>,
  options: ShuffledBatchesOptions<E> & { readonly collate?: (examples: E[]) => unknown },
): EpochBatches<unknown> {
  const scope = 'shuffledBatches';
  checkKind(scope, 'examples', examples, 'array or typed array');
  checkOptions(scope, options, KINDS as OptionKinds<typeof options>);
  const { batchSize, seed = 0, bucketBy, lastBatch = 'short', collate = (batch) => batch } = options;
  const { length } = examples;
  if (length === 0 || (lastBatch === 'drop' && length < batchSize)) refuseFew(length, batchSize);
  const keys =
    bucketBy && Float64Array.from({ length }, (_, place) => keyOf(bucketBy(examples[place]!), place));
  const ofEpoch = (epoch: number) => {
    check.count(scope, 'an epoch', epoch);
    const batches = placesOf(length, { batchSize, lastBatch, keys, draw: drawsOf(seed, epoch) });
    return collated(batches, (places) => collate(Array.from(places, (place) => examples[place]!)));
  };
  const batchesPerEpoch =
    lastBatch === 'drop' ? Math.floor(length / batchSize) : Math.ceil(length / batchSize);
  return Object.assign(ofEpoch, { batchesPerEpoch });
}

function* collated<B>(
  batches: readonly Uint32Array[],
  make: (places: Uint32Array) => B,
): Generator<B, void, void> {
  for (const places of batches) yield make(places);
}

interface Cut {
  readonly batchSize: number;
  readonly lastBatch: 'short' | 'drop';
  readonly keys: Float64Array | undefined;
  readonly draw: () => number;
}

/** The examples of each batch of an epoch. */
function placesOf(length: number, { batchSize, lastBatch, keys, draw }: Cut): Uint32Array[] {
  const order = drawOrder(length, draw);
  const full = Math.floor(length / batchSize);
  // The examples to drop are drawn before sorting; otherwise the longest ones would always be dropped.
  const rest = order.subarray(full * batchSize);
  const sorted = order.subarray(0, full * batchSize);
  if (keys) {
    for (let start = 0; start < sorted.length; start += POOL * batchSize) {
      sorted.subarray(start, start + POOL * batchSize).sort((a, b) => keys[a]! - keys[b]!);
    }
  }
  const batchAt = (index: number) => sorted.subarray(index * batchSize, (index + 1) * batchSize);
  const numbers = keys ? drawOrder(full, draw) : Uint32Array.from({ length: full }, (_, index) => index);
  const batches = Array.from(numbers, batchAt);
  return rest.length > 0 && lastBatch === 'short' ? [...batches, rest] : batches;
}

function keyOf(key: unknown, place: number): number {
  if (typeof key === 'number' && Number.isFinite(key)) return key;
  return refuse('shuffledBatches', {
    expected: 'a finite number from bucketBy, such as the length of an example',
    got: `${inWords(key)} for example ${place}`,
    remedy: 'pass a function such as (example) => example.length',
  });
}

function refuseFew(length: number, batchSize: number): never {
  refuse('shuffledBatches', {
    expected: length === 0 ? 'at least one example' : `at least ${batchSize} examples, which fill one batch`,
    got: length === 0 ? 'none' : String(length),
    remedy: length === 0 ? undefined : "reduce batchSize, or set lastBatch: 'short'",
  });
}
