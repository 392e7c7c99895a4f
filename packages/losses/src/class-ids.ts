/** Checks of class ids: one id for each row of V scores. */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { inWords } from '@unrolled/errors';
import { refuse } from './refuse';

/** On these backends reading a tensor waits for the device, so ids in tensors are not checked. */
export const slowToRead: readonly string[] = ['webgl', 'webgpu'];

/** Ids as passed by the caller. */
export interface GivenIds {
  /** int32, in the logits' shape without its last axis; not checked yet. */
  readonly ids: Tensor;
  /** The values of the ids, row by row; undefined if reading them would wait for the device. */
  readonly values: ArrayLike<number> | undefined;
}

/**
 * One id for each row of logits […, V], as an int32 tensor […].
 *
 * @param what 'ids' or 'targets', used in error messages
 * @throws UnrolledError for logits without classes, or ids of another shape or dtype
 */
export function idsFor(
  scope: string,
  what: string,
  logits: Tensor,
  given: Tensor | ArrayLike<number> | number,
): GivenIds {
  const shape = logits.shape.slice(0, -1);
  const size = tf.util.sizeFromShape(shape);
  const inBrackets = `[${shape.join(', ')}]`;
  if (!(logits.shape.at(-1)! > 0)) {
    refuse(scope, {
      expected: 'logits […, V] with at least one class',
      got: `[${logits.shape.join(', ')}]`,
      remedy: 'pass one score for each class, on the last axis',
    });
  }
  if (logits.dtype !== 'float32') {
    const remedy = "pass tf.cast(logits, 'float32'); the ids are the second argument";
    refuse(scope, { expected: 'logits of dtype float32', got: logits.dtype, remedy });
  }
  if (given instanceof tf.Tensor) {
    checkIdTensor(scope, what, logits, given);
    const values = slowToRead.includes(tf.getBackend()) ? undefined : given.dataSync<'int32'>();
    return { ids: given, values };
  }
  const values = typeof given === 'number' ? [given] : given;
  const isList = Array.isArray(values) || (ArrayBuffer.isView(values) && 'length' in values);
  const isNested = isList && typeof values[0] === 'object';
  if (!isList || isNested || values.length !== size || (typeof given === 'number' && shape.length > 0)) {
    const all = shape.length > 0 ? `${what} ${inBrackets}, ${size} numbers row by row` : 'one id';
    const got = isNested
      ? `nested lists, ${values.length} of them`
      : isList && typeof given !== 'number'
        ? `${values.length} numbers`
        : inWords(given);
    refuse(scope, {
      expected: `${all}, the logits' shape without the last axis`,
      got,
      remedy: isNested
        ? `pass ${what}.flat()`
        : `pass ${what} as class numbers, in an array or an int32 tensor`,
      code: 'shape',
    });
  }
  const numbers = Int32Array.from(values, (id) => (Number.isInteger(id) ? id : 0));
  return { ids: tf.tensor(numbers, shape, 'int32'), values };
}

function checkIdTensor(scope: string, what: string, logits: Tensor, ids: Tensor): void {
  const shape = logits.shape.slice(0, -1);
  if (!tf.util.arraysEqual(ids.shape, shape)) {
    const oneHot = tf.util.arraysEqual(ids.shape, logits.shape);
    refuse(scope, {
      expected: `${what} [${shape.join(', ')}], the logits' shape without the last axis`,
      got: `[${ids.shape.join(', ')}]`,
      remedy: oneHot
        ? 'for one-hot vectors, pass tf.argMax(vectors, -1)'
        : 'pass one class for each row of logits',
      code: 'shape',
    });
  }
  if (ids.dtype === 'int32') return;
  refuse(scope, {
    expected: `${what} of dtype int32`,
    got: ids.dtype,
    remedy: 'pass class ids as an array, or as tf.tensor(ids, shape, "int32"), not one-hot vectors',
    code: 'shape',
  });
}

/**
 * Checks that ids are in 0 … V − 1. An id of weight 0 may have any value (−1, for example) and becomes 0.
 *
 * @param counts whether the id at an index, row by row, has a weight above 0; default true for all
 * @throws UnrolledError if an id with a weight above 0 is out of range, except in a tensor on a backend where
 *   reading it would wait for the device
 */
export function checkedIds(
  scope: string,
  what: string,
  { ids, values }: GivenIds,
  classes: number,
  counts?: (place: number, id: number) => boolean,
): Tensor {
  if (values === undefined) return ids;
  let padded = false;
  for (let place = 0; place < values.length; place++) {
    const id = values[place]!;
    if (isClass(id, classes)) continue;
    if (!counts || counts(place, id)) refuseId(scope, what, id, placeInWords(place, ids.shape), classes);
    padded = true;
  }
  if (!padded) return ids;
  const safe = Int32Array.from(values, (id) => (isClass(id, classes) ? id : 0));
  return tf.tensor(safe, ids.shape, 'int32');
}

const isClass = (id: number, classes: number) => Number.isInteger(id) && id >= 0 && id < classes;

/** The position of an id for a message: ' at row 1', ' at row 1, step 2' or ' at [1, 2, 3]'. */
function placeInWords(place: number, shape: readonly number[]): string {
  if (shape.length === 0) return '';
  const at: number[] = [];
  let left = place;
  for (const extent of [...shape].reverse()) {
    at.unshift(left % extent);
    left = Math.floor(left / extent);
  }
  if (shape.length > 2) return ` at [${at.join(', ')}]`;
  return at.length === 2 ? ` at row ${at[0]}, step ${at[1]}` : ` at row ${at[0]}`;
}

function refuseId(scope: string, what: string, id: unknown, place: string, classes: number): never {
  refuse(scope, {
    expected: `${what} in 0 … ${classes - 1}, the classes of the logits`,
    got: `${inWords(id)}${place}`,
    remedy:
      what === 'targets'
        ? "make the encoder's and the model's vocabulary sizes equal, and pass the lengths of padded rows"
        : "make the encoder's and the model's classes equal, and pass lengths or ignoreId for padding",
  });
}
