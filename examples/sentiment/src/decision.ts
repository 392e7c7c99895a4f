import * as tf from '@tensorflow/tfjs-core';
import * as nn from '@unrolled/cells';
import type { Network, Params, partsOf } from './network';

/** The prediction for a text, and the weight of each word in it. */
export interface Decision {
  /** The probability that the text is positive. */
  readonly positive: number;
  /** The word's share of attention; they sum to 1. */
  readonly shares: Float32Array;
  /**
   * Gradient × input of the embeddings of the word and its pair. Values above 0 raise the logit, towards
   * positive.
   */
  readonly attributions: Float32Array;
}

/** Runs the parts of the network one by one, for the gradient by each word and its share of attention. */
export function decisionOf(model: Network, params: Params, text: Int32Array): Decision {
  const [table, pair, , readers, pool, , head] = (
    nn.structureOf(model) as unknown as { parts: ReturnType<typeof partsOf> }
  ).parts;
  const [ofTable, , , ofReaders, ofPool, , ofHead] = params;
  return tf.tidy(() => {
    const ids = tf.tensor2d(text, [1, text.length], 'int32');
    const words = nn.unroll(pair, {}, nn.unroll(table, ofTable, ids).output).output;
    const read = (x: tf.Tensor3D) => nn.unroll(readers, ofReaders, x).output;
    const judged = (x: tf.Tensor3D) => {
      const pooled = nn.unroll(pool, ofPool, read(x)).output;
      return tf.squeeze<tf.Scalar>(head.step(ofHead, pooled, {}).output);
    };
    const { value, grad } = tf.valueAndGrad(judged)(words);
    return {
      positive: tf.sigmoid(value).dataSync()[0]!,
      shares: nn.poolingShares(pool, ofPool, read(words)).dataSync<'float32'>(),
      attributions: tf.sum(tf.mul(grad, words), 2).dataSync<'float32'>(),
    };
  });
}
