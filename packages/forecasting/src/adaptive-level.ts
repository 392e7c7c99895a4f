import type { OptionKinds } from '@unrolled/errors';
import { check, checkKind, checkOptions, checkShare } from './refuse';

export interface AdaptiveLevelOptions {
  /** The share of truths that the intervals are to hold, in (0, 1). */
  readonly level: number;
  /** γ, how far one truth moves the level, above 0; default 0.02. */
  readonly rate?: number;
}

const KINDS: OptionKinds<AdaptiveLevelOptions> = {
  level: 'number',
  rate: 'number?',
};

export interface AdaptiveLevel {
  /** The level that the next interval is to be calibrated at, 0 … 1. */
  readonly level: number;
  /** Records whether the newest interval contained the true value. */
  update(held: boolean): void;
}

/**
 * Adaptive conformal inference (Gibbs and Candès, 2021): after an interval that missed the true value the
 * next ones are calibrated at a higher level, after one that contained it at a slightly lower one,
 *
 *     αₜ₊₁ = αₜ + γ·(α − missedₜ),   α = 1 − level
 *
 * so the coverage converges to the level for any series: within (1 + γ) / (γ·T) after T values, if a level of
 * 1 contains every value.
 *
 * @throws UnrolledError when the level is outside (0, 1), or the rate is not above 0
 */
export function adaptiveLevel(options: AdaptiveLevelOptions): AdaptiveLevel {
  checkOptions('adaptiveLevel', options, KINDS);
  const { level, rate = 0.02 } = options;
  checkShare('adaptiveLevel', 'a level', level);
  check.number('adaptiveLevel', 'rate', rate, rate > 0, 'above 0');
  let current = level;
  return {
    get level() {
      return Math.min(1, Math.max(0, current));
    },
    update(held) {
      checkKind('adaptiveLevel', 'held', held, 'boolean');
      current -= rate * (1 - level - Number(!held));
    },
  };
}
