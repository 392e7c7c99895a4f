import { meanOf } from './mean';
import { checkPaired, refuse } from './refuse';

/**
 * 100 · mean |truth − forecast| / |truth|; in percent, from 0 up without a limit. The share of a truth of 0
 * is undefined, so such a truth is refused; scikit-learn divides by 2.2e-16 instead, which drowns all other
 * shares.
 *
 * @throws UnrolledError when a truth is 0, the lengths differ or are 0, or a value is not finite
 */
export function meanAbsolutePercentageError(truth: ArrayLike<number>, forecast: ArrayLike<number>): number {
  const scope = 'meanAbsolutePercentageError';
  checkPaired(scope, { truth, forecast });
  const zero = Array.prototype.indexOf.call(truth, 0);
  if (zero >= 0) {
    refuse(scope, {
      expected: 'true values other than 0',
      got: `0 at index ${zero}`,
      remedy: 'use the scaled error instead (meanAbsoluteScaledError)',
    });
  }
  return 100 * meanOf(truth.length, (i) => Math.abs((truth[i]! - forecast[i]!) / truth[i]!));
}
