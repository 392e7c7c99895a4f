/**
 * The layers of `@tensorflow/tfjs-layers` as this package uses them (src/layers/recurrent.ts of its version
 * 4). Their own types hide some of the fields, and may be missing: `@tensorflow/tfjs` includes the library
 * without making it resolvable.
 */
import type { Tensor } from '@tensorflow/tfjs-core';

/** Any `tf.layers.Layer`, and so any `tf.LayersModel`. */
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
  /** H, or for an LSTM [H, H]: h and c. */
  stateSize: number | number[];
  activation: Activation;
  /** Not in a simple RNN. */
  recurrentActivation?: Activation;
  kernel: Weight;
  recurrentKernel: Weight;
  /** Null without bias. */
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
  /** The states that a stateful layer carries, from when it is built. */
  readonly states_: Tensor[] | null;
  call: Call;
  resetStates(states?: Tensor[], training?: boolean | null): void;
}

/** Every recurrent layer in a model or layer, once, in order: those in nested models and in wrappers too. */
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
 * A model's layers, or what a wrapper wraps; Bidirectional runs two copies of the layer that it was given.
 */
function partsOf(layer: AnyLayer): AnyLayer[] {
  const { layers, layer: wrapped, forwardLayer, backwardLayer } = layer as Parts;
  if (forwardLayer && backwardLayer) return [forwardLayer, backwardLayer];
  return layers ?? (wrapped ? [wrapped] : []);
}
