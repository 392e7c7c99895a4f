import * as tf from '@tensorflow/tfjs-core';
import { checkPart } from './checks';
import { type AnyPart, type Cell, inputKindOf, isCell, type Layer, nameOf, sharedWith } from './contract';
import { builtIn } from './identity';
import { checkGivesSequence, checkIsSequence, checkSteps } from './last-output';
import { maskSequence } from './masks';
import { refuse } from './refuse';
import { tidy } from './tree';
import { builtInLayer, unrollPart } from './unroll';

/**
 * Adds a part's input to its output: y = x + part(x) (He et al., 2016; TF1's `ResidualWrapper`). If the part
 * is a cell, so is the result.
 *
 * @throws UnrolledError if the part's input and output differ in size, it reads ids, or it returns [B, O]
 */
export function residual<P, S>(part: Cell<P, S>): Cell<P, S>;
export function residual<P, S>(part: Layer<P, S>): Layer<P, S>;
export function residual<P, S>(part: Cell<P, S> | Layer<P, S>): Cell<P, S> | Layer<P, S> {
  checkPart('residual', part);
  checkGivesSequence(`residual(${nameOf(part as AnyPart)})`, part as AnyPart);
  if (part.inputSize !== part.outputSize || inputKindOf(part as AnyPart) !== 'vectors') {
    refuse(`residual(${nameOf(part as AnyPart)})`, {
      expected: 'a part whose input and output are vectors of one size',
      got: `${inputKindOf(part as AnyPart)} of ${part.inputSize} in, ${part.outputSize} out`,
      remedy: 'set its projection or units to the input size',
    });
  }
  const shared = {
    name: `residual(${nameOf(part as AnyPart)})`,
    ...sharedWith(part),
  };
  const unroll: Layer<P, S>['unroll'] = (params, inputs, state, options = {}) =>
    tidy(() => {
      const next = unrollPart(part, params, inputs, state, options);
      checkIsSequence(shared.name, part as AnyPart, next.output);
      checkSteps(shared.name, part as AnyPart, inputs.shape[1], next.output.shape[1]);
      return { output: tf.add(maskSequence(inputs, options.lengths), next.output), state: next.state };
    });
  const structure = { type: 'residual', part: part as AnyPart } as const;
  if (!isCell(part as AnyPart)) return builtInLayer({ ...shared, unroll } as Layer<P, S>, structure);
  const inner = part as Cell<P, S>;
  const cell: Cell<P, S> = {
    ...shared,
    step: (params, input, state, context) =>
      tidy(() => {
        const next = inner.step(params, input, state, context);
        return { output: tf.add(input, next.output), state: next.state };
      }),
  };
  return builtIn(cell, { structure, unroll });
}
