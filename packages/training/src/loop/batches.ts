/** Where batches come from, and in which order. */
import { deriveSeed, random } from '@unrolled/cells';
import { refuse } from '../refuse';

/** Batches that can be asked for by number; an array is one. */
export interface BatchSource<B> {
  readonly length: number;
  /** The batch at 0 … length − 1. */
  at(index: number): B | undefined;
}

/** A source, or a function that makes the batches of an epoch (from 1) afresh. */
export type Batches<B> = BatchSource<B> | ((epoch: number) => Iterable<B> | AsyncIterable<B>);

/** How many batches a source has; null where that is known only at its end. */
export function countBatches(batches: Batches<unknown>): number | null {
  return typeof batches === 'function' ? null : batches.length;
}

/** Refuses what is neither a source nor a function, and a source without batches. */
export function checkBatches(scope: string, batches: Batches<unknown>): void {
  if (typeof batches === 'function') return;
  if (typeof batches?.at !== 'function' || !Number.isInteger(batches.length)) {
    refuse(scope, {
      expected: 'batches as an array, a { length, at(index) } or a function of the epoch',
      got: typeof batches,
    });
  }
  if (batches.length === 0) refuseEmpty(scope);
}

function refuseEmpty(scope: string): never {
  refuse(scope, {
    expected: 'at least one batch',
    got: 'none',
    remedy: 'the data are shorter than one batch: give more, or make batches or windows smaller',
  });
}

/** The batches of an epoch from number `cursor` on. A seed shuffles a source's order by (seed, epoch). */
export async function* batchesOf<B>(
  scope: string,
  batches: Batches<B>,
  { epoch, cursor, shuffleSeed }: { epoch: number; cursor: number; shuffleSeed?: number },
): AsyncGenerator<B, void, void> {
  if (typeof batches === 'function') {
    let index = 0;
    for await (const batch of batches(epoch)) if (index++ >= cursor) yield batch;
    if (index === 0) refuseEmpty(scope);
    return;
  }
  const order = shuffleSeed === undefined ? undefined : permutation(batches.length, shuffleSeed, epoch);
  for (let index = cursor; index < batches.length; index++) {
    const place = order ? order[index]! : index;
    const batch = batches.at(place);
    if (batch === undefined) {
      refuse(scope, { expected: `a batch at ${place} of ${batches.length}`, got: 'undefined' });
    }
    yield batch;
  }
}

/** 0 … length − 1 shuffled, by Fisher and Yates; the same for the same seed and epoch. */
export function permutation(length: number, seed: number, epoch: number): Uint32Array {
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
