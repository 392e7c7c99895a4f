/** The source of batches, and their order. */
import { deriveSeed, random } from '@unrolled/cells';
import { inWords } from '@unrolled/errors';
import { checkKind, refuse } from '../refuse';
import { BatchTensors } from './batch-tensors';

/** Batches by number; an array is also a source. */
export interface BatchSource<B> {
  readonly length: number;
  /**
   * The batch at 0 … length − 1. Tensors that the call creates are freed after the batch was used, except
   * kept tensors (`tf.keep`). Tensors created earlier, such as those in an array, belong to the caller.
   */
  at(index: number): B | undefined;
}

/**
 * A source, or a function that returns the batches of an epoch (from 1) in order. A tensor that is created
 * while the iterable is asked for a batch is freed after that batch. Tensors in no batch, and those that the
 * function itself created, are freed at the end of the epoch, or when the loop ends earlier. Tensors created
 * elsewhere, such as in the loop's body, and kept tensors (`tf.keep`) belong to the caller. For an async
 * iterable, this holds for each tensor in a batch that was created during the epoch; tensors that it creates
 * after an `await` and puts into no batch are its own. If the loop leaves an iterator before its end,
 * `return()` is called.
 *
 * A run that resumes within an epoch requests that epoch's batches again, and skips those that were used. A
 * function must therefore return the same batches for the same epoch.
 */
export type Batches<B> = BatchSource<B> | ((epoch: number) => Iterable<B> | AsyncIterable<B>);

/** Number of batches of a source; null if it is only known at the end. */
export function countBatches(batches: Batches<unknown>): number | null {
  return typeof batches === 'function' ? null : batches.length;
}

/** Throws if a value is neither a source nor a function, or if a source has no batches. */
export function checkBatches(scope: string, batches: Batches<unknown>): void {
  if (typeof batches === 'function') return;
  const { at, length } = Object(batches) as Partial<BatchSource<unknown>>;
  if (
    typeof batches === 'string' ||
    typeof at !== 'function' ||
    !Number.isSafeInteger(length) ||
    length! < 0
  ) {
    refuse(scope, {
      expected: 'batches as an array, a { length, at(index) } or a function of the epoch',
      got: inWords(batches),
      remedy: 'pass one batch as [batch], and a generator as a function: () => generator()',
    });
  }
  if (batches.length === 0) refuseEmpty(scope);
}

function refuseEmpty(scope: string): never {
  refuse(scope, {
    expected: 'at least one batch',
    got: 'none',
    remedy: 'pass more data, or make batches or windows smaller; the data are shorter than one batch',
  });
}

/** The order of an epoch's batches, and the position in it. */
interface Order {
  readonly epoch: number;
  /** Number of batches already used. */
  readonly cursor: number;
  /** If given, a source's order is shuffled by (seed, epoch). */
  readonly shuffleSeed?: number | undefined;
}

/**
 * The batches of an epoch from number `cursor` on. A batch's tensors live until the next one is requested.
 */
export async function* batchesOf<B>(
  scope: string,
  batches: Batches<B>,
  order: Order,
): AsyncGenerator<B, void, void> {
  const tensors = new BatchTensors(scope);
  try {
    if (typeof batches === 'function') yield* batchesOfFunction(scope, batches, order, tensors);
    else yield* batchesOfSource(scope, batches, order, tensors);
  } finally {
    tensors.end();
  }
}

async function* batchesOfFunction<B>(
  scope: string,
  batches: (epoch: number) => Iterable<B> | AsyncIterable<B>,
  { epoch, cursor }: Order,
  tensors: BatchTensors,
): AsyncGenerator<B, void, void> {
  const given = tensors.open(() => batches(epoch));
  const iterator = tensors.next(() => iteratorOf(scope, given));
  let count = 0;
  // An iterator that throws is finished, like one that is done.
  let isOver = false;
  try {
    for (;;) {
      isOver = true;
      const asked = tensors.next(() => iterator.next());
      const next = await asked;
      if (next.done) break;
      isOver = false;
      const batch = await next.value;
      tensors.use(batch, isPromise(asked) || isPromise(next.value));
      if (count++ >= cursor) yield batch;
    }
  } finally {
    if (!isOver) await iterator.return?.();
  }
  if (count === 0) refuseEmpty(scope);
  if (count < cursor) {
    refuse(scope, {
      expected: `at least ${cursor} batches in epoch ${epoch}, as many as before the run stopped`,
      got: String(count),
      remedy: 'return the same batches for the same epoch from the function of the epoch',
    });
  }
}

const isPromise = (value: unknown) => typeof (Object(value) as PromiseLike<unknown>).then === 'function';

function iteratorOf<B>(
  scope: string,
  given: Iterable<B> | AsyncIterable<B>,
): Iterator<B | PromiseLike<B>> | AsyncIterator<B> {
  const { [Symbol.asyncIterator]: inTurns, [Symbol.iterator]: atOnce } = Object(given) as Partial<
    Iterable<B> & AsyncIterable<B>
  >;
  if (typeof inTurns === 'function') return inTurns.call(given);
  if (typeof atOnce === 'function') return atOnce.call(given);
  return refuse(scope, {
    expected: 'the function of the epoch to return an iterable or async iterable of batches',
    got: (given as unknown) instanceof Promise ? 'a promise' : inWords(given),
    remedy: 'make it a generator, function*, or an async one, async function*',
  });
}

async function* batchesOfSource<B>(
  scope: string,
  batches: BatchSource<B>,
  { epoch, cursor, shuffleSeed }: Order,
  tensors: BatchTensors,
): AsyncGenerator<B, void, void> {
  if (batches.length === 0) refuseEmpty(scope);
  const order = shuffleSeed === undefined ? undefined : permutation(batches.length, shuffleSeed, epoch);
  for (let index = cursor; index < batches.length; index++) {
    const place = order ? order[index]! : index;
    const batch = tensors.at(() => batches.at(place));
    if (batch === undefined) {
      refuse(scope, {
        expected: `a batch at ${place} of ${batches.length}`,
        got: 'undefined',
        remedy: 'return a batch from at(index) for each of 0 … length − 1',
      });
    }
    yield batch;
  }
}

/** A permutation of 0 … length − 1 by the Fisher–Yates shuffle; the same for the same seed and epoch. */
export function permutation(length: number, seed: number, epoch: number): Uint32Array {
  checkKind('permutation', 'length', length, 'integer of at least 0');
  checkKind('permutation', 'seed', seed, 'number');
  checkKind('permutation', 'epoch', epoch, 'number');
  const order = Uint32Array.from({ length }, (_, index) => index);
  const draws = random(deriveSeed(seed, epoch));
  for (let last = length - 1; last > 0; last--) {
    const other = Math.floor(draws.uniform() * (last + 1));
    const moved = order[last]!;
    order[last] = order[other]!;
    order[other] = moved;
  }
  return order;
}
