import type { OptionKinds } from '@unrolled/errors';
import { check, checkOptions } from '../refuse';
import { probabilityRowsOf, type Rows, type Scores } from './rows';

/** Options of the bins. */
export interface CalibrationOptions {
  /** Number of bins of equal width, at most 100,000; default 15, as in Guo et al. */
  bins?: number;
}

/** The examples with a probability in (lower, upper]; the first bin includes 0. */
export interface CalibrationBin {
  lower: number;
  upper: number;
  count: number;
  /** The mean probability in the bin; NaN for an empty bin. */
  confidence: number;
  /** The share of positive or correct examples in the bin; NaN for an empty bin. */
  accuracy: number;
}

/** The calibration error, and its bins. */
export interface CalibrationError {
  /** The mean of |confidence − accuracy|, weighted by the number of examples of each bin, 0 … 1. */
  expected: number;
  /** The largest |confidence − accuracy| of the bins with examples. */
  maximum: number;
  /** All bins, including empty ones, for a reliability diagram. */
  bins: CalibrationBin[];
}

const KINDS: OptionKinds<CalibrationOptions> = { bins: 'positive integer?' };

/**
 * The expected calibration error (Naeini et al., 2015; Guo et al., 2017), with its bins. It depends on the
 * number of bins, so report that number, too.
 *
 * Probabilities [n] of class 1 are compared with the share of examples of class 1. For [n, C], each row's
 * highest probability is compared with whether its class (the first of equal ones) is correct.
 *
 * @param truth classes, 0 … C − 1, or 0 and 1
 * @throws UnrolledError for lists that are empty or differ in length, values that are not probabilities, rows
 *   whose sum is not 1, and a number of bins out of range
 */
export function calibrationError(
  truth: ArrayLike<number>,
  probabilities: Scores,
  options: CalibrationOptions = {},
): CalibrationError {
  const scope = 'calibrationError';
  checkOptions(scope, options, KINDS);
  const { bins: count = 15 } = options;
  check.number(scope, 'bins', count, count <= 100_000, 'in 1 … 100,000');
  const rows = probabilityRowsOf(scope, truth, probabilities);
  const sums = Array.from({ length: count }, () => ({ count: 0, probability: 0, right: 0 }));
  for (let row = 0; row < truth.length; row++) {
    const { probability, right } = claimOf(rows, row, truth[row]!);
    const bin = sums[binOf(probability, count)]!;
    bin.count += 1;
    bin.probability += probability;
    bin.right += right;
  }
  let [expected, maximum] = [0, 0];
  const bins = sums.map((bin, index) => {
    const gap = Math.abs(bin.probability - bin.right);
    expected += gap / truth.length;
    if (bin.count > 0) maximum = Math.max(maximum, gap / bin.count);
    return {
      lower: index / count,
      upper: (index + 1) / count,
      count: bin.count,
      confidence: bin.probability / bin.count,
      accuracy: bin.right / bin.count,
    };
  });
  return { expected, maximum, bins };
}

/** The probability of a row, and whether it was correct. */
function claimOf(
  { values, columns }: Rows,
  row: number,
  label: number,
): { probability: number; right: number } {
  if (columns === 1) return { probability: values[row]!, right: label };
  let best = 0;
  for (let column = 1; column < columns; column++) {
    if (values[row * columns + column]! > values[row * columns + best]!) best = column;
  }
  return { probability: values[row * columns + best]!, right: Number(best === label) };
}

/** The bin (index / count, (index + 1) / count] that contains a probability. */
function binOf(probability: number, count: number): number {
  let index = Math.max(0, Math.ceil(probability * count) - 1);
  // The product is rounded, so it is corrected by the bin's edges.
  if (index > 0 && probability <= index / count) index -= 1;
  else if (probability > (index + 1) / count) index += 1;
  return index;
}
