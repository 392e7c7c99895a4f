import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dateOf, plainCsv, walk } from '../support/prices';
import { lastObject, run, scratch } from '../support/run';

const QUICK = ['--steps', '2', '--units', '2', '--window', '3'];
const rows = walk(80);

let place: Awaited<ReturnType<typeof scratch>>;
beforeAll(async () => {
  place = await scratch();
});
afterAll(() => place.remove());

let runs = 0;
async function backtest(...options: string[]) {
  const file = await place.file('prices.csv', plainCsv(rows));
  const output = path.join(place.directory, `run-${++runs}`);
  const outcome = await run(
    'backtest',
    file,
    ...QUICK,
    '--no-report',
    '--output',
    output,
    '--json',
    ...options,
  );
  expect(outcome.stderr).not.toContain('[unrolled/');
  return { ...outcome, output, result: lastObject(outcome) };
}

test('walks forward over the newer half by default, with a cut at each row if there are few', async () => {
  const { result, stderr } = await backtest();
  expect(result.folds).toHaveLength(40);
  expect(result.folds[0]).toMatchObject({
    train: { start: 0, end: 40, last: dateOf(39) },
    test: { start: 40, end: 41, first: dateOf(40) },
    ...{ refit: true, forecasts: 1 },
  });
  expect(result.forecasts).toBe(40);
  expect(result.intervals).toMatchObject({ calibration: 10, count: 30, level: 0.9 });
  expect(new Set(result.folds.map(({ fingerprint }: { fingerprint: string }) => fingerprint)).size).toBe(40);
  expect(stderr).toContain('fold 40/40');
  expect(stderr).toContain(result.dieboldMariano.sentence);
});

test('reports the best baseline, the test against each, the coverage over time and the season of the dates', async () => {
  const { result, stderr } = await backtest('--calibration', '9');
  const { dieboldMariano, metrics, intervals, folds, evaluation } = result;
  const names = ['naive', 'drift', 'movingAverage', 'seasonalNaive', 'linearAutoregression'];
  expect(Object.keys(dieboldMariano.baselines)).toEqual(names);
  const smallest = names.toSorted((a, b) => metrics[a].rmse - metrics[b].rmse)[0];
  expect(dieboldMariano.baseline).toBe(smallest);
  expect(dieboldMariano.baselines[smallest!]).toMatchObject({
    pValue: dieboldMariano.pValue,
    verdict: dieboldMariano.verdict,
  });
  expect(stderr).toContain('the best of 5 baselines');
  const { overTime } = intervals;
  expect(overTime.reduce((sum: number, { count }: { count: number }) => sum + count, 0)).toBe(
    intervals.count,
  );
  expect(overTime[0].first).toBe(dateOf(49));
  expect(overTime.at(-1).last).toBe(dateOf(79));
  expect(folds[0].coverage).toBeNull();
  expect([0, 1]).toContain(folds.at(-1).coverage);
  expect(evaluation.season).toBe(7);
});

describe('the walk', () => {
  test.each([
    ['--folds 4', ['--folds', '4'], [40, 50, 60, 70], [0, 0, 0, 0]],
    ['--stride 20', ['--stride', '20'], [40, 60], [0, 0]],
    ['--initial 60 --folds 2', ['--initial', '60', '--folds', '2'], [60, 70], [0, 0]],
    [
      'sliding',
      ['--folds', '4', '--training-window', 'sliding', '--training-rows', '30'],
      [40, 50, 60, 70],
      [10, 20, 30, 40],
    ],
  ])('%s', async (_, options, cuts, starts) => {
    const { result } = await backtest(...options);
    const folds: { train: { start: number; end: number }; test: { start: number } }[] = result.folds;
    expect(folds.map(({ test }) => test.start)).toEqual(cuts);
    expect(folds.map(({ train }) => train.end)).toEqual(cuts);
    expect(folds.map(({ train }) => train.start)).toEqual(starts);
  });

  test.each([
    ['2', [true, false, true, false], 2],
    ['never', [true, false, false, false], 1],
  ])('--refit-every %s', async (every, refits, fits) => {
    const { result } = await backtest('--folds', '4', '--refit-every', every);
    expect(result.folds.map(({ refit }: { refit: boolean }) => refit)).toEqual(refits);
    expect(new Set(result.folds.map(({ fingerprint }: { fingerprint: string }) => fingerprint)).size).toBe(
      fits,
    );
  });
});

test('files hold every forecast, metric and fold at full precision', async () => {
  const { result, output } = await backtest('--folds', '2');
  expect((await readdir(output)).sort()).toEqual([
    'folds.csv',
    'forecasts.csv',
    'metrics.csv',
    'result.json',
  ]);
  const cells = (name: string) =>
    readFile(path.join(output, name), 'utf8').then((text) =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => line.split(',')),
    );
  const [header, ...forecasts] = await cells('forecasts.csv');
  const column = (name: string) => forecasts.map((row) => Number(row[header!.indexOf(name)]));
  const squares = column('truth').map((truth, at) => (truth - column('model')[at]!) ** 2);
  const rmse = Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
  expect(rmse).toBeCloseTo(result.metrics.model.rmse, 12);
  const [metricHeader, ...metrics] = await cells('metrics.csv');
  expect(metrics).toHaveLength(6);
  expect(Number(metrics[0]![metricHeader!.indexOf('rmse')])).toBe(result.metrics.model.rmse);
  expect((await cells('folds.csv'))[1]!.at(-1)).toBe(result.folds[0].fingerprint);
});

test('a run is the same for the same seed', async () => {
  const [first, second] = [await backtest('--folds', '2'), await backtest('--folds', '2')];
  expect(first.result.metrics).toEqual(second.result.metrics);
  expect(first.result.folds).toEqual(second.result.folds);
});

test('without --output it takes the next free directory of runs, and needs no file', async () => {
  const before = process.cwd();
  const directory = await mkdtemp(path.join(tmpdir(), 'stock-forecast-runs-'));
  process.chdir(directory);
  try {
    for (const number of [1, 2]) {
      const outcome = await run('backtest', ...QUICK, '--folds', '1', '--no-report', '--json');
      expect(lastObject(outcome)).toMatchObject({
        rows: 1260,
        runDirectory: `runs/stock-forecast-${number}`,
      });
    }
  } finally {
    process.chdir(before);
    await rm(directory, { recursive: true, force: true });
  }
});
