/**
 * Masks by row length: the valid steps of a padded batch. Values past a row's length, even NaN, affect no
 * result and no gradient, because forward pass and gradient both select and never multiply by 0.
 */

import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { maskSequence as fusedMask, hasFusedKernel } from '@unrolled/kernels';
import { checkKind, checkLengths, refuse } from './refuse';
import { flattenParams, mapTree, tidy } from './tree';

type Lengths = readonly number[];

/** bool [B, 1, …, 1] of the given rank: whether step `time` is within each row's length. */
function validAt(lengths: Lengths, time: number, rank: number): Tensor {
  return tf.tensor(
    lengths.map((length) => (time < length ? 1 : 0)),
    [lengths.length, ...Array<number>(rank - 1).fill(1)],
    'bool',
  );
}

/** bool [B, T]: the same for every step. */
function validSteps(lengths: Lengths, steps: number): Tensor2D {
  const valid = lengths.flatMap((length) =>
    Array.from({ length: steps }, (_, time) => (time < length ? 1 : 0)),
  );
  return tf.tensor2d(valid, [lengths.length, steps], 'bool');
}

const allWhole = (lengths: Lengths, steps: number) => lengths.every((length) => length === steps);

/**
 * A sequence with exact zeros past each row's length, for any values there. The gradient there is 0, too.
 *
 * @param sequence float32 [B, T, n]
 * @param lengths valid steps of each row, 0 … T; undefined for all T
 * @returns [B, T, n]; the sequence itself if every row is complete
 * @throws UnrolledError if the sequence has another rank, or the lengths do not fit
 */
export function maskSequence(sequence: Tensor3D, lengths: ArrayLike<number> | undefined): Tensor3D {
  const rows = checkedLengths('maskSequence', 3, sequence, lengths);
  if (rows === undefined) return sequence;
  return hasFusedKernel('maskSequence') ? fusedMask(sequence, rows) : composedMask(sequence, rows);
}

/** The lengths of a sequence [B, T, …]; undefined if every row is complete. */
function checkedLengths(
  scope: string,
  rank: 2 | 3,
  sequence: Tensor,
  lengths: ArrayLike<number> | undefined,
): Lengths | undefined {
  checkKind(scope, 'the sequence', sequence, 'tensor');
  if (sequence.rank !== rank) {
    const expected = rank === 3 ? 'a sequence [B, T, n]' : 'ids [B, T]';
    refuse(scope, {
      expected,
      got: `[${sequence.shape.join(', ')}]`,
      remedy: 'pass the whole batch, with its time axis',
    });
  }
  const [batchSize, steps] = sequence.shape as [number, number];
  const rows = checkLengths(scope, lengths, batchSize, steps);
  return rows && allWhole(rows, steps) ? undefined : rows;
}

function composedMask(sequence: Tensor3D, lengths: Lengths): Tensor3D {
  const op = tf.customGrad((x) => ({
    value: tidy(() => {
      const valid = tf.expandDims(validSteps(lengths, sequence.shape[1]), 2);
      return tf.where(valid, x as Tensor3D, tf.zerosLike(x as Tensor3D));
    }),
    gradFunc: (dy: Tensor) => composedMask(dy as Tensor3D, lengths),
  }));
  return op(sequence) as Tensor3D;
}

/**
 * Ids with 0 past each row's length.
 *
 * @param ids int32 [B, T]
 * @param lengths the lengths as in {@link maskSequence}
 * @returns [B, T]; the ids themselves if every row is complete
 * @throws UnrolledError for the reasons of maskSequence
 */
export function maskIds(ids: Tensor2D, lengths: ArrayLike<number> | undefined): Tensor2D {
  const rows = checkedLengths('maskIds', 2, ids, lengths);
  if (rows === undefined) return ids;
  return tidy(() => tf.where(validSteps(rows, ids.shape[1]), ids, tf.zerosLike(ids)));
}

/** `next` for rows in which step `time` is within the length, otherwise `before`; any tensors [B, …]. */
export function keepValid<T extends Tensor>(lengths: Lengths, time: number, next: T, before: T): T {
  const op = tf.customGrad((a, b) => ({
    value: tidy(() => tf.where(validAt(lengths, time, next.rank), a as T, b as T)),
    gradFunc: (dy: Tensor) => {
      const zeros = tf.zerosLike(dy);
      return [keepValid(lengths, time, dy, zeros), keepValid(lengths, time, zeros, dy)];
    },
  }));
  return op(next, before) as T;
}

/** The same for every tensor of a state, except those at constant paths. */
export function keepValidState<S>(
  lengths: Lengths,
  time: number,
  next: S,
  before: S,
  constant?: ReadonlySet<string>,
): S {
  const old = flattenParams(before);
  return mapTree(next, (tensor, path) =>
    constant?.has(path) ? tensor : keepValid(lengths, time, tensor, old[path]!),
  );
}

/** A state with zeros in rows of length 0. These rows take no step, and their values may be NaN. */
export function maskState<S>(lengths: Lengths, state: S): S {
  return mapTree(state, (tensor) => keepValid(lengths, 0, tensor, tf.zerosLike(tensor)));
}
