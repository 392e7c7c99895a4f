/** The results of a lost GPU: zeros, which must not count as results. */
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { refuse } from '../refuse';

/** The backends whose device can go away under a program. */
const CAN_BE_LOST: readonly string[] = ['webgl', 'webgpu'];

/** 1 computed by the device that holds the tensor (NaN where its sum is not finite); a lost one gives 0. */
const oneBy = (tensor: Tensor): Scalar => tf.add(tf.mul(tf.sum(tensor), 0), 1);

/**
 * A loss as a number.
 *
 * @throws UnrolledError when the backend has lost its device
 */
export function readLoss(scope: string, loss: Scalar): number {
  if (!CAN_BE_LOST.includes(tf.getBackend())) return loss.dataSync()[0]!;
  // One read for both, since each waits for the device.
  const [value, one] = tf.tidy(() => tf.stack([loss, oneBy(loss)]).dataSync());
  if (one === 0) refuseLost(scope);
  return value!;
}

/** Refuses to read tensors of a backend that has lost its device. */
export function checkDevice(scope: string, tensor: Tensor | undefined): void {
  if (!tensor || !CAN_BE_LOST.includes(tf.getBackend())) return;
  if (tf.tidy(() => oneBy(tensor).dataSync()[0]) === 0) refuseLost(scope);
}

function refuseLost(scope: string): never {
  refuse(scope, {
    expected: `the backend '${tf.getBackend()}' to have its device`,
    got: 'zeros for all results: the device is lost',
    remedy: 'reload the page or restart the program, and resume from the last checkpoint',
    code: 'state',
  });
}
