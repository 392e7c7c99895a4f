/**
 * Seeded random numbers, the same on every backend and platform. The generator is pure-rand's xoroshiro128+
 * (Blackman and Vigna, 2018). Its state can be saved and restored, which exact resumption needs.
 */

import { inWords } from '@unrolled/errors';
import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { checkKind, refuse } from './refuse';

/** A stream of random numbers. */
export interface Random {
  /** The next number in [0, 1), a multiple of 2⁻³². */
  uniform(): number;
  /** The next draw of the standard normal distribution (Box and Muller, 1958). */
  normal(): number;
  /** The generator's state, four 32-bit integers; {@link randomFromState} continues from it. */
  state(): readonly number[];
}

function fromGenerator(generator: ReturnType<typeof xoroshiro128plus>): Random {
  const uniform = () => (generator.next() >>> 0) / 0x1_0000_0000;
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    state: () => generator.getState(),
  };
}

/**
 * A stream that depends only on the seed. Any finite number is a seed; it is converted to a 32-bit integer.
 */
export function random(seed: number): Random {
  return fromGenerator(xoroshiro128plus(deriveSeed(seed, 0)));
}

/** Continues a stream from the result of `state()`. */
export function randomFromState(state: readonly number[]): Random {
  if (!Array.isArray(state) || state.length !== 4 || !state.every(Number.isInteger)) {
    const expected = 'the state of a stream, four integers';
    refuse('randomFromState', { expected, got: inWords(state), remedy: 'pass the result of state()' });
  }
  return fromGenerator(xoroshiro128plusFromState(state));
}

/**
 * A seed for the `index`-th child of `seed`, independent of the other children: murmur3's 32-bit finalizer
 * (Appleby, 2011) applied to a mix of the two numbers.
 */
export function deriveSeed(seed: number, index: number): number {
  for (const one of [seed, index]) checkKind('random', 'a seed', one, 'number');
  let bits = (Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul((index | 0) + 1, 0x85ebca77)) | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) | 0;
}
