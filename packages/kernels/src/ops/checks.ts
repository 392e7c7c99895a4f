import type { Tensor } from '@tensorflow/tfjs-core';
import { inWords } from '@unrolled/errors';
import { refuse } from '../refuse';

/** Checks of a tensor, also of one that a kernel has yet to create. */
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
    remedy: 'give a tensor of that type and shape',
  });
}

/** The shape without its last axis; of what is no tensor none, and {@link checkTensor} refuses it. */
export function outerShape(tensor: TensorKind): number[] {
  return tensor?.shape?.slice(0, -1) ?? [];
}
