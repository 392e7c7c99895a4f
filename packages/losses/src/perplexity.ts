import { check } from './refuse';

/** e^(mean loss in nats): the number of equally likely choices that would be as hard. 1 is certainty. */
export function perplexity(meanNats: number): number {
  check.number(
    'perplexity',
    'the mean loss',
    meanNats,
    true,
    'to be a number of nats',
    'give (await loss.data())[0]',
  );
  return Math.exp(meanNats);
}
