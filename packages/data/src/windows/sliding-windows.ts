import { inWords, type OptionKinds } from '@unrolled/errors';
import { allocate, checkKind, checkOptions, refuse } from '../refuse';

/** Windows of a sequence and, for each, the same window one token later: many to many. */
export interface SlidingWindows {
  readonly count: number;
  readonly length: number;
  /** [count, length], row-major */
  readonly inputs: Int32Array;
  /** `[count, length]`: at each position the token after the input's */
  readonly targets: Int32Array;
}

const SLIDING_WINDOWS_KINDS: OptionKinds<{ readonly length: number; readonly stride?: number }> = {
  length: 'positive integer',
  stride: 'positive integer?',
};

/**
 * Every window of `length` tokens with a next token, `stride` apart: n tokens give ⌊(n − 1 − length) /
 * stride⌋ + 1 windows.
 *
 * @param ids [n]
 * @throws UnrolledError if there are fewer than length + 1 tokens
 */
export function slidingWindows(
  ids: ArrayLike<number>,
  options: { readonly length: number; readonly stride?: number },
): SlidingWindows {
  checkIds('slidingWindows', 'ids', ids);
  checkOptions('slidingWindows', options, SLIDING_WINDOWS_KINDS);
  const { length, stride = 1 } = options;
  if (ids.length <= length) {
    refuse('slidingWindows', {
      expected: `at least ${length + 1} tokens for a window of ${length} and its targets`,
      got: String(ids.length),
      remedy: 'reduce the window or pass more text',
    });
  }
  const count = Math.floor((ids.length - 1 - length) / stride) + 1;
  const inputs = allocate('slidingWindows', Int32Array, count * length);
  const targets = allocate('slidingWindows', Int32Array, count * length);
  for (let window = 0; window < count; window++) {
    for (let i = 0; i < length; i++) {
      inputs[window * length + i] = ids[window * stride + i]!;
      targets[window * length + i] = ids[window * stride + i + 1]!;
    }
  }
  return { count, length, inputs, targets };
}

const STITCH_WINDOWS_KINDS: OptionKinds<{ readonly length: number; readonly stride?: number }> = {
  length: 'positive integer',
  stride: 'positive integer?',
};

/**
 * Joins a model's outputs of overlapping windows into one sequence: the whole first window, then the tokens
 * that each later window adds at its end.
 *
 * @param windows [count, length], row-major, of windows that are `stride` apart
 * @returns [length + (count − 1)·stride]
 * @throws UnrolledError if the numbers do not fill whole windows, or the stride skips some
 */
export function stitchWindows(
  windows: ArrayLike<number>,
  options: { readonly length: number; readonly stride?: number },
): Int32Array {
  checkIds('stitchWindows', 'windows', windows);
  checkOptions('stitchWindows', options, STITCH_WINDOWS_KINDS);
  const { length, stride = 1 } = options;
  const count = windows.length / length;
  if (!Number.isInteger(count) || count === 0 || stride > length) {
    refuse('stitchWindows', {
      expected: `whole windows of ${length} tokens, at most ${length} tokens apart`,
      got: `${windows.length} numbers, with windows ${stride} apart`,
      remedy: 'pass the same options as when the windows were created',
    });
  }
  const stitched = new Int32Array(length + (count - 1) * stride);
  for (let window = 0; window < count; window++) {
    const first = window === 0 ? 0 : length - stride;
    for (let i = first; i < length; i++) stitched[window * stride + i] = windows[window * length + i]!;
  }
  return stitched;
}

function checkIds(scope: string, what: string, ids: ArrayLike<number>): void {
  checkKind(scope, what, ids, 'array or typed array');
  for (let i = 0; i < ids.length; i++) {
    if (Number.isInteger(ids[i])) continue;
    refuse(scope, {
      expected: `${what} of whole numbers`,
      got: `${inWords(ids[i])} at position ${i}`,
      remedy: 'encode the text first',
    });
  }
}
