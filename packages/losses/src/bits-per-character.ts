import { check } from './refuse';

/** A mean loss in nats per character as bits per character: nats / ln 2. */
export function bitsPerCharacter(meanNats: number): number {
  check.number(
    'bitsPerCharacter',
    'the mean loss',
    meanNats,
    true,
    'to be a number of nats',
    'give (await loss.data())[0]',
  );
  return meanNats / Math.LN2;
}
