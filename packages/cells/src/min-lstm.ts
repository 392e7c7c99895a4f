import * as tf from '@tensorflow/tfjs-core';
import { MIN_LSTM } from '@unrolled/kernels';
import type { Cell, InputKind } from './contract';
import { type MinimalOptions, type MinimalParams, minimalCell } from './minimal-cell';
import type { HiddenState } from './simple-rnn';

export type MinLstmOptions<K extends InputKind = 'vectors'> = MinimalOptions<K>;
export type MinLstmParams = MinimalParams;

/**
 * A minimal LSTM (Feng et al., 'Were RNNs All We Needed?', 2024), whose gates are divided by their sum. A
 * step maps [B, I] to h' [B, H], which is also the state; there is no cell state:
 *
 *     f = σ(x·Wf + bf),  i = σ(x·Wi + bi)            forget and input gate
 *     f' = f / (f + i),  i' = i / (f + i)
 *     h̃ = g(x·Wh + bh)                               candidate
 *     h' = f'⊙h + i'⊙h̃
 *
 * g is that of `minGru`. W is [I, 3H]; gate order f, i, h̃.
 *
 * @throws UnrolledError if a size is not a positive integer, or the activation is not one of the two
 */
export function minLstm<const K extends InputKind = 'vectors'>(
  options: MinLstmOptions<K>,
): Cell<MinLstmParams, HiddenState, K> {
  return minimalCell(MIN_LSTM, 'minLstm', options, ([forget, input]) => {
    // Computes f/i directly from the pre-activations, because both gates may underflow: ln σ(x) =
    // −softplus(−x).
    const difference = tf.sub(tf.softplus(tf.neg(input!)), tf.softplus(tf.neg(forget!)));
    return [tf.sigmoid(difference), tf.sigmoid(tf.neg(difference))];
  });
}
