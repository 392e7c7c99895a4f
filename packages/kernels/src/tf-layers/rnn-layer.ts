/**
 * The parts of `@tensorflow/tfjs-layers` that this package uses (src/layers/recurrent.ts of version 4). The
 * library's own types hide some of the fields, and may be missing: `@tensorflow/tfjs` includes the library
 * without making it resolvable.
 */
import type { Tensor } from '@tensorflow/tfjs-core';

/** Any `tf.layers.Layer`, including any `tf.LayersModel`. */
export interface AnyLayer {
  readonly name: string;
  getClassName(): string;
}

export interface CallArguments {
  mask?: Tensor | null;
  training?: boolean | null;
  initialState?: Tensor[] | null;
}

export type Call = (inputs: Tensor | Tensor[], kwargs?: CallArguments) => Tensor | Tensor[];

interface Weight {
  read(): Tensor;
}

interface Activation {
  getClassName(): string;
}

export interface RnnCell {
  /** H, or [H, H] for the h and c of an LSTM. */
  stateSize: number | number[];
  activation: Activation;
  /** Missing in a simple RNN. */
  recurrentActivation?: Activation;
  kernel: Weight;
  recurrentKernel: Weight;
  /** Null if the layer has no bias. */
  bias: Weight | null;
  dropout: number;
  recurrentDropout: number;
}

export interface RnnLayer extends AnyLayer {
  readonly cell: RnnCell;
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  readonly goBackwards: boolean;
  readonly stateful: boolean;
  /** The states of a stateful layer, once it is built. */
  readonly states_: Tensor[] | null;
  call: Call;
  resetStates(states?: Tensor[], training?: boolean | null): void;
}

/**
 * Every recurrent layer in a model or layer, once, in order, including those in nested models and in
 * wrappers.
 */
export function rnnLayers(root: AnyLayer): RnnLayer[] {
  const seen = new Set<AnyLayer>();
  const visit = (layer: AnyLayer): RnnLayer[] => {
    if (seen.has(layer)) return [];
    seen.add(layer);
    return isRecurrent(layer) ? [layer] : partsOf(layer).flatMap(visit);
  };
  return visit(root);
}

function isRecurrent(layer: AnyLayer): layer is RnnLayer {
  return (layer as Partial<RnnLayer>).cell?.stateSize !== undefined;
}

interface Parts {
  layers?: AnyLayer[];
  layer?: AnyLayer;
  forwardLayer?: AnyLayer;
  backwardLayer?: AnyLayer;
}

/**
 * A model's layers, or the wrapped layers of a wrapper; Bidirectional runs two copies of the layer that it
 * was given.
 */
function partsOf(layer: AnyLayer): AnyLayer[] {
  const { layers, layer: wrapped, forwardLayer, backwardLayer } = layer as Parts;
  if (forwardLayer && backwardLayer) return [forwardLayer, backwardLayer];
  return layers ?? (wrapped ? [wrapped] : []);
}
