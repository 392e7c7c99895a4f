/** The data that a forward pass keeps for its gradient, until the gradient's handle is disposed. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { SequenceAttributes } from '../../ops/recurrent-sequence';
import type { BufferSizes } from '../engine/buffer-sizes';

/** The data that belongs to a handle. */
export interface Kept {
  /** The address of a block of memory, 0 for none. */
  block: number;
  /** The sizes of the layer whose buffers the block holds. */
  sizes: BufferSizes | undefined;
  /** Whether the gradient has overwritten the block. */
  isOverwritten: boolean;
  /** The data ids of tensors that are released together with the handle. */
  readonly tensors: object[];
  /** For a stack of layers. */
  stack: StackRecord | undefined;
  /** For a sequence with input feeding: its inputs. */
  fed: Record<string, TensorInfo | undefined> | undefined;
  /** For a cross-entropy: its inputs. */
  crossEntropy: { readonly logits: TensorInfo; readonly ids: TensorInfo } | undefined;
}

/** A run of a stack of layers. */
export interface StackRecord {
  readonly runs: readonly LayerRun[];
  /** The gradient of the first layer's output, once it is computed. */
  dFirstOutput: TensorInfo | undefined;
}

/** One layer of a stack in its last run. */
export interface LayerRun {
  /** Undefined for a linear layer. */
  readonly attributes: SequenceAttributes | undefined;
  /** The layer's tensors by name, including x. */
  readonly inputs: Record<string, TensorInfo | undefined>;
  readonly output: TensorInfo;
  readonly states: readonly TensorInfo[];
  /** The recurrent kernels' handle. */
  readonly reserve: TensorInfo | undefined;
}

/** An empty record. */
export function keptNothing(): Kept {
  return {
    block: 0,
    sizes: undefined,
    isOverwritten: false,
    tensors: [],
    stack: undefined,
    fed: undefined,
    crossEntropy: undefined,
  };
}
