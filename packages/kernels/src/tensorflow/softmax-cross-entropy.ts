import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { checkedIds } from './ids';
import type { NativeOps } from './native-ops';

/**
 * The loss [N], or its mean [], and the loss's gradient with respect to the logits [N,V]. TensorFlow's op
 * computes both.
 */
export function softmaxCrossEntropy(
  ops: NativeOps,
  logits: TensorInfo,
  ids: TensorInfo,
  mean: boolean,
): Tensor[] {
  checkedIds(ops.backend, ids, logits.shape[1]!, 'softmaxCrossEntropy');
  const labels = ops.type('Tlabels', ops.backend.binding.TF_INT32);
  const inputs = [ops.input(logits), ops.input(ids)];
  const [loss, dLogits] = ops.many('SparseSoftmaxCrossEntropyWithLogits', inputs, 2, labels) as [
    number,
    number,
  ];
  return [mean ? ops.toTensor(ops.mean(loss)) : ops.toTensor(loss), ops.toTensor(dLogits)];
}

/** @param kept the second output of `softmaxCrossEntropy` */
export function softmaxCrossEntropyGradient(ops: NativeOps, dLoss: TensorInfo, kept: TensorInfo): Tensor {
  const rows = kept.shape[0]!;
  const share =
    dLoss.shape.length > 0 ? ops.reshape(ops.input(dLoss), [rows, 1]) : meanShare(ops, dLoss, rows);
  // MulNoNan gives 0 for rows with a share of 0, even if their logits are NaN, as they may be past a row's
  // length.
  return ops.toTensor(ops.one('MulNoNan', [ops.input(kept), share]));
}

/** The gradient of the mean with respect to each row's loss. */
function meanShare(ops: NativeOps, dLoss: TensorInfo, rows: number): number {
  return ops.multiply(ops.input(dLoss), ops.scalar(1 / rows));
}
