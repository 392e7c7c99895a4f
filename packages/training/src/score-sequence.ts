import * as tf from '@tensorflow/tfjs-core';
import { type Cell, type InputKind, type Layer, type SequenceInput, unroll } from '@unrolled/cells';
import { sequenceLogProbability } from '@unrolled/losses';
import { refuse } from './refuse';

export interface ScoreSequenceOptions<P, S, K extends InputKind> {
  /** A model whose output [B, T, V] are logits over the next id; it reads ids, or one-hot vectors of `inputSize`. */
  readonly layer: Cell<P, S, K> | Layer<P, S, K>;
  readonly params: P;
  /** At least two ids. */
  readonly ids: ArrayLike<number>;
}

/**
 * ln P(ids[1], ids[2], … | ids[0]): the natural logarithm of a whole text's probability under a language model, given its
 * first id. Divide by `ids.length − 1` and negate for the mean loss in nats.
 *
 * @throws UnrolledError for fewer than two ids, or one out of range
 */
export function scoreSequence<P, S, K extends InputKind = 'vectors'>({
  layer,
  params,
  ids,
}: ScoreSequenceOptions<P, S, K>): number {
  const all = Array.from(ids);
  const outside = all.find((id) => !Number.isInteger(id) || id < 0 || id >= layer.inputSize);
  if (all.length < 2 || outside !== undefined) {
    refuse('scoreSequence', {
      expected: `at least two ids in 0 … ${layer.inputSize - 1}`,
      got: outside === undefined ? String(all.length) : `the id ${outside}`,
    });
  }
  return tf.tidy(() => {
    const read = tf.tensor2d([all.slice(0, -1)], undefined, 'int32');
    const inputs = layer.inputKind === 'ids' ? read : tf.oneHot(read, layer.inputSize);
    const floats = layer.inputKind === 'ids' ? inputs : tf.cast(inputs, 'float32');
    const { output } = unroll(layer, params, floats as SequenceInput<K>);
    return sequenceLogProbability(output, tf.tensor2d([all.slice(1)], undefined, 'int32')).dataSync()[0]!;
  });
}
