/**
 * A layer as plain data. This is the only definition of its gates, parameters, states and fused options.
 * Cells, the sampler, the stack kernel, the TensorFlow engine, weight conversion, checkpoints and the bench
 * read them from here.
 *
 * I is the input size, H the number of units, G the number of gates, B the batch size.
 */
import type { FusedOp } from '../kernel-names';

/** A shape; every entry is a positive integer. */
export type Shape = readonly number[];

/** The named activations. `hardSigmoid` is clip(0.2·x + 0.5, 0, 1), as in tf.layers and Keras 2. */
export type ActivationName = 'tanh' | 'sigmoid' | 'relu' | 'hardSigmoid' | 'softsign' | 'linear';

/**
 * The gate activations that the fused kernels support: the sigmoid, or the hard sigmoid of Keras 1 and
 * tfjs-layers.
 */
export type GateActivation = Extract<ActivationName, 'sigmoid' | 'hardSigmoid'>;

/** Whether the fused kernels of the gated layers support these activations. */
export function hasFusedGates(activation: ActivationData, recurrentActivation: ActivationData): boolean {
  return (
    activation === 'tanh' && (recurrentActivation === 'sigmoid' || recurrentActivation === 'hardSigmoid')
  );
}

/** An activation as data: its name, or 'custom' for a user-defined function. */
export type ActivationData = ActivationName | 'custom';

/** The sizes that every layer has. */
export interface LayerSizes {
  /** I: the length of one input vector, or the number of distinct ids. */
  readonly inputSize: number;
  /** H: the size of the state, or the output size of a layer without a state. */
  readonly units: number;
}

/** The sizes of a layer with a recurrent state, and the kind of its input. */
export interface RecurrentLayerSizes extends LayerSizes {
  /**
   * With 'ids' the layer reads ids and treats them as one-hot vectors of length `inputSize`. Default
   * 'vectors'.
   */
  readonly inputKind?: 'vectors' | 'ids' | undefined;
}

/** The definition of a layer type. */
export interface LayerType<L extends LayerSizes> {
  /**
   * The gates in their order along the last axis of kernels and biases, `units` columns each.
   */
  readonly gates: readonly string[];
  /** The op that computes a whole sequence; `kernel-names.ts` has its name in tfjs's registry. */
  readonly op: FusedOp;
  /** The length of one output vector. */
  outputSize(layer: L): number;
  /** The shape of each parameter by name, in the order in which parameters are created and stored. */
  parameters(layer: L): Readonly<Record<string, Shape>>;
  /** The width of each state [B, width] by name; empty for a layer without a state. */
  states(layer: L): Readonly<Record<string, number>>;
  /**
   * The layer's options that the fused kernels of `op` do not support, as text; empty if the layer can be
   * fused.
   */
  lacking(layer: L): readonly string[];
}
