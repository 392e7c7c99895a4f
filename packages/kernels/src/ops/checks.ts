import type { Tensor } from '@tensorflow/tfjs-core';
import { inWords } from '@unrolled/errors';
import { refuse } from '../refuse';

/** The dtype and shape of a tensor. A kernel may check them before it creates the tensor. */
export type TensorKind = Pick<Tensor, 'dtype' | 'shape'>;

/** The required size of a dimension, or null for any size. */
type Size = number | null;

/** @throws UnrolledError if the tensor has another dtype or shape */
export function checkTensor(
  scope: string,
  name: string,
  tensor: TensorKind,
  dtype: string,
  shape: readonly Size[],
): void {
  const own = tensor?.shape;
  const matches =
    Array.isArray(own) &&
    own.length === shape.length &&
    shape.every((size, i) => size === null || own[i] === size);
  if (matches && tensor.dtype === dtype && !('isDisposed' in tensor && tensor.isDisposed)) return;
  const wanted = shape.map((size) => size ?? '·').join(', ');
  const isDisposed = !Array.isArray(own) || (matches && tensor.dtype === dtype);
  refuse(scope, {
    expected: `${name} to be ${dtype} [${wanted}]`,
    got: isDisposed ? inWords(tensor) : `${tensor.dtype} [${own.join(', ')}]`,
    remedy: 'pass a tensor of that type and shape',
  });
}

/**
 * The shape without its last axis; [] if the value is not a tensor, which {@link checkTensor} then reports.
 */
export function outerShape(tensor: TensorKind): number[] {
  return tensor?.shape?.slice(0, -1) ?? [];
}
