import { type Tensor, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { checkedIds } from './ids';
import type { NativeOps } from './native-ops';

/** Rows of the embeddings [V,D]: [...ids.shape, D]. */
export function lookup(ops: NativeOps, embeddings: TensorInfo, ids: TensorInfo): Tensor {
  checkedIds(ops.backend, ids, embeddings.shape[0]!, 'embeddingLookup');
  return ops.toTensor(ops.gather(ops.input(embeddings), ops.input(ids)));
}

/** The gradient of the embeddings, [V,D]. */
export function lookupGradient(ops: NativeOps, dOutput: TensorInfo, ids: TensorInfo, count: number): Tensor {
  const dimension = dOutput.shape[dOutput.shape.length - 1]!;
  const size = util.sizeFromShape(ids.shape);
  const rows = ops.reshape(ops.input(dOutput), [size, dimension]);
  const flat = ops.reshapeIntegers(ops.input(ids), [size]);
  return ops.toTensor(ops.sumByIds(rows, flat, count));
}
