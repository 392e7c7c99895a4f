import { check } from './refuse';

/** Converts a mean loss in nats per character to bits per character: nats / ln 2. */
export function bitsPerCharacter(meanNats: number): number {
  check.number(
    'bitsPerCharacter',
    'the mean loss',
    meanNats,
    true,
    'to be a number of nats',
    'pass (await loss.data())[0]',
  );
  return meanNats / Math.LN2;
}
