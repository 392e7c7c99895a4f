/** From logits to an id. */
import type { Random } from '@unrolled/cells';
import { checkNumber, refuse } from './refuse';

export interface SampleOptions {
  /** Divides the logits: below 1 safer, above 1 wilder, 0 greedy; default 1. */
  readonly temperature?: number;
  /** Where the draw comes from, such as `random(seed)` of `@unrolled/cells`. */
  readonly random: Pick<Random, 'uniform'>;
}

/**
 * The id of the largest logit, the first one when several are.
 *
 * @throws UnrolledError when there is no logit, or one is NaN
 */
export function greedy(logits: ArrayLike<number>): number {
  let best = -1;
  let largest = Number.NEGATIVE_INFINITY;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id]!;
    if (Number.isNaN(logit)) refuseLogits('greedy', `NaN at ${id}`);
    if (best < 0 || logit > largest) {
      best = id;
      largest = logit;
    }
  }
  return best < 0 ? refuseLogits('greedy', 'none') : best;
}

/**
 * Draws an id with probability softmax(logits / temperature), one uniform draw a call; a logit of −Infinity is never
 * drawn.
 *
 * @throws UnrolledError when the temperature is negative, there is no logit, or none is finite
 */
export function sampleFromLogits(
  logits: ArrayLike<number>,
  { temperature = 1, random }: SampleOptions,
): number {
  const scope = 'sampleFromLogits';
  checkNumber(
    scope,
    'a temperature',
    temperature,
    temperature >= 0 && temperature < Infinity,
    'of at least 0',
  );
  const best = greedy(logits);
  if (temperature === 0) return best;
  const largest = logits[best]!;
  if (!Number.isFinite(largest)) refuseLogits(scope, `${largest} as the largest`);
  let total = 0;
  for (let id = 0; id < logits.length; id++) total += Math.exp((logits[id]! - largest) / temperature);
  let left = random.uniform() * total;
  for (let id = 0; id < logits.length; id++) {
    left -= Math.exp((logits[id]! - largest) / temperature);
    if (left < 0) return id;
  }
  return best; // Rounding can leave a last crumb of the total.
}

function refuseLogits(scope: string, got: string): never {
  refuse(scope, { expected: 'logits, at least one finite and none NaN', got });
}
