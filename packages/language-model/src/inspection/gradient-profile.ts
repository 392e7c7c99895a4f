import * as tf from '@tensorflow/tfjs-core';
import { disposeTree, unroll } from '@unrolled/cells';
import type { OptionKinds } from '@unrolled/errors';
import { gradientByDistance } from '@unrolled/training';
import type { LanguageModel } from '../architecture/architecture';
import { checkModel } from '../records';
import { checkKind, checkOptions } from '../refuse';

/** How far back in time the gradients of one model reach. */
export interface GradientProfile {
  readonly name: string;
  /** ‖∂ loss_T / ∂ h_(T−d)‖ for d = 0 … D, the mean over windows. */
  readonly h: readonly number[];
  /** The same for the cell state of an LSTM, from d = 1 on. */
  readonly c: readonly number[] | undefined;
  /** The factor by which the norm of h changes per step back, fitted over all distances from 1 on. */
  readonly factor: number;
}

const KINDS: OptionKinds<{ readonly model: LanguageModel; readonly params: unknown[] }> = {
  model: 'object',
  params: 'array',
};

/**
 * Measures how far back in time gradients reach.
 *
 * @param windows ids, 2D + 1 in each window
 * @param distance D, in time steps
 */
export function gradientProfile(
  name: string,
  options: { readonly model: LanguageModel; readonly params: unknown[] },
  windows: readonly Int32Array[],
  distance: number,
): GradientProfile {
  checkKind('gradientProfile', 'name', name, 'string');
  checkOptions('gradientProfile', options, KINDS, true);
  checkModel('gradientProfile', options.model);
  checkKind('gradientProfile', 'windows', windows, 'array');
  for (const window of windows) checkKind('gradientProfile', 'each window', window, 'Int32Array');
  checkKind('gradientProfile', 'distance', distance, 'number');
  const { model, params } = options;
  const { h, c } = gradientByDistance({ model, params, windows, distance });
  const atEnd = readoutGradient(model, params, windows);
  const own = [...h!];
  return {
    name,
    h: [atEnd, ...own],
    c: c && [...c],
    factor: fittedFactor(own),
  };
}

/**
 * At distance 0, the last state affects the loss only through the readout, logits = h·W + b, so its gradient
 * is W·(softmax − one-hot); that of the layers below is 0.
 */
function readoutGradient(model: LanguageModel, params: unknown[], windows: readonly Int32Array[]): number {
  const steps = windows[0]!.length - 1;
  return tf.tidy(() => {
    const inputs = tf.tensor2d(
      windows.map((window) => Array.from(window.subarray(0, steps))),
      undefined,
      'int32',
    );
    const { output, state } = unroll(model, params, inputs, { context: { training: false } });
    disposeTree(state);
    const logits = tf.reshape(tf.slice(output, [0, steps - 1, 0], [-1, 1, -1]), [windows.length, -1]);
    const targets = tf.tensor1d(
      windows.map((window) => window[steps]!),
      'int32',
    );
    const difference = tf.sub(tf.softmax(logits), tf.oneHot(targets, model.outputSize));
    const head = params.at(-1) as { kernel: tf.Tensor2D } | { embeddings: tf.Tensor2D };
    // W is [H, V]; tied, it is the embedding [V, H] transposed.
    const gradient =
      'kernel' in head
        ? tf.matMul(difference, head.kernel, false, true)
        : tf.matMul(difference, head.embeddings);
    return tf.mean(tf.norm(gradient, 2, 1)).dataSync()[0]!;
  });
}

/**
 * e to the power of the slope of the least-squares line through ln norm over distance, for positive norms.
 */
export function fittedFactor(norms: readonly number[]): number {
  const points = norms
    .map((norm, distance) => [distance, Math.log(norm)] as const)
    .filter(([, logarithm]) => Number.isFinite(logarithm));
  const mean = (of: (point: readonly [number, number]) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean(([distance]) => distance), mean(([, logarithm]) => logarithm)];
  const spread = mean(([distance]) => (distance - x) ** 2);
  return Math.exp(mean(([distance, logarithm]) => (distance - x) * (logarithm - y)) / spread);
}

/** A relative change per step below this counts as constant. */
const KEPT = 0.01;

/** A factor in words: `× 0.81 per step: vanishing, halved after 3.3 steps`. */
export function factorInWords(factor: number): string {
  if (!Number.isNaN(factor)) checkKind('factorInWords', 'factor', factor, 'number');
  const times = `× ${factor.toFixed(3)} per step`;
  if (!Number.isFinite(factor)) return 'the gradient is 0 everywhere';
  if (Math.abs(factor - 1) < KEPT) return `${times}: preserved`;
  const steps = (Math.log(2) / Math.abs(Math.log(factor))).toFixed(1);
  return factor < 1
    ? `${times}: vanishing, halved after ${steps} steps`
    : `${times}: exploding, doubled after ${steps} steps`;
}
