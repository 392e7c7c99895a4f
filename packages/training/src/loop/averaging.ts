/**
 * An exponential moving average of the parameters, which is often a better model than the parameters of the
 * last step.
 */
import type { Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { tensorsOf } from '@unrolled/cells';
import type { OptionKinds } from '@unrolled/errors';
import { CHECKED, check, checkKind, checkOptions } from '../refuse';

export interface Averaging {
  /** The decay of the average in each step, in [0, 1): 0.999 averages about the last thousand steps. */
  readonly decay: number;
}

const KINDS: OptionKinds<Averaging> = { decay: CHECKED };

export function checkAveraging(averaging: Averaging | undefined): void {
  if (averaging === undefined) return;
  checkOptions('averaging', averaging, KINDS);
  const { decay } = averaging;
  checkKind('train', 'averaging.decay', decay, 'number');
  check.number(
    'train',
    'averaging.decay',
    decay,
    decay >= 0 && decay < 1,
    'in [0, 1)',
    '0.999 averages about the last thousand steps',
  );
}

/**
 * a ← d·a + (1 − d)·p with d = min(decay, (1 + step) / (10 + step)). With this d the first steps soon lose
 * their weight (TF1's `ExponentialMovingAverage` with `num_updates`). Updates in place.
 *
 * @param step the number of the last update, from 1
 */
export function average<P>(averages: P, params: P, averaging: Averaging, step: number): void {
  const share = averagingShare(averaging, step);
  const sources = tensorsOf(params);
  tensorsOf(averages).forEach((variable, index) => {
    tf.tidy(() =>
      (variable as Variable).assign(tf.add(variable, tf.mul(tf.sub(sources[index]!, variable), share))),
    );
  });
}

/** 1 − d: the weight of the parameters in the update. */
export function averagingShare({ decay }: Averaging, step: number): number {
  return 1 - Math.min(decay, (1 + step) / (10 + step));
}
