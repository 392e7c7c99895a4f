import type { TensorInfo } from '@tensorflow/tfjs-core';
import { refuse } from '../../refuse';
import type { UnrolledBackend } from '../backend/unrolled-backend';

/**
 * A checked temporary copy of int32 ids. With `rows`, ids past a row's length are not looked at and become 0.
 *
 * @throws UnrolledError on an id outside 0 … count − 1
 */
export function temporaryIds(
  backend: UnrolledBackend,
  ids: TensorInfo,
  count: number,
  scope: string,
  rows?: { lengths: readonly number[]; time: number },
): number {
  const values = backend.data.get(ids.dataId).values as Int32Array;
  const address = backend.engine.temporary(values.length * 4, `${scope}'s ids`);
  const target = backend.engine.int32;
  const base = address / 4;
  for (let i = 0; i < values.length; i++) {
    const id = values[i]!;
    if (rows && i % rows.time >= rows.lengths[Math.floor(i / rows.time)]!) target[base + i] = 0;
    else if (id >= 0 && id < count) target[base + i] = id;
    else {
      refuse(scope, {
        expected: `ids from 0 to ${count - 1}`,
        got: `${id} at position ${i}`,
        remedy: 'the encoder and the layer disagree on the vocabulary size',
      });
    }
  }
  return address;
}
