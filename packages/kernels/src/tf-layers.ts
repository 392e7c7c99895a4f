/**
 * `@unrolled/kernels/tf-layers`: the recurrent layers of an existing tfjs-layers model on the fused kernels.
 */

import { type Fallback, onFallback } from './index';
import { refuse } from './refuse';
import { fusedCall } from './tf-layers/fused-call';
import { isFusedClass, lackingOf, tellLacking } from './tf-layers/fused-class';
import { type AnyLayer, type RnnLayer, rnnLayers } from './tf-layers/rnn-layer';

export { type AnyLayer, type Fallback, onFallback };

/** A recurrent layer, and why it does not run on a fused kernel. */
export interface LayerReport {
  /** The layer's name: 'lstm_LSTM1'. */
  readonly layer: string;
  /** Options without a fused kernel: ["activation 'elu'"]. */
  readonly lacking: readonly string[];
}

/** The result of `accelerate`. */
export interface Acceleration {
  /** Every recurrent layer of the model; where `lacking` is empty, the fused kernel runs in training too. */
  readonly layers: readonly LayerReport[];
  /** Gives these layers their own `call` back. */
  restore(): void;
}

/** Marks our functions, for every copy of this module: it may be loaded as ESM and as CommonJS. */
const FUSED_CALL = Symbol.for('unrolled.layers.fusedCall');

/**
 * Makes the layers of `tf.layers.lstm`, `tf.layers.gru` and `tf.layers.simpleRNN` in a model run on the fused
 * kernels of the backend `unrolled`, with the results of tfjs's own way to about 1e-6: outputs, states, masks
 * and gradients, thus `fit`, `predict` and `trainOnBatch`. Nothing else changes: weights stay the layers' own
 * variables, and saving, loading and optimizers see no difference.
 *
 * Each layer instance gets its own `call`, which decides at every call. Fused: activation tanh (simpleRNN:
 * relu too), recurrentActivation sigmoid and hardSigmoid, any initial state, stateful, goBackwards,
 * Bidirectional, and masks that are true up to some step of each row and false after it. Other cases (another
 * activation, another mask, dropout while training, a backend other than `unrolled`) run as before, and
 * `onFallback` reports them once. Calling it again changes nothing; a layer that is added later needs another
 * call.
 *
 * @param model a `tf.LayersModel`, sequential, functional or loaded, or one `tf.layers.Layer`
 * @returns the recurrent layers found, what each lacks for the current backend's fused kernels, and the way
 *   back
 * @throws UnrolledError when it is no such model; a `tf.GraphModel` has no layers
 */
export function accelerate(model: AnyLayer): Acceleration {
  if (typeof model?.getClassName !== 'function') {
    refuse('accelerate', {
      expected: 'a tf.LayersModel or a layer of one',
      got: model === null ? 'null' : typeof model,
      remedy: 'a tf.GraphModel has no layers: convert the model to tfjs_layers_model instead',
    });
  }
  const layers = rnnLayers(model);
  return {
    layers: layers.map(accelerateLayer),
    restore: () => layers.filter(isAccelerated).forEach(restoreCall),
  };
}

function accelerateLayer(layer: RnnLayer): LayerReport {
  if (isFusedClass(layer) && !Object.hasOwn(layer, 'call')) {
    layer.call = Object.assign(fusedCall(layer, layer.call), { [FUSED_CALL]: true });
  }
  if (isAccelerated(layer)) return { layer: layer.name, lacking: lackingOf(layer, true) };
  const lacking = isFusedClass(layer) ? ['a call that was replaced already'] : lackingOf(layer, true);
  tellLacking(layer, lacking);
  return { layer: layer.name, lacking };
}

function isAccelerated({ call }: RnnLayer): boolean {
  return FUSED_CALL in call;
}

/** The method on the prototype is tfjs's. */
function restoreCall(layer: RnnLayer): void {
  delete (layer as Partial<RnnLayer>).call;
}
