import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { inWords, type OptionKinds } from '@unrolled/errors';
import { linearRecurrence } from '@unrolled/kernels';
import type { Cell } from './contract';
import { maskSequence } from './masks';
import { checkOptions, refuse } from './refuse';
import type { HiddenState } from './simple-rnn';
import { tidy } from './tree';

/** The definition of a cell h' = a∘h + b. */
export interface LinearCellOptions<P> {
  /** Its name in error messages; default 'linearCell'. */
  readonly name?: string;
  /** I */
  readonly inputSize: number;
  /** H: the size of the state, which is the output. */
  readonly units: number;
  /** New parameters, the same for the same seed. */
  init(seed: number): P;
  /**
   * a and b [N, H] of inputs [N, I], each row by itself: the rows of a step, or those of all steps of a
   * sequence at once. It runs inside a tidy.
   */
  coefficients(params: P, inputs: Tensor2D): { readonly a: Tensor2D; readonly b: Tensor2D };
}

const KINDS: OptionKinds<LinearCellOptions<unknown>> = {
  name: 'string?',
  inputSize: 'positive integer',
  units: 'positive integer',
  init: 'function',
  coefficients: 'function',
};

/**
 * A cell whose gates depend on its input but not on its state, so it is linear in the state: h' = a∘h + b.
 * One formula for a and b gives single steps, and a whole sequence as one `linearRecurrence` with the
 * products of all steps computed at once.
 *
 * @returns a cell with the state { h [B, H] }, which is also its output
 * @throws UnrolledError on a wrong option; when it runs, on coefficients that are no [N, H]
 */
export function linearCell<P>(options: LinearCellOptions<P>): Cell<P, HiddenState> {
  checkOptions('linearCell', options, KINDS as OptionKinds<typeof options>);
  const { name = 'linearCell', inputSize, units } = options;
  const coefficientsOf = (params: P, inputs: Tensor2D) => {
    const made = options.coefficients(params, inputs);
    const expected = [inputs.shape[0], units];
    for (const which of ['a', 'b'] as const) checkCoefficient(name, which, made?.[which], expected);
    return made;
  };
  return {
    name,
    inputSize,
    outputSize: units,
    init: (seed) => options.init(seed),
    zeroState: (batchSize) => ({ h: tf.zeros([batchSize, units]) }),
    step: (params, input, { h }) =>
      tidy(() => {
        const { a, b } = coefficientsOf(params, input);
        const next: Tensor2D = tf.add(tf.mul(a, h), b);
        return { output: next, state: { h: tf.clone(next) } };
      }),
    unroll: (params, inputs, { h }, { lengths, reverse } = {}) =>
      tidy(() => {
        const [batchSize, steps] = inputs.shape;
        const rows: Tensor2D = tf.reshape(maskSequence(inputs, lengths), [batchSize * steps, inputSize]);
        const { a, b } = coefficientsOf(params, rows);
        const sequenceOf = (of: Tensor2D): Tensor3D => tf.reshape(of, [batchSize, steps, units]);
        const { output, state } = linearRecurrence(sequenceOf(a), sequenceOf(b), {
          initialState: h,
          lengths,
          reverse,
        });
        return { output, state: { h: state } };
      }),
  };
}

function checkCoefficient(name: string, which: string, tensor: unknown, expected: readonly number[]): void {
  const shape = tensor instanceof tf.Tensor ? (tensor as Tensor).shape : undefined;
  if (shape?.length === 2 && shape.every((size, axis) => size === expected[axis])) return;
  refuse(name, {
    expected: `coefficients to give ${which} [${expected.join(', ')}], a row for each row of its input`,
    got: shape ? `[${shape.join(', ')}]` : inWords(tensor),
    remedy: 'give { a, b }, each computed from the rows [N, inputSize] that it is given',
    code: 'shape',
  });
}
