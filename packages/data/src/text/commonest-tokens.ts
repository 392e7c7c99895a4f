import type { OptionKinds } from '@unrolled/errors';
import { check, refuse } from '../refuse';

/** Selects the tokens of a text for a vocabulary. */
export interface TokenLimits {
  /** Leaves out tokens that occur less often; default 1, none. */
  readonly minimumCount?: number;
  /**
   * Keeps at most this many tokens, special tokens included: the most frequent ones, of equal counts the
   * first; default all.
   */
  readonly maximumSize?: number;
}

export const LIMIT_KINDS: OptionKinds<TokenLimits> = {
  minimumCount: 'positive integer?',
  maximumSize: 'positive integer?',
};

/**
 * The indices, ascending, of the tokens that the limits keep.
 *
 * @param counts the frequency of each token
 * @param specials number of the vocabulary's special tokens
 * @throws UnrolledError if a limit is not a whole number of at least 1, or keeps nothing
 */
export function commonestTokens(
  scope: string,
  counts: ArrayLike<number>,
  { minimumCount = 1, maximumSize }: TokenLimits,
  specials: number,
): number[] {
  check.count(scope, 'minimumCount', minimumCount);
  if (maximumSize !== undefined) check.count(scope, 'maximumSize', maximumSize, specials + 1);
  const kept = Array.from(counts, (_, index) => index).filter((index) => counts[index]! >= minimumCount);
  if (kept.length === 0) {
    refuse(scope, {
      expected: `a text in which some token occurs ${minimumCount} times`,
      got: 'no such token',
      remedy: 'reduce minimumCount',
    });
  }
  const room = maximumSize === undefined ? kept.length : maximumSize - specials;
  if (kept.length <= room) return kept;
  // The sort is stable, so of equal counts the first stays first.
  kept.sort((a, b) => counts[b]! - counts[a]!);
  return kept.slice(0, room).sort((a, b) => a - b);
}
