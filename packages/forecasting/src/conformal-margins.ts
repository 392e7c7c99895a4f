import { check, refuse } from './refuse';

/** Products like 10 · 0.9 are whole numbers to a person, and not quite to a double. */
const ROUNDING = 1e-9;

/**
 * The margin of each step: the ⌈(n + 1)·level⌉-th smallest of its n scores. A new score of the same kind is
 * no larger with a probability of at least `level` (Vovk et al., 2005). Refuses fewer scores than that takes.
 *
 * @param scores [n, horizon], row-major
 * @returns [horizon]
 */
export function conformalMargins(
  scope: string,
  scores: Float64Array,
  level: number,
  horizon: number,
): number[] {
  const count = scores.length / horizon;
  const rank = Math.ceil((count + 1) * level - ROUNDING);
  if (rank > count) {
    refuse(scope, {
      expected: `at least ${Math.ceil(level / (1 - level) - ROUNDING)} calibration values for each step at this level`,
      got: String(count),
      remedy: 'calibrate on more rows, or lower the level',
    });
  }
  const ofStep = (step: number) => scores.filter((_, i) => i % horizon === step);
  return Array.from({ length: horizon }, (_, step) => ofStep(step).toSorted()[Math.max(rank, 1) - 1]!);
}

/** Whether a value out of JSON can be margins: one or more finite numbers. */
export function isMargins(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every(Number.isFinite);
}

/** Refuses numbers that are not whole forecasts of a horizon. */
export function checkSteps(scope: string, { length }: ArrayLike<number>, horizon: number): void {
  check.count(scope, 'horizon', horizon);
  if (length % horizon === 0) return;
  refuse(scope, {
    expected: `whole forecasts of ${horizon} steps`,
    got: `${length} numbers`,
    remedy: 'pass the steps of one forecast as horizon',
  });
}
