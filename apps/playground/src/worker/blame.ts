/**
 * The dependence of one character's prediction on earlier characters, by the gradient of its loss (Madsen,
 * 2019, distill.pub/2019/memorization-in-rnns).
 */

import * as tf from '@tensorflow/tfjs-core';
import { type AnyCell, dense, flattenParams, recurrentCells, stack, unroll } from '@unrolled/cells';
import type { LanguageModel, TrainingSettings } from '@unrolled/language-model';
import { sequenceLossPerStep } from '@unrolled/losses';

type Shape = Pick<TrainingSettings, 'cell' | 'layers' | 'units' | 'embedding' | 'residual' | 'tied'>;

/**
 * ‖∂ loss / ∂ x_t‖ for each t before the character, in one backward pass. x_t is the input of the first
 * recurrent layer: the one-hot vector of a character, or its embedding.
 *
 * @param at the index of the character in `ids`, from 1 on
 * @returns `at` norms
 * @throws Error for a model of another form than ids → (embedding) → recurrent layers → dense
 */
export function gradientNorms(
  { outputSize }: LanguageModel,
  params: readonly unknown[],
  settings: Shape,
  ids: Int32Array,
  at: number,
): Float32Array {
  const { cell, layers, units, embedding, residual, tied } = settings;
  if (residual || tied) throw new Error('residual and tied models have no such picture');
  if (!(at >= 1 && at < ids.length))
    throw new Error(`expected a place from 1 to ${ids.length - 1}, got ${at}`);
  const parts = params.filter((part) => Object.keys(flattenParams(part)).length > 0);
  const inputSize = embedding || outputSize;
  const recurrent = Array.from({ length: layers }, (_, layer) =>
    recurrentCells[cell]({ inputSize: layer === 0 ? inputSize : units, units }),
  );
  const twin = stack([...recurrent, dense({ inputSize: units, units: outputSize })] as unknown as [AnyCell]);
  return tf.tidy(() => {
    const before = tf.tensor1d(ids.subarray(0, at), 'int32');
    const rows = embedding
      ? tf.gather((parts[0] as { embeddings: tf.Tensor2D }).embeddings, before)
      : tf.oneHot(before, outputSize);
    const x = tf.reshape(tf.cast(rows, 'float32'), [1, at, inputSize]);
    const target = tf.tensor2d([[ids[at]!]], undefined, 'int32');
    const lossOf = (inputs: tf.Tensor) => {
      const { output } = unroll(twin, parts.slice(embedding ? 1 : 0) as never, inputs as tf.Tensor3D);
      const last = tf.slice(output as tf.Tensor3D, [0, at - 1, 0], [1, 1, outputSize]);
      return tf.sum(sequenceLossPerStep(last as tf.Tensor3D, target));
    };
    const gradient = tf.reshape(tf.grad(lossOf)(x), [at, inputSize]);
    return tf.norm(gradient, 2, 1).dataSync<'float32'>();
  });
}
