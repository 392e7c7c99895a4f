import { checkCount, refuse } from './refuse';

/** Half-open: start ≤ index < end. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Parts of a series in the order of time: every training index comes before every validation index, and so on. */
export interface ChronologicalSplit {
  readonly train: Range;
  readonly validation: Range;
  readonly test: Range;
}

/**
 * Cuts 0 … count − 1 without shuffling. The training part is ⌊train·count⌋ long, the validation part
 * ⌊validation·count⌋, the rest is the test part: 725 windows at 0.7 give 507 and 218.
 *
 * @param shares of the count, in [0, 1], at most 1 together; `validation` defaults to 0
 * @throws UnrolledError for shares outside that, or when the training part would be empty
 */
export function chronologicalSplit(
  count: number,
  { train, validation = 0 }: { readonly train: number; readonly validation?: number },
): ChronologicalSplit {
  checkCount('chronologicalSplit', 'count', count);
  if (!(train > 0 && validation >= 0 && train + validation <= 1 + 1e-9)) {
    refuse('chronologicalSplit', {
      expected: 'shares in [0, 1] that are at most 1 together',
      got: `train ${train}, validation ${validation}`,
    });
  }
  // 0.7·10 is 7 to a person, 6.999… to a double.
  const whole = (share: number) => Math.floor(share * count + 1e-9);
  const trainEnd = whole(train);
  const validationEnd = Math.min(count, trainEnd + whole(validation));
  if (trainEnd === 0) {
    refuse('chronologicalSplit', {
      expected: 'a training part of at least one',
      got: `${train} of ${count}`,
      remedy: 'give more data or a larger share',
    });
  }
  return {
    train: { start: 0, end: trainEnd },
    validation: { start: trainEnd, end: validationEnd },
    test: { start: validationEnd, end: count },
  };
}
