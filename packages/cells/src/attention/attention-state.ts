/** The state of an attention wrapper. */
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { AttentionData } from './attention-data';
import { hasOwnKeys, keySize } from './score';

/**
 * The state of an attention wrapper. Every tensor is batch first. `attend` computes the initial one from a
 * source.
 */
export type AttentionState<S> = {
  readonly cell: S;
  /** [B, S], the attention weights of the previous step; they sum to 1 */
  readonly alignments: Tensor2D;
  /**
   * [B, A] (without attentionUnits [B, M]), with input feeding: the vector that the next step reads in
   * addition to its input
   */
  readonly attention?: Tensor2D;
  /** [B, S, M], the source, zeros past its lengths. It does not change from step to step. */
  readonly memory: Tensor3D;
  /** [B, S], above 0 at valid positions. It does not change from step to step. */
  readonly valid: Tensor2D;
  /** [B, S, U], for 'additive' and 'general': the projected source. It does not change from step to step. */
  readonly keys?: Tensor3D;
};

/** The state before the first step, for a source and a state of the cell: zeros. */
export function stateFrom<S>(
  cell: S,
  data: AttentionData,
  memory: Tensor3D,
  valid?: Tensor2D,
  keys?: Tensor3D,
): AttentionState<S> {
  const [rows, positions] = memory.shape;
  const size = data.attentionUnits ?? data.memorySize;
  return {
    cell,
    alignments: tf.zeros([rows, positions]),
    ...(data.inputFeeding && { attention: tf.zeros([rows, size]) as Tensor2D }),
    memory,
    valid: valid ?? tf.ones([rows, positions]),
    ...(hasOwnKeys(data) && { keys: keys ?? (tf.zeros([rows, positions, keySize(data)]) as Tensor3D) }),
  };
}
