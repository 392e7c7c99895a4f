import { checkSeries, refuse } from './refuse';

/**
 * ln(priceₜ / priceₜ₋₁): [n] → [n − 1].
 *
 * @throws UnrolledError when there are fewer than two prices, or one is not finite and above 0
 */
export function toLogReturns(prices: ArrayLike<number>): Float64Array {
  checkSeries('toLogReturns', 'prices', prices, 2);
  checkPositive('toLogReturns', prices);
  return Float64Array.from({ length: prices.length - 1 }, (_, i) => Math.log(prices[i + 1]! / prices[i]!));
}

/**
 * Converts log returns to the prices after `last`: last · exp(cumulative sum), [n] → [n]. Except for
 * rounding, it is the inverse of `toLogReturns`, with the first price as `last`.
 *
 * @param last the last price that is known
 * @throws UnrolledError when there are no returns, a value is not finite, or `last` is not above 0
 */
export function fromLogReturns(logReturns: ArrayLike<number>, last: number): Float64Array {
  checkSeries('fromLogReturns', 'log returns', logReturns);
  checkSeries('fromLogReturns', 'last', [last]);
  checkPositive('fromLogReturns', [last]);
  let sum = 0;
  return Float64Array.from(logReturns, (logReturn) => {
    sum += logReturn;
    return last * Math.exp(sum);
  });
}

function checkPositive(scope: string, prices: ArrayLike<number>): void {
  for (let index = 0; index < prices.length; index++) {
    if (prices[index]! > 0) continue;
    refuse(scope, {
      expected: 'prices above 0',
      got: `${prices[index]} at index ${index}`,
      remedy: 'use differences, which need no ratio (toDifferences)',
    });
  }
}
