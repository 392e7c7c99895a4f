import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { hasFusedKernel, lastStep } from '@unrolled/kernels';
import { checkPart } from './checks';
import {
  type AnyLayer,
  type AnyPart,
  type AnySequencePart,
  type InputKindOf,
  type Layer,
  lengthsAfter,
  nameOf,
  type ParamsOf,
  type StateOf,
  sharedWith,
} from './contract';
import { structureOf } from './identity';
import { refuse } from './refuse';
import { tidy } from './tree';
import { builtInLayer, unrollPart } from './unroll';

/**
 * Each row's output at its last valid step (many-to-one), [B, T, I] → [B, O]; zeros for a row of length 0.
 * The last step is that of the input's order, also for a layer that runs in reverse.
 *
 * @throws UnrolledError if the part already returns [B, O]
 */
export function lastOutput<L extends AnySequencePart>(
  part: L,
): Layer<ParamsOf<L>, StateOf<L>, InputKindOf<L>, Tensor2D> {
  checkPart('lastOutput', part);
  checkGivesSequence('lastOutput', part);
  const layer: Layer<ParamsOf<L>, StateOf<L>, InputKindOf<L>, Tensor2D> = {
    name: `lastOutput(${nameOf(part)})`,
    ...sharedWith(part),
    unroll: (params, inputs, state, options = {}) =>
      tidy(() => {
        const next = unrollPart(part as AnyLayer, params, inputs as never, state, options);
        checkIsSequence('lastOutput', part, next.output);
        return { output: takeLast(next.output, lengthsAfter(part, options.lengths)), state: next.state };
      }),
  };
  // A layer with one output a row has no other output shape.
  delete layer.outputShape;
  return builtInLayer(layer, { type: 'lastOutput', part });
}

/**
 * Whether a built-in part returns one output a row, [B, O]: `lastOutput`, global or attention pooling,
 * `flatten`, or a stack with such a part.
 */
export function isManyToOne(part: AnyPart): boolean {
  const structure = structureOf(part);
  switch (structure?.type) {
    case 'lastOutput':
    case 'globalPool':
    case 'attentionPool':
    case 'flatten':
      return true;
    case 'stack':
      return structure.parts.some(isManyToOne);
    default:
      return false;
  }
}

/**
 * Whether a built-in part returns pictures, [B, H, W, O]: a convolution or pooling of pictures, or a stack
 * that ends with one.
 */
export function givesPictures(part: AnyPart): boolean {
  const structure = structureOf(part);
  if (structure?.type === 'stack') return givesPictures(structure.parts.at(-1)!);
  return structure?.type === 'conv2d' || structure?.type === 'pool2d';
}

/** Throws if a part returns [B, O] or pictures instead of [B, T, O]. */
export function checkGivesSequence(scope: string, part: AnyPart): void {
  if (isManyToOne(part)) refuseOneOutput(scope, part);
  if (!givesPictures(part)) return;
  refuse(scope, {
    expected: 'a part with an output at every step, [B, T, O]',
    got: `${nameOf(part)}, which returns pictures`,
    remedy: 'put pixelSteps after it in a stack',
  });
}

/** Throws if a part returns an unexpected number of steps. */
export function checkSteps(scope: string, part: AnyPart, expected: number, steps: number): void {
  if (steps === expected) return;
  refuse(scope, {
    expected: `${nameOf(part)} to return ${expected} steps`,
    got: String(steps),
    remedy: "set padding: 'same' or 'causal', and a stride of 1, in conv1d",
    code: 'shape',
  });
}

/** The same check on the output, because the shape of a user-defined part is not known in advance. */
export function checkIsSequence(scope: string, part: AnyPart, output: Tensor): void {
  if (output.rank !== 3) refuseOneOutput(scope, part);
}

function refuseOneOutput(scope: string, part: AnyPart): never {
  refuse(scope, {
    expected: 'a part with an output at every step, [B, T, O]',
    got: `${nameOf(part)}, which returns one output a row, [B, O]`,
    remedy: 'put lastOutput around the whole model, or into a stack, before its dense parts',
  });
}

/** [B, T, O] → [B, O] */
function takeLast(output: Tensor3D, lengths: readonly number[] | undefined): Tensor2D {
  if (hasFusedKernel('lastStep')) return lastStep(output, lengths);
  const [batchSize, steps] = output.shape;
  if (lengths === undefined || lengths.every((length) => length === steps)) return finalStep(output);
  // Each row's mask has a single 1. Past a row's length the output is exactly 0, so multiplying by 0 is safe
  // there.
  const last = lengths.flatMap((length) =>
    Array.from({ length: steps }, (_, time) => (time === length - 1 ? 1 : 0)),
  );
  return tf.sum(tf.mul(output, tf.tensor3d(last, [batchSize, steps, 1])), 1) as Tensor2D;
}

/**
 * The last of T steps. tfjs's gradient of a slice pads element by element; this gradient is a concatenation.
 */
const finalStep = tf.customGrad((sequence) => {
  const [batchSize, steps, size] = (sequence as Tensor3D).shape;
  const value = tf.reshape(tf.slice(sequence as Tensor3D, [0, steps - 1, 0]), [batchSize, size]);
  const gradFunc = (dy: Tensor) => {
    const last = tf.reshape(dy, [batchSize, 1, size]);
    return steps === 1 ? last : tf.concat([tf.zeros([batchSize, steps - 1, size]), last], 1);
  };
  return { value, gradFunc };
}) as (sequence: Tensor3D) => Tensor2D;
