import { meanOf } from './mean';
import { checkPaired } from './refuse';

/**
 * 100 · mean 2·|truth − forecast| / (|truth| + |forecast|); in percent, 0 … 200 (the form of the M4
 * competition, Makridakis et al., 2020). A forecast of 0 for a true value of 0 counts as 0.
 *
 * @throws UnrolledError when the lengths differ or are 0, or a value is not finite
 */
export function symmetricMeanAbsolutePercentageError(
  truth: ArrayLike<number>,
  forecast: ArrayLike<number>,
): number {
  checkPaired('symmetricMeanAbsolutePercentageError', { truth, forecast });
  return (
    200 *
    meanOf(truth.length, (i) => {
      const size = Math.abs(truth[i]!) + Math.abs(forecast[i]!);
      return size === 0 ? 0 : Math.abs(truth[i]! - forecast[i]!) / size;
    })
  );
}
