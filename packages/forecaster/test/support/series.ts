import { random } from '@unrolled/cells';
import type { BacktestSettings } from '@unrolled/forecaster';

/** A stationary autoregression of order 2 around a mean, with innovations of deviation 1. */
export function autoregression(count: number, seed: number, [a, b, mean] = [0.5, 0.3, 100]): Float64Array {
  const { normal } = random(seed);
  let [before, last] = [0, 0];
  for (let i = 0; i < 100; i++) [before, last] = [last, a! * last + b! * before + normal()];
  return Float64Array.from({ length: count }, () => {
    [before, last] = [last, a! * last + b! * before + normal()];
    return mean! + last;
  });
}

/** Settings of a network that takes next to no time. */
export const SMALL = {
  ...{ targetTransform: 'difference', window: 3, units: 2, epochs: 2, batchSize: 16, calibration: 10 },
} as const satisfies BacktestSettings;
