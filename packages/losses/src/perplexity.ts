import { check } from './refuse';

/**
 * e^(mean loss in nats): the number of equally likely choices with the same uncertainty. 1 means certainty.
 */
export function perplexity(meanNats: number): number {
  check.number(
    'perplexity',
    'the mean loss',
    meanNats,
    true,
    'to be a number of nats',
    'pass (await loss.data())[0]',
  );
  return Math.exp(meanNats);
}
