/**
 * Scores each of S source positions against a decoder's output. A softmax over the valid positions turns the
 * scores into weights that sum to 1.
 *
 *     additive     vᵀ·tanh(m·Wm + q·Wq)                      Bahdanau et al., 2015
 *      normalized  g·(v/‖v‖)ᵀ·tanh(m·Wm + q·Wq + b)          Salimans and Kingma, 2016; TF1's normalize=True
 *     dot          mᵀ·q                                      Luong et al., 2015
 *     general      (m·Wm)ᵀ·q                                 Luong et al., 2015
 *     scaled       g·mᵀ·q                                    Keras's use_scale=True
 *
 * q [B, Q] is the decoder's output, m [B, S, M] the source. The keys m·Wm are computed once for each source.
 */
import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { attention, hasFusedKernel, type Shape } from '@unrolled/kernels';
import { checkFirstOrder } from '../checks';
import type { AttentionScore } from '../structure';
import { tidy } from '../tree';

/** The scores by name. */
export const ATTENTION_SCORES: readonly AttentionScore[] = ['additive', 'dot', 'general', 'scaled'];

/** The kind of score and its sizes. */
export interface ScoreData {
  readonly score: AttentionScore;
  /** U, for the additive score: the length of a key. */
  readonly units: number;
  readonly normalized: boolean;
  /** M: the length of a source vector. */
  readonly memorySize: number;
  /** Q: the length of the decoder's output. */
  readonly querySize: number;
}

/** The parameters of a score. Each score has some of them. */
export type ScoreParams = {
  /** Wm: [M, U] for 'additive', [M, Q] for 'general' */
  readonly memoryKernel?: Tensor2D;
  /** Wq [Q, U] for 'additive' */
  readonly queryKernel?: Tensor2D;
  /** v [U] for 'additive' */
  readonly scoreVector?: Tensor1D;
  /** b [U] for a normalized score */
  readonly scoreBias?: Tensor1D;
  /** g [1] for 'scaled' and a normalized score */
  readonly scoreGain?: Tensor1D;
};

/** The parameters of a score by name and shape, in order. */
export function scoreShapes(data: ScoreData): (readonly [name: keyof ScoreParams, shape: Shape])[] {
  const { score, units, normalized, memorySize, querySize } = data;
  if (score === 'dot') return [];
  if (score === 'scaled') return [['scoreGain', [1]]];
  if (score === 'general') return [['memoryKernel', [memorySize, querySize]]];
  const additive = [
    ['memoryKernel', [memorySize, units]],
    ['queryKernel', [querySize, units]],
    ['scoreVector', [units]],
  ] as const;
  return normalized ? [...additive, ['scoreBias', [units]], ['scoreGain', [1]]] : [...additive];
}

/** The length of a key; for a score without keys that of a source vector. */
export function keySize({ score, units, memorySize, querySize }: ScoreData): number {
  return score === 'additive' ? units : score === 'general' ? querySize : memorySize;
}

/** Whether the keys differ from the source, so that they are stored separately. */
export const hasOwnKeys = ({ score }: Pick<ScoreData, 'score'>): boolean =>
  score === 'additive' || score === 'general';

/** The keys of a source, [B, S, M] → [B, S, U], by one product. */
export function keysOf({ memoryKernel }: ScoreParams, memory: Tensor3D): Tensor3D {
  const [rows, positions, size] = memory.shape;
  const flat = tf.matMul(tf.reshape(memory, [rows * positions, size]) as Tensor2D, memoryKernel!);
  return tf.reshape(flat, [rows, positions, memoryKernel!.shape[1]]) as Tensor3D;
}

/** The factors of tanh in the additive score: v, or g·v/‖v‖ for a normalized score. */
function vectorOf({ normalized }: ScoreData, { scoreVector, scoreGain }: ScoreParams): Tensor1D {
  if (!normalized) return scoreVector!;
  const length = tf.sqrt(tf.sum(tf.square(scoreVector!)));
  return tf.mul(tf.div(scoreVector!, length), scoreGain!);
}

/** Projects the decoder's output [n, Q] to the space of the keys, [n, U]. */
function asked(data: ScoreData, params: ScoreParams, query: Tensor2D): Tensor2D {
  if (data.score === 'scaled') return tf.mul(query, params.scoreGain!) as Tensor2D;
  if (data.score !== 'additive') return query;
  const projected: Tensor2D = tf.matMul(query, params.queryKernel!);
  return data.normalized ? tf.add(projected, params.scoreBias!) : projected;
}

/**
 * The parts of a score for the kernel with input feeding: its factors and biases are folded into the keys.
 */
export function fedSource(data: ScoreData, params: ScoreParams, { memory, valid, keys = memory }: Attended) {
  const source = { memory, valid };
  if (data.score === 'scaled') return { ...source, keys: tf.mul(keys, params.scoreGain!) as Tensor3D };
  if (data.score !== 'additive') return { ...source, keys };
  const shifted = data.normalized ? (tf.add(keys, params.scoreBias!) as Tensor3D) : keys;
  return { ...source, keys: shifted, vector: vectorOf(data, params), queryKernel: params.queryKernel };
}

/** The source; its keys if the score has keys. */
export interface Attended {
  readonly memory: Tensor3D;
  readonly valid: Tensor2D;
  readonly keys?: Tensor3D | undefined;
}

/** [B, S], 1 at valid positions. */
export function validPlaces(
  rows: number,
  positions: number,
  lengths: readonly number[] | undefined,
): Tensor2D {
  const valid = new Float32Array(rows * positions);
  for (let row = 0; row < rows; row++)
    valid.fill(1, row * positions, row * positions + (lengths?.[row] ?? positions));
  return tf.tensor2d(valid, [rows, positions]);
}

/**
 * Attention of T outputs of a decoder, [B, T, Q]: the weighted means [B, T, M] of the source and the weights
 * [B, T, S]. One kernel if the backend has it; otherwise T must be 1.
 */
export function attendTo(
  data: ScoreData,
  params: ScoreParams,
  { memory, valid, keys = memory }: Attended,
  query: Tensor3D,
): { context: Tensor3D; alignments: Tensor3D } {
  const [rows, steps] = query.shape;
  const size = keySize(data);
  const flat = asked(data, params, tf.reshape(query, [rows * steps, data.querySize]) as Tensor2D);
  const vector = data.score === 'additive' ? vectorOf(data, params) : undefined;
  return attendBy(tf.reshape(flat, [rows, steps, size]) as Tensor3D, { keys, memory, valid, vector });
}

/**
 * The same for queries [B, T, U] that are already in the space of the keys; with v [U] for the additive
 * score.
 */
export function attendBy(
  query: Tensor3D,
  { keys, memory, valid, vector }: Required<Attended> & { readonly vector: Tensor1D | undefined },
): { context: Tensor3D; alignments: Tensor3D } {
  if (hasFusedKernel('attention')) {
    checkFirstOrder('attentionWrapper');
    return attention(query, { keys, memory, valid, vector });
  }
  const [rows, , size] = query.shape;
  const flat = tf.reshape(query, [rows, size]) as Tensor2D;
  const shares = sharesOf(vector ? additiveScores(keys, flat, vector) : productScores(keys, flat), valid);
  const alignments = tf.expandDims(shares, 1) as Tensor3D;
  return { context: tf.matMul(alignments, memory), alignments };
}

/** keys [B, S, U], query [B, U] → scores [B, S] */
const productScores = (keys: Tensor3D, query: Tensor2D) =>
  tf.squeeze(tf.matMul(keys, tf.expandDims(query, 2)), [2]) as Tensor2D;

/** The same with v [U]. */
const additiveScores = (keys: Tensor3D, query: Tensor2D, vector: Tensor) =>
  tf.sum(tf.mul(tf.tanh(tf.add(keys, tf.expandDims(query, 1))), vector), 2) as Tensor2D;

/** Far below any score: in float32 its exponential is exactly 0 relative to the largest. */
const NEVER = -1e30;

/**
 * Scores [B, S] → weights [B, S] that sum to 1 over the positions where `valid` is above 0 and are exactly 0
 * elsewhere; all 0 in a row without a valid position.
 */
function sharesOf(scores: Tensor2D, valid: Tensor2D): Tensor2D {
  const op = tf.customGrad((given, save) => {
    const shares = tidy(() => {
      const real = tf.greater(valid, 0);
      const raised = tf.softmax(tf.where(real, given as Tensor2D, tf.fill(scores.shape, NEVER)) as Tensor2D);
      return tf.where(real, raised, tf.zerosLike(raised)) as Tensor2D;
    });
    (save as (tensors: Tensor[]) => void)([shares]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) => {
      const [kept] = saved as [Tensor2D];
      const weighted = tf.mul(dy, kept);
      return tf.sub(weighted, tf.mul(kept, tf.sum(weighted, 1, true)));
    };
    return { value: shares, gradFunc };
  });
  return op(scores) as Tensor2D;
}
