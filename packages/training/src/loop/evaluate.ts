import * as tf from '@tensorflow/tfjs-core';
import { disposeTree, mapTree, tensorsOf } from '@unrolled/cells';
import type { OptionKinds } from '@unrolled/errors';
import { CHECKED, checkOptions, refuse } from '../refuse';
import { type Batches, batchesOf, checkBatches } from './batches';
import { type Carry, checkCarry, type LossOf } from './contract';
import { readLoss } from './device';
import { checkLoss, keepState } from './gradients';
import { makePause } from './pause';
import { fixedParameters, PlannedSteps } from './planned-steps';

export interface EvaluateOptions<P, B, S> {
  /** The caller keeps these tensors. */
  readonly params: P;
  readonly lossOf: LossOf<P, B, S>;
  /**
   * Tensors that the source creates on request are freed, and those in an array belong to the caller, as in
   * `train`.
   */
  readonly batches: Batches<B>;
  /** Carries the state from batch to batch, starting from zero. */
  readonly carry?: Carry<S>;
  /** The weight of a batch's loss, such as its number of tokens; default 1. */
  readonly countOf?: (batch: B) => number;
  /** Stops after the current batch, and rejects the promise with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each batch. If it returns true, the evaluation ends with the loss of the batches so far. */
  readonly isEnough?: () => boolean;
}

const KINDS: OptionKinds<EvaluateOptions<object, object, object>> = {
  params: 'object or array',
  lossOf: 'function',
  batches: CHECKED,
  carry: 'object?',
  countOf: 'function?',
  signal: 'AbortSignal?',
  isEnough: 'function?',
};

/**
 * The mean loss over all batches, each weighted by `countOf`, without training: dropout is off, and the order
 * is the source's. All tensors except the parameters are freed.
 *
 * @throws UnrolledError if there is no batch, or the loss is not a scalar; the reason of `signal` if it is
 *   aborted
 */
export async function evaluate<P, B, S = undefined>(options: EvaluateOptions<P, B, S>): Promise<number> {
  checkOptions<EvaluateOptions<object, object, object>>('evaluate', options as never, KINDS);
  return evaluateWith(options, undefined);
}

/**
 * @param shared the plans of a run with the same loss, which the run owns; null if the run has none;
 *   undefined creates plans for this evaluation
 */
export async function evaluateWith<P, B, S>(
  options: EvaluateOptions<P, B, S>,
  shared: PlannedSteps | null | undefined,
): Promise<number> {
  const { params, lossOf, batches, carry, countOf = () => 1, signal, isEnough } = options;
  checkBatches('evaluate', batches);
  checkCarry('evaluate', carry);
  signal?.throwIfAborted();
  const pause = makePause();
  let state = carry ? mapTree(carry.model.zeroState(carry.batchSize), tf.keep) : (undefined as S);
  let total = 0;
  let count = 0;
  const planned = shared === undefined ? PlannedSteps.of('evaluate', lossOf) : shared;
  const parameters = planned ? fixedParameters(params) : [];
  try {
    for await (const batch of batchesOf('evaluate', batches, { epoch: 1, cursor: 0 })) {
      const byOps = () => {
        const before = state;
        const loss = tf.tidy(() => {
          const result = lossOf(params, batch, before, { training: false });
          checkLoss(result?.loss);
          if (carry) state = keepState('evaluate', result.state, before);
          return readLoss('evaluate', result.loss);
        });
        if (carry) disposeExcept(before, state);
        return loss;
      };
      const loss = planned?.evaluate(batch, state, parameters) ?? byOps();
      const weight = countOf(batch);
      total += loss * weight;
      count += weight;
      if (isEnough?.()) break;
      await pause();
      signal?.throwIfAborted();
    }
  } finally {
    if (carry) disposeTree(state);
    if (!shared) planned?.dispose();
  }
  if (!(count > 0)) {
    refuse('evaluate', { expected: 'countOf to return more than 0 in total', got: String(count) });
  }
  return total / count;
}

/** Disposes of the tensors of one tree that are not in another. */
export function disposeExcept(tree: unknown, except: unknown): void {
  const used = new Set(tensorsOf(except));
  for (const tensor of tensorsOf(tree)) if (!used.has(tensor)) tensor.dispose();
}
