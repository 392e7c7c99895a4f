import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/**
 * Draws of [0, 1), multiples of 2⁻³², that depend on the seed and the trial's number alone: which worker
 * asks, and when, changes nothing. The seed of a number is murmur3's 32-bit finalizer (Appleby, 2011) over
 * both.
 */
export function drawsOf(seed: number, number: number): () => number {
  let bits = (Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul((number | 0) + 1, 0x85ebca77)) | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  const generator = xoroshiro128plus((bits ^ (bits >>> 16)) | 0);
  return () => (generator.next() >>> 0) / 0x1_0000_0000;
}

/** The place that a draw of [0, 1) falls on, each as likely as its weight; they sum to 1. */
export function drawIndex(weights: readonly number[], draw: number): number {
  let left = draw;
  for (const [index, weight] of weights.entries()) {
    left -= weight;
    if (left < 0) return index;
  }
  return weights.length - 1;
}
