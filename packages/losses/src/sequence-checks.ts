/** What the sequence losses check of logits, targets and lengths, and how they make weights of lengths. */
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type FirstOrderCheck, firstOrderCheckOf } from '@unrolled/kernels';
import { refuse } from './refuse';

/** Reading tensors of these backends back waits for the device, so targets are not looked at there. */
const slowToRead: readonly string[] = ['webgl', 'webgpu'];

/** Refuses to compute a cross-entropy inside a gradient's gradient, which neither the fused kernel nor tfjs's softmax has. */
export const checkFirstOrder: FirstOrderCheck = /* @__PURE__ */ firstOrderCheckOf(refuse);

/** Refuses logits that are not [B, T, V], or targets that are not int32 [B, T]. */
export function checkSequences(scope: string, logits: Tensor3D, targets: Tensor2D): void {
  if (logits.rank !== 3) {
    refuse(scope, {
      expected: 'logits [B, T, V]',
      got: `[${logits.shape.join(', ')}]`,
      remedy:
        'one row of V scores for each step of each sequence; add an axis of 1 where there is one sequence or step',
    });
  }
  const [batchSize, steps] = logits.shape;
  if (targets.rank !== 2 || targets.shape[0] !== batchSize || targets.shape[1] !== steps) {
    refuse(scope, {
      expected: `targets [${batchSize}, ${steps}], the logits' B and T`,
      got: `[${targets.shape.join(', ')}]`,
    });
  }
  if (targets.dtype !== 'int32') {
    refuse(scope, {
      expected: 'targets of dtype int32',
      got: targets.dtype,
      remedy: 'give class ids, made with tf.tensor2d(ids, shape, "int32"), not one-hot vectors',
    });
  }
}

/** float32 [B, T]: 1 within each row's length, 0 past it. */
export function maskOf(lengths: readonly number[], steps: number): Tensor2D {
  const mask = new Float32Array(lengths.length * steps);
  for (const [row, length] of lengths.entries()) mask.fill(1, row * steps, row * steps + length);
  return tf.tensor2d(mask, [lengths.length, steps]);
}

/**
 * The targets [B, T], ids that are all in 0 … V − 1. Past a row's length anything may stand (−1, say): it becomes 0.
 *
 * @throws UnrolledError for an id out of range that counts, except on backends where a look would wait for the device
 */
export function checkedIds(
  scope: string,
  targets: Tensor2D,
  classes: number,
  lengths: readonly number[] | undefined,
): Tensor2D {
  if (!slowToRead.includes(tf.getBackend())) {
    const ids = targets.dataSync<'int32'>();
    const steps = targets.shape[1];
    let padded = false;
    for (let index = 0; index < ids.length; index++) {
      const id = ids[index]!;
      if (id >= 0 && id < classes) continue;
      if (lengths === undefined || index % steps < lengths[Math.floor(index / steps)]!) {
        refuseTarget(scope, id, Math.floor(index / steps), index % steps, classes);
      }
      padded = true;
    }
    if (padded)
      return tf.tensor2d(
        ids.map((id) => (id >= 0 && id < classes ? id : 0)),
        targets.shape,
        'int32',
      );
  }
  return targets;
}

function refuseTarget(scope: string, id: number, row: number, step: number, classes: number): never {
  refuse(scope, {
    expected: `targets in 0 … ${classes - 1}, the classes of the logits`,
    got: `${id} at row ${row}, step ${step}`,
    remedy:
      'the encoder and the model disagree on the vocabulary size, or a padded row came without its length',
  });
}
