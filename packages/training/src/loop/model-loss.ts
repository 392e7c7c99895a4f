import type { Scalar, Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import {
  type AnyPart,
  type Context,
  type EncoderDecoder,
  encode,
  type InputOf,
  isManyToOne,
  maskIds,
  maskSequence,
  type OutputOf,
  type ParamsOf,
  type StateOf,
  structureOf,
  unroll,
} from '@unrolled/cells';
import type { OptionKinds } from '@unrolled/errors';
import { type PlanBatch, StepPlanner } from '@unrolled/kernels';
import {
  crossEntropy,
  ctcLoss,
  meanAbsoluteError,
  meanSquaredError,
  sequenceLoss,
  sumOfSquares,
} from '@unrolled/losses';
import { checkModel } from '../check-model';
import { check, checkKind, checkOptions, refuse } from '../refuse';
import type { LossOf } from './contract';
import { isList, type PairTensorBatch, type PairTokens, pairForPlan, pairTensors } from './pair-batch';
import { type LossKind, planModel } from './plan-model';
import { withPlan } from './planned-loss';
import { type TokenBatch, tokenBatch } from './token-batch';

/** A batch as tensors: the model's inputs, and its targets. */
export interface TensorBatch<X extends Tensor = Tensor> {
  /** float32 [B, T, I], or int32 ids [B, T]. */
  readonly inputs: X;
  /**
   * The loss's targets: ids in the output's shape without its last axis, int32 or numbers row by row; or
   * float32 in the output's shape; or for ctcLoss each row's labels.
   */
  readonly targets: Tensor | ArrayLike<number> | readonly ArrayLike<number>[];
  /** Valid steps of each row, 0 … T; default all T. Steps past them have no effect. */
  readonly lengths?: ArrayLike<number> | undefined;
  /**
   * Weight of each target, float32 in the ids' shape, or in a shape that broadcasts to the output's;
   * default 1.
   */
  readonly weights?: Tensor | undefined;
}

/** Ids in the form of `@unrolled/data`, with the rows' lengths if available. */
type Tokens = TokenBatch & Pick<TensorBatch, 'lengths'>;

/**
 * The batches of a loss from `modelLoss`: tensors, or a batch of `@unrolled/data` for a model that reads ids.
 */
export type ModelBatch<X extends Tensor = Tensor> = TensorBatch<X> | Tokens;

/**
 * The weights or lengths of a batch, in the form of the losses of `@unrolled/losses`. Lengths are given if
 * the output is a sequence.
 */
export interface Counting {
  readonly lengths?: ArrayLike<number>;
  // biome-ignore lint/suspicious/noExplicitAny: of the shape that the loss takes.
  readonly weights?: any;
  /** The option of `modelLoss`. */
  readonly labelSmoothing?: number;
}

/** The options of {@link modelLoss}. */
export interface ModelLossOptions {
  /** ε of the cross-entropy, 0 … 1, as in `sequenceLoss`; default none. */
  readonly labelSmoothing?: number | undefined;
}

/** The loss of an output, a scalar: one of `@unrolled/losses`, or a function of the same form. */
export type OutputLoss<Y extends Tensor> = (
  output: Y,
  // biome-ignore lint/suspicious/noExplicitAny: whatever the loss takes; batches are checked by it.
  targets: any,
  counting: Counting,
) => Scalar;

/** The batches of an encoder–decoder's loss: tensors, or a batch of `pairBatches` of `@unrolled/data`. */
export type PairLossBatch<X extends Tensor = Tensor, Y extends Tensor = Tensor> =
  | PairTensorBatch<X, Y>
  | PairTokens;

/** The batches of a model's loss. */
export type LossBatch<M extends AnyPart> = M extends { readonly encoder: infer E; readonly decoder: infer D }
  ? PairLossBatch<InputOf<E>, InputOf<D>>
  : ModelBatch<InputOf<M>>;

/**
 * The result of `modelLoss`. For an encoder–decoder it carries no state, because each batch has its own
 * source.
 */
export type ModelLoss<M extends AnyPart> = LossOf<
  ParamsOf<M>,
  LossBatch<M>,
  M extends { readonly encoder: unknown } ? undefined : StateOf<M>
>;

const BATCH_KINDS: OptionKinds<TensorBatch> = {
  inputs: 'tensor',
  targets: 'value',
  lengths: 'array or typed array?',
  weights: 'tensor?',
};

const OPTION_KINDS: OptionKinds<ModelLossOptions> = { labelSmoothing: 'number?' };

/** The losses that plans support, by their functions. */
const KINDS = new Map<unknown, LossKind>([
  [sequenceLoss, 'crossEntropy'],
  [crossEntropy, 'crossEntropy'],
  [ctcLoss, 'ctc'],
  [meanSquaredError, 'meanSquaredError'],
  [sumOfSquares, 'sumOfSquares'],
  [meanAbsoluteError, 'meanAbsoluteError'],
]);

/**
 * The `lossOf` of a model and a loss of its output, for `train` and `evaluate`. Batches are { inputs, targets
 * }, with optional `lengths` or `weights`, or token batches. With `carry`, the state is passed through.
 *
 *     train({ params: () => model.init(1), lossOf: modelLoss(model, sequenceLoss), batches, … })
 *
 * It is an ordinary function of tfjs ops that runs on every backend. `train`, `evaluate` and `validation`
 * also recognise its model and loss by its identity. On the backend `unrolled` they run a built-in model with
 * a built-in loss and optimizer by a plan: memory is allocated once, and a step creates no tfjs ops or
 * tensors. The results are the same to the last bit. If no plan is possible, `onFallback` receives the reason
 * once.
 *
 * For an encoder–decoder the batches are { source, sourceLengths, inputs, targets, lengths }, or pair
 * batches. The decoder reads `inputs` after the source. `lengths` are those of the targets.
 *
 * @param loss sequenceLoss, crossEntropy, meanSquaredError, sumOfSquares or meanAbsoluteError, which plans
 *   support; ctcLoss, whose targets are each row's labels and which plans support if they are lists; or a
 *   function of your own, which plans do not support: (output, targets, { lengths, weights }) → a scalar
 * @throws UnrolledError if the model or loss is invalid; at run time for the reasons of `unroll` and of the
 *   loss
 */
export function modelLoss<M extends AnyPart>(
  model: M,
  loss: typeof sequenceLoss | typeof crossEntropy | typeof ctcLoss,
  options?: ModelLossOptions,
): ModelLoss<M>;
export function modelLoss<M extends AnyPart>(
  model: M,
  loss: OutputLoss<OutputOf<M>>,
  options?: ModelLossOptions,
): ModelLoss<M>;
export function modelLoss(
  model: AnyPart,
  given: unknown,
  options: ModelLossOptions = {},
): ModelLoss<AnyPart> {
  checkModel('modelLoss', model);
  checkKind('modelLoss', 'loss', given, 'function');
  const loss = given as OutputLoss<Tensor>;
  const kind = KINDS.get(loss);
  const labelSmoothing = checkedSmoothing(options, kind);
  const isPair = structureOf(model)?.type === 'encoderDecoder';
  const ofOutput = (output: Tensor, batch: Pick<TensorBatch, 'targets' | 'lengths' | 'weights'>) => {
    const counting = countingOf(output, batch, kind);
    return loss(output, batch.targets, labelSmoothing ? { ...counting, labelSmoothing } : counting);
  };
  const lossOf = (params: unknown, batch: ModelBatch, initialState: unknown, context: Context) => {
    const tensors = tensorsOfBatch(batch);
    const { inputs, lengths } = tensors;
    const { output, state } = unroll(model, params, inputs as never, { initialState, lengths, context });
    return { loss: ofOutput(output, tensors), state };
  };
  const lossOfPair = (params: unknown, batch: PairLossBatch, _state: unknown, context: Context) => {
    const tensors = pairTensors(batch);
    return { loss: ofOutput(outputOfPair(model as Pair, params, tensors, context), tensors) };
  };
  return withPlan((isPair ? lossOfPair : lossOf) as unknown as ModelLoss<AnyPart>, {
    planner() {
      const planned = planModel(model, kind, labelSmoothing);
      return typeof planned === 'string' ? planned : new StepPlanner(planned);
    },
    batchOf: (batch) => (isPair ? pairForPlan(batch) : planBatch(model, batch, kind)),
  });
}

// biome-ignore lint/suspicious/noExplicitAny: of any encoder and decoder.
type Pair = EncoderDecoder<any, any>;

/**
 * The decoder's output. Values past a target's end have no effect, so a decoder that reads ids does not need
 * the lengths.
 */
function outputOfPair(
  model: Pair,
  params: unknown,
  { source, sourceLengths, inputs, lengths }: PairTensorBatch,
  context: Context,
): Tensor {
  const initialState = encode(model, params as never, source as never, { lengths: sourceLengths, context });
  const readsIds = (model as AnyPart).inputKind === 'ids';
  const read = readsIds ? maskIds(inputs as Tensor2D, lengths) : inputs;
  const run = { initialState, context, ...(readsIds ? {} : { lengths }) };
  return unroll(model, params as never, read as never, run as never).output as Tensor;
}

/** ε of label smoothing; 0 for none. */
function checkedSmoothing(options: ModelLossOptions, kind: LossKind | undefined): number {
  checkOptions('modelLoss', options, OPTION_KINDS);
  const { labelSmoothing = 0 } = options;
  const isShare = labelSmoothing >= 0 && labelSmoothing <= 1;
  check.number('modelLoss', 'labelSmoothing', labelSmoothing, isShare, 'from 0 to 1');
  if (labelSmoothing === 0 || kind === undefined || kind === 'crossEntropy') return labelSmoothing;
  const got = kind === 'ctc' ? 'ctcLoss' : 'a loss of predictions';
  return refuse('modelLoss', {
    expected: 'labelSmoothing only with sequenceLoss or crossEntropy',
    got,
    remedy: 'omit it',
  });
}

const isOfPredictions = (kind: LossKind | undefined) =>
  kind !== undefined && kind !== 'crossEntropy' && kind !== 'ctc';

const isTokens = (batch: ModelBatch): batch is Tokens => 'batchSize' in Object(batch);

function tensorsOfBatch(batch: ModelBatch): TensorBatch {
  if (isTokens(batch)) return { ...tokenBatch(batch), lengths: batch.lengths };
  checkOptions('modelLoss', batch, BATCH_KINDS);
  return batch;
}

/** The loss's options: the lengths of a sequence, or weights if the loss accepts only these. */
function countingOf(
  output: Tensor,
  { lengths, weights }: Pick<TensorBatch, 'lengths' | 'weights'>,
  kind: LossKind | undefined,
): Counting {
  if (!lengths || output.rank !== 3) return weights ? { weights } : {};
  if (!isOfPredictions(kind)) return weights ? { lengths, weights } : { lengths };
  if (weights) {
    refuse('modelLoss', {
      expected: 'weights or lengths only with a loss of predictions',
      got: 'both',
      remedy: 'set the weights past the lengths to 0',
    });
  }
  const [batchSize, steps] = output.shape as [number, number];
  return { weights: maskSequence(tf.ones([batchSize, steps, 1]) as Tensor3D, lengths) };
}

/** The batch in a plan's form; undefined for a value that the ops would refuse because of its kind. */
function planBatch(model: AnyPart, batch: unknown, kind: LossKind | undefined): PlanBatch | undefined {
  const given = batch as ModelBatch;
  if (typeof given !== 'object' || given === null) return undefined;
  if (given.lengths !== undefined && !isList(given.lengths)) return undefined;
  if (kind === 'ctc') return isTokens(given) ? undefined : labelsForPlan(given);
  return isTokens(given) ? tokensForPlan(given) : tensorsForPlan(model, given);
}

function tokensForPlan({ inputs, targets, batchSize, steps, lengths }: Tokens): PlanBatch | undefined {
  if (!Number.isInteger(batchSize) || !Number.isInteger(steps)) return undefined;
  for (const ids of [inputs, targets]) if (!isList(ids) || ids.length !== batchSize * steps) return undefined;
  const shape = [batchSize, steps];
  return { inputs: { shape, values: inputs }, targets: { shape, values: targets }, lengths };
}

function tensorsForPlan(model: AnyPart, batch: TensorBatch): PlanBatch | undefined {
  const { inputs, targets, lengths, weights, ...others } = batch;
  if (!(inputs instanceof tf.Tensor) || Object.keys(others).length > 0) return undefined;
  if (weights !== undefined && !(weights instanceof tf.Tensor)) return undefined;
  const isTensor = targets instanceof tf.Tensor;
  if (!isTensor && !isList(targets)) return undefined;
  const [batchSize, steps] = inputs.shape as [number, number];
  const shape = isTensor ? targets.shape : isManyToOne(model) ? [batchSize] : [batchSize, steps];
  return {
    inputs: { shape: inputs.shape, values: inputs },
    targets: { shape, values: targets },
    lengths,
    weights,
  };
}

/** The smallest maximum number of labels per row. Each further plan has twice the previous maximum. */
const LEAST_ROOM = 16;

/** A batch for ctcLoss whose targets are lists. */
function labelsForPlan({ inputs, targets, lengths, ...others }: TensorBatch): PlanBatch | undefined {
  if (!(inputs instanceof tf.Tensor) || Object.keys(others).length > 0) return undefined;
  if (!Array.isArray(targets) || !targets.every(isList)) return undefined;
  let room = LEAST_ROOM;
  for (const { length } of targets) while (room < length) room *= 2;
  return {
    inputs: { shape: inputs.shape, values: inputs },
    targets: { shape: [targets.length, room], rows: targets },
    lengths,
  };
}
