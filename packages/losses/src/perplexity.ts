/** e^(mean loss in nats): the number of equally likely choices that would be as hard. 1 is certainty. */
export function perplexity(meanNats: number): number {
  return Math.exp(meanNats);
}
