import * as tf from '@tensorflow/tfjs-core';
import {
  backtest,
  decodeForecaster,
  encodeForecaster,
  type FitSettings,
  type Forecaster,
  fitForecaster,
  planBacktest,
  runTasks,
} from '@unrolled/forecaster';
import { decodeModels, encodeModels, type Json } from '@unrolled/training';
import { beforeAll, describe, expect, test } from 'vitest';
import { autoregression, SMALL } from './support/series';

const values = autoregression(90, 2);
const day = (row: number) => new Date(Date.UTC(2024, 0, 1 + row)).toISOString().slice(0, 10);
const dates = Array.from(values, (_, row) => day(row));
const table = { dates, columns: { close: values, volume: values.map((value) => value * 10) } };
const settings: FitSettings = { ...SMALL, target: 'close', features: ['close', 'volume'], horizon: 2 };

describe('fitForecaster', () => {
  test('forecasts the rows to come, with intervals where newer rows were held out, and leaves no tensor', async () => {
    const before = tf.memory().numTensors;
    const forecaster = await fitForecaster(table, { ...settings, trainShare: 0.6 });
    const [next] = forecaster.forecast(table);
    expect(tf.memory().numTensors).toBe(before);
    expect(next).toMatchObject({ series: 'series', lastDate: day(89), last: values[89] });
    expect(next!.rows.map(({ step, date }) => [step, date])).toEqual([
      [1, day(90)],
      [2, day(91)],
    ]);
    for (const { forecast, lower, upper } of next!.rows) {
      expect(lower!).toBeLessThan(forecast);
      expect(upper!).toBeGreaterThan(forecast);
    }
    expect(forecaster.trainedOn).toEqual({ series: { until: day(52), rows: 53 } });
    expect(forecaster.test!.folds).toHaveLength(1);
    expect(forecaster.test!.evaluation.forecasts).toBe(36);
  });

  test('to all rows has no test and no intervals', async () => {
    const forecaster = await fitForecaster(values, SMALL);
    expect(forecaster.test).toBeUndefined();
    expect(forecaster.forecast(values)[0]!.rows).toMatchObject([{ date: null, lower: null, upper: null }]);
    expect(forecaster.trainedOn.series!.rows).toBe(90);
  });

  test('is repeatable, and another seed is another model', async () => {
    const first = await fitForecaster(values, SMALL);
    const again = await fitForecaster(values, SMALL);
    expect(again.model).toEqual(first.model);
    expect((await fitForecaster(values, { ...SMALL, seed: 2 })).model.members).not.toEqual(
      first.model.members,
    );
  });

  test('keeps the newest epoch where nothing validates', async () => {
    const { histories } = await fitForecaster(values, { ...SMALL, validation: 0 });
    expect(histories[0]!.bestEpoch).toBe(2);
    expect(histories[0]!.losses.map(({ validation }) => validation)).toEqual([null, null, null]);
  });

  test('stops at the signal: before the first network nothing can be forecast', async () => {
    const signal = AbortSignal.abort();
    const forecaster = await fitForecaster(values, SMALL, { signal });
    expect(() => forecaster.forecast(values)).toThrow('forecast: expected a fitted network, got none');
  });

  test('says in its own words that a loss is not finite', async () => {
    await expect(fitForecaster(values, { ...SMALL, learningRate: 1e38, steps: 20 })).rejects.toMatchObject({
      code: 'not-finite',
      message: expect.stringMatching(
        /^\[unrolled\/forecaster\] training: expected a finite .*: lower `learningRate`$/,
      ),
    });
  });
});

describe('backtest', () => {
  test('is planBacktest and runTasks in one', async () => {
    const walk = { ...SMALL, folds: 3 };
    const tasks: number[] = [];
    const onTask = ({ index }: { index: number }) => tasks.push(index);
    const result = await backtest(values, walk, { onTask });
    expect(tasks).toEqual([0, 1, 2]);
    const prints = (await runTasks(planBacktest(values, walk))).map(({ fingerprint }) => fingerprint);
    expect(result.folds.map(({ fingerprint }) => fingerprint)).toEqual(prints);
  });

  test('of nothing is refused', async () => {
    const signal = AbortSignal.abort();
    await expect(backtest(values, SMALL, { signal })).rejects.toThrow('expected at least one forecast');
  });
});

test.each<[string, FitSettings, RegExp]>([
  ['no unit', { units: 0 }, /settings: expected units to be a positive integer, got 0/],
  ['an unknown cell', { cell: 'elman' as never }, /settings: expected cell 'lstm', 'gru' or 'rnn'/],
  ['all dropped', { dropout: 1 }, /settings: expected dropout in \[0, 1\), got 1/],
  ['a share of none', { trainShare: 0 }, /settings: expected trainShare in \(0, 1\], got 0/],
  ['quantiles without their loss', { quantiles: [0.1, 0.5, 0.9] }, /quantiles: expected `loss` quantile/],
  [
    'quantiles without the median',
    { loss: 'quantile', quantiles: [0.1, 0.2, 0.9] },
    /quantiles: expected at least three ascending shares in \(0, 1\), 0.5 among them, got \[0.1, 0.2, 0.9\]/,
  ],
  ['too few errors', { calibration: 2 }, /calibration: expected at least 9 errors at a level of 0.9, got 2/],
  ['a window of all rows', { window: 90 }, /more rows|at least \d+ rows/],
])('settings with %s are refused', async (_, wrong, message) => {
  await expect(fitForecaster(values, { ...SMALL, ...wrong })).rejects.toThrow(message);
});

test.each([
  ['no such column', { columns: { open: values } }, /a column "value" in series, got open/],
  ['a hole', Float64Array.of(1, Number.NaN), /finite numbers in column "value" of series, got NaN in row 1/],
  ['null', [1, null as never], /finite numbers in column "value" of series, got null in row 1/],
  ['texts', { columns: { value: ['1', ''] as never } }, /finite numbers .* got "1" in row 0/],
  [
    'columns in a list',
    [
      [1, 2],
      [3, 4],
    ] as never,
    /got a list of arrays: pass the columns by name/,
  ],
  [
    'dates that are no texts',
    { columns: { value: [1] }, dates: [new Date(0) as never] },
    /ISO text, .* got an object in row 0: pass texts, such as date.toISOString\(\)/,
  ],
  [
    'columns of two lengths',
    { columns: { value: values }, dates: ['2024-01-01'] },
    /of equal length in series, got "value": \d+, dates: 1/,
  ],
  ['two of one name', [{ columns: { value: values } }, { columns: { value: values } }], /"series" twice/],
  ['none', [], /at least|more rows/],
])('series with %s are refused', async (_, series, message) => {
  await expect(fitForecaster(series, SMALL)).rejects.toThrow(message);
});

test('a series too short to forecast is named as the caller named it', async () => {
  const forecaster = await fitForecaster(values, { ...SMALL, epochs: 1 });
  const short = { name: 'new', columns: { value: [1, 2] } };
  expect(() => forecaster.forecast(short)).toThrow('got 2 in new');
});

describe('a forecaster as bytes', () => {
  let forecaster: Forecaster;
  let bytes: Uint8Array;
  beforeAll(async () => {
    forecaster = await fitForecaster(table, { ...settings, ensemble: 2, trainShare: 0.6 });
    bytes = encodeForecaster(forecaster);
  });

  test('forecasts the same, and makes the same bytes', () => {
    const before = tf.memory().numTensors;
    const loaded = decodeForecaster(bytes);
    expect(loaded.forecast(table)).toEqual(forecaster.forecast(table));
    expect(encodeForecaster(loaded)).toEqual(bytes);
    expect(tf.memory().numTensors).toBe(before);
  });

  test.each<[string, string, Json, RegExp]>([
    ['another program', 'format', 'else', /got a file of other models/],
    ['an unknown cell', 'settings.cell', 'elman', /a damaged description/],
    ['another cell', 'settings.cell', 'gru', /an architecture that contradicts its description/],
    ['more layers', 'settings.layers', 2, /an architecture that contradicts its description/],
    [
      'layers that fill the memory',
      'settings.layers',
      2 ** 31,
      /an architecture that contradicts its description/,
    ],
    ['a horizon without an end', 'settings.horizon', 2 ** 53 - 1, /a damaged description/],
    ['a transform left to choose', 'settings.targetTransform', 'auto', /a damaged description/],
    ['features that are no texts', 'settings.features', [1, 2], /a damaged description/],
    ['a start of another horizon', 'start', [0], /a damaged description/],
    ['no scalers', 'scaling', null, /a damaged description/],
    ['a scaler of no column', 'scaling.series.features.columns', [], /a damaged description/],
    ['a drift that is no number', 'scaling.series.drift', null, /a damaged description/],
    ['a scale of 0', 'scaling.series.changes.0', 0, /a damaged description/],
    ['a calibration of no kind', 'calibration.series.margins', {}, /a damaged description/],
    ['calibrations that are a list', 'calibration', [], /a damaged description/],
    ['calibrations that are a number', 'calibration', 7, /a damaged description/],
    ['a series without the rows it was trained on', 'trainedOn', {}, /a damaged description/],
    ['quantiles of another loss that are none', 'settings.quantiles', [9, 'x'], /a damaged description/],
    ['errors that are no number', 'calibration.series.errors', 'many', /a damaged description/],
    ['rows that are no number', 'trainedOn.series.rows', '9', /a damaged description/],
  ])('with %s is refused', (_, place, value, message) => {
    const { models, details } = decodeModels(bytes);
    const changed = structuredClone(details) as Record<string, Json>;
    const path = place.split('.');
    const last = path.pop()!;
    const holder = path.reduce((at, name) => at[name] as Record<string, Json>, changed);
    holder[last] = value;
    expect(() => decodeForecaster(encodeModels({ models, details: changed }))).toThrow(message);
  });

  test('without one of its networks, or with none, is refused', () => {
    const { models, details } = decodeModels(bytes);
    const { '1.head': _, ...some } = models;
    expect(() => decodeForecaster(encodeModels({ models: some, details }))).toThrow(
      'an architecture that contradicts',
    );
    expect(() => decodeForecaster(encodeModels({ models: {}, details }))).toThrow('got no network');
  });

  test('finds its series by name; a single series may have any name', () => {
    expect(forecaster.forecast({ ...table, name: 'other' })[0]!.series).toBe('series');
    const both = [
      { ...table, name: 'a' },
      { ...table, name: 'b' },
    ];
    expect(() => forecaster.forecast(both)).toThrow(
      /series named as those that the model was fitted to: series, got a/,
    );
    expect(() => forecaster.forecast({ columns: { close: [1, 2], volume: [1, 2] } })).toThrow(
      /at least 4 rows: the model's window and the row before it, got 2 in series/,
    );
  });
});
