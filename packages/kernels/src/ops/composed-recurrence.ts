/** The linear recurrence composed of tfjs's ops, for backends without the kernel. */
import * as tf from '@tensorflow/tfjs-core';

interface ComposedOptions {
  readonly initialState?: tf.Tensor2D | undefined;
  readonly lengths: readonly number[] | null;
  readonly reverse: boolean;
}

/**
 * Past a row's length a is replaced by 1 and b by 0. The state then stays the same through the padding, in
 * either direction.
 *
 * @returns the same as `linearRecurrence`
 */
export function composedRecurrence(
  a: tf.Tensor3D,
  b: tf.Tensor3D,
  { initialState, lengths, reverse }: ComposedOptions,
): { output: tf.Tensor3D; state: tf.Tensor2D } {
  const [batch, time, units] = a.shape;
  return tf.tidy(() => {
    const as = stepsOf(pastLengths(a, lengths, 1));
    const bs = stepsOf(pastLengths(b, lengths, 0));
    const outputs = new Array<tf.Tensor2D>(time);
    let h: tf.Tensor2D = initialState ?? tf.zeros([batch, units]);
    for (let step = 0; step < time; step++) {
      const t = reverse ? time - 1 - step : step;
      h = tf.add(tf.mul(as[t]!, h), bs[t]!);
      outputs[t] = h;
    }
    return { output: pastLengths(tf.stack(outputs, 1) as tf.Tensor3D, lengths, 0), state: h };
  });
}

/** tfjs 4.22 throws in the gradient of an unstack that has one result. */
function stepsOf(x: tf.Tensor3D): tf.Tensor2D[] {
  return x.shape[1] === 1 ? [tf.squeeze(x, [1])] : (tf.unstack(x, 1) as tf.Tensor2D[]);
}

/**
 * The sequence with `value` past each row's length. Forward pass and gradient both select, because tfjs's own
 * gradient of `where` multiplies by 0, and 0 · NaN is NaN.
 */
function pastLengths(x: tf.Tensor3D, lengths: readonly number[] | null, value: number): tf.Tensor3D {
  const [batch, time] = x.shape;
  if (!lengths || lengths.every((length) => length === time)) return x;
  const valid = lengths.flatMap((length) => Array.from({ length: time }, (_, t) => (t < length ? 1 : 0)));
  const op = tf.customGrad((given) => ({
    value: tf.tidy(() => {
      const mask = tf.tensor3d(valid, [batch, time, 1], 'bool');
      return tf.where(mask, given as tf.Tensor3D, tf.fill(x.shape, value));
    }),
    gradFunc: (dy: tf.Tensor) => pastLengths(dy as tf.Tensor3D, lengths, 0),
  }));
  return op(x) as tf.Tensor3D;
}
