import { inWords, type OptionKinds } from '@unrolled/errors';
import { allocate, check, checkKind, checkOptions, refuse } from '../refuse';

/** Sequences of different lengths as one array with padding. */
export interface PaddedSequences<A = Int32Array> {
  /** [count, length] or, with features, [count, length, features], row-major */
  readonly values: A;
  /** Number of valid steps of each row: the `lengths` of `unroll` and of the losses. */
  readonly lengths: number[];
  /** [count, length], row-major: 1 for a valid step, 0 for padding: the `weights` of the losses. */
  readonly weights: Float32Array;
  readonly count: number;
  readonly length: number;
}

export interface PadOptions {
  /** Steps of a padded row; default the longest sequence's. */
  readonly length?: number;
  /** Value of the padding; default 0. */
  readonly value?: number;
  /** Number of features of a step; default 1. */
  readonly features?: number;
}

const KINDS: OptionKinds<PadOptions> = {
  length: 'number?',
  value: 'number?',
  features: 'positive integer?',
};

/**
 * Pads sequences at their end. Float32Array sequences give a Float32Array, sequences of ids an Int32Array.
 *
 * @throws UnrolledError for no sequences, only empty ones, one longer than `length`, one that does not
 *   consist of whole steps of `features`, or ids that are not whole numbers
 */
export function padSequences(
  sequences: readonly Float32Array[],
  options?: PadOptions,
): PaddedSequences<Float32Array>;
export function padSequences(sequences: readonly ArrayLike<number>[], options?: PadOptions): PaddedSequences;
export function padSequences(
  sequences: readonly ArrayLike<number>[],
  options: PadOptions = {},
): PaddedSequences<Float32Array | Int32Array> {
  const scope = 'padSequences';
  checkKind(scope, 'sequences', sequences, 'array');
  checkOptions(scope, options, KINDS);
  const { length, value = 0, features = 1 } = options;
  if (!Array.isArray(sequences) || sequences.length === 0) {
    refuse(scope, {
      expected: 'a list of at least one sequence',
      got: inWords(sequences),
      remedy: 'pass the sequences in an array',
    });
  }
  const floats = sequences[0] instanceof Float32Array;
  const lengths = sequences.map((sequence, row) => countSteps(sequence, row, floats, features));
  const longest = lengths.reduce((most, steps) => Math.max(most, steps), 0);
  const width = length ?? longest;
  check.count(scope, 'the padded length', width);
  if (longest > width) {
    refuse(scope, {
      expected: `sequences of at most ${width} steps`,
      got: `${longest} steps at row ${lengths.indexOf(longest)}`,
      remedy: 'truncate the sequence, or increase the length',
    });
  }
  const size = sequences.length * width * features;
  const values = floats ? allocate(scope, Float32Array, size) : allocate(scope, Int32Array, size);
  const weights = allocate(scope, Float32Array, sequences.length * width);
  if (value !== 0) values.fill(value);
  sequences.forEach((sequence, row) => {
    values.set(sequence, row * width * features);
    weights.fill(1, row * width, row * width + lengths[row]!);
  });
  return { values, lengths, weights, count: sequences.length, length: width };
}

function countSteps(sequence: ArrayLike<number>, row: number, floats: boolean, features: number): number {
  const scope = 'padSequences';
  if (sequence instanceof Float32Array !== floats || typeof sequence?.length !== 'number') {
    refuse(scope, {
      expected: floats ? 'a Float32Array in every row' : 'a sequence of ids in every row',
      got: `${inWords(sequence)} at row ${row}`,
      remedy: 'pass all rows in the same form as the first',
    });
  }
  if (!floats && !Array.from(sequence).every(Number.isInteger)) {
    refuse(scope, {
      expected: 'whole numbers as ids',
      got: `numbers that are not whole at row ${row}`,
      remedy: 'pass Float32Arrays for values that are not ids',
    });
  }
  if (sequence.length % features !== 0) {
    refuse(scope, {
      expected: `whole steps of ${features} features`,
      got: `${sequence.length} numbers at row ${row}`,
      remedy: 'pass each row step by step, and the numbers of a step as features',
    });
  }
  return sequence.length / features;
}
