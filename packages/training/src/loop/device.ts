/** Detects a lost GPU. A lost GPU returns zeros, which must not be used. */
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { refuse } from '../refuse';

/** The backends whose device can be lost while a program runs. */
const CAN_BE_LOST: readonly string[] = ['webgl', 'webgpu'];

/**
 * 1, computed on the device that holds the tensor (NaN if its sum is not finite). A lost device returns 0.
 */
const oneBy = (tensor: Tensor): Scalar => tf.add(tf.mul(tf.sum(tensor), 0), 1);

/**
 * A loss as a number.
 *
 * @throws UnrolledError if the backend has lost its device
 */
export function readLoss(scope: string, loss: Scalar): number {
  if (!CAN_BE_LOST.includes(tf.getBackend())) return loss.dataSync()[0]!;
  // Both values are read at once, because each read waits for the device.
  const [value, one] = tf.tidy(() => tf.stack([loss, oneBy(loss)]).dataSync());
  if (one === 0) refuseLost(scope);
  return value!;
}

/** Throws before tensors of a backend with a lost device are read. */
export function checkDevice(scope: string, tensor: Tensor | undefined): void {
  if (!tensor || !CAN_BE_LOST.includes(tf.getBackend())) return;
  if (tf.tidy(() => oneBy(tensor).dataSync()[0]) === 0) refuseLost(scope);
}

function refuseLost(scope: string): never {
  refuse(scope, {
    expected: `the backend '${tf.getBackend()}' with a working device`,
    got: 'zeros for all results, because the device is lost',
    remedy: 'reload the page or restart the program, and resume from the last checkpoint',
    code: 'state',
  });
}
