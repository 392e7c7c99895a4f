/** The state of an attention wrapper. */
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { AttentionData } from './attention-data';
import { hasOwnKeys, keySize } from './score';

/** The state of an attention wrapper. Every tensor is batch first; `attend` makes one from a source. */
export type AttentionState<S> = {
  readonly cell: S;
  /** [B, S], the share of each position in the step before; it sums to 1 */
  readonly alignments: Tensor2D;
  /**
   * [B, A] (without attentionUnits [B, M]), with input feeding: what the next step reads besides its input
   */
  readonly attention?: Tensor2D;
  /** [B, S, M], the source, zeros past its lengths. No step changes it. */
  readonly memory: Tensor3D;
  /** [B, S], above 0 where a position is real. No step changes it. */
  readonly valid: Tensor2D;
  /** [B, S, U], of 'additive' and 'general': the source's projection. No step changes it. */
  readonly keys?: Tensor3D;
};

/** The state before the first step: zeros, of a source and a state of the cell. */
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
