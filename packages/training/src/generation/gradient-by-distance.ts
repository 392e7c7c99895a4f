import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import {
  type Cell,
  disposeTree,
  flattenParams,
  type InputKind,
  type Layer,
  mapTree,
  type SequenceInput,
  unroll,
} from '@unrolled/cells';
import { inWords, type OptionKinds } from '@unrolled/errors';
import { sequenceLossPerStep } from '@unrolled/losses';
import { checkModel } from '../check-model';
import { releaseTape } from '../loop/gradients';
import { CHECKED, check, checkOptions, refuse } from '../refuse';
import { checkIds, inputsOf } from './text-model';

export interface GradientByDistanceOptions<P, S, K extends InputKind> {
  /**
   * The model's output [B, T, V] are logits over the next id. It reads ids, or one-hot vectors of
   * `inputSize`.
   */
  readonly model: Cell<P, S, K> | Layer<P, S, K>;
  readonly params: P;
  /** Windows of a text of equal length, with more than `distance` ids. The last id is the one to predict. */
  readonly windows: readonly ArrayLike<number>[];
  /** D: the maximum number of steps back. */
  readonly distance: number;
}

/**
 * How much the loss of the last step depends on the state some steps before: the mean over the windows of
 *
 *     ‖∂ loss_T / ∂ s_(T−d)‖   for d = 1 … D
 *
 * with loss_T the cross-entropy of the id after step T (Bengio, Simard and Frasconi, 1994; Pascanu, Mikolov
 * and Bengio, 2013). Each value is the exact gradient with respect to the initial state of the last d steps.
 * The norm covers the states of the same name in all layers.
 *
 * @returns arrays by the states' names, `h` and for an LSTM `c`; element d − 1 is for distance d
 * @throws UnrolledError if there are no windows, windows are too short or of different lengths, or an id is
 *   out of range
 */
export function gradientByDistance<P, S, K extends InputKind = 'vectors'>(
  options: GradientByDistanceOptions<P, S, K>,
): Record<string, Float64Array> {
  checkGradientOptions(options);
  const { model, params, windows, distance } = options;
  const steps = windows[0]!.length - 1;
  const rows = windows.map((window) => Array.from(window));
  const read = (start: number, end: number, initialState: S) => {
    const inputs = inputsOf(
      model,
      rows.map((row) => row.slice(start, end)),
    ) as SequenceInput<K>;
    return unroll(model, params, inputs, { initialState, context: { training: false } });
  };
  const targets = tf.tensor2d(
    rows.map((row) => [row[steps]!]),
    undefined,
    'int32',
  );
  const norms: Record<string, Float64Array> = {};
  let state = model.zeroState(windows.length);
  const advance = (start: number, end: number) => {
    if (start === end) return;
    const before = state;
    tf.tidy(() => {
      state = mapTree(read(start, end, before).state, (tensor) => tf.keep(tf.clone(tensor)));
    });
    disposeTree(before);
  };
  try {
    advance(0, steps - distance);
    for (let back = distance; back >= 1; back--) {
      const lossOf = (initialState: S) => {
        const { output } = read(steps - back, steps, initialState);
        const last = tf.slice(output, [0, back - 1, 0], [windows.length, 1, model.outputSize]);
        return tf.sum(sequenceLossPerStep(last as tf.Tensor3D, targets)) as tf.Scalar;
      };
      for (const [name, norm] of Object.entries(meanNorms(state, lossOf))) {
        norms[name] ??= new Float64Array(distance);
        norms[name][back - 1] = norm;
      }
      if (back > 1) advance(steps - back, steps - back + 1);
    }
    return norms;
  } catch (error) {
    releaseTape();
    throw error;
  } finally {
    disposeTree([state, targets]);
  }
}

/** The mean over rows of the norm of the gradient of the summed row losses, by the states' names. */
function meanNorms<S>(state: S, lossOf: (state: S) => tf.Scalar): Record<string, number> {
  const flat = flattenParams(state);
  const paths = Object.keys(flat);
  const squares: Record<string, Float64Array> = {};
  tf.tidy(() => {
    const gradients = tf.grads((...tensors: Tensor[]) =>
      lossOf(mapTree(state, (_, path) => tensors[paths.indexOf(path)]!)),
    )(Object.values(flat));
    for (const [at, gradient] of gradients.entries()) {
      const name = paths[at]!.split('.').at(-1)!;
      const values = gradient.dataSync<'float32'>();
      const [rows] = gradient.shape as [number];
      squares[name] ??= new Float64Array(rows);
      const own = squares[name];
      for (let n = 0; n < values.length; n++) own[Math.floor((n * rows) / values.length)]! += values[n]! ** 2;
    }
  });
  const mean = (values: Float64Array) =>
    values.reduce((sum, value) => sum + Math.sqrt(value), 0) / values.length;
  return Object.fromEntries(Object.entries(squares).map(([name, values]) => [name, mean(values)]));
}

const KINDS: OptionKinds<GradientByDistanceOptions<object, unknown, InputKind>> = {
  model: 'object',
  params: 'value',
  windows: 'array',
  distance: CHECKED,
};

function checkGradientOptions<P, S, K extends InputKind>(options: GradientByDistanceOptions<P, S, K>): void {
  const scope = 'gradientByDistance';
  checkOptions(scope, options, KINDS as OptionKinds<typeof options>);
  const { model, windows, distance } = options;
  checkModel(scope, model);
  check.count(scope, 'a distance', distance);
  if (windows.length === 0) {
    refuse(scope, { expected: 'at least one window', got: 'none', remedy: 'pass a window of a text' });
  }
  const length = windows[0]?.length;
  for (const window of windows) {
    const isList = Array.isArray(window) || ArrayBuffer.isView(window);
    if (isList && window.length === length && length > distance) continue;
    refuse(scope, {
      expected: `windows of one length, more than the distance ${distance}`,
      got: isList ? `${length} and ${window.length} ids` : inWords(window),
      remedy: 'cut the ids into pieces of distance + 1 or more, such as by slidingWindows',
    });
  }
  for (const window of windows)
    checkIds(scope, window, Math.min(model.inputSize, model.outputSize), 'a window');
}
