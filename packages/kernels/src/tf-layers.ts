/**
 * `@unrolled/kernels/tf-layers`: runs the recurrent layers of an existing tfjs-layers model on the fused
 * kernels.
 */

import { type Fallback, onFallback } from './index';
import { refuse } from './refuse';
import { fusedCall } from './tf-layers/fused-call';
import { isFusedClass, lackingOf, tellLacking } from './tf-layers/fused-class';
import { type AnyLayer, type RnnLayer, rnnLayers } from './tf-layers/rnn-layer';

export { type AnyLayer, type Fallback, onFallback };

/** A recurrent layer, and the reasons why it does not run on a fused kernel. */
export interface LayerReport {
  /** The layer's name: 'lstm_LSTM1'. */
  readonly layer: string;
  /** Options without a fused kernel: ["activation 'elu'"]. */
  readonly lacking: readonly string[];
}

/** The result of `accelerate`. */
export interface Acceleration {
  /**
   * Every recurrent layer of the model. A layer whose `lacking` is empty runs on the fused kernel, also in
   * training.
   */
  readonly layers: readonly LayerReport[];
  /** Restores the layers' own `call`. */
  restore(): void;
}

/** Marks our functions for all copies of this module, which may be loaded as ESM and as CommonJS. */
const FUSED_CALL = Symbol.for('unrolled.layers.fusedCall');

/**
 * Makes the layers of `tf.layers.lstm`, `tf.layers.gru` and `tf.layers.simpleRNN` in a model run on the fused
 * kernels of the backend `unrolled`. Outputs, states, masks and gradients agree with tfjs's own to about
 * 1e-6, in `fit`, `predict` and `trainOnBatch`. Nothing else changes: the weights remain the layers' own
 * variables, and saving, loading and optimizers work as before.
 *
 * Each layer instance gets its own `call`, which chooses a path at every call. The fused path supports:
 * activation tanh (simpleRNN: relu too), recurrentActivation sigmoid and hardSigmoid, any initial state,
 * stateful, goBackwards, Bidirectional, and masks that are true up to some step of each row and false after
 * it. Other cases (another activation, another mask, dropout in training, a backend other than `unrolled`)
 * run as before, and `onFallback` reports them once. A second call changes nothing. After adding a layer,
 * call it again.
 *
 * @param model a `tf.LayersModel`, sequential, functional or loaded, or one `tf.layers.Layer`
 * @returns the recurrent layers found, the options of each that the current backend's fused kernels do not
 *   support, and a function that restores the model
 * @throws UnrolledError if `model` is not such a model; a `tf.GraphModel` has no layers
 */
export function accelerate(model: AnyLayer): Acceleration {
  if (typeof model?.getClassName !== 'function') {
    refuse('accelerate', {
      expected: 'a tf.LayersModel or a layer of one',
      got: model === null ? 'null' : typeof model,
      remedy: 'convert the model to tfjs_layers_model; a tf.GraphModel has no layers',
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

/** The prototype has tfjs's own method. */
function restoreCall(layer: RnnLayer): void {
  delete (layer as Partial<RnnLayer>).call;
}
