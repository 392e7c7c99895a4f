import { inWords, type OptionKinds } from '@unrolled/errors';
import { check, checkKind, checkOptions, refuse } from './refuse';

/** Features over time, [count, size]: one row for each frame, row after row. */
export interface Frames {
  readonly values: Float32Array;
  /** Number of frames. */
  readonly count: number;
  /** Number of features of a frame. */
  readonly size: number;
}

const KINDS: OptionKinds<Frames> = {
  values: 'Float32Array',
  count: 'integer of at least 0',
  size: 'positive integer',
};

/** Refuses a value that is not a record of frames, and one whose values are not count × size. */
export function checkFrames(scope: string, frames: Frames): void {
  checkKind(scope, 'frames', frames, 'object');
  checkOptions(scope, frames, KINDS, true);
  const { values, count, size } = frames;
  if (values.length === count * size) return;
  refuse(scope, {
    expected: `${count} × ${size} = ${count * size} values`,
    got: String(values.length),
    remedy: 'pass frames in the form that the extractors return',
    code: 'shape',
  });
}

/** Refuses a list that is empty, or whose frames differ in size; returns the size. */
export function checkAllFrames(scope: string, list: readonly Frames[]): number {
  checkKind(scope, 'frames', list, 'array');
  for (const frames of list) checkFrames(scope, frames);
  const size = list[0]?.size;
  const other = list.find((frames) => frames.size !== size);
  if (size !== undefined && !other) return size;
  return refuse(scope, {
    expected: size === undefined ? 'at least one record of frames' : `frames of ${size} features each`,
    got: other ? String(other.size) : inWords(list),
    remedy: 'pass frames of one extractor',
    code: 'shape',
  });
}

/**
 * Concatenates the features of several records, [count, size₁ + size₂ + …]: MFCC with their deltas.
 *
 * @throws UnrolledError if they differ in their number of frames
 */
export function joinFeatures(list: readonly Frames[]): Frames {
  checkKind('joinFeatures', 'frames', list, 'array');
  for (const frames of list) checkFrames('joinFeatures', frames);
  const count = list[0]?.count ?? 0;
  const other = list.find((frames) => frames.count !== count);
  if (list.length === 0 || other) {
    refuse('joinFeatures', {
      expected: list.length === 0 ? 'at least one record of frames' : `${count} frames in each`,
      got: String(other?.count ?? 'none'),
      remedy: 'pass features of the same samples',
      code: 'shape',
    });
  }
  const size = list.reduce((sum, frames) => sum + frames.size, 0);
  const values = new Float32Array(count * size);
  let column = 0;
  for (const one of list) {
    for (let row = 0; row < count; row++)
      values.set(one.values.subarray(row * one.size, (row + 1) * one.size), row * size + column);
    column += one.size;
  }
  return { values, count, size };
}

/** Maximum number of frames in a step. */
const MOST_STACKED = 10_000;

/**
 * Concatenates every `count` consecutive frames, [⌈T / count⌉, count · size]. A network then has fewer steps,
 * with the same numbers. The last step is padded with zeros.
 */
export function stackFrames(frames: Frames, count: number): Frames {
  checkFrames('stackFrames', frames);
  checkKind('stackFrames', 'count', count, 'positive integer');
  // A larger count would only add zeros, and a typed array of them might not fit in memory.
  check.number('stackFrames', 'count', count, count <= MOST_STACKED, `of at most ${MOST_STACKED}`);
  const steps = Math.ceil(frames.count / count);
  const values = new Float32Array(steps * count * frames.size);
  values.set(frames.values);
  return { values, count: steps, size: count * frames.size };
}
