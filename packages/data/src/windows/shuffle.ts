/**
 * Seeded orders, with the generator and the seeds of `random` in `@unrolled/cells` (pure-rand's
 * xoroshiro128+, murmur3's finalizer). An order here equals that of `permutation` in `@unrolled/training`,
 * which this package cannot import.
 */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Random numbers in [0, 1), the same for the same seed and epoch. */
export function drawsOf(seed: number, epoch: number): () => number {
  const generator = xoroshiro128plus(deriveSeed(deriveSeed(seed, epoch), 0));
  return () => (generator.next() >>> 0) / 0x1_0000_0000;
}

function deriveSeed(seed: number, index: number): number {
  let bits = (Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul((index | 0) + 1, 0x85ebca77)) | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) | 0;
}

/** A random order of 0 … length − 1, by Fisher and Yates. */
export function drawOrder(length: number, draw: () => number): Uint32Array {
  const order = Uint32Array.from({ length }, (_, index) => index);
  for (let last = length - 1; last > 0; last--) {
    const other = Math.floor(draw() * (last + 1));
    const moved = order[last]!;
    order[last] = order[other]!;
    order[other] = moved;
  }
  return order;
}
