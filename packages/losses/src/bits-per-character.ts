/** A mean loss in nats per character as bits per character: nats / ln 2. */
export function bitsPerCharacter(meanNats: number): number {
  return meanNats / Math.LN2;
}
