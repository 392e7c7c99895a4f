import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { random } from '@unrolled/cells';
import {
  backtestGlobal,
  decodeGlobalForecaster,
  encodeGlobalForecaster,
  type ForecastDistribution,
  fitGlobalForecaster,
  type GlobalSeries,
} from '@unrolled/forecaster';
import { registerUnrolledBackend } from '@unrolled/kernels';
import type { Likelihood } from '@unrolled/losses';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drawFrom, drawPoisson, quantileOf } from '../src/global/draws';

let before: string;
beforeAll(async () => {
  before = tf.getBackend();
  await registerUnrolledBackend({ threads: 1 });
  await tf.setBackend('unrolled');
});
afterAll(() => tf.setBackend(before));

/**
 * Counts around a season of four that rises where a price falls, of different sizes, with everything that a
 * series may have.
 */
function shops(count: number, length: number, seed = 1): (GlobalSeries & { values: Float64Array })[] {
  return Array.from({ length: count }, (_, at) => {
    const { normal, uniform } = random(seed * 1000 + at);
    const wave = [0.9, 1.05, 1.15, 0.9];
    const price = Float64Array.from({ length: length + 3 }, () => uniform());
    const visitors = Float64Array.from({ length }, () => Math.round(50 * uniform()));
    const size = 20 * (at + 1);
    const values = Float64Array.from({ length }, (_, t) =>
      Math.max(1, Math.round(size * wave[t % 4]! * (1.5 - price[t]!) + 0.02 * size * normal())),
    );
    return {
      ...{ name: `shop ${at}`, values, past: { visitors }, known: { price } },
      staticNumbers: { area: size },
      staticCategories: { region: at % 2 === 0 ? 'north' : 'south' },
    };
  });
}

const SMALL = {
  horizon: 3,
  season: 4,
  units: 4,
  layers: 1,
  steps: 6,
  batchSize: 8,
  draws: 20,
  levels: [0.5],
} as const;

interface DrawnCase {
  readonly distribution: Likelihood;
  readonly zeroInflated: boolean;
  readonly outputs: { readonly shape: [number, number]; readonly values: number[] };
  readonly scale: { readonly values: number[] };
  readonly points: { readonly shape: [number, number]; readonly values: number[] };
  readonly shares: { readonly values: number[] };
}

// Written by fixtures/make_likelihoods.py.
const file = new URL('../../../fixtures/losses/likelihood_draws.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: DrawnCase[] };

describe('draws', () => {
  test.each(cases)(
    '$distribution, zero-inflated $zeroInflated, are as often below a point as SciPy’s cumulative probability says',
    ({ distribution, zeroInflated, outputs, scale, points, shares }) => {
      const [rows, count] = outputs.shape;
      const draws = 6000;
      for (let row = 0; row < rows; row++) {
        const stream = random(row + 1);
        const drawn = Array.from({ length: draws }, () =>
          drawFrom(distribution, zeroInflated, outputs.values, row * count, scale.values[row]!, stream),
        );
        for (let k = 0; k < points.shape[1]; k++) {
          const place = row * points.shape[1] + k;
          const share = shares.values[place]!;
          const below = drawn.filter((value) => value <= points.values[place]! * (1 + 1e-9)).length / draws;
          expect(Math.abs(below - share)).toBeLessThan(4.5 * Math.sqrt((share * (1 - share)) / draws) + 1e-3);
        }
      }
    },
  );

  test.each([0.3, 9.9, 10.1, 400, 3e9])('counts of rate %f have its mean and its variance', (rate) => {
    const stream = random(5);
    const drawn = Array.from({ length: 4000 }, () => drawPoisson(rate, stream));
    const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
    const variance = drawn.reduce((sum, value) => sum + (value - mean) ** 2, 0) / drawn.length;
    expect(Math.abs(mean - rate)).toBeLessThan(5 * Math.sqrt(rate / drawn.length));
    expect(Math.abs(variance / rate - 1)).toBeLessThan(0.2);
  });

  test('quantiles stand between neighbours as NumPy has them', () => {
    expect([0, 0.1, 0.5, 1].map((q) => quantileOf([1, 2, 4, 8], q))).toEqual(
      [1, 1.3, 3, 8].map((v) => expect.closeTo(v, 12)),
    );
  });
});

describe('a forecaster', () => {
  test.each<[ForecastDistribution, object]>([
    ['studentT', { identity: true, ensemble: 2, cell: 'gru', layers: 2 }],
    ['gaussian', { strategy: 'direct' }],
    ['logNormal', {}],
    ['quantiles', { levels: [0.9, 0.5] }],
    ['poisson', { zeroInflated: true }],
    ['negativeBinomial', { strategy: 'direct' }],
  ])(
    'of %s is a file, the same for the same seed, and forecasts a series as it does alone',
    async (distribution, more) => {
      const tensors = tf.memory().numTensors;
      const series = shops(4, 24);
      const settings = { ...SMALL, steps: 3, distribution, ...more };
      const forecaster = await fitGlobalForecaster(series, settings);
      const forecasts = forecaster.forecast(series);
      const again = decodeGlobalForecaster(encodeGlobalForecaster(forecaster));
      expect(again.forecast([series[2]!])).toEqual([forecasts[2]]);
      expect((await fitGlobalForecaster(series, settings)).members).toEqual(forecaster.members);
      for (const { values, intervals, mean } of forecasts) {
        expect(values).toHaveLength(3);
        expect(mean?.length).toBe(distribution === 'quantiles' ? undefined : 3);
        for (const { lower, upper } of intervals)
          for (const [h, value] of values.entries()) {
            expect(lower[h]! <= value && value <= upper[h]!).toBe(true);
            if (distribution !== 'studentT' && distribution !== 'gaussian' && distribution !== 'quantiles')
              expect(lower[h]!).toBeGreaterThanOrEqual(0);
          }
      }
      expect(tf.memory().numTensors).toBe(tensors);
    },
  );

  test('gives sample paths by their own seed', async () => {
    const series = shops(2, 24);
    const forecaster = await fitGlobalForecaster(series, { ...SMALL, conformal: false });
    const [one] = forecaster.forecast(series, { paths: 5 });
    expect(one!.paths).toHaveLength(5);
    expect(forecaster.forecast(series, { paths: 5, seed: 1 })[0]).toEqual(one);
    expect(forecaster.forecast(series, { paths: 5, seed: 2 })[0]).not.toEqual(one);
    const steps = one!.paths.map((path) => path[0]!).sort((a, b) => a - b);
    expect(steps[0]!).toBeLessThan(one!.values[0]!);
    expect(steps[4]!).toBeGreaterThan(one!.values[0]!);
  });

  test('follows a straight line, growth of 1 % and a money-market fund, and says by which rule', async () => {
    const { normal } = random(3);
    const rules: ((t: number) => number)[] = [
      (t) => 10 + 2 * t,
      (t) => 100 * 1.01 ** t,
      (t) => 100 * 1.0001 ** t,
    ];
    const series = [
      ...rules.map((at, k) => ({ name: `${k}`, values: Float64Array.from({ length: 50 }, (_, t) => at(t)) })),
      { name: 'noise', values: Float64Array.from({ length: 50 }, () => normal()) },
      { name: 'still', values: new Float64Array(50).fill(7) },
    ];
    for (const distribution of ['studentT', 'quantiles', 'logNormal'] as const) {
      const those = distribution === 'logNormal' ? series.filter(({ name }) => name !== 'noise') : series;
      const forecasts = (await fitGlobalForecaster(those, { ...SMALL, season: 1, distribution })).forecast(
        those,
      );
      for (const [k, at] of rules.entries()) {
        const { by, values, intervals } = forecasts[k]!;
        expect(['drift', 'line', 'growth']).toContain(by);
        for (const [h, value] of values.entries()) {
          expect(Math.abs(value - at(50 + h))).toBeLessThan(0.02 * Math.abs(at(50 + h) - at(49)));
          expect(intervals[0]!.lower[h]! <= value && value <= intervals[0]!.upper[h]!).toBe(true);
        }
      }
      if (distribution !== 'logNormal') expect(forecasts[3]!.by).toBe('network');
      expect(forecasts.at(-1)).toMatchObject({ by: 'constant', values: new Float64Array(3).fill(7) });
    }
  });

  test('learns what a known column says of the steps to come', async () => {
    const series = shops(4, 40).map(({ past, ...one }) => one);
    const training = { units: 6, steps: 80, batchSize: 8, learningRate: 0.03, strategy: 'direct' } as const;
    const { evaluation } = await backtestGlobal(series, { ...SMALL, ...training, conformal: false });
    // Without the price nothing is nearer than the mean of the seasons, whose error is 0.7 of the last one's.
    expect(evaluation.scores.model.mase).toBeLessThan(0.5 * evaluation.scores.seasonalNaive.mase);
  });
});

describe('no later row changes a bit of an earlier fold', () => {
  const settings = { ...SMALL, horizon: 2, season: 1, steps: 2, units: 2, identity: true };
  const before = () => backtestGlobal(original, settings, 2);
  let earlier: ReturnType<typeof before> | undefined;
  const original = shops(3, 16).map((one) => ({ ...one, known: { price: one.known!.price! } }));
  const later = (values: ArrayLike<number>, from: number) =>
    Float64Array.from(values, (value, t) => (t >= from ? 3 * value + 100 : value));
  // Two folds of two rows: the first one knows 12 rows, and of prices 14.
  test.each<[string, (one: (typeof original)[0]) => GlobalSeries]>([
    ['values', (one) => ({ ...one, values: later(one.values, 12) })],
    ['past columns', (one) => ({ ...one, past: { visitors: later(one.past!.visitors!, 12) } })],
    ['known columns', (one) => ({ ...one, known: { price: later(one.known.price, 14) } })],
  ])('in its %s', async (_, change) => {
    earlier ??= before();
    const { folds } = await earlier;
    const changed = original.map((one, at) => (at === 1 ? change(one) : one));
    const after = await backtestGlobal(changed, settings, 2);
    expect(after.folds[0]).toEqual(folds[0]);
    expect(after.folds[1]).not.toEqual(folds[1]);
    expect(folds.map(({ known }) => known[0])).toEqual([12, 14]);
  });

  test('and a fold is what a forecaster of its rows alone gives, whose static numbers know of no row', async () => {
    earlier ??= before();
    const { folds } = await earlier;
    const older = original.map((one) => ({
      ...one,
      values: one.values.slice(0, 12),
      past: { visitors: Array.from(one.past!.visitors!).slice(0, 12) },
      known: { price: Array.from(one.known.price).slice(0, 14) },
    }));
    expect((await fitGlobalForecaster(older, settings)).forecast(older)).toEqual(folds[0]!.forecasts);
  });
});

test('missing values have no effect: other numbers in their place would change the forecast', async () => {
  const series = shops(2, 30);
  const holes = series.map((one) => ({
    ...one,
    values: one.values.map((value, t) => (t % 5 === 2 ? Number.NaN : value)),
  }));
  const [forecast] = (await fitGlobalForecaster(holes, SMALL)).forecast(holes);
  expect([...forecast!.values].every(Number.isFinite)).toBe(true);
  const { evaluation } = await backtestGlobal(holes, SMALL);
  expect(evaluation.forecasts).toBe(4); // of six values two are missing
});

describe('refusals', () => {
  const series = shops(3, 24);
  const first = series[0]!;
  const fit = (given: readonly object[], more: object = {}) =>
    fitGlobalForecaster(given as GlobalSeries[], { ...SMALL, ...more });
  const changed = (change: object) => [first, { ...series[1]!, ...change }];
  const refusal = async (run: () => unknown) => {
    try {
      await run();
    } catch (error) {
      return (error as Error).message;
    }
    return 'none';
  };
  test.each<[string, () => unknown, string]>([
    ['no series', () => fit([]), 'at least one series'],
    ['a name twice', () => fit([first, first]), "got 'shop 0' twice"],
    [
      'a series shorter than a window',
      () => fit(changed({ values: [1, 2, 3], past: { visitors: [1, 2, 3] } })),
      "at least 5 rows from a series' first known value, two and `horizon`, got 3 in series 'shop 1'",
    ],
    [
      'columns of some series',
      () => fit(changed({ known: {} })),
      "the known columns of the first series, price, got none in series 'shop 1'",
    ],
    [
      'a short past column',
      () => fit(changed({ past: { visitors: [1, 2] } })),
      "a number of 'visitors' for each of 24 rows of series 'shop 1', got 2",
    ],
    [
      'an infinite value',
      () => fit(changed({ values: series[1]!.values.map((v, t) => (t === 4 ? 1 / 0 : v)) })),
      "got Infinity in series 'shop 1', row 5",
    ],
    [
      'null, which would be 0',
      () =>
        fit(changed({ values: Array.from(series[1]!.values, (v, t) => (t === 4 ? (null as never) : v)) })),
      "numbers, or NaN where one is missing, in series 'shop 1', got null in row 5: pass NaN",
    ],
    [
      'an empty text in a column',
      () => fit(changed({ past: { visitors: ['' as never] } })),
      `in 'visitors' of series 'shop 1', got "" in row 1`,
    ],
    [
      'a part of a count',
      () =>
        fit(changed({ values: series[1]!.values.map((v, t) => (t === 4 ? 0.5 : v)) }), {
          distribution: 'poisson',
        }),
      "counts, whole numbers from 0, with the `distribution` 'poisson', got 0.5 in series 'shop 1', row 5",
    ],
    [
      'the logarithm of 0',
      () =>
        fit(changed({ values: series[1]!.values.map((v, t) => (t === 4 ? 0 : v)) }), {
          distribution: 'logNormal',
        }),
      "values above 0 with the `distribution` 'logNormal', got 0 in series 'shop 1', row 5",
    ],
    [
      'recursive quantiles',
      () => fit(series, { distribution: 'quantiles', strategy: 'recursive' }),
      "the `strategy` 'direct' with quantiles",
    ],
    ['a lag of 0', () => fit(series, { lags: [0, 1] }), '`lags` from 1, got [0, 1]'],
    [
      'zeros of no counts',
      () => fit(series, { zeroInflated: true }),
      'poisson or negativeBinomial with `zeroInflated`, got studentT',
    ],
    ['an unknown distribution', () => fit(series, { distribution: 'beta' }), "'gaussian', 'studentT'"],
    [
      'too few for conformal',
      () => fit(series, { conformal: true, levels: [0.999] }),
      'at least 999 stretches of `horizon` known values',
    ],
    [
      'only constant ones',
      () => fit([{ name: 'still', values: new Float64Array(30) }]),
      'a series that changes, got none of 1',
    ],
    ['too many folds', () => backtestGlobal(series, SMALL, 10), 'at least 35 values of each series'],
    [
      'bytes of another origin',
      () => decodeGlobalForecaster(new Uint8Array(20)),
      'this is not a safetensors file',
    ],
  ])('%s', async (_, run, expected) => {
    expect(await refusal(run)).toContain(expected);
  });

  test('of a forecast', async () => {
    const forecaster = await fit(series, { identity: true, steps: 1, strategy: 'direct' });
    const forecast = (change: object, options = {}) =>
      refusal(() => forecaster.forecast([{ ...first, ...change }], options));
    expect(await forecast({ known: { price: Array.from(first.known!.price!).slice(0, 26) } })).toContain(
      "'price' of series 'shop 0' for all 3 steps of the horizon, got none for step 3, row 27",
    );
    expect(await forecast({ staticCategories: { region: 'west' } })).toContain(
      "a 'region' of the training, north, south, got 'west' of series 'shop 0'",
    );
    expect(await forecast({ name: 'other' })).toContain("series of the training, got 'other'");
    expect(await forecast({ past: {} })).toContain(
      "the past columns of the training, visitors, got none in series 'shop 0'",
    );
    expect(await forecast({}, { paths: 3 })).toContain("paths of the `strategy` 'recursive', got 'direct'");
    expect(await forecast({})).toBe('none');
  });
});
