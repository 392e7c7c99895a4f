import * as tf from '@tensorflow/tfjs-core';
import { type Context, unroll } from '@unrolled/cells';
import { type ContiguousBatch, contiguousBatches } from '@unrolled/data';
import { sequenceLoss } from '@unrolled/losses';
import { evaluate } from '@unrolled/training';
import type { EvaluationPart } from '../text/dataset';
import type { CharacterModel } from './model';

/** The mean cross-entropy of a batch in nats per token, and the state after it. */
export function lossOf(model: CharacterModel) {
  return (params: unknown[], batch: ContiguousBatch, state: unknown[], context: Context) => {
    const shape: [number, number] = [batch.batchSize, batch.steps];
    const inputs = tf.tensor2d(batch.inputs, shape, 'int32');
    const targets = tf.tensor2d(batch.targets, shape, 'int32');
    const { output, state: next } = unroll(model, params, inputs, { initialState: state, context });
    return { loss: sequenceLoss(output, targets), state: next };
  };
}

/** Tokens that a batch predicts. */
export function tokensIn({ inputs }: ContiguousBatch): number {
  return inputs.length;
}

/**
 * The mean loss over a part of a text in nats per token, from a state of zeros on, dropout off.
 *
 * @param signal once it is aborted the rest is left out, and the loss means nothing
 */
export async function evaluateOn(
  { tokens, batchSize, sequenceLength }: EvaluationPart,
  model: CharacterModel,
  params: unknown[],
  signal?: AbortSignal,
): Promise<number> {
  const all = contiguousBatches(tokens, { batchSize, sequenceLength, lastBatch: 'short' });
  return evaluate({
    params,
    lossOf: lossOf(model),
    carry: { model, batchSize },
    countOf: tokensIn,
    *batches() {
      for (let index = 0; index < all.length; index++) {
        yield all.at(index);
        if (signal?.aborted) return;
      }
    },
  });
}
