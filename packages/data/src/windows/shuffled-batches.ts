import { inWords, type OptionKinds } from '@unrolled/errors';
import { check, checkKind, checkOptions, refuse } from '../refuse';
import { drawOrder, drawsOf } from './shuffle';

export interface ShuffledBatchesOptions<E> {
  /** Examples of one batch. */
  readonly batchSize: number;
  /** The same seed gives the same batches in the same epoch; default 0. */
  readonly seed?: number;
  /** Puts examples with similar numbers, such as their lengths, into one batch, which reduces padding. */
  readonly bucketBy?: (example: E) => number;
  /**
   * Handling of examples that do not fill a batch: a last, smaller batch (default), or dropped, different
   * ones in every epoch.
   */
  readonly lastBatch?: 'short' | 'drop';
}

/**
 * The batches of an epoch, from 1; each is made when it is asked for. An intersection, since TypeScript
 * infers nothing from a generic call that gives a mere function: in
 * `train({ batches: shuffledBatches(…), lossOf })` the batch would be unknown.
 */
export type EpochBatches<B> = ((epoch: number) => Iterable<B>) & {
  /** The smaller last one included. */
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
 * Batches of examples in a new order in every epoch: what `train` of `@unrolled/training` takes as `batches`.
 * They depend on the examples, the seed and the epoch alone, so a run resumes exactly.
 *
 * With `bucketBy`, the shuffled examples are sorted by it in pools of 100 batches, cut, and the batches
 * shuffled (as torchtext and fairseq do): batches of like lengths, in no order of lengths.
 *
 * @param examples anything: rows of ids, pairs, records; not copied
 * @param options.collate makes a batch of its examples, such as `padSequences` or `teacherForcing` do;
 *   default the list
 * @throws UnrolledError for no examples, fewer than one batch with `lastBatch: 'drop'`, or a `bucketBy` that
 *   gives no number
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

/** Which examples each batch of an epoch has. */
function placesOf(length: number, { batchSize, lastBatch, keys, draw }: Cut): Uint32Array[] {
  const order = drawOrder(length, draw);
  const full = Math.floor(length / batchSize);
  // The rest is drawn before anything is sorted: dropped, it would else always be the longest examples.
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
    expected: 'bucketBy to give a finite number, such as an example’s length',
    got: `${inWords(key)} for example ${place}`,
    remedy: 'give (example) => example.length',
  });
}

function refuseFew(length: number, batchSize: number): never {
  refuse('shuffledBatches', {
    expected: length === 0 ? 'at least one example' : `at least ${batchSize} examples, one batch`,
    got: length === 0 ? 'none' : String(length),
    remedy: length === 0 ? undefined : "lower batchSize, or give lastBatch: 'short'",
  });
}
