import { describe, expect, test } from 'vitest';
import {
  continuousRankedProbabilityScore,
  fitExponentialSmoothing,
  meanAbsoluteScaledError,
  meanScaledIntervalScore,
  meanWeightedQuantileLoss,
  naive2Forecast,
  overallWeightedAverage,
  type SmoothingName,
  symmetricMeanAbsolutePercentageError,
  thetaForecast,
} from '../src/index';
import { expectClose, fixture, generator, messageOf, type Numbers, normals } from './support';

type Score =
  | ('meanWeightedQuantileLoss' | 'scaledCrps' | 'quantileCrps' | 'sampleCrps' | 'meanScaledIntervalScore')
  | ('meanAbsoluteScaledError' | 'utilsforecastMase' | 'utilsforecastSmape');

const { scores, baselines } = fixture<{
  scores: Record<'training' | 'truth' | 'paths' | 'forecasts', Numbers> & {
    quantiles: number[];
    season: number;
    level: number;
    expected: Record<Score, Numbers>;
  };
  baselines: {
    case: string;
    season: number;
    values: Numbers;
    theta: Numbers;
    models: Record<string, { aicc: number; forecast: Numbers }>;
  }[];
}>('field');

const rowsOf = ({ shape, values }: Numbers) =>
  Array.from({ length: shape[0]! }, (_, row) => values.slice(row * shape[1]!, (row + 1) * shape[1]!));

test('GluonTS, utilsforecast and SciPy', () => {
  const { expected, season, level, quantiles } = scores;
  const [truth, training] = [scores.truth.values, scores.training.values];
  const forecasts = rowsOf(scores.forecasts);
  const weighted = meanWeightedQuantileLoss(truth, forecasts, { quantiles });
  expectClose([weighted], expected.meanWeightedQuantileLoss);
  expectClose([weighted], expected.scaledCrps);
  expectClose([continuousRankedProbabilityScore(truth, forecasts, { quantiles })], expected.quantileCrps);
  expectClose([continuousRankedProbabilityScore(truth, rowsOf(scores.paths))], expected.sampleCrps);
  const [lower, median, upper] = forecasts as [number[], number[], number[]];
  const scaled = { training, season };
  expectClose(
    [meanScaledIntervalScore(truth, lower, upper, { ...scaled, level })],
    expected.meanScaledIntervalScore,
  );
  const mase = meanAbsoluteScaledError(truth, median, scaled);
  expectClose([mase], expected.meanAbsoluteScaledError);
  expectClose([mase], expected.utilsforecastMase);
  // utilsforecast's is a share, and half as large: |e| / (|y| + |ŷ|).
  const [share] = expected.utilsforecastSmape.values;
  expect(symmetricMeanAbsolutePercentageError(truth, median)).toBeCloseTo(200 * share!, 9);
});

describe.each(baselines)('statsforecast: $case', ({ values: { values }, season, theta, models }) => {
  const size = values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length;
  const away = (found: Float64Array, expected: Numbers) =>
    Math.max(...expected.values.map((value, h) => Math.abs(value - found[h]!))) / size;

  test('theta', () => {
    // The same objective, its minimum found more closely.
    expect(away(thetaForecast(values, 8, { season }), theta)).toBeLessThan(2e-4);
  });

  test.each(Object.entries(models))('ETS %s', (model, expected) => {
    const fitted = fitExponentialSmoothing(values, { season, model: model as SmoothingName });
    const gain = expected.aicc - fitted.aicc;
    expect(gain).toBeGreaterThan(-1e-4); // never less likely than theirs
    // On the same path of the search the same numbers; where it parts, ours is likelier.
    expect(away(fitted.forecast(8), expected.forecast)).toBeLessThan(gain < 1e-6 ? 1e-6 : 5e-3);
  });

  test('the model with the smallest criterion is chosen', () => {
    const best = Math.min(...Object.values(models).map(({ aicc }) => aicc));
    const chosen = fitExponentialSmoothing(values, { season });
    expect(chosen.aicc).toBeLessThan(best + 1e-4);
    expect(chosen.aicc).toBeGreaterThan(best - 0.2);
    expect(Object.keys(models)).toContain(chosen.model);
  });
});

describe('laws', () => {
  test('the score of a sample is that of dense quantiles, and of a point its distance', () => {
    const sample = normals(2000, 3).sort();
    const truth = [0.3];
    const score = continuousRankedProbabilityScore(
      truth,
      [...sample].map((value) => [value]),
    );
    const quantiles = Array.from({ length: 99 }, (_, k) => (k + 1) / 100);
    const forecasts = quantiles.map((q) => [sample[Math.floor(q * 2000)]!]);
    expect(continuousRankedProbabilityScore(truth, forecasts, { quantiles })).toBeCloseTo(score, 2);
    expect(continuousRankedProbabilityScore([3], [[5]])).toBe(2);
  });

  test('a constant stays, and a straight line and steady growth go on', () => {
    const flat = new Float64Array(20).fill(7);
    const line = Float64Array.from({ length: 40 }, (_, t) => 5 + 3 * t);
    const growth = Float64Array.from({ length: 60 }, (_, t) => 100 * 1.01 ** t);
    for (const forecast of [thetaForecast(flat, 3), naive2Forecast(flat, 3)]) {
      for (const value of forecast) expect(value).toBeCloseTo(7, 9);
    }
    expect([...fitExponentialSmoothing(flat).forecast(2)]).toEqual([7, 7]);
    const ahead = fitExponentialSmoothing(line).forecast(3);
    for (const [h, value] of ahead.entries()) expect(Math.abs(value - (125 + 3 * h))).toBeLessThan(0.05);
    const grown = fitExponentialSmoothing(growth).forecast(1)[0]!;
    expect(Math.abs(grown / (100 * 1.01 ** 60) - 1)).toBeLessThan(1e-3);
  });

  test('a season is found, taken out and put back, of a factor or a difference', () => {
    const uniform = generator(5);
    const pattern = [0.7, 1.2, 1.4, 0.7];
    const values = Float64Array.from({ length: 60 }, (_, t) => 100 * pattern[t % 4]! + uniform());
    for (const [h, value] of thetaForecast(values, 8, { season: 4 }).entries())
      expect(Math.abs(value / (100 * pattern[h % 4]!) - 1)).toBeLessThan(0.02);
    const shifted = values.map((value) => value - 120);
    for (const [h, value] of naive2Forecast(shifted, 8, { season: 4 }).entries())
      expect(Math.abs(value - (100 * pattern[h % 4]! - 120))).toBeLessThan(3);
    // A season that the test does not find is none.
    const line = Float64Array.from({ length: 20 }, (_, t) => 50 + ((t * 7) % 5));
    expect(naive2Forecast(line, 2, { season: 4 })).toEqual(naive2Forecast(line, 2));
  });

  test('the overall weighted average is 1 of the baseline itself', () => {
    expect(overallWeightedAverage({ smape: 12, mase: 0.9 }, { smape: 12, mase: 0.9 })).toBe(1);
    expect(overallWeightedAverage({ smape: 6, mase: 0.9 }, { smape: 12, mase: 0.9 })).toBe(0.75);
  });
});

test('refusals', () => {
  expect(messageOf(() => meanWeightedQuantileLoss([0, 0], [[1, 1]], { quantiles: [0.5] }))).toContain(
    'a truth that is not 0 throughout, got 2 zeros',
  );
  expect(messageOf(() => meanWeightedQuantileLoss([1], [[1], [2]], { quantiles: [0.5] }))).toContain(
    'a forecast series for each quantile, and at least one, got 2 of 1',
  );
  expect(messageOf(() => continuousRankedProbabilityScore([1], []))).toContain('a list of sample paths');
  expect(messageOf(() => thetaForecast([1, 2, 3], 1))).toContain('history of at least 4, got 3');
  const huge = [1, 2, -3e160, 4, 5];
  for (const fit of [() => thetaForecast(huge, 1), () => fitExponentialSmoothing(huge)])
    expect(messageOf(fit)).toContain('from −1e+150 to 1e+150, got -3e+160 at index 2');
  expect(messageOf(() => fitExponentialSmoothing([1, -2, 3, 4, 5], { model: 'MNN' }))).toContain(
    "values above 0, got others, and 'MNN'",
  );
  expect(messageOf(() => fitExponentialSmoothing([1, 2, 3, 4], { season: 4, model: 'ANA' }))).toContain(
    'more values than the model has numbers',
  );
  expect(messageOf(() => fitExponentialSmoothing([1, 2, 3, 4], { model: 'XYZ' as 'ANN' }))).toContain(
    'one of ANN',
  );
  expect(messageOf(() => fitExponentialSmoothing([1, 2, 3, 4], { model: 'ANA' }))).toContain('a season for');
  expect(messageOf(() => overallWeightedAverage({ smape: 1, mase: 1 }, { smape: 0, mase: 1 }))).toContain(
    'a smape above 0, got 0',
  );
});
