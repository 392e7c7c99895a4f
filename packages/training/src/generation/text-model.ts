/** A language model fed with ids: what sampling and beam search share. */
import * as tf from '@tensorflow/tfjs-core';
import { type Cell, disposeTree, type InputKind, mapTree, type Stepper, stepper } from '@unrolled/cells';
import type { OptionKinds } from '@unrolled/errors';
import { checkModel } from '../check-model';
import { refuse } from '../refuse';
import { checkInitialState, checkSteps, rowsOf } from './initial-state';
import { StopSequences } from './stop-sequences';

export interface TextModelOptions<P, S, K extends InputKind> {
  /** Its output [B, V] are logits over the ids that it reads, as ids or as one-hot vectors of `inputSize`. */
  readonly model: Cell<P, S, K>;
  readonly params: P;
  /** The ids to read first, at least one; they are not given back. */
  readonly prime: ArrayLike<number>;
  /**
   * The state before the prime, such as an encoder's last one: of one row, from which every text starts; copied. Default
   * all zeros.
   */
  readonly initialState?: NoInfer<S> | undefined;
  /** Ids that are never taken, such as an unknown token's. */
  readonly exclude?: ArrayLike<number>;
  /** A text ends when this id (an end mark, say) is taken, and without it. */
  readonly stopAt?: number;
  /** A text ends when one of these runs of ids was taken; what came before it is given, and nothing of it. */
  readonly stopSequences?: readonly ArrayLike<number>[];
}

/** Several rows of a model, each at its own place in its own text. */
export interface TextRows {
  /** Feeds one id a row and gives the logits of the next, [rows, V]. */
  feed(ids: ArrayLike<number>): Float32Array;
  /** Row i goes on from where row `rows[i]` was. */
  gather(rows: ArrayLike<number>): void;
  dispose(): void;
}

/**
 * Reads the prime, once where all rows start from one state; gives rows that go on from there, and the logits
 * [rows, V] that follow it.
 */
export function readPrime<P, S, K extends InputKind>(
  { model, params, prime, initialState }: TextModelOptions<P, S, K>,
  rows: number,
): { readonly rows: TextRows; readonly logits: Float32Array } {
  const read = initialState === undefined ? 1 : rowsOf(initialState);
  const first = stepper<P, S, K>(model, params, { batchSize: read, state: initialState });
  let wide: Stepper<S> | undefined;
  try {
    let logits: Float32Array = new Float32Array(0);
    for (let place = 0; place < prime.length; place++) {
      logits = first.step(encode(model, new Array<number>(read).fill(prime[place]!)));
    }
    if (rows > read) wide = widen(model, params, first, rows);
    const reader = wide ?? first;
    const feed = (ids: ArrayLike<number>) => reader.step(encode(model, ids));
    return {
      rows: { feed, gather: (from) => reader.gather(from), dispose: () => reader.dispose() },
      logits: wide ? repeated(logits, rows) : logits,
    };
  } catch (error) {
    if (!wide) first.dispose();
    throw error;
  } finally {
    if (wide) first.dispose();
  }
}

function repeated(row: Float32Array, rows: number): Float32Array {
  const all = new Float32Array(rows * row.length);
  for (let n = 0; n < rows; n++) all.set(row, n * row.length);
  return all;
}

/** A stepper of many rows that all start where a stepper of one row is. */
function widen<P, S, K extends InputKind>(
  model: Cell<P, S, K>,
  params: P,
  one: Stepper<S>,
  batchSize: number,
): Stepper<S> {
  const state = one.state();
  const tiled = mapTree(state, (tensor) => tf.tile(tensor, [batchSize, ...tensor.shape.slice(1).fill(1)]));
  try {
    return stepper(model, params, { batchSize, state: tiled });
  } finally {
    disposeTree([state, tiled]);
  }
}

/** Ids as the model reads them: as they are, or one-hot [ids, inputSize]. */
function encode(
  model: { readonly inputKind?: InputKind; readonly inputSize: number },
  ids: ArrayLike<number>,
) {
  if (model.inputKind === 'ids') return Int32Array.from(ids);
  const oneHot = new Float32Array(ids.length * model.inputSize);
  for (let row = 0; row < ids.length; row++) oneHot[row * model.inputSize + ids[row]!] = 1;
  return oneHot;
}

/** Rows of ids [B, T] as a model unrolls over them: int32 [B, T], or one-hot [B, T, inputSize]. */
export function inputsOf(
  { inputKind, inputSize }: { readonly inputKind?: InputKind; readonly inputSize: number },
  rows: number[][],
): tf.Tensor {
  const ids = tf.tensor2d(rows, undefined, 'int32');
  return inputKind === 'ids' ? ids : tf.cast(tf.oneHot(ids, inputSize), 'float32');
}

export const TEXT_MODEL_KINDS: OptionKinds<TextModelOptions<object, unknown, InputKind>> = {
  model: 'object',
  params: 'value',
  prime: 'array or typed array',
  initialState: 'value?',
  exclude: 'array or typed array?',
  stopAt: 'integer of at least 0?',
  stopSequences: 'array?',
};

/**
 * @param rows how many rows an initial state may have besides one
 * @throws UnrolledError for an empty prime, an id out of range, an empty stop sequence, a state that does not fit, or a
 * model that cannot take single steps or read what it gives
 */
export function checkTextModel<P, S, K extends InputKind>(
  scope: string,
  options: TextModelOptions<P, S, K>,
  rows = 1,
): void {
  const { model, prime, initialState, exclude = [], stopAt, stopSequences = [] } = options;
  checkSteps(scope, model);
  checkModel(scope, model);
  if (prime.length === 0) {
    refuse(scope, { expected: 'at least one id to start from', got: 'an empty prime' });
  }
  checkIds(scope, prime, model.inputSize, 'the prime');
  if (model.outputSize > model.inputSize) {
    refuse(scope, {
      expected: `a model that reads every id it can give, ${model.outputSize}`,
      got: `an input size of ${model.inputSize}`,
      remedy: 'input and output must share one vocabulary',
    });
  }
  checkIds(scope, exclude, model.outputSize, 'exclude');
  if (stopAt !== undefined) checkIds(scope, [stopAt], model.outputSize, 'stopAt');
  StopSequences.check(scope, stopSequences);
  for (const sequence of stopSequences) checkIds(scope, sequence, model.outputSize, 'stopSequences');
  if (initialState !== undefined) checkInitialState(scope, model, initialState, rows);
}

/** @throws UnrolledError when an id is not in 0 … size − 1 */
export function checkIds(scope: string, ids: ArrayLike<number>, size: number, what: string): void {
  for (let place = 0; place < ids.length; place++) {
    const id = ids[place]!;
    if (Number.isInteger(id) && id >= 0 && id < size) continue;
    refuse(scope, {
      expected: `ids in 0 … ${size - 1} in ${what}`,
      got: String(id),
      remedy: 'the encoder and the model disagree on the vocabulary size',
    });
  }
}
