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
  /** H: the size of the state, which is also the output. */
  readonly units: number;
  /** New parameters, equal for the same seed. */
  init(seed: number): P;
  /**
   * a and b [N, H] for inputs [N, I], row by row. The rows are those of one step, or of all steps of a
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
 * The same function computes a and b for single steps and for whole sequences. A sequence takes one call of
 * `coefficients` for all steps and one `linearRecurrence`.
 *
 * @returns a cell with the state { h [B, H] }, which is also its output
 * @throws UnrolledError for a wrong option, or at run time for coefficients that are not [N, H]
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
    expected: `coefficients to return ${which} [${expected.join(', ')}], one row for each row of its input`,
    got: shape ? `[${shape.join(', ')}]` : inWords(tensor),
    remedy: 'return { a, b }, each computed from the rows [N, inputSize]',
    code: 'shape',
  });
}
