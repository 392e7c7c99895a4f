import { InvalidArgumentError } from 'commander';

/**
 * Parsers for commander's options. For an invalid value they throw commander's `InvalidArgumentError`, whose
 * message states what was expected. `runCli` adds the option's name and the value.
 */
type Parser<T> = (value: string) => T;

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const LARGEST_SEED = 2 ** 32 - 1;

function numberWhere(expected: string, accepts: (value: number) => boolean): Parser<number> {
  return (text) => {
    const value = DECIMAL.test(text.trim()) ? Number(text) : Number.NaN;
    if (!Number.isFinite(value) || !accepts(value)) throw new InvalidArgumentError(expected);
    return value;
  };
}

/** A parser that accepts a subset of the values of another parser. */
function narrowed(
  parse: Parser<number>,
  expected: string,
  accepts: (value: number) => boolean,
): Parser<number> {
  return (text) => {
    const value = parse(text);
    if (!accepts(value)) throw new InvalidArgumentError(expected);
    return value;
  };
}

/** A whole number of at least 1: steps, units, layers. */
export const positiveInteger = numberWhere(
  'a whole number of at least 1',
  (value) => Number.isSafeInteger(value) && value >= 1,
);

/** A whole number of at least 0. */
export const nonNegativeInteger = numberWhere(
  'a whole number of at least 0',
  (value) => Number.isSafeInteger(value) && value >= 0,
);

/** A number above 0: a learning rate, a temperature. */
export const positiveNumber = numberWhere('a number above 0', (value) => value > 0);

/** A number of at least 0. */
export const nonNegativeNumber = numberWhere('a number of at least 0', (value) => value >= 0);

/** A share of at least 0 and below 1: of units to drop, or of a text for the test. */
export const share = narrowed(nonNegativeNumber, 'a number of at least 0 and below 1', (value) => value < 1);

/** A share from 0 to 1, inclusive. */
export const ratio = narrowed(nonNegativeNumber, 'a number from 0 to 1', (value) => value <= 1);

/** A probability above 0, at most 1. */
export const probability = narrowed(positiveNumber, 'a number above 0 and at most 1', (value) => value <= 1);

/** A number above 0 and below 1: the share of the data for validation. */
export const fraction = numberWhere('a number above 0 and below 1', (value) => value > 0 && value < 1);

/** A seed: a whole number from 0 to 2³² − 1. */
export const seed = numberWhere(
  `a whole number from 0 to ${LARGEST_SEED}`,
  (value) => Number.isSafeInteger(value) && value >= 0 && value <= LARGEST_SEED,
);

/** One of the given words: `choice('rnn', 'lstm', 'gru')`. */
export function choice<const Choices extends readonly string[]>(
  ...choices: Choices
): Parser<Choices[number]> {
  return (text) => {
    if (!choices.includes(text)) throw new InvalidArgumentError(`one of ${choices.join(', ')}`);
    return text;
  };
}

/** A text that is not empty. */
export const nonEmptyText: Parser<string> = (text) => {
  if (text === '') throw new InvalidArgumentError('a text of at least one character');
  return text;
};

/** For an option that can be repeated: all its values, in order. */
export function repeated<T>(parse: Parser<T>): (text: string, before?: readonly T[]) => readonly T[] {
  return (text, before = []) => [...before, parse(text)];
}
