/** A language model that is fed with ids, for sampling and beam search. */
import * as tf from '@tensorflow/tfjs-core';
import { type Cell, type InputKind, stepper } from '@unrolled/cells';
import type { OptionKinds } from '@unrolled/errors';
import { checkModel } from '../check-model';
import { check, checkKind, refuse } from '../refuse';
import { checkInitialState, checkSteps, rowsOf } from './initial-state';
import { StopSequences } from './stop-sequences';

export interface TextModelOptions<P, S, K extends InputKind> {
  /**
   * The model's output [B, V] are logits over the ids that it reads, as ids or as one-hot vectors of
   * `inputSize`.
   */
  readonly model: Cell<P, S, K>;
  readonly params: P;
  /** The ids to read first, at least one. They are not part of the result. */
  readonly prime: ArrayLike<number>;
  /**
   * The state before the prime, such as an encoder's last state. It has one row, from which every text
   * starts, and is copied. Default all zeros.
   */
  readonly initialState?: NoInfer<S> | undefined;
  /** Ids that are never chosen, such as the id of the unknown token. */
  readonly exclude?: ArrayLike<number>;
  /** The id that ends a text, such as an end mark. It is not part of the result. */
  readonly stopAt?: number;
  /** Sequences of ids that end a text. The result is the text before them. */
  readonly stopSequences?: readonly ArrayLike<number>[];
  /** `stopAt` is not chosen before this number of ids; default 0. */
  readonly minLength?: number;
}

/** The result of one step of the cell, [rows, …]. */
export interface StepResult<S> {
  readonly output: tf.Tensor2D;
  readonly state: S;
}

/** The options for one text of each source at once. */
export interface TextsModelOptions<P, S, K extends InputKind>
  extends Omit<TextModelOptions<P, S, K>, 'prime' | 'initialState'> {
  /**
   * The ids to read first, at least one. Either a list for all texts, or one list for each text, all of the
   * same length. They are not part of the result.
   */
  readonly prime: ArrayLike<number> | readonly ArrayLike<number>[];
  /**
   * The state before the prime, such as an encoder's last state. It has one row, from which every text
   * starts, or a row for each source. It is copied. Default all zeros.
   */
  readonly initialState?: NoInfer<S> | undefined;
  /**
   * Constant paths of the state, or prefixes of paths, such as those of an encoder's outputs. They are copied
   * only when texts have ended, not in every step.
   */
  readonly constantState?: readonly string[];
  /**
   * Returns numbers [rows, …] to store with each id, such as the attention weights over the source. Called
   * after each step with the result of the model's `step`.
   */
  outputOf?(step: StepResult<NoInfer<S>>): tf.Tensor;
}

/** Several rows of a model, each at its own position in its own text. */
export interface TextRows {
  /** Feeds one id to each row, and returns the next logits, [rows, V]. */
  feed(ids: ArrayLike<number>): Float32Array;
  /** Row i continues from row `rows[i]`; afterwards there are `rows.length` rows. */
  gather(rows: ArrayLike<number>): void;
  /** The result of `outputOf` for a row in the last step. */
  outputOf(row: number): Float32Array | undefined;
  dispose(): void;
}

/**
 * Reads the primes, once if all rows are equal. Returns rows that continue from there, with their logits
 * [rows, V].
 *
 * @param room the maximum number of rows in `gather`
 */
export function readPrime<P, S, K extends InputKind>(
  options: TextsModelOptions<P, S, K>,
  rows: number,
  room = rows,
): { readonly rows: TextRows; readonly logits: Float32Array } {
  const { model, params, prime, initialState, constantState, outputOf } = options;
  const primes = primesOf(prime);
  const given = initialState === undefined ? 1 : rowsOf(initialState);
  let outputs: Float32Array | undefined;
  const reader = stepper<P, S, K>(model, params, {
    batchSize: given,
    room,
    state: initialState,
    constant: constantState,
    ...(outputOf && {
      observe(step: StepResult<S>) {
        outputs = outputOf(step).dataSync<'float32'>().slice();
      },
    }),
  });
  try {
    let width = given;
    const widen = (size: number) => {
      if (size > width) reader.gather(new Int32Array(size));
      width = Math.max(size, width);
    };
    widen(primes.length);
    let logits: Float32Array = new Float32Array(0);
    for (let place = 0; place < primes[0]!.length; place++) {
      const ids = Int32Array.from({ length: width }, (_, row) => (primes[row] ?? primes[0]!)[place]!);
      logits = reader.step(encode(model, ids));
    }
    if (width < rows) {
      logits = repeated(logits, rows);
      if (outputs) outputs = repeated(outputs, rows);
    }
    widen(rows);
    return {
      rows: {
        feed(ids) {
          width = ids.length;
          return reader.step(encode(model, ids));
        },
        gather: (from) => reader.gather(from),
        outputOf(row) {
          const size = (outputs?.length ?? 0) / width;
          return outputs?.slice(row * size, (row + 1) * size);
        },
        dispose: () => reader.dispose(),
      },
      logits,
    };
  } catch (error) {
    reader.dispose();
    throw error;
  }
}

/** The prime as a list: one prime for each text, or one for all. */
export function primesOf(prime: TextsModelOptions<unknown, unknown, InputKind>['prime']) {
  const isNested = Array.isArray(prime) && typeof prime[0] === 'object';
  return (isNested ? prime : [prime]) as readonly ArrayLike<number>[];
}

function repeated(row: Float32Array, rows: number): Float32Array {
  const all = new Float32Array(rows * row.length);
  for (let n = 0; n < rows; n++) all.set(row, n * row.length);
  return all;
}

/** Ids in the form that the model reads: unchanged, or one-hot [ids, inputSize]. */
export function encode(
  model: { readonly inputKind?: InputKind; readonly inputSize: number },
  ids: ArrayLike<number>,
) {
  if (model.inputKind === 'ids') return new Int32Array(ids);
  const oneHot = new Float32Array(ids.length * model.inputSize);
  for (let row = 0; row < ids.length; row++) oneHot[row * model.inputSize + ids[row]!] = 1;
  return oneHot;
}

/** Rows of ids [B, T] in the form that the model reads: int32 [B, T], or one-hot [B, T, inputSize]. */
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
  minLength: 'integer of at least 0?',
};

export const TEXTS_MODEL_KINDS: OptionKinds<TextsModelOptions<object, unknown, InputKind>> = {
  ...TEXT_MODEL_KINDS,
  constantState: 'array?',
  outputOf: 'function?',
};

/**
 * @param rows the number of texts; an initial state may have that number of rows, or one
 * @throws UnrolledError for an empty prime, an id out of range, an empty stop sequence, a state that does not
 *   fit, a minimum length that exceeds the length, or a model that cannot run single steps or cannot read its
 *   own outputs
 */
export function checkTextModel<P, S, K extends InputKind>(
  scope: string,
  options: TextsModelOptions<P, S, K> & { readonly length: number },
  rows = 1,
): void {
  const { model, initialState, exclude = [], stopAt, stopSequences = [] } = options;
  checkSteps(scope, model);
  checkModel(scope, model);
  checkPrimes(scope, options, rows);
  if (model.outputSize > model.inputSize) {
    refuse(scope, {
      expected: `a model that reads every id that it can output, ${model.outputSize}`,
      got: `an input size of ${model.inputSize}`,
      remedy: 'use one vocabulary for input and output',
    });
  }
  checkIds(scope, exclude, model.outputSize, 'exclude');
  if (stopAt !== undefined) checkIds(scope, [stopAt], model.outputSize, 'stopAt');
  StopSequences.check(scope, stopSequences);
  for (const sequence of stopSequences) checkIds(scope, sequence, model.outputSize, 'stopSequences');
  checkMinLength(scope, options);
  if (initialState !== undefined) checkInitialState(scope, model, initialState, rows);
  for (const path of options.constantState ?? []) checkKind(scope, 'each of constantState', path, 'string');
}

function checkPrimes<P, S, K extends InputKind>(
  scope: string,
  { prime, model }: TextsModelOptions<P, S, K>,
  rows: number,
): void {
  const primes = primesOf(prime);
  if (primes[0]!.length === 0) {
    refuse(scope, { expected: 'at least one id to start from', got: 'an empty prime' });
  }
  for (const one of primes) {
    checkKind(scope, 'each prime', one, 'array or typed array');
    checkIds(scope, one, model.inputSize, 'the prime');
  }
  const lengths = new Set(primes.map(({ length }) => length));
  if (lengths.size === 1 && (primes.length === 1 || primes.length === rows)) return;
  refuse(scope, {
    expected: `one prime for all texts, or ${rows} of one length`,
    got: `${primes.length} primes of length ${[...lengths].join(', ')}`,
    remedy: 'decode texts with primes of other lengths in a separate call',
  });
}

function checkMinLength<P, S, K extends InputKind>(
  scope: string,
  { stopAt, minLength = 0, length }: TextsModelOptions<P, S, K> & { readonly length: number },
): void {
  if (minLength > 0 && stopAt === undefined) {
    refuse(scope, {
      expected: 'stopAt together with minLength',
      got: 'none',
      remedy: 'set stopAt: minLength is the number of ids before stopAt may be chosen',
    });
  }
  check.number(scope, 'minLength', minLength, minLength <= length, `of at most the length, ${length}`);
}

/** @throws UnrolledError if an id is not in 0 … size − 1 */
export function checkIds(scope: string, ids: ArrayLike<number>, size: number, what: string): void {
  for (let place = 0; place < ids.length; place++) {
    const id = ids[place]!;
    if (Number.isInteger(id) && id >= 0 && id < size) continue;
    refuse(scope, {
      expected: `ids in 0 … ${size - 1} in ${what}`,
      got: String(id),
      remedy: "make the encoder's and the model's vocabulary sizes equal",
    });
  }
}
