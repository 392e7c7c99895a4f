/**
 * The weights of logits and their ids: all 1, explicit weights, 1 within a row's length, or 1 except at
 * ignored ids.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { inWords, type OptionKinds } from '@unrolled/errors';
import { checkedIds, idsFor } from './class-ids';
import { checkWeights } from './reduction';
import { checkLengths, refuse } from './refuse';

export interface WhatCounts {
  /**
   * The weight of each id: a tensor whose shape broadcasts to the ids', or a number for each id, row by row.
   * Default 1. Not together with `lengths`.
   */
  readonly weights?: Tensor | ArrayLike<number> | undefined;
  /** For ids [B, T, …]: valid steps of each row. Values past them may have any value. */
  readonly lengths?: ArrayLike<number> | undefined;
  /** An id to ignore, such as the id of padding; it need not be a class (PyTorch's `ignore_index`). */
  readonly ignoreId?: number | undefined;
}

export const COUNT_KINDS: OptionKinds<WhatCounts> = {
  weights: 'tensor or array or typed array?',
  lengths: 'array or typed array?',
  ignoreId: 'number?',
};

/**
 * The ids of logits […, V] as an int32 tensor […], all in range, and their weights in the ids' shape;
 * undefined if all weights are 1.
 *
 * @param what 'ids' or 'targets', used in error messages
 * @throws UnrolledError if shapes do not fit, weights and lengths are both passed, or an id with a weight
 *   above 0 is out of range
 */
export function idsThatCount(
  scope: string,
  what: string,
  logits: Tensor,
  givenIds: Tensor | ArrayLike<number> | number,
  { weights: given, lengths, ignoreId }: WhatCounts,
): { readonly ids: Tensor; readonly weights: Tensor | undefined } {
  const of = idsFor(scope, what, logits, givenIds);
  const { ids } = of;
  const weights = weightsFor(scope, what, given, ids.shape);
  const valid = lengths === undefined ? undefined : lengthsOf(scope, logits, lengths);
  if (weights && valid) {
    refuse(scope, {
      expected: 'either weights or lengths',
      got: 'both',
      remedy: 'set the weights past the lengths to 0',
    });
  }
  if (weights) checkWeights(scope, ids, weights);
  if (ignoreId !== undefined && (ignoreId | 0) !== ignoreId) {
    refuse(scope, {
      expected: 'ignoreId to be an id, an integer',
      got: inWords(ignoreId),
      remedy: 'pass the id of the padding',
    });
  }
  const within = valid && maskOf(valid, ids.shape);
  const isHeard = ignoreId === undefined ? undefined : tf.notEqual(ids, tf.scalar(ignoreId, 'int32'));
  const all = [weights, within, isHeard && tf.cast(isHeard, 'float32')].filter((one) => one !== undefined);
  const step = ids.size / Math.max(1, (ids.shape[0] ?? 1) * (ids.shape[1] ?? 1));
  const counts = (place: number, id: number) => {
    if (id === ignoreId) return false;
    const at = Math.floor(place / step);
    return !valid || at % ids.shape[1]! < valid[Math.floor(at / ids.shape[1]!)]!;
  };
  const safe = checkedIds(scope, what, of, logits.shape.at(-1)!, counts);
  // If the ids could not be checked, ignored ids may be among them, and these need not be classes.
  const isBlind = of.values === undefined && isHeard;
  return {
    ids: isBlind ? tf.where(isHeard, safe, tf.zerosLike(safe)) : safe,
    weights:
      all.length > 0
        ? spread(
            all.reduce((product, one) => tf.mul(product, one)),
            ids.shape,
          )
        : undefined,
  };
}

/** Weights as a tensor: numbers, row by row, in the shape of the ids. */
export function weightsFor(
  scope: string,
  what: string,
  weights: Tensor | ArrayLike<number> | undefined,
  shape: readonly number[],
): Tensor | undefined {
  if (weights === undefined || weights instanceof tf.Tensor) return weights;
  const all: readonly unknown[] = Array.from(weights);
  const bad = all.findIndex((weight) => typeof weight !== 'number' || Number.isNaN(weight));
  const size = tf.util.sizeFromShape([...shape]);
  if (all.length !== size || bad >= 0) {
    refuse(scope, {
      expected: `weights [${shape.join(', ')}], ${size} numbers row by row, one for each of ${what}`,
      got: bad >= 0 ? `${inWords(all[bad])} at ${bad}` : `${all.length} numbers`,
      remedy: Array.isArray(all[0])
        ? 'for nested lists, pass weights.flat()'
        : 'pass one weight for each, or a tensor whose shape broadcasts',
      code: 'shape',
    });
  }
  return tf.tensor(all as number[], [...shape], 'float32');
}

/** Weights that broadcast to a shape, in that shape. */
export function spread(weights: Tensor, shape: readonly number[]): Tensor {
  return tf.util.arraysEqual(weights.shape, [...shape]) ? weights : tf.mul(weights, tf.ones([...shape]));
}

function lengthsOf(scope: string, logits: Tensor, lengths: ArrayLike<number>): readonly number[] {
  if (logits.rank < 3) {
    refuse(scope, {
      expected: 'lengths only with logits [B, T, V]',
      got: `logits [${logits.shape.join(', ')}]`,
      remedy: 'omit lengths, or set the weights of unused rows to 0: with one id per row there are no steps',
    });
  }
  return checkLengths(scope, lengths, logits.shape[0]!, logits.shape[1]!)!;
}

/** float32 [B, T, 1, …] with the same number of axes as the ids: 1 within each row's length, 0 past it. */
export function maskOf(lengths: readonly number[], shape: readonly number[]): Tensor {
  const [batchSize, steps, ...rest] = shape as [number, number, ...number[]];
  const mask = new Float32Array(batchSize * steps);
  for (const [row, length] of lengths.entries()) mask.fill(1, row * steps, row * steps + length);
  return tf.tensor(mask, [batchSize, steps, ...rest.map(() => 1)]);
}
