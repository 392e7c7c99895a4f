import * as tf from '@tensorflow/tfjs-core';
import type { Frames } from '@unrolled/audio';
import { type CtcText, ctcAlign, ctcGreedy } from '@unrolled/training';
import { encode } from './alphabet';
import { hearAll, type Recogniser } from './network';

/** The outputs of a network at each step of a recording. */
export interface Posteriors {
  /** [T][labels + 1]; each row sums to 1. */
  readonly shares: readonly Float32Array[];
  /** The most likely class of each step, as labels. */
  readonly said: CtcText;
  /** The positions of a known text's labels; undefined without a text, or if it does not fit. */
  readonly aligned: CtcText | undefined;
}

/** @param text the transcript, if it is known */
export function posteriorsOf(
  { model, params, alphabet }: Recogniser,
  frames: Frames,
  text?: string,
): Posteriors {
  const targets = text === undefined ? undefined : [encode(alphabet, text, '--text')];
  const { logits } = tf.tidy(() => hearAll(model, params, [frames]));
  try {
    const [, steps, classes] = logits.shape;
    const shares = tf.tidy(() => tf.softmax(logits).dataSync<'float32'>());
    return {
      shares: Array.from({ length: steps }, (_, step) => shares.slice(step * classes, (step + 1) * classes)),
      said: ctcGreedy(logits)[0]!,
      aligned: targets && ctcAlign(logits, targets)[0]!,
    };
  } finally {
    logits.dispose();
  }
}
