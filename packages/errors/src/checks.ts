/** The checks that several packages make, each in the caller's name. */
import type { Refuse } from './unrolled-error';
import { choicesInWords, inWords } from './words';

/** The shared checks of one package, which refuse in its name. */
export interface Checks {
  /** Refuses what is not a whole number of at least `least`, default 1. */
  count(scope: string, what: string, value: number, least?: number): void;
  /** Refuses a number that does not fit its range, which `range` states in words: `in [0, 1)`. */
  number(scope: string, what: string, value: number, fits: boolean, range: string, remedy?: string): void;
  /** Refuses what is none of the values of an option; undefined passes. */
  choice(scope: string, what: string, value: unknown, choices: readonly string[]): void;
  /** Refuses lengths that are not one integer in 0 … T for each of B rows; undefined passes. */
  lengths(scope: string, lengths: readonly number[] | undefined, batchSize: number, steps: number): void;
}

/** The shared checks, by a package's way to refuse. */
export function checksOf(refuse: Refuse): Checks {
  return {
    count(scope, what, value, least = 1) {
      if (Number.isSafeInteger(value) && value >= least) return;
      const range = least === 1 ? 'a positive integer' : `an integer of at least ${least}`;
      refuse(scope, { expected: `${what} to be ${range}`, got: inWords(value) });
    },
    number(scope, what, value, fits, range, remedy) {
      if (!fits) refuse(scope, { expected: `${what} ${range}`, got: inWords(value), remedy });
    },
    choice(scope, what, value, choices) {
      if (value === undefined || choices.includes(value as string)) return;
      refuse(scope, { expected: `${what} ${choicesInWords(choices)}`, got: inWords(value) });
    },
    lengths(scope, lengths, batchSize, steps) {
      if (lengths === undefined) return;
      const bad = lengths.findIndex((length) => !Number.isInteger(length) || length < 0 || length > steps);
      if (lengths.length === batchSize && bad < 0) return;
      refuse(scope, {
        expected: `${batchSize} lengths, each an integer in 0 … ${steps}`,
        got: bad >= 0 ? `${lengths[bad]} at row ${bad}` : `${lengths.length} of them`,
      });
    },
  };
}
