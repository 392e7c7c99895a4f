import {
  driftForecast,
  movingAverageForecast,
  naiveForecast,
  seasonalNaiveForecast,
} from '@unrolled/forecasting';
import { expect, test } from 'vitest';
import { baselineForecasts } from '../src/walk/baselines';

test('each forecast of a walk is that of the public function on the whole history', () => {
  const prices = Float64Array.from({ length: 60 }, (_, i) => 50 + i + 9 * Math.sin(i * i));
  const [rows, horizon, season, movingAverage] = [[40, 41, 57], 3, 7, 5];
  const settings = { horizon, window: 4, season, movingAverage, targetTransform: 'price' } as const;
  const found = baselineForecasts(prices, { start: 2, end: 40 }, rows, settings);
  for (const [at, row] of rows.entries()) {
    const history = prices.subarray(2, row);
    const of = (forecasts: Float64Array) => forecasts.subarray(at * horizon, (at + 1) * horizon);
    expect(of(found.naive)).toEqual(naiveForecast(history, horizon));
    expect(of(found.drift)).toEqual(driftForecast(history, horizon));
    expect(of(found.movingAverage)).toEqual(movingAverageForecast(history, horizon, { window: 5 }));
    expect(of(found.seasonalNaive)).toEqual(seasonalNaiveForecast(history, horizon, { season }));
  }
});
