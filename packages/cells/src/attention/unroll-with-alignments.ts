import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkParams } from '../check-tensors';
import { checkCell } from '../checks';
import type { AnyCell, InputOf, ParamsOf, StateOf, Unrolled } from '../contract';
import { flattenParams, tidy } from '../tree';
import { type RunOptions, unroll } from '../unroll';
import { alignmentPaths, onlyAttention } from './places';

/** Additional results of {@link unrollWithAlignments}. */
export type WithAlignments<S> = Unrolled<S> & {
  /** The attention weights of each step, [B, T, S]: they sum to 1; 0 past a row's length */
  readonly alignments: Tensor3D;
};

/**
 * Runs `unroll` step by step for a model with one attention wrapper, and also returns the attention weights
 * of each step, B·T·S numbers. Gradients flow through the weights too.
 *
 * @param options the options of `unroll`; `initialState` comes from `attend` or `encode`
 * @throws UnrolledError for the reasons of `unroll`, and if the model has no attention wrapper, or more than
 *   one
 */
export function unrollWithAlignments<L extends AnyCell>(
  model: L,
  params: ParamsOf<L>,
  inputs: InputOf<L>,
  options: Omit<RunOptions<StateOf<L>>, 'fused'> = {},
): WithAlignments<StateOf<L>> {
  const scope = 'unrollWithAlignments';
  checkCell(scope, model);
  onlyAttention(scope, model);
  const [path] = alignmentPaths(model);
  const alignmentsOf = (state: unknown) => flattenParams(state)[path!] as Tensor2D;
  checkParams(model, params);
  return tidy(() => {
    const initialState = options.initialState ?? model.zeroState((inputs as Tensor).shape[0]!);
    const positions = alignmentsOf(initialState)?.shape[1] ?? 0;
    // Each step's output includes the attention weights as additional columns. They are split off after all
    // steps.
    const watched: AnyCell = {
      ...(model as AnyCell),
      unroll: undefined,
      outputSize: model.outputSize + positions,
      step(...given) {
        const { output, state } = model.step(...given);
        return { output: tf.concat([output, alignmentsOf(state)], 1), state };
      },
    } as AnyCell;
    const { output, state } = unroll(watched, params, inputs as never, { ...options, initialState });
    const sizes = [model.outputSize, positions];
    const [own, alignments] = tf.split(output, sizes, 2) as [Tensor3D, Tensor3D];
    return { output: own, state, alignments } as WithAlignments<StateOf<L>>;
  });
}
