import {
  decodeForecaster,
  encodeForecaster,
  fitForecaster,
  planBacktest,
  type Series,
} from '@unrolled/forecaster';
import { describe, expect, test } from 'vitest';
import { autoregression, SMALL } from './support/series';

const close = Float64Array.from(autoregression(90, 2), (value) => 100 + value);
const open = close.map((value, row) => value * (1 + 0.01 * Math.sin(row)));
const names = (target: string, feature: string, values: ArrayLike<number> = open): Series => ({
  columns: { [target]: close, [feature]: values },
});
const planned = (target: string, feature: string, values?: ArrayLike<number>) =>
  planBacktest(names(target, feature, values), { ...SMALL, target, features: [target, feature] });

describe('which columns are prices', () => {
  test.each([
    ['Close', 'Open'],
    ['Close', 'VWAP'],
    ['종가', '시가'],
    ['GOOG.Close', 'GOOG.Open'],
    ['y', 'x'],
  ])('%s and %s are, by what they hold', (target, feature) => {
    expect([...planned(target, feature).settings.priceColumns!].sort()).toEqual([target, feature].sort());
  });

  test('a column on another level, or at 0, is none unless its name says so', () => {
    expect(
      planned(
        'Close',
        'x',
        open.map((value) => value * 1.3),
      ).settings.priceColumns,
    ).toEqual(['Close']);
    expect(
      planned(
        'Close',
        'x',
        open.map((value, row) => (row === 3 ? 0 : value)),
      ).settings.priceColumns,
    ).toEqual(['Close']);
    expect(
      planned(
        'Close',
        'High',
        open.map((value) => value * 1.3),
      ).settings.priceColumns,
    ).toEqual(['Close', 'High']);
  });

  test('rows after the first cut do not count', () => {
    const { folds } = planned('Close', 'x');
    const cut = folds[0]!.test.start;
    const changed = open.map((value, row) => (row >= cut ? value * 50 : value));
    expect(planned('Close', 'x', changed).settings.priceColumns).toContain('x');
  });

  test('the forecast is the same under any name, also of a model that was saved', async () => {
    const forecasts = [];
    for (const [target, feature] of [
      ['Close', 'Open'],
      ['y', 'x'],
    ] as const) {
      const fitted = await fitForecaster(names(target, feature), {
        ...SMALL,
        target,
        features: [target, feature],
      });
      const saved = decodeForecaster(encodeForecaster(fitted));
      const next = saved.forecast(names(target, feature));
      expect(next).toEqual(fitted.forecast(names(target, feature)));
      forecasts.push(next.map(({ rows }) => rows.map(({ forecast }) => forecast)));
    }
    expect(forecasts[0]).toEqual(forecasts[1]);
  });
});

test('a series that begins after the first cut is refused by name', () => {
  const day = (row: number) => new Date(Date.UTC(2024, 0, 1 + row)).toISOString().slice(0, 10);
  const part = (name: string, first: number): Series => ({
    name,
    dates: Array.from({ length: 45 }, (_, row) => day(first + row)),
    columns: { Close: close.slice(first, first + 45) },
  });
  expect(() => planBacktest([part('A', 0), part('B', 45)], { ...SMALL, target: 'Close' })).toThrow(
    'expected rows of every series before the first cut, 2024-02-15, got B without',
  );
  const many = Array.from({ length: 30 }, (_, at) => part(`B${at}`, 45));
  expect(() => planBacktest([part('A', 0), ...many], { ...SMALL, target: 'Close' })).toThrow(
    'got B0, B1, B2, B3, B4, B5, B6, B7 and 22 more without',
  );
});
