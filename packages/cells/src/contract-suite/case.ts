/** A part with numbers to run it on, and the tolerances of its results. */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { UnrolledError } from '@unrolled/errors';
import { tensorInWords } from '../checks';
import {
  type AnyPart,
  type Context,
  inputKindOf,
  isCell,
  nameOf,
  type PartInput,
  type UnrollOptions,
} from '../contract';
import { type Random, random } from '../random';
import { refuse } from '../refuse';
import { flattenParams, mapTree } from '../tree';
import { unroll } from '../unroll';

export const BATCH = 3;
export const STEPS = 6;
export const LENGTHS = [6, 0, 4];
/** A size for axes of a state that may have any size. */
const ANY = 4;
/** Rows and columns of the pictures. */
const PICTURE = [6, 5] as const;
/** Whether a part reads sequences, which may have lengths. */
export const hasTime = (part: AnyPart) => inputKindOf(part) !== 'pictures';
export const CONTEXTS: readonly Context[] = [{ training: false }, { training: true, seed: 5 }];

export type Case = { part: AnyPart; params: unknown; inputs: Tensor; state: unknown; random: Random };
export type Result = { output: Tensor; state: unknown };

/** A violation of the contract, found by a check. */
class Mismatch extends Error {
  constructor(
    readonly got: string,
    readonly remedy?: string,
  ) {
    super(got);
  }
}

/**
 * Fails the check unless the condition holds.
 *
 * @param remedy default: the remedy of the check
 */
export function hold(condition: boolean, got: string, remedy?: string): asserts condition {
  if (!condition) throw new Mismatch(got, remedy);
}

/**
 * Runs one check in a tidy, with numbers from a fixed seed. A violation is reported under the part's name.
 */
export function withCase(part: AnyPart, name: string, remedy: string, body: (given: Case) => void): void {
  tf.tidy(() => {
    try {
      const draws = random(7);
      const params = perturbed(part.init(1), draws);
      const state = perturbed(part.zeroState(BATCH), draws);
      const inputs = someInputs(inputKindOf(part), part.inputSize, draws);
      body({ part, params, inputs, state, random: draws });
    } catch (error) {
      const expected = `a part that ${name}`;
      if (error instanceof Mismatch)
        refuse(nameOf(part), { expected, got: error.got, remedy: error.remedy ?? remedy });
      const { message } = error as Error;
      const ours = error instanceof UnrolledError ? error : undefined;
      const got = ours ? `another one: expected ${ours.expected}, got ${ours.got}` : `an error, '${message}'`;
      refuse(nameOf(part), { expected, got, remedy: ours?.remedy ?? remedy }, error);
    }
  });
}

export const noise = (shape: readonly number[], { normal }: Random, scale: number) =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape([...shape]) }, () => normal() * scale),
    [...shape],
  );

/**
 * The same tree with noise added, so that no weight and no state is zero. An axis of size 0, which means any
 * size, becomes 4.
 */
const perturbed = (tree: unknown, draws: Random) =>
  mapTree(tree, (tensor) => {
    const drawn = noise(
      tensor.shape.map((size) => size || ANY),
      draws,
      0.3,
    );
    return tensor.size === 0 ? drawn : tf.add(tensor, drawn);
  });

function someInputs(kind: PartInput, size: number, draws: Random): Tensor {
  if (kind === 'pictures') return noise([BATCH, ...PICTURE, size], draws, 1);
  if (kind === 'vectors') return noise([BATCH, STEPS, size], draws, 1);
  const ids = Int32Array.from({ length: BATCH * STEPS }, () => Math.floor(draws.uniform() * size));
  return tf.tensor2d(ids, [BATCH, STEPS], 'int32');
}

export function run(
  { part, params, inputs, state }: Omit<Case, 'random'>,
  options: UnrollOptions = {},
): Result {
  const given = { context: { training: false }, ...options, initialState: state } as const;
  return unroll(part, params, inputs as never, given);
}

/** Both directions, by the part's own implementation and, if possible, step by step. */
export function pathsOf(part: AnyPart): UnrollOptions[] {
  if (!hasTime(part)) return [{}];
  const directions = [{ lengths: LENGTHS }, { lengths: LENGTHS, reverse: true }];
  const steps = directions.map((options) => ({ ...options, fused: false }));
  return isCell(part) ? [...directions, ...steps] : directions;
}

/** The context of a difference: its cause, and whether the rows had the lengths `LENGTHS`. */
type Told = { readonly said?: string; readonly ragged?: boolean };

/** Compares two tensors, or two trees of them. */
export type Close = (what: string, a: unknown, b: unknown, told?: Told) => void;

/** Treats tensors as equal if no values differ by more than `tolerance`. */
export const closeWithin =
  (tolerance: number): Close =>
  (what, a, b, told = {}) => {
    const other = flattenParams(b);
    for (const [path, tensor] of Object.entries(flattenParams(a)))
      compare(path === '' ? what : `${what} '${path}'`, tensor, other[path], tolerance, told);
  };

function compare(
  what: string,
  a: Tensor,
  b: Tensor | undefined,
  tolerance: number,
  { said = '', ragged = false }: Told,
): void {
  const fits = b !== undefined && tf.util.arraysEqual(a.shape, b.shape);
  hold(fits, `${what} ${tensorInWords(a)} beside ${tensorInWords(b)}${said}`);
  const [values, others] = [a.dataSync(), b.dataSync()];
  let worst = 0;
  let place = -1;
  for (let i = 0; i < values.length; i++) {
    const difference = Math.abs(values[i]! - others[i]!);
    if (difference <= worst) continue; // NaN is not smaller
    [worst, place] = [difference, i];
    if (Number.isNaN(difference)) break;
  }
  if (worst <= tolerance) return;
  const instead = `${values[place]} instead of ${others[place]}`;
  const by = Number.isNaN(worst) ? '' : `, a difference of ${worst} where ${tolerance} is allowed`;
  hold(false, `${what} ${instead} ${placeIn(a.shape, place, ragged)}${by}${said}`);
}

/**
 * The position of a value for a message: row and step of a sequence, and whether it is past the row's length.
 */
export function placeIn(shape: readonly number[], flat: number, ragged = false): string {
  const at: number[] = [];
  let rest = flat;
  for (const size of [...shape].reverse()) {
    at.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  const [row, time] = at as [number, number];
  if (shape[0] !== BATCH || shape[1] !== STEPS || shape.length !== 3) return `at [${at.join(', ')}]`;
  const length = LENGTHS[row]!;
  const past = ragged && time >= length ? `, past the row's length of ${length}` : '';
  return `at row ${row}, step ${time}${past}`;
}

export const rowsOf = <T>(tree: T, start: number, count: number): T =>
  mapTree(tree, (tensor) =>
    tf.slice(tensor, [start, ...tensor.shape.slice(1).map(() => 0)], [count, ...tensor.shape.slice(1)]),
  );

export const stepsOf = (sequence: Tensor, start: number, count: number): Tensor =>
  tf.slice(sequence, [0, start], [sequence.shape[0]!, count]);
