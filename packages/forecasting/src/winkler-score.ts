import { meanOf } from './mean';
import { checkPaired, checkShare } from './refuse';

/**
 * The mean interval score (Winkler, 1972; Gneiting and Raftery, 2007): the width, plus 2/α times the distance
 * of the truth outside, with α = 1 − level. In units of the series; lower is better.
 *
 * @param level the share of truths that the intervals promise to hold, in (0, 1)
 * @throws UnrolledError when the level is outside (0, 1), the lengths differ or are 0, or a value is not
 *   finite
 */
export function winklerScore(
  truth: ArrayLike<number>,
  lower: ArrayLike<number>,
  upper: ArrayLike<number>,
  level: number,
): number {
  checkPaired('winklerScore', { truth, lower, upper });
  checkShare('winklerScore', 'a level', level);
  return meanOf(truth.length, (i) => {
    const outside = Math.max(lower[i]! - truth[i]!, truth[i]! - upper[i]!, 0);
    return upper[i]! - lower[i]! + (2 / (1 - level)) * outside;
  });
}
