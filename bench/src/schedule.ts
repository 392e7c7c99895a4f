/** How long the steps of one round of one configuration should take together. */
const ROUND_MILLISECONDS = 200;

/** The number of steps that fills a round, at least one. */
export const iterationsFor = (stepMilliseconds: number) =>
  Math.max(1, Math.round(ROUND_MILLISECONDS / Math.max(stepMilliseconds, 1e-4)));

/**
 * The number of rounds in which a configuration takes part. Slow steps need fewer, because noise matters less
 * to them.
 */
export function roundsFor(stepMilliseconds: number, rounds: number): number {
  if (stepMilliseconds > 10_000) return Math.min(1, rounds);
  if (stepMilliseconds > 4000) return Math.min(2, rounds);
  if (stepMilliseconds > 1200) return Math.min(3, rounds);
  return rounds;
}

/**
 * Each round starts with another item and changes direction. No item always runs first, or always after the
 * same one.
 */
export function orderOf<T>(items: readonly T[], round: number): T[] {
  const from = items.length === 0 ? 0 : round % items.length;
  const rotated = [...items.slice(from), ...items.slice(0, from)];
  return round % 2 === 0 ? rotated : rotated.reverse();
}
