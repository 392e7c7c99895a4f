import { checkCount, refuse } from './refuse';

/** Sequences of different lengths as one rectangle. */
export interface PaddedSequences {
  /** [count, length], row-major */
  readonly values: Int32Array;
  /** How many of each row are real. */
  readonly lengths: number[];
  readonly count: number;
  readonly length: number;
}

/**
 * Fills the rows up at their end; `lengths` is what `unroll` takes.
 *
 * @param options.length default the longest sequence's
 * @param options.value what fills up; default 0
 * @throws UnrolledError when a sequence is longer than `length`, or all are empty
 */
export function padSequences(
  sequences: readonly ArrayLike<number>[],
  { length, value = 0 }: { readonly length?: number; readonly value?: number } = {},
): PaddedSequences {
  const lengths = sequences.map((sequence) => sequence.length);
  const longest = Math.max(0, ...lengths);
  const width = length ?? longest;
  checkCount('padSequences', 'the padded length', width);
  if (longest > width) {
    refuse('padSequences', {
      expected: `sequences of at most ${width}`,
      got: `${longest} at row ${lengths.indexOf(longest)}`,
      remedy: 'cut it, or raise the length',
    });
  }
  const values = new Int32Array(sequences.length * width).fill(value);
  sequences.forEach((sequence, row) => {
    values.set(Array.from(sequence), row * width);
  });
  return { values, lengths, count: sequences.length, length: width };
}
