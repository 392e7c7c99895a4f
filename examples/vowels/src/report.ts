import type { Utterance } from '@unrolled/example-data';
import { accuracy } from '@unrolled/metrics';

export const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
export const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
/** The standard deviation. */
export const spread = (values: readonly number[]) => {
  const middle = mean(values);
  return Math.sqrt(
    values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / Math.max(1, values.length - 1),
  );
};
/** The share of utterances with the right speaker. */
export const rightOf = (utterances: readonly Utterance[], guesses: readonly number[]) =>
  accuracy(
    utterances.map(({ speaker }) => speaker),
    guesses,
  );
