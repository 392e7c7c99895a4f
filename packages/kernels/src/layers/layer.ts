/**
 * A layer as plain data: the one place that knows its gates, its parameters, its states and what of it is
 * fused. Cells, the sampler, the kernel of a whole stack, TensorFlow's engine, weight conversion, checkpoints
 * and the bench read it from here.
 *
 * I input size, H units, G gates, B rows of a batch.
 */
import type { FusedOp } from '../kernel-names';

/** A shape; every entry is a positive integer. */
export type Shape = readonly number[];

/**
 * The activations that have a name. `hardSigmoid` is clip(0.2·x + 0.5, 0, 1), as in tf.layers and Keras 2.
 */
export type ActivationName = 'tanh' | 'sigmoid' | 'relu' | 'hardSigmoid' | 'softsign' | 'linear';

/**
 * The activation of the gates in the fused kernels: the sigmoid, or the hard one of Keras 1 and tfjs-layers.
 */
export type GateActivation = Extract<ActivationName, 'sigmoid' | 'hardSigmoid'>;

/** Whether the fused kernels of the layers with gates have these activations. */
export function hasFusedGates(activation: ActivationData, recurrentActivation: ActivationData): boolean {
  return (
    activation === 'tanh' && (recurrentActivation === 'sigmoid' || recurrentActivation === 'hardSigmoid')
  );
}

/** An activation as data: its name, or 'custom' for a function of the user's own. */
export type ActivationData = ActivationName | 'custom';

/** The sizes that every layer has. */
export interface LayerSizes {
  /** I: the length of one input vector, or the number of distinct ids. */
  readonly inputSize: number;
  /** H: the size of the state, or of the output of a layer without one. */
  readonly units: number;
}

/** The sizes of a layer with a recurrent state, and what it reads. */
export interface RecurrentLayerSizes extends LayerSizes {
  /** 'ids' reads ids as one-hot vectors of length `inputSize`; default 'vectors'. */
  readonly inputKind?: 'vectors' | 'ids' | undefined;
}

/** The definition of a layer type. */
export interface LayerType<L extends LayerSizes> {
  /**
   * The gates in their order along the last axis of kernels and biases, `units` columns each.
   */
  readonly gates: readonly string[];
  /** The op that computes a whole sequence; its name in tfjs's registry is in `kernel-names.ts`. */
  readonly op: FusedOp;
  /** The length of one output vector. */
  outputSize(layer: L): number;
  /** The shape of each parameter by its name, in the order in which they are made and stored. */
  parameters(layer: L): Readonly<Record<string, Shape>>;
  /** The width of each state [B, width] by its name; empty for a layer without a state. */
  states(layer: L): Readonly<Record<string, number>>;
  /**
   * The options of the layer that the fused kernels of `op` do not support, as text; empty if the layer is
   * fused.
   */
  lacking(layer: L): readonly string[];
}
