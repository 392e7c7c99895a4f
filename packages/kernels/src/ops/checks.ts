import type { Tensor } from '@tensorflow/tfjs-core';
import { refuse } from '../refuse';

/** What is checked of a tensor; also of one that a kernel is yet to make. */
export type TensorKind = Pick<Tensor, 'dtype' | 'shape'>;

/** A dimension that must have a given size, or any (null). */
type Size = number | null;

/** @throws UnrolledError unless the tensor has the dtype and shape */
export function checkTensor(
  scope: string,
  name: string,
  tensor: TensorKind,
  dtype: string,
  shape: readonly Size[],
): void {
  const matches =
    tensor.shape.length === shape.length &&
    shape.every((size, i) => size === null || tensor.shape[i] === size);
  if (matches && tensor.dtype === dtype) return;
  const wanted = shape.map((size) => size ?? '·').join(', ');
  refuse(scope, {
    expected: `${name} to be ${dtype} [${wanted}]`,
    got: `${tensor.dtype} [${tensor.shape.join(', ')}]`,
  });
}
