import { type KernelFunc, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { EmbeddingArguments } from '../../generated/abi';
import type { UnrolledBackend } from '../backend/unrolled-backend';

/**
 * tfjs's GatherV2 of whole rows, along the first axis, which is the same as an embedding lookup. A beam
 * search reorders its states with it. tfjs's CPU backend computes the position of every element separately.
 */
export function gatherKernel(original: KernelFunc): KernelFunc {
  return (call) => {
    const { x, indices } = call.inputs as { x: TensorInfo; indices: TensorInfo };
    const { axis, batchDims } = call.attrs as unknown as { axis: number | number[]; batchDims?: number };
    const backend = call.backend as UnrolledBackend;
    const [vocabulary = 0, ...row] = x.shape;
    const [dimension, count] = [util.sizeFromShape(row), util.sizeFromShape(indices.shape)];
    const isOfRows =
      x.dtype === 'float32' &&
      indices.dtype === 'int32' &&
      x.shape.length > 0 &&
      util.parseAxisParam(axis, x.shape)[0] === 0 &&
      !batchDims &&
      vocabulary * dimension * count > 0;
    if (!isOfRows) return original(call);
    const ids = backend.data.get(indices.dataId).values as Int32Array;
    // tfjs's kernel reports the error
    if (!ids.every((id) => id >= 0 && id < vocabulary)) return original(call);
    const { engine } = backend;
    return backend.making((make) => {
      const output = make([...indices.shape, ...row], 'the result of gather');
      engine.write(EmbeddingArguments, {
        count,
        vocabulary,
        dimension,
        embeddings: backend.address(x, "gather's rows"),
        ids: engine.temporaryIntegers(ids, "gather's indices"),
        output: output.address,
      });
      engine.run('embedding', engine.threadsFor(count * dimension));
      return output;
    });
  };
}
