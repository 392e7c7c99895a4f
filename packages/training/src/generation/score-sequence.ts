import * as tf from '@tensorflow/tfjs-core';
import {
  type AnyPart,
  type Cell,
  disposeTree,
  type InputKind,
  type Layer,
  mapTree,
  type SequenceInput,
  unroll,
} from '@unrolled/cells';
import type { OptionKinds } from '@unrolled/errors';
import { sequenceLossPerStep } from '@unrolled/losses';
import { checkModel } from '../check-model';
import { checkKind, checkOptions, refuse } from '../refuse';
import { checkIds, inputsOf } from './text-model';

export interface SequenceScorerOptions<P, S, K extends InputKind> {
  /**
   * The model's output [B, T, V] are logits over the next id. It reads ids, or one-hot vectors of
   * `inputSize`.
   */
  readonly model: Cell<P, S, K> | Layer<P, S, K>;
  readonly params: P;
  /** The ids before the first scored id, at least one. */
  readonly context: ArrayLike<number>;
}

/** Scores a text piece by piece. */
export interface SequenceScorer {
  /** ln P(id | context, all ids before it) of each of the next ids, in nats, float32 [n]. */
  next(ids: ArrayLike<number>): Float32Array;
  /** Frees the scorer's state. */
  dispose(): void;
}

export interface ScoreSequenceOptions<P, S, K extends InputKind>
  extends Omit<SequenceScorerOptions<P, S, K>, 'context'> {
  /** At least two ids. */
  readonly ids: ArrayLike<number>;
}

const SCORER_KINDS: OptionKinds<SequenceScorerOptions<object, unknown, InputKind>> = {
  model: 'object',
  params: 'value',
  context: 'array or typed array',
};

const SCORE_KINDS: OptionKinds<ScoreSequenceOptions<object, unknown, InputKind>> = {
  model: 'object',
  params: 'value',
  ids: 'array or typed array',
};

/** Number of steps of one pass, which limits the logits [1, T, V] in memory. */
const STEPS = 256;

/**
 * The log-probability of every id of a text under a language model, for texts of any length. The state is
 * carried, so pieces give the same result as the whole, and memory does not grow. The caller owns the
 * parameters.
 *
 * @throws UnrolledError for an empty context, an id out of range, or a model that cannot carry its state
 */
export function sequenceScorer<P, S, K extends InputKind = 'vectors'>(
  options: SequenceScorerOptions<P, S, K>,
): SequenceScorer {
  checkOptions('sequenceScorer', options, SCORER_KINDS as OptionKinds<typeof options>);
  const { model, params, context } = options;
  checkDirection('sequenceScorer', model);
  if (context.length === 0) {
    refuse('sequenceScorer', {
      expected: 'a context of at least one id',
      got: 'an empty context',
      remedy: 'pass the ids before the first one to score, such as a start mark',
    });
  }
  checkIds('sequenceScorer', context, model.inputSize, 'the context');
  let last = context[0]!;
  let state = model.zeroState(1);
  /** Reads the next ids, at most STEPS. */
  const read = (ids: readonly number[]): Float32Array => {
    const before = state;
    let losses = new Float32Array();
    tf.tidy(() => {
      const inputs = inputsOf(model, [[last, ...ids.slice(0, -1)]]) as SequenceInput<K>;
      const { output, state: after } = unroll(model, params, inputs, { initialState: before });
      const targets = tf.tensor2d([[...ids]], undefined, 'int32');
      losses = sequenceLossPerStep(output, targets).dataSync<'float32'>().slice();
      state = mapTree(after, (tensor) => tf.keep(tf.clone(tensor)));
    });
    disposeTree(before);
    last = ids.at(-1)!;
    // Computed as 0 − loss rather than −loss, so that certainty gives 0, not −0.
    return losses.map((loss) => 0 - loss);
  };
  const next = (ids: ArrayLike<number>): Float32Array => {
    checkKind('sequenceScorer', 'ids', ids, 'array or typed array');
    checkIds('sequenceScorer', ids, Math.min(model.inputSize, model.outputSize), 'the text');
    const all = Array.from(ids);
    const logProbabilities = new Float32Array(all.length);
    for (let start = 0; start < all.length; start += STEPS) {
      logProbabilities.set(read(all.slice(start, start + STEPS)), start);
    }
    return logProbabilities;
  };
  try {
    next(Array.from(context).slice(1));
  } catch (error) {
    disposeTree(state);
    throw error;
  }
  return { next, dispose: () => disposeTree(state) };
}

/**
 * ln P(ids[1], ids[2], … | ids[0]): the natural logarithm of a whole text's probability under a language
 * model, given its first id. Divide it by `ids.length − 1` and negate it for the mean loss in nats.
 *
 * @throws UnrolledError for fewer than two ids, an id out of range, or a model that cannot carry its state
 */
export function scoreSequence<P, S, K extends InputKind = 'vectors'>(
  options: ScoreSequenceOptions<P, S, K>,
): number {
  checkOptions('scoreSequence', options, SCORE_KINDS as OptionKinds<typeof options>);
  const { model, params, ids } = options;
  checkDirection('scoreSequence', model);
  checkIds('scoreSequence', ids, model.inputSize, 'the text');
  if (ids.length < 2) {
    refuse('scoreSequence', {
      expected: 'at least two ids',
      got: String(ids.length),
      remedy: 'put a start mark before a text of one id, because the first id is only read',
    });
  }
  const all = Array.from(ids);
  const scorer = sequenceScorer<P, S, K>({ model, params, context: all.slice(0, 1) });
  try {
    return scorer.next(all.slice(1)).reduce((sum, logProbability) => sum + logProbability, 0);
  } finally {
    scorer.dispose();
  }
}

function checkDirection(scope: string, model: AnyPart): void {
  checkModel(scope, model);
  if (model.carriesState !== false) return;
  refuse(scope, {
    expected: 'a model that reads from left to right',
    got: 'a model whose state cannot be carried',
    remedy: 'use a model without bidirectional parts, whose backward half reads the ids to score',
  });
}
