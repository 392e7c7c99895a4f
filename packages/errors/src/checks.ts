/** Checks that several packages share. Each package's errors have its own name. */
import type { Refuse } from './unrolled-error';
import { choicesInWords, inWords } from './words';

/** The shared checks of one package. Their errors have the package's name. */
export interface Checks {
  /** Refuses a value that is not a whole number of at least `least`, default 1. */
  count(scope: string, what: string, value: number, least?: number): void;
  /** Refuses a number outside its range, which `range` states in words: `in [0, 1)`. */
  number(scope: string, what: string, value: number, fits: boolean, range: string, remedy?: string): void;
  /** Refuses a value that is not one of an option's values; accepts undefined. */
  choice(scope: string, what: string, value: unknown, choices: readonly string[]): void;
}

/**
 * Returns the lengths as an array; undefined passes unchanged. Accepts only an array or typed array with one
 * integer in 0 … T for each of B rows.
 */
export type LengthsCheck = (
  scope: string,
  lengths: ArrayLike<number> | undefined,
  batchSize: number,
  steps: number,
) => readonly number[] | undefined;

/** The shared checks, for a package's `refuse`. */
export function checksOf(refuse: Refuse): Checks {
  return {
    count(scope, what, value, least = 1) {
      if (Number.isSafeInteger(value) && value >= least) return;
      const range = least === 1 ? 'a positive integer' : `an integer of at least ${least}`;
      refuse(scope, {
        expected: `${what} to be ${range}`,
        got: inWords(value),
        remedy: 'pass such a number',
      });
    },
    number(scope, what, value, fits, range, remedy = `pass a number ${range.replace('to be', 'that is')}`) {
      if (!fits || typeof value !== 'number')
        refuse(scope, { expected: `${what} ${range}`, got: inWords(value), remedy });
    },
    choice(scope, what, value, choices) {
      if (value === undefined || choices.includes(value as string)) return;
      refuse(scope, {
        expected: `${what} ${choicesInWords(choices)}`,
        got: inWords(value),
        remedy: 'pass one of these values',
      });
    },
  };
}

/**
 * The check of lengths is a separate export, because most programs that check a count read no padded
 * sequences.
 */
export function lengthsCheckOf(refuse: Refuse): LengthsCheck {
  return (scope, lengths, batchSize, steps) => {
    if (lengths === undefined) return undefined;
    const expected = `${batchSize} lengths, each an integer in 0 … ${steps}`;
    const list = listOf(lengths);
    if (list === undefined) {
      const remedy = 'pass an array; for a tensor, Array.from(await lengths.data())';
      return refuse(scope, { expected, got: inWords(lengths), remedy });
    }
    const bad = list.findIndex((length) => !Number.isInteger(length) || length < 0 || length > steps);
    if (list.length === batchSize && bad < 0) return list;
    const got = bad >= 0 ? `${inWords(list[bad])} at row ${bad}` : `a list of ${list.length}`;
    return refuse(scope, { expected, got, remedy: 'pass the number of valid steps of each row' });
  };
}

/** Returns an array unchanged, and a typed array as an array; undefined for anything else. */
function listOf(values: unknown): readonly number[] | undefined {
  if (Array.isArray(values)) return values;
  const isList = ArrayBuffer.isView(values) && 'length' in values;
  return isList ? Array.from(values as unknown as ArrayLike<number>) : undefined;
}
