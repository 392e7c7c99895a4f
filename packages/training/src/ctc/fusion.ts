/**
 * Shallow fusion: the score that a language model adds to the prefixes of a CTC beam. The prefixes of all
 * rows are read together.
 */
import * as tf from '@tensorflow/tfjs-core';
import {
  type Cell,
  disposeTree,
  type InputKind,
  mapTree,
  type SequenceInput,
  tensorsOf,
  unroll,
} from '@unrolled/cells';
import type { OptionKinds } from '@unrolled/errors';
import { checkModel } from '../check-model';
import { checkSteps } from '../generation/initial-state';
import { checkIds, inputsOf } from '../generation/text-model';
import { check, checkKind, checkOptions, refuse } from '../refuse';
import type { Prefix } from './prefixes';

/** A language model and its weight. */
export interface CtcLanguageModel<P, S, K extends InputKind> {
  /** The model's output [B, V] are logits over the ids that it reads, as ids or as one-hot vectors. */
  readonly model: Cell<P, S, K>;
  readonly params: P;
  /** The ids before a text, such as a newline; at least one. */
  readonly prime: ArrayLike<number>;
  /**
   * The model's id of each class, [C]; −1 for a class that the model does not read, such as the blank. Such a
   * class adds nothing to ln P.
   */
  readonly ids: ArrayLike<number>;
  /** α: the weight of the language model's ln P. At least 0. */
  readonly weight: number;
  /** The id that ends a text. Its probability is added at the end of the row. Default none. */
  readonly stopAt?: number | undefined;
}

const KINDS: OptionKinds<CtcLanguageModel<object, unknown, InputKind>> = {
  model: 'object',
  params: 'value',
  prime: 'array or typed array',
  ids: 'array or typed array',
  weight: 'number',
  stopAt: 'integer of at least 0?',
};

/**
 * @throws UnrolledError if the model cannot run single steps, or if the ids are out of range or not one for
 *   each class
 */
export function checkLanguageModel<P, S, K extends InputKind>(
  scope: string,
  given: CtcLanguageModel<P, S, K>,
  classes: number,
): void {
  const owner = `${scope}'s languageModel`;
  checkOptions(owner, given, KINDS as unknown as OptionKinds<typeof given>);
  const { model, prime, ids, weight, stopAt } = given;
  checkSteps(owner, model);
  checkModel(owner, model);
  check.number(owner, 'weight', weight, weight >= 0 && weight < Infinity, 'of at least 0');
  if (prime.length === 0) {
    refuse(owner, { expected: 'at least one id to start from', got: 'an empty prime' });
  }
  checkIds(owner, prime, model.inputSize, 'the prime');
  if (ids.length !== classes) {
    refuse(owner, {
      expected: `ids [${classes}], one for each class`,
      got: `${ids.length} ids`,
      remedy: "pass the language model's id of each class, and −1 for the blank",
    });
  }
  const size = Math.min(model.inputSize, model.outputSize);
  checkIds(
    owner,
    Array.from(ids).filter((id) => id !== -1),
    size,
    'ids',
  );
  if (stopAt !== undefined) checkIds(owner, [stopAt], model.outputSize, 'stopAt');
}

/** Rows of the language model, each with the state after its own text. */
export class FusedRows<P, S, K extends InputKind> {
  private state: S;
  /** ln P of each id after each row's text, times the weight. */
  private logs: Float64Array[];

  constructor(private readonly of: CtcLanguageModel<P, S, K>) {
    const before = of.model.zeroState(1);
    try {
      const { state, logs } = this.read([Array.from(of.prime)], before);
      this.state = state;
      this.logs = logs;
    } finally {
      disposeTree(before);
    }
  }

  /** The score that each class adds after the text of a row; 0 for classes that the model does not read. */
  private bonusesOf(row: number): Float64Array {
    const logs = this.logs[row]!;
    return Float64Array.from(this.of.ids, (id) => (id < 0 ? 0 : logs[id]!));
  }

  /** Sets the row and scores of a prefix without labels. */
  begin(prefix: Prefix): void {
    prefix.row = 0;
    prefix.bonuses = this.bonusesOf(0);
  }

  /**
   * Reads the labels of new prefixes, starting from the rows of their parents, and keeps the rows of all
   * other prefixes.
   */
  advance(live: readonly Prefix[], fresh: readonly Prefix[]): void {
    const { ids } = this.of;
    const reading = fresh.filter(({ label }) => ids[label]! >= 0);
    for (const prefix of fresh) if (ids[prefix.label]! < 0) prefix.bonuses = this.bonusesOf(prefix.row);
    if (reading.length === 0) return;
    const isReading = new Set(reading);
    const kept = [...new Set(live.filter((prefix) => !isReading.has(prefix)).map(({ row }) => row))];
    const from = reading.map(({ row }) => row);
    const parents = gathered(this.state, from);
    let read: ReturnType<typeof this.read>;
    try {
      read = this.read(
        reading.map(({ label }) => [ids[label]!]),
        parents,
      );
    } finally {
      disposeTree(parents);
    }
    const next = kept.length > 0 ? joined(this.state, kept, read.state) : read.state;
    if (next !== read.state) disposeTree(read.state);
    disposeTree(this.state);
    this.state = next;
    this.logs = [...kept.map((row) => this.logs[row]!), ...read.logs];
    const places = new Map(kept.map((row, place) => [row, place]));
    for (const prefix of live) if (!isReading.has(prefix)) prefix.row = places.get(prefix.row)!;
    for (const [place, prefix] of reading.entries()) {
      prefix.row = kept.length + place;
      prefix.bonuses = this.bonusesOf(prefix.row);
    }
  }

  /** The score of the end of a text. */
  endBonus({ row }: Prefix): number {
    const { stopAt } = this.of;
    return stopAt === undefined ? 0 : this.logs[row]![stopAt]!;
  }

  dispose(): void {
    disposeTree(this.state);
  }

  /** The state after ids [N, n], and ln P of the next id of each row, times the weight. */
  private read(rows: number[][], initialState: S): { state: S; logs: Float64Array[] } {
    const { model, params, weight } = this.of;
    let logs: Float64Array[] = [];
    let state = initialState;
    tf.tidy(() => {
      const inputs = inputsOf(model, rows) as SequenceInput<K>;
      const { output, state: after } = unroll(model, params, inputs, { initialState });
      const last = rows[0]!.length - 1;
      const next = tf.slice(output as tf.Tensor3D, [0, last, 0], [rows.length, 1, model.outputSize]);
      const values = tf.logSoftmax(tf.reshape(next, [rows.length, model.outputSize])).dataSync();
      const size = model.outputSize;
      logs = rows.map((_, row) =>
        Float64Array.from(values.subarray(row * size, (row + 1) * size), (log) => weight * log),
      );
      state = mapTree(after, (tensor) => tf.keep(tf.clone(tensor)));
    });
    return { state, logs };
  }
}

/** Selects rows of every tensor of a state. */
function gathered<S>(state: S, rows: readonly number[]): S {
  const places = tf.tensor1d([...rows], 'int32');
  const result = mapTree(state, (tensor) => tf.gather(tensor, places));
  places.dispose();
  return result;
}

/** Selected rows of a state, followed by all rows of another. */
function joined<S>(first: S, rows: readonly number[], second: S): S {
  const [rest, others] = [gathered(first, rows), tensorsOf(second)];
  let place = 0;
  const result = mapTree(rest, (tensor) => tf.concat([tensor, others[place++]!], 0));
  disposeTree(rest);
  return result;
}

/** @throws UnrolledError if the value is not a finite number */
export function checkLengthBonus(scope: string, lengthBonus: number): void {
  checkKind(scope, 'lengthBonus', lengthBonus, 'number');
  check.number(scope, 'lengthBonus', lengthBonus, Math.abs(lengthBonus) < Infinity, 'that is finite');
}
