import { formatPrice } from '@unrolled/app-shared';
import { describe, expect, test } from 'vitest';
import { errorTable, plotSpecs, rangeNote, verdict } from '../src/lab/report';
import type { Evaluation } from '../src/lab/study';

function evaluation(rmsePrice: number, naiveRmsePrice: number): Evaluation {
  return {
    rmseScaled: rmsePrice / 100,
    rmsePrice,
    naiveRmseScaled: naiveRmsePrice / 100,
    naiveRmsePrice,
    truth: Float64Array.of(1, 2, 3),
    predicted: Float64Array.of(1, 2, 2),
    naive: Float64Array.of(0, 1, 2),
  };
}

test.each([
  [831.659973, '831.66'],
  [0, '0.00'],
  [-2.5, '-2.50'],
  [0.00042134, '0.0004213'],
  [1e-9, '1.000e-9'],
  [3e13, '3.000e+13'],
])('%d is written %s', (price, text) => {
  expect(formatPrice(price)).toBe(text);
});

test('the table lines up the model and the naive forecast in both units', () => {
  expect(errorTable(evaluation(10, 8), 'LSTM', 'Close').split('\n')).toEqual([
    'RMSE on the test rows      scaled   in units of Close',
    'LSTM                       0.1000               10.00',
    'naive (tomorrow = today)   0.0800                8.00',
  ]);
});

test.each([
  [10, 8, 'The naive forecast is better on these 3 rows than the LSTM, whose error is 25 % larger.'],
  [8, 8.4, 'The LSTM is better on these 3 rows than the naive forecast, whose error is 5.0 % larger.'],
  [30, 8, 'The naive forecast is better on these 3 rows than the LSTM, whose error is 3.8 times as large.'],
  [8, 8, 'The LSTM and the naive forecast have equal errors on these 3 rows.'],
  [1, 0, 'The naive forecast is better on these 3 rows than the LSTM.'],
])('model %d, naive %d: %s', (model, naive, sentence) => {
  expect(verdict(evaluation(model, naive), 'LSTM')).toBe(sentence);
});

describe('prices beyond the range of the training', () => {
  test('are pointed out', () => {
    const note = rangeNote({ target: Float64Array.of(5, 7, 6, 8, 6.5, 4, 5.5), firstTestRow: 3 });
    expect(note).toMatch(/^50 % of the test rows are outside the range of the training rows, 5\.00 to 7\.00/);
  });

  test('are not reported if there are none', () => {
    expect(rangeNote({ target: Float64Array.of(5, 7, 6, 5, 7), firstTestRow: 3 })).toBeUndefined();
  });
});

describe('the plots', () => {
  const options = { targetName: 'Close', modelName: 'GRU' };

  test('show model and truth over the row numbers, and the naive forecast in the close-up', () => {
    const { test, closeUp } = plotSpecs(evaluation(1, 2), { ...options, firstRow: 515 });
    expect(test.series.map(({ name }) => name)).toEqual(['True', 'GRU']);
    expect(test.series[1]).toMatchObject({ x: [515, 516, 517], values: Float64Array.of(1, 2, 2) });
    expect(closeUp.series.map(({ name }) => name)).toEqual(['True', 'GRU', 'Naive (the row before)']);
  });

  test('close up on the last 60 rows, each at its own place', () => {
    const values = Float64Array.from({ length: 100 }, (_, at) => at);
    const dates = Array.from(values, (at) => new Date(Date.UTC(2020, 0, 1 + at)));
    const all = { ...evaluation(1, 2), truth: values, predicted: values, naive: values };
    const { closeUp } = plotSpecs(all, { ...options, dates, firstRow: 1 });
    for (const { x, values: shown } of closeUp.series) {
      expect(shown).toHaveLength(60);
      expect(shown[0]).toBe(40);
      expect(Array.from(x!)).toEqual(dates.slice(40));
    }
    expect(closeUp.title).toContain('last 60 test rows');
  });
});
