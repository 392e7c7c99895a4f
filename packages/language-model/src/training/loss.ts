import { type ContiguousBatch, contiguousBatches } from '@unrolled/data';
import { sequenceLoss } from '@unrolled/losses';
import { evaluate, modelLoss } from '@unrolled/training';
import type { LanguageModel } from '../architecture/architecture';
import { checkModel } from '../records';
import { checkKind } from '../refuse';
import { checkPart, type EvaluationPart } from '../text/dataset';

/**
 * The mean cross-entropy of a batch of tokens in nats per token, and the state after it. `train` runs this
 * loss by plans.
 */
export function lossOf(model: LanguageModel) {
  checkModel('lossOf', model);
  return modelLoss(model, sequenceLoss);
}

/** Number of tokens that a batch predicts. */
export function tokensIn({ inputs }: ContiguousBatch): number {
  return inputs.length;
}

/** Evaluates a part of a text: its batches, and a state that starts at zero and is carried along. */
export function evaluationOf(model: LanguageModel, part: EvaluationPart) {
  const { tokens, batchSize, sequenceLength, lastBatch } = part;
  return {
    batches: contiguousBatches(tokens, { batchSize, sequenceLength, lastBatch }),
    carry: { model, batchSize },
    countOf: tokensIn,
  };
}

/**
 * The mean loss over a part of a text in nats per token, from a zero state and without dropout.
 *
 * @param signal stops after the current batch, and rejects the promise with its reason
 */
export async function evaluateOn(
  part: EvaluationPart,
  model: LanguageModel,
  params: unknown[],
  signal?: AbortSignal,
): Promise<number> {
  checkPart('evaluateOn', part);
  checkModel('evaluateOn', model);
  checkKind('evaluateOn', 'params', params, 'array');
  checkKind('evaluateOn', 'signal', signal, 'AbortSignal?');
  return evaluate({ ...evaluationOf(model, part), params, lossOf: lossOf(model), signal });
}
