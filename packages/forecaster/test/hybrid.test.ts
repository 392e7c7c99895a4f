import * as tf from '@tensorflow/tfjs-core';
import { disposeTree, random } from '@unrolled/cells';
import {
  backtestHybrid,
  calibrateHybrid,
  decodeHybridForecaster,
  encodeHybridForecaster,
  fitHybridForecaster,
} from '@unrolled/forecaster';
import { registerUnrolledBackend } from '@unrolled/kernels';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BASELINES } from '../src/collection/baselines';
import { filled, usualChange } from '../src/collection/history';
import { holtForecast } from '../src/collection/holt';
import { steadyForecast } from '../src/collection/steady';
import { candidatesOf } from '../src/hybrid/candidates';
import { errorSizeOf, fitErrorSizes } from '../src/hybrid/error-sizes';
import { candidateCount, examplesOf, inputSizeOf, inputsOf } from '../src/hybrid/examples';
import { batchOf, hybridNetwork } from '../src/hybrid/hybrid-network';
import { rememberedCandidates } from '../src/hybrid/remembered-candidates';

let before: string;
beforeAll(async () => {
  before = tf.getBackend();
  await registerUnrolledBackend({ threads: 1 });
  await tf.setBackend('unrolled');
});
afterAll(() => tf.setBackend(before));

/** Walks around a season of four with a trend, of different sizes. */
function quarters(count: number, length: number, seed = 1) {
  return Array.from({ length: count }, (_, at) => {
    const { normal } = random(seed * 1000 + at);
    let level = 100 * (at + 1);
    const wave = [0.9, 1.05, 1.15, 0.9];
    const values = Float64Array.from({ length }, (_, t) => {
      level += at + 1 + (at + 1) * normal();
      return level * wave[t % 4]!;
    });
    return { name: `series ${at}`, values, category: at % 2 === 0 ? 'even' : 'odd' };
  });
}

const SMALL = { horizon: 3, season: 4, units: 4, epochs: 2, origins: 6, batchSize: 16 } as const;

describe('candidates', () => {
  test.each([1, 4, 12])(
    'with a season of %i there are as many as the network expects, of the past alone',
    (season) => {
      const values = quarters(1, 40)[0]!.values;
      const { forecasts } = candidatesOf(values, season, 5);
      expect(forecasts).toHaveLength(candidateCount(season));
      for (const forecast of forecasts) expect(forecast.every(Number.isFinite)).toBe(true);
    },
  );

  test('follow a straight line and steady growth', () => {
    const line = Float64Array.from({ length: 30 }, (_, t) => 10 + 2 * t);
    expect(holtForecast(line, 3, [1])[2]).toBeCloseTo(74, 6);
    const growth = Float64Array.from({ length: 40 }, (_, t) => 100 * 1.01 ** t);
    const { forecasts } = candidatesOf(growth, 1, 4);
    for (const forecast of forecasts.filter((_, k) => k !== 3)) // all but the last value
      expect(Math.abs(forecast[3]! / (100 * 1.01 ** 43) - 1)).toBeLessThan(0.025);
  });
});

test.each([1, 4])(
  'candidates are remembered by the values that they are of, with a season of %i',
  (season) => {
    const values = Float64Array.from(quarters(1, 30)[0]!.values);
    const first = rememberedCandidates(values, season, 3);
    expect(first.forecasts).toEqual(candidatesOf(values, season, 3).forecasts);
    expect(rememberedCandidates(values.slice(), season, 3)).toBe(first);
    expect(rememberedCandidates(values.subarray(0, 29), season, 3)).not.toBe(first);
    expect(rememberedCandidates(values, season, 4)).not.toBe(first);
    const adjusted = first.adjusted.slice();
    values[29] = -1;
    expect(first.adjusted).toEqual(adjusted);
    expect(rememberedCandidates(values, season, 3)).not.toBe(first);
  },
);

describe('a steady series is forecast by the rule that it follows', () => {
  const { normal } = random(3);
  const noise = Float64Array.from({ length: 60 }, () => normal());
  test.each<[string, (t: number) => number, string | undefined]>([
    ['a straight line', (t) => 10 + 2 * t, 'drift'],
    ['a line with some noise', (t) => 10 + 2 * t + 0.2 * noise[t]!, 'drift'],
    ['growth of 1 %', (t) => 100 * 1.01 ** t, 'growth'],
    ['a money-market fund', (t) => 100 * 1.0001 ** t + 1e-5 * noise[t]!, 'drift'],
    ['a fund rounded to cents', (t) => Math.round(10_000 * 1.00005 ** t) / 100, 'growth'],
    ['noise', (t) => noise[t]!, undefined],
    ['small counts', (t) => Math.round(1 + Math.abs(noise[t]!)), undefined],
    ['a line under its noise', (t) => 0.1 * t + noise[t]!, undefined],
  ])('%s', (name, at, expected) => {
    const values = Float64Array.from({ length: 54 }, (_, t) => at(t));
    const steady = steadyForecast(values, 6);
    if (expected === undefined) return expect(steady).toBeUndefined();
    expect(['drift', 'line', expected]).toContain(steady!.rule);
    const moved = Math.abs(at(59) - values[53]!);
    for (const [h, value] of steady!.forecast.entries())
      expect(Math.abs(value - at(54 + h))).toBeLessThan(0.05 * moved + (name.includes('cents') ? 0.01 : 0));
  });
});

test('exponential smoothing of a season too long for it subtracts the season before', () => {
  const { normal } = random(2);
  const wave = (t: number) => 50 + 20 * Math.sin((2 * Math.PI * t) / 48);
  const values = Float64Array.from({ length: 384 }, (_, t) => wave(t) + normal());
  const forecast = BASELINES.exponentialSmoothing(values, 48, 48);
  const errors = [...forecast].map((value, ahead) => Math.abs(value - wave(384 + ahead)));
  expect(Math.max(...errors)).toBeLessThan(3);
});

describe('examples', () => {
  const values = Float64Array.from(quarters(1, 24)[0]!.values);
  const shape = { season: 4, horizon: 3, window: 6, categories: ['even', 'odd'] };

  test('what is missing has no weight, and is filled from the past alone', () => {
    expect([...filled(Float64Array.of(1, Number.NaN, 3, Number.NaN))]).toEqual([1, 2, 3, 3]);
    const holes = values.map((value, t) => (t === 19 ? Number.NaN : value));
    const [example] = examplesOf(holes, [18], shape, 0, 'odd');
    expect([...example!.weights]).toEqual([1, 0, 1]);
    expect(example!.targets[1]).toBe(0);
    const [last] = examplesOf(values, [22], shape, 0, 'odd');
    expect([...last!.weights]).toEqual([1, 1, 0]);
  });

  test('hold no bit of a later value', () => {
    const changed = values.map((value, t) => (t >= 20 ? value * 1000 : value));
    const of = (series: Float64Array) => examplesOf(series, [17, 18, 19, 20], shape, 0, 'even');
    for (const [at, { steps, ofWindow, candidates, scale, level }] of of(values).entries())
      expect(of(changed)[at]).toMatchObject({ steps, ofWindow, candidates, scale, level });
  });

  test('a series in other units has the same example', () => {
    const [one] = examplesOf(values, [20], shape, 0, 'even');
    const [other] = examplesOf(
      values.map((value) => value * 1024),
      [20],
      shape,
      0,
      'even',
    );
    const [inputs, others] = [inputsOf([one!]), inputsOf([other!])];
    expect(inputs.length).toBe(6 * inputSizeOf(shape));
    for (const [at, value] of inputs.entries()) expect(others[at]).toBeCloseTo(value, 4);
    for (const [at, value] of one!.targets.entries()) expect(other!.targets[at]).toBeCloseTo(value, 4);
  });

  test('the usual change is of the season, or of a step where that repeats', () => {
    expect(usualChange(Float64Array.of(1, 2, 1, 2), 2)).toBe(1);
    expect(usualChange(Float64Array.of(1, 2, 4, 6), 2)).toBe(3.5);
    expect(usualChange(new Float64Array(5).fill(3), 2)).toBe(0);
  });

  test('before training the forecast is the mean of the candidates', () => {
    const tensors = tf.memory().numTensors;
    const network = hybridNetwork(shape, 3);
    const batch = batchOf(examplesOf(values, [18, 19, 20], shape, 0, 'even'));
    const params = network.init(1);
    const forecast = network.forecast(params, batch);
    const means = tf.tidy(() => tf.mean(tf.tensor3d(batch.candidates, [3, 3, 10]), -1).dataSync());
    for (const [at, value] of forecast.dataSync().entries()) expect(value).toBeCloseTo(means[at]!, 5);
    forecast.dispose();
    disposeTree(params);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

test('a fitted forecaster forecasts series that it knows and others, and is a file', async () => {
  const tensors = tf.memory().numTensors;
  const series = quarters(6, 30);
  const forecaster = await fitHybridForecaster(series, { ...SMALL, ensemble: 2 });
  const [known] = forecaster.forecast(series);
  expect(known!.values).toHaveLength(3);
  expect(known!.values.every((value, h) => Math.abs(value / known!.withoutNetwork[h]! - 1) < 0.5)).toBe(true);
  const other = quarters(2, 20, 7).map((one) => ({ ...one, name: `other ${one.name}` }));
  const again = decodeHybridForecaster(encodeHybridForecaster(forecaster));
  expect(again.forecast(other)).toEqual(forecaster.forecast(other));
  expect(await fitHybridForecaster(series, { ...SMALL, ensemble: 2 })).toMatchObject({
    members: forecaster.members,
  });
  // A series that never changed goes on.
  const flat = { name: 'flat', values: new Float64Array(20).fill(5), category: 'odd' };
  expect([...forecaster.forecast([flat])[0]!.values]).toEqual([5, 5, 5]);
  expect(tf.memory().numTensors).toBe(tensors);
});

test('training learns a pattern that all candidates miss', async () => {
  // Squares run ahead of every line.
  const series = Array.from({ length: 12 }, (_, at) => {
    const { normal } = random(at + 1);
    return {
      name: `${at}`,
      values: Array.from({ length: 30 }, (_, t) => (at + 1) * (t * t + 30 * normal())),
    };
  });
  const settings = { horizon: 3, epochs: 10, learningRate: 0.02, units: 8, batchSize: 32 };
  const { evaluation } = await backtestHybrid(series, settings);
  const { model, withoutNetwork } = evaluation.scores;
  expect(model.mase).toBeLessThan(0.8 * withoutNetwork.mase);
  expect(evaluation.dieboldMariano!.theta.verdict).toBe('better');
  expect(evaluation.sentence).toContain('the hybrid');
});

test('changing a later value of any series changes no bit of an earlier fold', async () => {
  const series = quarters(3, 26);
  const settings = { ...SMALL, levels: [0.5] };
  const original = await backtestHybrid(series, settings, 2);
  const changed = series.map((one, at) =>
    at === 2
      ? { ...one, values: Float64Array.from(one.values, (value, t) => (t >= 20 ? value * 1000 : value)) }
      : one,
  );
  const after = await backtestHybrid(changed, settings, 2);
  expect(after.folds[0]).toEqual(original.folds[0]);
  expect(after.folds[1]).not.toEqual(original.folds[1]);
  expect(original.folds.map(({ known }) => known[0])).toEqual([20, 23]);
});

test('the unit of the scaled errors is the usual change before the first fold', async () => {
  const constant = { name: 'constant', values: new Float64Array(26).fill(5), category: 'odd' };
  const { records, evaluation } = await backtestHybrid(
    [...quarters(3, 26), constant],
    { ...SMALL, epochs: 1 },
    2,
  );
  const units = quarters(3, 26).map(({ values }) => usualChange(values.slice(0, 20), SMALL.season));
  expect(records.map(({ scale }) => scale)).toEqual([...units, 0]);
  const maes = records.map(({ truth, forecasts }) =>
    truth.reduce((sum, value, at) => sum + Math.abs(value - forecasts.model![at]!) / truth.length, 0),
  );
  const mase = units.reduce((sum, unit, at) => sum + maes[at]! / unit / units.length, 0);
  expect(evaluation.scores.model.mase).toBeCloseTo(mase, 12);
});

test('intervals of the newest values have about the promised coverage', async () => {
  const series = quarters(80, 26);
  const older = series.map((one) => ({ ...one, values: one.values.slice(0, -3) }));
  const forecasts = (await fitHybridForecaster(older, { ...SMALL, levels: [0.8] })).forecast(older);
  const held = forecasts.flatMap(({ intervals: [interval] }, at) =>
    Array.from(series[at]!.values.slice(-3), (value, h) =>
      Number(interval!.lower[h]! <= value && value <= interval!.upper[h]!),
    ),
  );
  const coverage = held.reduce((sum, one) => sum + one, 0) / held.length;
  expect(coverage).toBeGreaterThan(0.65);
  expect(coverage).toBeLessThan(0.95);
});

test('intervals of one series are calibrated on as many values as they need', async () => {
  const [one] = quarters(1, 60);
  const settings = { ...SMALL, levels: [0.8, 0.9] };
  const forecaster = await fitHybridForecaster([one!], { ...settings, epochs: 1 });
  let heldBack = 0;
  const calibration = await calibrateHybrid([one!], settings, async (held) => {
    heldBack = held;
    const older = [{ ...one!, values: one!.values.slice(0, -held) }];
    return fitHybridForecaster(older, { ...SMALL, epochs: 1 });
  });
  expect(heldBack).toBe(14); // 9 errors for 90 %, half as many again
  expect(forecaster.calibration).toEqual(calibration);
  const saved = decodeHybridForecaster(encodeHybridForecaster(forecaster));
  expect(saved.forecast([one!])).toEqual(forecaster.forecast([one!]));
  const plain = forecaster.withIntervals(undefined);
  expect(plain.forecast([one!])[0]!.intervals).toEqual([]);
  expect(plain.withIntervals(calibration).forecast([one!])).toEqual(forecaster.forecast([one!]));
  // A level that needs more errors than there are is left out.
  const some = await calibrateHybrid([one!], { ...SMALL, levels: [0.8, 0.999] }, async () => plain);
  expect(some!.margins.map(({ level }) => level)).toEqual([0.8]);
  // A straight line's interval is as narrow as the line is exact.
  const line = { ...one!, values: Float64Array.from({ length: 60 }, (_, t) => 100 + 3 * t + (t % 2) / 100) };
  const [forecast] = forecaster.forecast([line]);
  const { lower, upper } = forecast!.intervals[0]!;
  expect(forecast!.by).not.toBe('network');
  for (const [h, low] of lower.entries()) {
    expect(upper[h]! - low).toBeGreaterThan(0);
    expect(upper[h]! - low).toBeLessThan(0.3);
  }
});

test('the predicted size of errors follows its inputs, more closely with many series than with one', () => {
  const { normal } = random(5);
  const past = Array.from({ length: 400 }, (_, at) => {
    const calm = at % 4 < 2 ? 0 : 1;
    const size = 3 - 2 * calm;
    const errors = Float64Array.of(size * Math.abs(normal()), 2 * size * Math.abs(normal()), Number.NaN);
    return { series: at, inputs: [calm, normal()], errors };
  });
  const ratioOf = (some: typeof past) => {
    const sizes = fitErrorSizes(some);
    return errorSizeOf(sizes, [0, 0]) / errorSizeOf(sizes, [1, 0]);
  };
  expect(ratioOf(past)).toBeGreaterThan(2.4);
  expect(ratioOf(past)).toBeLessThan(3.4);
  expect(ratioOf(past.map((one) => ({ ...one, series: 0 })))).toBeLessThan(1.3);
  const { usual } = fitErrorSizes(past);
  expect(usual[1]! / usual[0]!).toBeCloseTo(2, 0);
  expect(usual[2]).toBe(1);
});

test('values that are all 0 have no quantile loss, and do not stop a back-test', async () => {
  const series = Array.from({ length: 3 }, (_, at) => ({
    name: `stock ${at}`,
    values: Float64Array.from({ length: 30 }, (__, t) => (t < 24 ? (t * (at + 3)) % 5 : 0)),
  }));
  const { evaluation } = await backtestHybrid(series, { ...SMALL, season: 1, epochs: 1, levels: [0.5] });
  expect(evaluation.meanWeightedQuantileLoss).toBeNaN();
  expect(evaluation.intervals).toHaveLength(1);
});

describe('refusals', () => {
  const series = quarters(3, 30);
  const refusal = async (run: () => unknown) => {
    try {
      await run();
    } catch (error) {
      return (error as Error).message;
    }
    return 'none';
  };
  test.each<[string, () => unknown, string]>([
    ['no series', () => fitHybridForecaster([], SMALL), 'at least one series'],
    [
      'a name twice',
      () => fitHybridForecaster([series[0]!, series[0]!], SMALL),
      "a different name for each series, got 'series 0' twice",
    ],
    [
      'an infinite value',
      () => fitHybridForecaster([{ name: 'a', values: [1, 2, Number.POSITIVE_INFINITY] }], SMALL),
      "Infinity in series 'a' (1), row 3",
    ],
    [
      'null, which would be 0',
      () => fitHybridForecaster([{ name: 'a', values: [1, 2, null as never] }], SMALL),
      "numbers, or NaN where one is missing, in series 'a' (1), got null in row 3: pass NaN",
    ],
    [
      'a value whose square is none',
      () => fitHybridForecaster([{ name: 'a', values: [1, -1e200, 3] }], SMALL),
      "from −1e+150 to 1e+150, or NaN where one is missing, got -1e+200 in series 'a' (1), row 2",
    ],
    [
      'only constant ones',
      () => fitHybridForecaster([{ name: 'still', values: new Float64Array(40) }], SMALL),
      "none that changes and goes on; 40 at most, of 'still': add series that change",
    ],
    [
      'nothing known in a fold',
      () =>
        backtestHybrid([{ name: 'a', values: series[0]!.values.map((v, t) => (t < 26 ? v : NaN)) }], SMALL),
      'with known values in the folds, got none of 1',
    ],
    [
      'margins that are none',
      async () => {
        const forecaster = await fitHybridForecaster(series, { ...SMALL, epochs: 1, levels: [0.5] });
        const calibration = { ...forecaster.calibration!, margins: [null as never] };
        decodeHybridForecaster(encodeHybridForecaster({ ...forecaster, calibration }));
      },
      'one whose calibration is not that of its levels',
    ],
    [
      'a calibration of other steps',
      async () => {
        const forecaster = await fitHybridForecaster(series, { ...SMALL, epochs: 1, levels: [0.5] });
        const sizes = { ...forecaster.calibration!.sizes, usual: [1] };
        const calibration = { ...forecaster.calibration!, sizes };
        decodeHybridForecaster(encodeHybridForecaster({ ...forecaster, calibration }));
      },
      'one whose calibration is not that of its levels',
    ],
    [
      'a category of some',
      () => fitHybridForecaster([series[0]!, { name: 'b', values: [1, 2, 3] }], SMALL),
      "a category of all series or of none, got 'b' without one",
    ],
    [
      'only short ones',
      () => fitHybridForecaster([{ name: 'short', values: [1, 2, 3] }], SMALL),
      "3 at most, of 'short'",
    ],
    [
      'too few for a level',
      () => fitHybridForecaster(series, { ...SMALL, levels: [0.5, 0.999] }),
      'at least 999 known values at the ends of the series for `levels`, each more than 13 values after its',
    ],
    [
      'a fit that is none',
      () => calibrateHybrid(series, { ...SMALL, levels: [0.5] }, {} as never),
      'expected fit to be a function',
    ],
    [
      'a fit of another horizon',
      () =>
        calibrateHybrid(series, { ...SMALL, levels: [0.5] }, () =>
          fitHybridForecaster(series, { ...SMALL, epochs: 1, horizon: 2 }),
        ),
      'of horizon 3 and season 4, got horizon 2 and season 4',
    ],
    [
      'a level of 1',
      () => fitHybridForecaster(series, { ...SMALL, levels: [1] }),
      '`levels` in (0, 1), got 1',
    ],
    ['too many folds', () => backtestHybrid(series, SMALL, 10), 'at least 32 values of each series'],
    [
      'bytes of another origin',
      () => decodeHybridForecaster(new Uint8Array(20)),
      'this is not a safetensors file',
    ],
  ])('%s', async (_, run, expected) => {
    expect(await refusal(run)).toContain(expected);
  });

  test('a category that was not there in training', async () => {
    const forecaster = await fitHybridForecaster(series, { ...SMALL, epochs: 1 });
    const other = [{ ...series[0]!, category: 'third' }];
    expect(await refusal(() => forecaster.forecast(other))).toContain("got 'third' of series 'series 0'");
  });
});
