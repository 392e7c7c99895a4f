/** The data that a forward pass keeps for its gradient until the gradient's handle is disposed. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { SequenceAttributes } from '../../ops/recurrent-sequence';
import type { BufferSizes } from '../engine/buffer-sizes';

/** The data of a handle. */
export interface Kept {
  /** The address of a block of memory, 0 for none. */
  block: number;
  /** The layer whose layout the block has. */
  sizes: BufferSizes | undefined;
  /** Whether the gradient has overwritten the block. */
  isOverwritten: boolean;
  /** The data ids of tensors that are let go with the handle. */
  readonly tensors: object[];
  /** For a stack of layers. */
  stack: StackRecord | undefined;
  /** For a sequence with input feeding: its inputs. */
  fed: Record<string, TensorInfo | undefined> | undefined;
  /** For a cross-entropy: its inputs. */
  crossEntropy: { readonly logits: TensorInfo; readonly ids: TensorInfo } | undefined;
}

/** How a stack of layers was run. */
export interface StackRecord {
  readonly runs: readonly LayerRun[];
  /** The gradient of the first layer's output, once that was computed. */
  dFirstOutput: TensorInfo | undefined;
}

/** One layer of a stack in its last run. */
export interface LayerRun {
  /** Undefined of a linear layer. */
  readonly attributes: SequenceAttributes | undefined;
  /** Its own tensors by name, x among them. */
  readonly inputs: Record<string, TensorInfo | undefined>;
  readonly output: TensorInfo;
  readonly states: readonly TensorInfo[];
  /** The recurrent kernels' handle. */
  readonly reserve: TensorInfo | undefined;
}

/** Nothing yet. */
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
