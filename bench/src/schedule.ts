/** How long the steps of one round of one configuration should take together. */
const ROUND_MILLISECONDS = 200;

/** Steps in a round: as many as fill it, at least one. */
export const iterationsFor = (stepMilliseconds: number) =>
  Math.max(1, Math.round(ROUND_MILLISECONDS / Math.max(stepMilliseconds, 1e-4)));

/** Rounds that a configuration takes part in: a step of seconds is not hurt by microseconds of noise. */
export function roundsFor(stepMilliseconds: number, rounds: number): number {
  if (stepMilliseconds > 10_000) return Math.min(1, rounds);
  if (stepMilliseconds > 4000) return Math.min(2, rounds);
  if (stepMilliseconds > 1200) return Math.min(3, rounds);
  return rounds;
}

/**
 * Each round begins with another one, so that nobody always runs after the same neighbour's end or first
 * after a pause.
 */
export function orderOf<T>(items: readonly T[], round: number): T[] {
  const from = items.length === 0 ? 0 : round % items.length;
  const rotated = [...items.slice(from), ...items.slice(0, from)];
  return round % 2 === 0 ? rotated : rotated.reverse();
}
