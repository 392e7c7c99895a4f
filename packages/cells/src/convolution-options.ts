import { inWords } from '@unrolled/errors';
import type { ActivationName } from '@unrolled/kernels';
import type { Activation } from './activations';
import type { Initializer, InitializerName } from './initializers';
import { check, refuse } from './refuse';

/** Options of all convolutions. */
export interface ConvolutionOptions {
  /** I: the length of the vectors, or the channels of the pictures. */
  readonly inputSize: number;
  /** O */
  readonly filters: number;
  /** Default 'linear'. */
  readonly activation?: Activation | ActivationName | undefined;
  /** Default true. */
  readonly useBias?: boolean | undefined;
  /** Default 'glorotUniform', whose fans count every tap, as in Keras. */
  readonly kernelInitializer?: Initializer | InitializerName | undefined;
  /** Default 'zeros'. */
  readonly biasInitializer?: Initializer | InitializerName | undefined;
}

/** A number for both axes, or a pair for rows and columns. */
export type PerAxis = number | readonly [rows: number, columns: number];

/** Expands a positive integer, or a pair of them, to a pair. */
export function perAxis(scope: string, name: string, value: PerAxis): readonly [number, number] {
  const pair: readonly unknown[] = Array.isArray(value) ? value : [value, value];
  if (pair.length !== 2) {
    refuse(scope, {
      expected: `${name} to be a positive integer, or a pair of them for rows and columns`,
      got: `a list of ${pair.length}`,
      remedy: `set ${name}: 3`,
    });
  }
  for (const one of pair) check.count(scope, name, one as number);
  return [pair[0], pair[1]] as [number, number];
}

/** Expands a number of zeros, or a pair of them, to a pair: before and after. */
export function zerosAround(scope: string, value: number | readonly number[]): readonly [number, number] {
  const pair: readonly unknown[] = Array.isArray(value) ? value : [value, value];
  const fits = pair.length === 2 && pair.every((one) => Number.isInteger(one) && (one as number) >= 0);
  if (!fits) {
    refuse(scope, {
      expected: 'the number of zeros before and after, integers of at least 0',
      got: pair.length === 2 ? pair.map(inWords).join(' and ') : `a list of ${pair.length}`,
      remedy: 'set padding: 1, or padding: [2, 0]',
    });
  }
  return [pair[0], pair[1]] as [number, number];
}

/** The remedy for an input that is smaller than the kernel. */
export const TOO_SMALL = "pad the input (padding: 'same'), or use a smaller kernel";

/** Number of outputs along an axis of `size`, 0 if the kernel does not fit. */
export function outputsAlong(
  size: number,
  taps: number,
  stride: number,
  [before, after]: readonly number[],
): number {
  return size === 0 ? 0 : Math.max(0, Math.floor((size + before! + after! - taps) / stride) + 1);
}

/**
 * The zeros of 'same', which give ⌈size / stride⌉ outputs: half of them before, the odd one after, as in
 * TensorFlow.
 */
export function sameZeros(size: number, taps: number, stride: number): readonly [number, number] {
  const all = Math.max(0, (Math.ceil(size / stride) - 1) * stride + taps - size);
  return [Math.floor(all / 2), Math.ceil(all / 2)];
}
