import * as tf from '@tensorflow/tfjs-core';
import { random } from '@unrolled/cells';
import {
  backtestCollection,
  backtestGlobal,
  fitGlobalForecaster,
  type GlobalSeries,
} from '@unrolled/forecaster';
import { registerUnrolledBackend } from '@unrolled/kernels';
import { afterAll, beforeAll, expect, test } from 'vitest';

let before: string;
beforeAll(async () => {
  before = tf.getBackend();
  await registerUnrolledBackend({ threads: 1 });
  await tf.setBackend('unrolled');
});
afterAll(() => tf.setBackend(before));

const FOLDS = 2;

/** Series and settings of random shapes, with everything that a series may have, and holes. */
function randomCase(seed: number) {
  const { uniform, normal } = random(seed);
  const upTo = (most: number) => 1 + Math.floor(most * uniform());
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(choices.length * uniform())]!;
  const [horizon, season] = [upTo(3), pick([1, 2, 4])];
  const settings = {
    ...{ horizon, season, units: upTo(3), layers: upTo(2), steps: 1, batchSize: 4, draws: 8, seed },
    // The upper level takes errors of nine stretches: several origins of few series.
    ...{ levels: [0.5, 0.9], identity: uniform() < 0.5, cell: pick(['lstm', 'gru'] as const) },
    distribution: pick(['studentT', 'negativeBinomial', 'logNormal', 'quantiles'] as const),
  };
  const numbers = (length: number) => Float64Array.from({ length }, () => normal());
  const series = Array.from({ length: 1 + upTo(3) }, (_, at) => {
    const length = 2 * horizon * FOLDS + 16 + upTo(8);
    const level = 10 ** (1 + 2 * uniform());
    const values = Float64Array.from({ length }, () =>
      uniform() < 0.05 ? Number.NaN : Math.round(level * (1 + uniform())),
    );
    return {
      ...{ name: `s${at}`, values, past: { visits: numbers(length) }, known: { price: numbers(length) } },
      ...{ staticNumbers: { area: normal() }, staticCategories: { region: pick(['town', 'land']) } },
    };
  });
  return { series, settings };
}

/** Other numbers in all rows that the first fold does not know: its known columns reach a horizon further. */
function changedLater(series: ReturnType<typeof randomCase>['series'], horizon: number): GlobalSeries[] {
  const later = (values: Float64Array, from: number) =>
    values.map((value, row) =>
      row < from ? value : Math.round(1 + 900 * Math.abs(Math.sin(row + value || 1))),
    );
  return series.map((one) => {
    const known = one.values.length - FOLDS * horizon;
    return {
      ...one,
      values: later(one.values, known),
      past: { visits: later(one.past.visits, known) },
      known: { price: later(one.known.price, known + horizon) },
    };
  });
}

test.each([1, 2, 3, 4])(
  'random shapes %i: other later rows change no bit of an earlier fold',
  async (seed) => {
    const { series, settings } = randomCase(seed);
    const original = await backtestGlobal(series, settings, FOLDS);
    const changed = await backtestGlobal(changedLater(series, settings.horizon), settings, FOLDS);
    expect(changed.folds[0]).toEqual(original.folds[0]);
    expect(changed.folds[1]).not.toEqual(original.folds[1]);
    expect(original.folds[0]!.forecasts[0]!.intervals).toHaveLength(2);
  },
);

/** The series, and one that is long enough for the newest fold alone: it joins there. */
function withLate({ series, settings: { horizon } }: ReturnType<typeof randomCase>, seed: number) {
  const { uniform, normal } = random(seed);
  const length = 2 * horizon + 2;
  const numbers = () => Float64Array.from({ length }, () => normal());
  const late = {
    ...{ name: 'late', values: Float64Array.from({ length }, () => Math.round(1 + 900 * uniform())) },
    ...{ past: { visits: numbers() }, known: { price: numbers() } },
    staticNumbers: { area: 10 * normal() },
    staticCategories: { region: `region ${seed}` },
  };
  const known = series.map((one) => ({ ...one, values: one.values.with(0, 1) }));
  return [...known.slice(0, 1), late, ...known.slice(1)];
}

test.each([5, 6, 7])('random shapes %i: a series that joins later changes no bit before', async (seed) => {
  const found = randomCase(seed);
  const { settings } = found;
  const { horizon, season, levels } = settings;
  const walk = (series: ReturnType<typeof withLate>) =>
    backtestCollection({
      ...{ what: 'the network', series, horizon, season, levels, folds: FOLDS, fewest: horizon + 2 },
      ...{ shortSeries: 'leave-out', baselines: ['drift'] },
      forecast: async (known, places) => {
        const older = places.map((place, at): GlobalSeries => {
          const { past, values, ...one } = series[place]!;
          const rows = known[at]!;
          const price = one.known.price.subarray(0, rows + horizon);
          const visits = past.visits.subarray(0, rows);
          return { ...one, values: values.subarray(0, rows), past: { visits }, known: { price } };
        });
        return (await fitGlobalForecaster(older, settings)).forecast(older);
      },
    });
  const [one, other] = [await walk(withLate(found, 1)), await walk(withLate(found, 2))];
  expect(one.folds.map(({ places }) => places.includes(1))).toEqual([false, true]);
  expect(other.folds[0]).toEqual(one.folds[0]);
  expect(other.folds[1]).not.toEqual(one.folds[1]);
});
