import type { TensorInfo } from '@tensorflow/tfjs-core';
import { refuse } from '../refuse';
import type { TensorFlowBackend } from './tensorflow-backend';

/**
 * The values of int32 ids. They are checked on the CPU, because TensorFlow's GPU kernels return zeros for an
 * id out of range.
 *
 * @param lengths number of valid steps of each row; ids past them are not checked
 * @throws UnrolledError on an id outside 0 … count − 1
 */
export function checkedIds(
  backend: TensorFlowBackend,
  ids: TensorInfo,
  count: number,
  scope: string,
  lengths?: readonly number[],
): Int32Array {
  const values = backend.readSync(ids.dataId) as Int32Array;
  const time = ids.shape[1] ?? 1;
  for (let i = 0; i < values.length; i++) {
    const id = values[i]!;
    if (id >= 0 && id < count) continue;
    if (lengths && i % time >= lengths[Math.floor(i / time)]!) continue;
    refuse(scope, {
      expected: `ids from 0 to ${count - 1}`,
      got: `${id} at position ${i}`,
      remedy: 'use the same vocabulary size in the encoder and in the layer',
    });
  }
  return values;
}
