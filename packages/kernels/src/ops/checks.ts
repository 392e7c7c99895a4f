import type { Tensor } from '@tensorflow/tfjs-core';
import { UnrolledError } from '@unrolled/errors';

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
  throw new UnrolledError('kernels', scope, {
    expected: `${name} to be ${dtype} [${wanted}]`,
    got: `${tensor.dtype} [${tensor.shape.join(', ')}]`,
  });
}

/** @throws UnrolledError unless there is one integer from 0 to `time` for each of `batch` rows */
export function checkLengths(
  scope: string,
  lengths: readonly number[] | undefined,
  batch: number,
  time: number,
): void {
  if (!lengths) return;
  const bad = lengths.find((length) => !Number.isInteger(length) || length < 0 || length > time);
  if (lengths.length === batch && bad === undefined) return;
  throw new UnrolledError('kernels', scope, {
    expected: `lengths: ${batch} integers from 0 to ${time}`,
    got: bad === undefined ? `${lengths.length} of them` : String(bad),
  });
}

/** @throws UnrolledError unless the value is one of the choices */
export function checkChoice(scope: string, name: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new UnrolledError('kernels', scope, {
    expected: `${name} to be ${choices.map((choice) => `'${choice}'`).join(' or ')}`,
    got: `'${value}'`,
  });
}
