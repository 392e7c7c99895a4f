import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { checkedIds } from './ids';
import type { NativeOps } from './native-ops';

/**
 * The loss [N], or its mean [], and its gradient with respect to the logits [N,V], which TensorFlow's op
 * computes with it.
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
  // A row that does not count has no gradient, whatever its logits: past a row's length they may be NaN.
  return ops.toTensor(ops.one('MulNoNan', [ops.input(kept), share]));
}

/** The mean's gradient, shared out. */
function meanShare(ops: NativeOps, dLoss: TensorInfo, rows: number): number {
  return ops.multiply(ops.input(dLoss), ops.scalar(1 / rows));
}
