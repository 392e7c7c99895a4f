import type { OptionKinds } from '@unrolled/errors';
import { check, checkOptions, refuse } from '../refuse';

/** Half-open: start ≤ index < end. */
export interface RowRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Parts of a series in chronological order: every training index is before every validation index, and so on.
 */
export interface ChronologicalSplit {
  readonly train: RowRange;
  readonly validation: RowRange;
  readonly test: RowRange;
}

export interface SplitOptions {
  /** Fraction of the indices for the training set, the oldest ones; above 0. */
  readonly train: number;
  /** Fraction for the validation set, which follows; default 0. */
  readonly validation?: number;
  /** Fraction for the test set, the newest ones; default the remaining indices. */
  readonly test?: number;
  /**
   * Number of indices left out before each later set; default 0. Windows with a horizon of h rows, one row
   * apart, share targets with the next h − 1 windows. A gap of h − 1 ensures that no target is in two sets.
   */
  readonly gap?: number;
}

const KINDS: OptionKinds<SplitOptions> = {
  train: 'number',
  validation: 'number?',
  test: 'number?',
  gap: 'integer of at least 0?',
};

/**
 * Cuts 0 … count − 1 without shuffling. The training set is ⌊train·count⌋ long, the validation set
 * ⌊validation·count⌋, the rest is the test set: 725 windows at 0.7 give 507 and 218.
 *
 * @throws UnrolledError for shares outside [0, 1] or with a sum above 1, or if a set with a share above 0
 *   would be empty
 */
export function chronologicalSplit(count: number, options: SplitOptions): ChronologicalSplit {
  const scope = 'chronologicalSplit';
  checkOptions(scope, options, KINDS);
  const { train, validation = 0, gap = 0 } = options;
  check.count(scope, 'count', count);
  const test = options.test ?? Math.max(0, 1 - train - validation);
  for (const [name, share] of Object.entries({ train, validation, test })) {
    const isShare = typeof share === 'number' && share >= 0 && share <= 1;
    check.number(scope, `a ${name} share`, share, isShare, 'in [0, 1]');
  }
  if (train + validation + test > 1 + 1e-9) {
    refuse(scope, {
      expected: 'shares in [0, 1] with a sum of at most 1',
      got: `train ${train}, validation ${validation}, test ${test}`,
      remedy: 'pass for example { train: 0.7, validation: 0.15, test: 0.15 }',
    });
  }
  // 0.7·10 should be 7, but is 6.999… as a double.
  const whole = (share: number) => Math.floor(share * count + 1e-9);
  const trainEnd = whole(train);
  const validationEnd = Math.min(count, trainEnd + whole(validation));
  const testEnd = options.test === undefined ? count : Math.min(count, validationEnd + whole(test));
  const part = (start: number, end: number) => ({
    start,
    end: end < testEnd ? Math.max(start, end - gap) : end,
  });
  const split = {
    train: part(0, trainEnd),
    validation: part(trainEnd, validationEnd),
    test: part(validationEnd, testEnd),
  };
  checkPart('train', split.train, 1, count);
  checkPart('validation', split.validation, validation, count);
  checkPart('test', split.test, options.test ?? 0, count);
  return split;
}

function checkPart(name: string, { start, end }: RowRange, share: number, count: number): void {
  if (share === 0 || end > start) return;
  refuse('chronologicalSplit', {
    expected: `at least one index in the ${name} set`,
    got: `an empty set, out of ${count}`,
    remedy: 'pass more data or increase the share',
  });
}
