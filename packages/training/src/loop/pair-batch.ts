/** The training data of an encoder–decoder: a source, and the target's inputs and outputs. */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import type { PlanBatch } from '@unrolled/kernels';
import { checkKind, checkOptions } from '../refuse';
import { type TokenBatch, tokenBatch } from './token-batch';

/** A pair batch as tensors. */
export interface PairTensorBatch<X extends Tensor = Tensor, Y extends Tensor = Tensor> {
  /** The encoder's input: float32 [B, S, I], or int32 ids [B, S]. */
  readonly source: X;
  /** Valid steps of each source, 0 … S; default all S. */
  readonly sourceLengths?: ArrayLike<number> | undefined;
  /** The decoder's input: int32 ids [B, T], or float32 [B, T, I]. */
  readonly inputs: Y;
  /** The loss's targets, as in a batch of tensors. */
  readonly targets: Tensor | ArrayLike<number>;
  /** Valid steps of each target, 0 … T; default all T. Steps past them have no effect. */
  readonly lengths?: ArrayLike<number> | undefined;
  /** Weight of each target, [B, T]; default 1. */
  readonly weights?: Tensor | undefined;
}

/** A pair batch as returned by `pairBatches` of `@unrolled/data`. */
export interface PairTokens {
  readonly source: {
    readonly values: Int32Array;
    readonly count: number;
    readonly length: number;
    readonly lengths?: ArrayLike<number>;
  };
  readonly target: TokenBatch & { readonly lengths?: ArrayLike<number> };
}

const KINDS: OptionKinds<PairTensorBatch> = {
  source: 'tensor',
  sourceLengths: 'array or typed array?',
  inputs: 'tensor',
  targets: 'value',
  lengths: 'array or typed array?',
  weights: 'tensor?',
};

const isTokens = (batch: PairTensorBatch | PairTokens): batch is PairTokens => 'target' in Object(batch);

/**
 * The batch as tensors.
 *
 * @throws UnrolledError if it is not a pair batch
 */
export function pairTensors(batch: PairTensorBatch | PairTokens): PairTensorBatch {
  if (!isTokens(batch)) {
    checkOptions('modelLoss', batch, KINDS);
    return batch;
  }
  const { source, target } = batch;
  checkKind('modelLoss', 'the source of a batch', source, 'object');
  const { values, count, length } = source;
  checkKind('modelLoss', 'the ids of a source', values, 'Int32Array');
  const read: Tensor2D = tf.tensor2d(values, [count, length], 'int32');
  return { source: read, sourceLengths: source.lengths, ...tokenBatch(target), lengths: target.lengths };
}

/**
 * Whether the values are numbers that the ops accept directly. The ops refuse objects that only resemble a
 * list.
 */
export const isList = (values: unknown): values is ArrayLike<number> =>
  Array.isArray(values) || (ArrayBuffer.isView(values) && !(values instanceof DataView));

const isListOrNone = (values: unknown) => values === undefined || isList(values);

/** The batch in a plan's form; undefined for a value that the ops would refuse. */
export function pairForPlan(batch: unknown): PlanBatch | undefined {
  if (typeof batch !== 'object' || batch === null) return undefined;
  const given = batch as PairTensorBatch | PairTokens;
  return isTokens(given) ? tokensForPlan(given) : tensorsForPlan(given);
}

function tokensForPlan({ source, target }: PairTokens): PlanBatch | undefined {
  if (typeof source !== 'object' || typeof target !== 'object' || !source || !target) return undefined;
  const { values, count, length } = source;
  const { inputs, targets, batchSize, steps, lengths } = target;
  for (const size of [count, length, batchSize, steps]) if (!Number.isInteger(size)) return undefined;
  if (!(values instanceof Int32Array) || values.length !== count * length) return undefined;
  for (const ids of [inputs, targets]) if (!isList(ids) || ids.length !== batchSize * steps) return undefined;
  if (!isListOrNone(lengths) || !isListOrNone(source.lengths)) return undefined;
  const shape = [batchSize, steps];
  return {
    source: { inputs: { shape: [count, length], values }, lengths: source.lengths },
    inputs: { shape, values: inputs },
    targets: { shape, values: targets },
    lengths,
  };
}

function tensorsForPlan(batch: PairTensorBatch): PlanBatch | undefined {
  const { source, sourceLengths, inputs, targets, lengths, weights, ...others } = batch;
  if (!(source instanceof tf.Tensor) || !(inputs instanceof tf.Tensor)) return undefined;
  if (Object.keys(others).length > 0 || (weights !== undefined && !(weights instanceof tf.Tensor)))
    return undefined;
  if (!isListOrNone(lengths) || !isListOrNone(sourceLengths)) return undefined;
  const isTensor = targets instanceof tf.Tensor;
  if (!isTensor && !isList(targets)) return undefined;
  return {
    source: { inputs: { shape: source.shape, values: source }, lengths: sourceLengths },
    inputs: { shape: inputs.shape, values: inputs },
    targets: { shape: isTensor ? targets.shape : inputs.shape.slice(0, 2), values: targets },
    lengths,
    weights,
  };
}
