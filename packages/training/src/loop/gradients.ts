/** One forward and backward pass. The resulting state is kept. */
import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { mapTree, tensorsOf } from '@unrolled/cells';
import { refuse } from '../refuse';

/** The result of a loss function: the scalar to minimise, and the state to carry into the next batch. */
export interface LossResult<S> {
  readonly loss: Scalar;
  readonly state?: S;
}

export interface Gradients<S> {
  readonly loss: Scalar;
  /** In the order of the variables; undefined for variables that do not affect the loss. */
  readonly gradients: readonly (Tensor | undefined)[];
  /** The state is kept (`tf.keep`), so the caller disposes of it. Undefined if it was not requested. */
  readonly state: S | undefined;
}

/**
 * The loss and its gradients for `variables`; with `carried` also the next state. Call it within a tidy,
 * which frees the loss and the gradients. No other tensor remains, even if `compute` throws.
 */
export function lossAndGradients<S>(
  variables: readonly Variable[],
  compute: () => LossResult<S>,
  carried: { readonly state: S | undefined } | undefined,
): Gradients<S> {
  if (variables.length === 0) {
    refuse('train', {
      expected: 'params: at least one tensor to train',
      got: 'none',
      remedy: 'pass model.init(1), or () => model.init(1)',
    });
  }
  const kept: Tensor[] = [];
  let state: S | undefined;
  try {
    const { value, grads } = tf.engine().gradients(
      () => {
        const result = compute();
        checkLoss(result?.loss);
        if (carried) state = keepState('train', result.state, carried.state, kept);
        return result.loss;
      },
      variables as Variable[],
      undefined,
      true,
    );
    if (!grads.some(Boolean)) {
      refuse('train', {
        expected: 'a loss that depends on the parameters',
        got: 'a loss that does not depend on any of them',
        remedy: 'compute it with tfjs ops from the params of lossOf, without dataSync',
      });
    }
    return { loss: value, gradients: grads, state };
  } catch (error) {
    for (const tensor of kept) tensor.dispose();
    releaseTape();
    throw error;
  }
}

/** Throws if a value is not a scalar tensor. */
export function checkLoss(loss: unknown): asserts loss is Scalar {
  if (loss instanceof tf.Tensor && loss.rank === 0) return;
  refuse('train', {
    expected: 'lossOf to return { loss } with a scalar tensor',
    got: loss instanceof tf.Tensor ? `a tensor [${loss.shape.join(', ')}]` : typeof loss,
    remedy: 'return the loss synchronously, reduced with tf.mean or tf.sum',
    code: 'shape',
  });
}

/**
 * A state that no tidy frees and that the run disposes of. Tensors of the previous state are passed on. All
 * others are cloned, because they may be parameters or belong to other code.
 *
 * @param kept receives the clones
 */
export function keepState<S>(
  scope: string,
  state: S | undefined,
  before: S | undefined,
  kept: Tensor[] = [],
): S {
  if (state === undefined) {
    refuse(scope, {
      expected: 'lossOf to return { loss, state } when carry is set',
      got: 'no state',
      remedy: 'return the state of unroll',
    });
  }
  const own = new Set(tensorsOf(before));
  return mapTree(state, (tensor) => {
    if (own.has(tensor)) return tensor;
    kept.push(tf.keep(tf.clone(tensor)));
    return kept.at(-1)!;
  });
}

/** A tensor with its own memory. `tf.clone` would share the memory. */
export function copyOf(tensor: Tensor): Tensor {
  return tf.tensor(tensor.dataSync().slice(), tensor.shape, tensor.dtype);
}

/**
 * Frees the tensors that tfjs saved for the backward pass. tfjs does not free them if the forward pass
 * throws.
 */
export function releaseTape(): void {
  const { state } = tf.engine();
  if (state.gradientDepth > 0 || !state.activeTape) return;
  for (const node of state.activeTape) for (const tensor of node.saved ?? []) tensor.dispose();
  state.activeTape = [];
}
