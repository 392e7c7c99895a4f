import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COLUMNS, dateOf, lines, plainCsv, type Row, undatedCsv, walk } from '../support/prices';
import { lastObject, run, scratch } from '../support/run';

const QUICK = ['--steps', '3', '--units', '2', '--window', '3'];
const TABLES = [...QUICK, '--no-report'];
const rows = walk(60);

let place: Awaited<ReturnType<typeof scratch>>;
beforeAll(async () => {
  place = await scratch();
});
afterAll(() => place.remove());

let runs = 0;
/** Writes the CSV, trains on it for three steps, and gives the object and the words. */
async function train(csv: string, ...options: string[]) {
  const file = await place.file('prices.csv', csv);
  const output = path.join(place.directory, `run-${++runs}`);
  const outcome = await run('train', file, ...TABLES, '--output', output, '--json', ...options);
  expect(outcome.stderr).not.toContain('[unrolled/');
  expect(outcome.code).toBe(0);
  return { ...outcome, output, result: lastObject(outcome) };
}

describe('the result', () => {
  test('is one object on the last line of standard output, the words stand on standard error', async () => {
    const { result, stdout, stderr } = await train(plainCsv(rows));
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(result).toMatchObject({
      ...{ command: 'train', rows: 60, target: 'Close', features: ['Close'], backend: 'cpu' },
      ...{ forecasts: 18, interrupted: false },
      targetTransform: { transform: 'log-return', reason: expect.any(String) },
      dieboldMariano: {
        verdict: expect.any(String),
        pValue: expect.any(Number),
        sentence: expect.any(String),
      },
      intervals: { level: 0.9, count: 9, calibration: 9, method: 'split-conformal' },
      folds: [{ train: { start: 0, end: 42, last: dateOf(41) }, test: { start: 42, end: 60 } }],
      next: [{ last: rows[59]![3], lastDate: dateOf(59), rows: [{ step: 1, date: dateOf(60) }] }],
    });
    expect(stderr).toContain('naive (the last price)');
    expect(stderr).toContain(result.dieboldMariano.sentence);
    expect(stderr).toContain('next row');
  });

  test('names the naive forecast exactly', async () => {
    const { result } = await train(plainCsv(rows));
    const closes = rows.slice(41).map((row) => row[3]);
    const squares = closes.slice(1).map((close, at) => (close - closes[at]!) ** 2);
    const naive = Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
    expect(result.metrics.naive.rmse).toBeCloseTo(naive, 12);
    expect(Object.keys(result.metrics)).toEqual([
      ...['model', 'naive', 'drift', 'movingAverage', 'seasonalNaive', 'linearAutoregression'],
    ]);
  });

  test('is in its own directory, with all files that it names', async () => {
    const output = path.join(place.directory, 'whole');
    const file = await place.file('prices.csv', plainCsv(rows));
    const result = lastObject(await run('train', file, ...QUICK, '--output', output, '--json'));
    const files = result.written.map((file: string) => path.basename(file));
    expect((await readdir(output)).sort()).toEqual([...files].sort());
    expect(files).toEqual(
      expect.arrayContaining([
        ...['model.safetensors', 'report.html', 'result.json', 'metrics.csv', 'forecasts.csv', 'folds.csv'],
        ...['forecast.svg', 'forecast.png', 'errors.svg', 'baselines.png', 'losses.svg'],
      ]),
    );
    const json = JSON.parse(await readFile(path.join(output, 'result.json'), 'utf8'));
    expect(json.metrics).toEqual(result.metrics);
    const forecasts = (await readFile(path.join(output, 'forecasts.csv'), 'utf8')).trimEnd().split('\n');
    expect(forecasts).toHaveLength(1 + 18);
    expect(forecasts[1]).toMatch(new RegExp(`^prices,43,${dateOf(42)},1,`));
  });

  test('has the same model bytes for the same seed, and others for another seed', async () => {
    const runs = [];
    for (const seed of ['5', '5', '6']) runs.push(await train(plainCsv(rows), '--seed', seed));
    const [first, same, other] = await Promise.all(
      runs.map(({ output }) => readFile(path.join(output, 'model.safetensors'))),
    );
    expect(first!.equals(same!)).toBe(true);
    expect(first!.equals(other!)).toBe(false);
  });

  test('without --json the words stand on standard output and no object does', async () => {
    const file = await place.file('prices.csv', plainCsv(rows));
    const output = path.join(place.directory, 'words');
    const { stdout, stderr, code } = await run('train', file, ...TABLES, '--output', output);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/RMSE +MAE +MAPE +sMAPE +MASE/);
    expect(stdout).not.toContain('{"');
  });

  test('without a file is about the bundled prices', async () => {
    const output = path.join(place.directory, 'bundled');
    const outcome = await run('train', ...TABLES, '--output', output, '--json');
    expect(outcome.code).toBe(0);
    expect(lastObject(outcome)).toMatchObject({
      rows: 1260,
      files: [{ name: 'aapl', order: 'oldest-first' }],
    });
  });

  test('a model is never overwritten', async () => {
    const { output } = await train(plainCsv(rows));
    const file = await place.file('prices.csv', plainCsv(rows));
    const { code, stderr } = await run('train', file, ...TABLES, '--output', output);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^\[unrolled\/stock-forecast\] --output: expected a directory without a model, [^\n]*\n$/,
    );
  });
});

describe('any file with these prices gives the same numbers', () => {
  const quoted = (value: number) => `"${value.toLocaleString('en', { minimumFractionDigits: 2 })}"`;
  const german = (value: number) => value.toFixed(2).replace('.', ',');
  const dated = (table: readonly Row[]) => table.map((row, at) => [dateOf(at), ...row] as const);
  const newestFirst = rows.toReversed();
  const files: [string, string, string[]][] = [
    ['newest first, by its dates', lines([['Date', ...COLUMNS], ...dated(rows).toReversed()]), []],
    ['without dates', undatedCsv(rows), []],
    ['newest first without dates', undatedCsv(newestFirst), ['--order', 'newest-first']],
    [
      'with a comment and a commented header',
      `# from somewhere\n# ${COLUMNS.join(',')}\n${lines(newestFirst)}`,
      ['--order', 'newest-first'],
    ],
    ['with semicolons', lines([['Date', ...COLUMNS], ...dated(rows)], ';'), []],
    [
      'with decimal commas',
      lines([['Date', ...COLUMNS], ...rows.map((row, at) => [dateOf(at), ...row.map(german)])], ';'),
      ['--decimal-separator', ','],
    ],
    [
      'with quoted thousands separators',
      lines([['Date', ...COLUMNS], ...rows.map((row, at) => [dateOf(at), ...row.map(quoted)])]),
      [],
    ],
    [
      'as Alpha Vantage has it',
      lines([
        ['timestamp', ...COLUMNS.map((name, at) => `${at + 1}. ${name.toLowerCase()}`)],
        ...dated(rows).toReversed(),
      ]),
      [],
    ],
    [
      'with a column of words and one of odd cells, which nobody asked for',
      lines([
        ['Ticker', 'Date', ...COLUMNS, 'Odd'],
        ...rows.map((row, at) => ['ABC', dateOf(at), ...row, at % 2 ? at : '']),
      ]),
      [],
    ],
    ['with Windows line ends and a byte order mark', `\ufeff${plainCsv(rows).replaceAll('\n', '\r\n')}`, []],
  ];
  let plain: Awaited<ReturnType<typeof train>>['result'];
  beforeAll(async () => {
    plain = (await train(plainCsv(rows), '--season', '5')).result;
  });

  test.each(files)('%s', async (_, csv, options) => {
    // The dates' spacing tells the season, which files without dates have to be told.
    const { result } = await train(csv, '--season', '5', ...options);
    expect(result.metrics).toEqual(plain.metrics);
    expect(result.folds[0].fingerprint).toBe(plain.folds[0].fingerprint);
    expect(result.next[0].rows[0].forecast).toBe(plain.next[0].rows[0].forecast);
  });

  test('and without dates the assumed order is printed', async () => {
    const { result, stderr } = await train(undatedCsv(newestFirst));
    expect(result.files[0].assumption).toContain('oldest first');
    expect(stderr).toContain(result.files[0].assumption);
    expect(result.next[0].rows[0].date).toBeNull();
    expect(result.metrics).not.toEqual(plain.metrics);
  });
});

describe('options', () => {
  test.each([
    ['a gru of two layers with dropout', ['--cell', 'gru', '--layers', '2', '--dropout', '0.2']],
    ['an rnn on robust scales', ['--cell', 'rnn', '--scaler', 'robust']],
    ['prices on min-max scales', ['--target-transform', 'price', '--scaler', 'min-max']],
    ['log returns without validation', ['--target-transform', 'log-return', '--validation', '0']],
    ['an ensemble', ['--ensemble', '2']],
    ['epochs', ['--epochs', '2', '--patience', '1', '--batch-size', '8']],
  ])('%s', async (_, options) => {
    const { result, output } = await train(plainCsv(rows), ...options);
    expect(Number.isFinite(result.metrics.model.rmse)).toBe(true);
    expect(result.losses).toHaveLength(options[0] === '--ensemble' ? 2 : 1);
    // The kept model is that of one epoch, and the log lists every epoch.
    const validations = result.losses.map((losses: { validation: number }[]) =>
      losses.map((one) => one.validation),
    );
    if (options.includes('--validation')) expect(result.validationLoss).toBeNull();
    else if (validations.length === 1) expect(validations[0]).toContain(result.validationLoss);
    else expect(result.validationLoss).toBeGreaterThan(0);
    const log = (await readFile(path.join(output, 'log.jsonl'), 'utf8')).trimEnd().split('\n');
    const logged = log.map((line) => JSON.parse(line));
    expect(logged.map(({ validationLoss }) => validationLoss)).toEqual(
      validations.flatMap((losses: number[]) => losses.slice(1)),
    );
  });

  test('the target may be another column, also one that is no feature', async () => {
    const { result } = await train(plainCsv(rows), '--target', 'high', '--features', 'Open,Volume');
    expect(result).toMatchObject({ target: 'high', features: ['Open', 'Volume'] });
  });

  test.each(['direct', 'recursive'])(
    '--horizon 3 --strategy %s measures each row ahead',
    async (strategy) => {
      const { result } = await train(
        plainCsv(rows),
        '--horizon',
        '3',
        '--strategy',
        strategy,
        '--level',
        '0.5',
      );
      expect(result.forecasts).toBe(60 - 2 - 40);
      expect(result.perHorizon.map(({ step }: { step: number }) => step)).toEqual([1, 2, 3]);
      expect(result.perHorizon[2].dieboldMariano.horizon).toBe(3);
      expect(result.next[0].rows.map(({ step }: { step: number }) => step)).toEqual([1, 2, 3]);
    },
  );

  test('--loss quantile gives its own intervals and calibrated ones, at the level of its quantiles', async () => {
    const { result } = await train(plainCsv(rows), '--loss', 'quantile', '--quantiles', '0.25,0.5,0.75');
    expect(result.intervals).toMatchObject({ method: 'conformalized-quantile', level: 0.5 });
    expect(result.quantileIntervals).toMatchObject({ method: 'quantile', level: 0.5, count: 18 });
    const [{ lower, forecast, upper }] = result.next[0].rows;
    expect(lower).toBeLessThanOrEqual(forecast);
    expect(upper).toBeGreaterThanOrEqual(forecast);
  });

  test('constant prices are forecast without an error', async () => {
    const flat = rows.map(([open, high, low]) => [open, high, low, 50, 0] as Row);
    for (const scaler of ['min-max', 'standard', 'robust']) {
      const { result } = await train(plainCsv(flat), '--scaler', scaler);
      expect(result.metrics.naive).toMatchObject({ rmse: 0, mase: null });
      expect(result.metrics.model.rmse).toBeCloseTo(0, 6);
    }
  });
});

test('forecasts the close of a file that also has an adjusted close, and mentions that one', async () => {
  const withAdjusted = lines([
    ['Date', 'Close', 'Adj Close'],
    ...rows.map((row, at) => [dateOf(at), row[3], row[3] * 0.9]),
  ]);
  const note = expect.stringContaining('use --target "Adj Close", which is adjusted for them');
  expect((await train(withAdjusted)).result.notes).toContainEqual(note);
  expect((await train(withAdjusted, '--target', 'adjusted close')).result.notes).not.toContainEqual(note);
});

test('several files are several series for one model, each with scalers of its own', async () => {
  const first = await place.file('first.csv', plainCsv(rows));
  const second = await place.file(
    'second.csv',
    plainCsv(walk(60, 2).map((row) => row.map((x) => 10 * x) as Row)),
  );
  const output = path.join(place.directory, 'several');
  const outcome = await run('train', first, second, ...QUICK, '--output', output, '--json');
  const result = lastObject(outcome);
  expect(result.bySeries.map(({ name }: { name: string }) => name)).toEqual(['first', 'second']);
  expect(result.forecasts).toBe(2 * 18);
  expect(result.dieboldMariano.n).toBe(18);
  expect(result.next.map(({ series }: { series: string }) => series)).toEqual(['first', 'second']);
  expect(await readdir(output)).toEqual(expect.arrayContaining(['forecast-1.svg', 'forecast-2.svg']));
});
