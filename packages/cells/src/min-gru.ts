import * as tf from '@tensorflow/tfjs-core';
import { MIN_GRU } from '@unrolled/kernels';
import type { Cell, InputKind } from './contract';
import { type MinimalOptions, type MinimalParams, minimalCell } from './minimal-cell';
import type { HiddenState } from './simple-rnn';

export type MinGruOptions<K extends InputKind = 'vectors'> = MinimalOptions<K>;
export type MinGruParams = MinimalParams;

/**
 * A minimal GRU (Feng et al., 'Were RNNs All We Needed?', 2024). A step maps [B, I] to h' [B, H], which is
 * also the state:
 *
 *     z = σ(x·Wz + bz)                               update gate
 *     h̃ = g(x·Wh + bh)                               candidate
 *     h' = (1 − z)⊙h + z⊙h̃
 *
 * With the activation 'positive' g(x) = x + ½ for x ≥ 0, otherwise σ(x), as in the paper's code and in
 * packages based on it. With 'linear' g(x) = x, as in the paper's text. The paper's scan in log space
 * computes the same h. W is [I, 2H]; gate order z, h̃.
 *
 * @throws UnrolledError if a size is not a positive integer, or the activation is not one of the two
 */
export function minGru<const K extends InputKind = 'vectors'>(
  options: MinGruOptions<K>,
): Cell<MinGruParams, HiddenState, K> {
  return minimalCell(MIN_GRU, 'minGru', options, ([update]) => {
    const z = tf.sigmoid(update!);
    return [tf.sub(1, z), z];
  });
}
