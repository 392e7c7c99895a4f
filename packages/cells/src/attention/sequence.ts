/** A whole sequence of an attention wrapper, if the backend has the attention kernel. */
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { attentionSequence, hasFusedKernel, isRecurrent, lastStep } from '@unrolled/kernels';
import type { Activation } from '../activations';
import { checkFirstOrder } from '../checks';
import {
  type AnyPart,
  type Cell,
  type InputKind,
  nameOf,
  type SequenceInput,
  type Unrolled,
  type UnrollOptions,
} from '../contract';
import { lackingOf } from '../fused';
import { structureOf } from '../identity';
import { keepValid, maskSequence, maskState } from '../masks';
import { type AttentionWrapperStructure, isLayer } from '../structure';
import { stepThrough, unrollPart } from '../unroll';
import type { AttentionData, AttentionParams } from './attention-data';
import type { AttentionState } from './attention-state';
import { type Attended, attendTo, fedSource } from './score';

/** An attention wrapper with its score and sizes. */
export interface Wrapped<P, S, K extends InputKind> {
  readonly whole: Cell<AttentionParams<P>, AttentionState<S>, K>;
  readonly cell: Cell<P, S, K>;
  readonly data: AttentionData;
  readonly activate: Activation;
}

/**
 * Without input feeding, no step depends on the attention of the previous one. The cell runs through all
 * steps, then all of its outputs attend at once, and one product computes all attentional vectors. With input
 * feeding the steps run one by one.
 */
export function unrollAttention<P, S, K extends InputKind>(
  { whole, cell, data, activate }: Wrapped<P, S, K>,
  params: AttentionParams<P>,
  inputs: SequenceInput<K>,
  state: AttentionState<S>,
  options: UnrollOptions,
): Unrolled<AttentionState<S>> {
  if (data.inputFeeding) {
    const fed = unrollFed({ whole, cell, data, activate }, params, inputs, state, options);
    return fed ?? stepThrough(whole, params, inputs, state, options);
  }
  if (!hasFusedKernel('attention')) return stepThrough(whole, params, inputs, state, options);
  const { lengths, reverse } = options;
  const next = unrollPart(cell, params.cell, inputs, state.cell, options);
  const { context, alignments } = attendTo(data, params, sourceOf(state, lengths), next.output);
  const both = tf.concat([next.output, context], 2) as Tensor3D;
  const output = data.attentionUnits ? vectors(both, params.attentionKernel!, activate) : both;
  const [rows, , positions] = alignments.shape;
  const first = () => tf.reshape(tf.slice(alignments, [0, 0, 0], [rows, 1, positions]), [rows, positions]);
  const last: Tensor = reverse ? first() : lastStep(alignments, lengths);
  const kept = lengths?.includes(0) ? keepValid(lengths, 0, last, state.alignments) : last;
  const { memory, valid, keys } = state;
  return {
    output: maskSequence(output, lengths),
    state: {
      cell: next.state,
      alignments: kept as Tensor2D,
      memory: tf.clone(memory),
      valid: tf.clone(valid),
      ...(keys && { keys: tf.clone(keys) }),
    },
  };
}

/** The source, with zeros in rows of length 0. These rows take no step, and their values may be NaN. */
function sourceOf(state: AttentionState<unknown>, lengths: UnrollOptions['lengths']): Attended {
  const { memory, valid, keys } = state;
  const source = { memory, valid, ...(keys && { keys }) };
  return lengths?.includes(0) ? maskState(lengths, source) : source;
}

/**
 * The sequence with input feeding in one kernel; undefined if the backend lacks it, or if it does not support
 * the cell or the activation.
 */
function unrollFed<P, S, K extends InputKind>(
  { whole, cell, data }: Wrapped<P, S, K>,
  params: AttentionParams<P>,
  inputs: SequenceInput<K>,
  state: AttentionState<S>,
  { lengths, reverse }: UnrollOptions,
): Unrolled<AttentionState<S>> | undefined {
  const layer = structureOf(cell as AnyPart);
  const own = structureOf(whole as AnyPart) as AttentionWrapperStructure<AnyPart>;
  const { activation = 'tanh' } = own;
  const isKnown = activation === 'tanh' || activation === 'linear';
  if (!hasFusedKernel('attentionSequence') || !isKnown || !layer) return undefined;
  if (!isLayer(layer) || !isRecurrent(layer) || lackingOf(layer).length > 0) return undefined;
  checkFirstOrder(nameOf(whole as AnyPart));
  const { memory, valid, keys } = state;
  const part = {
    layer,
    params: params.cell as Record<string, Tensor>,
    state: state.cell as Record<string, Tensor>,
  };
  const source = {
    ...fedSource(data, params, sourceOf(state, lengths)),
    ...{ attention: state.attention!, alignments: state.alignments, squashes: activation === 'tanh' },
    attentionKernel: params.attentionKernel,
  };
  const next = attentionSequence(inputs as Tensor3D, part, source, { lengths, reverse });
  return {
    output: next.output,
    state: {
      cell: next.state as S,
      alignments: next.alignments,
      attention: next.attention,
      memory: tf.clone(memory),
      valid: tf.clone(valid),
      ...(keys && { keys: tf.clone(keys) }),
    },
  };
}

/** activation([h; c]·W) of all steps. */
function vectors(both: Tensor3D, kernel: Tensor2D, activate: Activation): Tensor3D {
  const [rows, steps, size] = both.shape;
  const flat = tf.matMul(tf.reshape(both, [rows * steps, size]) as Tensor2D, kernel);
  return tf.reshape(activate(flat as Tensor2D), [rows, steps, kernel.shape[1]]) as Tensor3D;
}
