import { type GradConfig, getBackend, reshape, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import { check, checkOptions, refuse } from '../refuse';
import { checkTensor, outerShape } from './checks';
import { requireFirstOrder, requireFusedKernel, runKernel, runOp } from './registry';

export interface CrossEntropyOptions {
  /**
   * ε, 0 … 1: the target distribution is (1 − ε) · onehot(id) + ε/V over all V classes (PyTorch's
   * `label_smoothing`). Default 0. Only on the backend `unrolled`.
   */
  readonly labelSmoothing?: number | undefined;
}

const KINDS: OptionKinds<CrossEntropyOptions> = { labelSmoothing: 'number?' };

function run(
  scope: string,
  logits: Tensor,
  ids: Tensor,
  mean: boolean,
  options: CrossEntropyOptions,
): Tensor {
  checkOptions(scope, options, KINDS);
  const { labelSmoothing: smoothing = 0 } = options;
  check.number(scope, 'labelSmoothing', smoothing, smoothing >= 0 && smoothing <= 1, 'from 0 to 1');
  requireFusedKernel('softmaxCrossEntropy');
  if (smoothing > 0 && getBackend() !== 'unrolled') {
    refuse(scope, {
      code: 'unsupported',
      expected: "the backend 'unrolled' for labelSmoothing",
      got: getBackend(),
      remedy: 'use crossEntropy or sequenceLoss of @unrolled/losses, which work on any backend',
    });
  }
  requireFirstOrder('softmaxCrossEntropy');
  const outer = outerShape(logits);
  checkTensor(scope, 'logits', logits, 'float32', [...outer, null]);
  checkTensor(scope, 'ids', ids, 'int32', outer);
  if (outer.length !== 1 && getBackend() !== 'unrolled') {
    // TensorFlow's op accepts only [N,V].
    const rows = reshape(logits, [ids.size, logits.shape[logits.rank - 1]!]);
    const loss = run(scope, rows, reshape(ids, [ids.size]), mean, options);
    return mean ? loss : reshape(loss, outer);
  }
  const [loss, kept] = runOp<Tensor[]>(GRADIENT, { logits, ids }, { mean, smoothing });
  kept!.dispose();
  return loss!;
}

/**
 * Sparse softmax cross-entropy, −log softmax(logits)[id], computed without overflow. Forward pass and
 * gradient are fused.
 *
 * @param logits […,V]
 * @param ids int32 […], from 0 to V − 1
 * @returns the shape of the ids, in nats
 * @throws UnrolledError on a shape or dtype that does not fit, an id out of range, or a backend without the
 *   kernel
 */
export function softmaxCrossEntropy<T extends Tensor>(
  logits: Tensor,
  ids: T,
  options: CrossEntropyOptions = {},
): T {
  return run('softmaxCrossEntropy', logits, ids, false, options) as T;
}

/**
 * The mean of `softmaxCrossEntropy` over all ids, in the same kernel. For a tiny model tfjs's mean and its
 * gradient would take longer than everything else.
 *
 * @returns a scalar, in nats; NaN if there are no ids
 * @throws UnrolledError as softmaxCrossEntropy
 */
export function meanSoftmaxCrossEntropy(
  logits: Tensor,
  ids: Tensor,
  options: CrossEntropyOptions = {},
): Scalar {
  return run('meanSoftmaxCrossEntropy', logits, ids, true, options) as Scalar;
}

const GRADIENT: GradConfig = {
  kernelName: 'SparseSoftmaxCrossEntropy',
  outputsToSave: [false, true], // The kernel keeps the other tensors that the gradient needs.
  gradFunc: (dys, [kept], { smoothing }) => ({
    logits: () => {
      const dLoss = (dys as unknown as Tensor[])[0]!;
      return runKernel<Tensor>('SparseSoftmaxCrossEntropyGradient', { dLoss, kept }, { smoothing });
    },
  }),
};
