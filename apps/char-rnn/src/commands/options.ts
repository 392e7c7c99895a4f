import { choice, nonNegativeNumber, positiveInteger, positiveNumber } from '@unrolled/app-shared';
import { InvalidArgumentError, Option } from 'commander';

/** `--backend`, the same for every command. */
export function backendOption(): Option {
  return new Option('--backend <name>', 'auto, unrolled, cpu, native or gpu')
    .argParser(choice('auto', 'unrolled', 'cpu', 'native', 'gpu'))
    .default('auto');
}

/** A share that may be nothing but not all: of units to drop, of a text to keep for the test. */
export function share(text: string): number {
  const value = nonNegativeNumber(text);
  if (value >= 1) throw new InvalidArgumentError('a number of at least 0 and below 1');
  return value;
}

/** Tokens of a vocabulary: one, and the unknown one. */
export function vocabularySize(text: string): number {
  const value = positiveInteger(text);
  if (value < 2) throw new InvalidArgumentError('a whole number of at least 2');
  return value;
}

/** `--checkpoint` of the commands that use a trained model. */
export function checkpointOption(): Option {
  return new Option(
    '--checkpoint <path>',
    'a run directory, for its best model, or a checkpoint in one',
  ).makeOptionMandatory();
}

/** A probability that leaves something: 0 would be nothing. */
export function probability(text: string): number {
  const value = positiveNumber(text);
  if (value > 1) throw new InvalidArgumentError('a number above 0 and at most 1');
  return value;
}

/** A share that may be all or nothing. */
export function ratio(text: string): number {
  const value = nonNegativeNumber(text);
  if (value > 1) throw new InvalidArgumentError('a number from 0 to 1');
  return value;
}

/** A text that is one. */
export function nonEmptyText(text: string): string {
  if (text === '') throw new InvalidArgumentError('a text of at least one character');
  return text;
}
