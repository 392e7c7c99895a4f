import * as tf from '@tensorflow/tfjs-core';
import { type Cell, dense, embedding, linearRecurrence, positive, unroll } from '@unrolled/cells';

interface Sizes {
  readonly inputSize: number;
  readonly units: number;
  readonly inputKind?: 'ids' | 'vectors';
}

/** A minGRU that a user could write for training, with the packages' exports. */
export function ownMinGru({ inputSize, units, inputKind }: Sizes): Cell<unknown, { h: tf.Tensor2D }> {
  const part = () =>
    (inputKind === 'ids'
      ? embedding({ vocabularySize: inputSize, dimension: units })
      : dense({ inputSize, units })) as Cell<unknown, object>;
  const [toZ, toH] = [part(), part()];
  return {
    name: 'ownMinGru',
    inputSize,
    outputSize: units,
    ...(inputKind && { inputKind: inputKind as 'vectors' }),
    init: (seed) => ({ z: toZ.init(seed), h: toH.init(seed + 1) }),
    zeroState: (batchSize) => ({ h: tf.zeros([batchSize, units]) }),
    step() {
      throw new Error('the bench trains over whole sequences');
    },
    unroll(params, inputs, { h }, { lengths, reverse } = {}) {
      const { z: zParams, h: hParams } = params as { z: unknown; h: unknown };
      return tf.tidy(() => {
        const z = tf.sigmoid(unroll(toZ, zParams, inputs, { lengths }).output);
        const candidate = positive(unroll(toH, hParams, inputs, { lengths }).output);
        const options = { initialState: h, lengths, reverse };
        const { output, state } = linearRecurrence(tf.sub(1, z), tf.mul(z, candidate), options);
        return { output, state: { h: state } };
      });
    },
  };
}
