import { chmod, mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COLUMNS, dateOf, lines, plainCsv, type Row, undatedCsv, walk } from './support/prices';
import { run, scratch } from './support/run';

const QUICK = ['--steps', '3', '--units', '2', '--window', '3'];
const rows = walk(40);
const newestFirst = rows.toReversed();

let place: Awaited<ReturnType<typeof scratch>>;
beforeAll(async () => {
  place = await scratch();
});
afterAll(() => place.remove());

/** Writes the CSV, trains on it for three steps, and gives the object and the words. */
async function train(csv: string, ...options: string[]) {
  const file = await place.file('prices.csv', csv);
  const output = path.join(place.directory, 'plots');
  const outcome = await run('train', file, ...QUICK, '--output', output, '--json', ...options);
  expect(outcome.stderr).not.toContain('[unrolled/');
  expect(outcome.code).toBe(0);
  return { ...outcome, result: JSON.parse(outcome.stdout.trimEnd().split('\n').at(-1)!) };
}

describe('the result', () => {
  test('is one object on the last line of standard output, the words stand on standard error', async () => {
    const { result, stdout, stderr } = await train(plainCsv(rows));
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    const { rmseScaled, rmsePrice, naiveRmseScaled, naiveRmsePrice, firstLoss, lastLoss, nextClose } = result;
    for (const number of [
      rmseScaled,
      rmsePrice,
      naiveRmseScaled,
      naiveRmsePrice,
      firstLoss,
      lastLoss,
      nextClose,
    ])
      expect(number).toEqual(expect.any(Number));
    expect(lastLoss).toBeLessThan(firstLoss);
    expect(result).toMatchObject({ rows: 40, steps: 3, target: 'Close', assumption: null, backend: 'cpu' });
    expect([result.trainWindows, result.testWindows]).toEqual([25, 12]);
    expect(stderr).toContain('naive (tomorrow = today)');
    expect(stderr).toMatch(/is better on these 12 rows than/);
    expect(stderr).toContain(`next Close after ${dateOf(39)}: `);
  });

  test('names the naive forecast exactly', async () => {
    const { result } = await train(plainCsv(rows));
    const closes = rows.slice(28 - 1).map((row) => row[3]);
    const squares = closes.slice(1).map((close, at) => (close - closes[at]!) ** 2);
    expect(squares).toHaveLength(12);
    const naive = Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
    expect(result.naiveRmsePrice).toBeCloseTo(naive, 9);
    const seen = rows.slice(0, 28).map((row) => row[3]);
    expect(result.naiveRmseScaled).toBeCloseTo(naive / (Math.max(...seen) - Math.min(...seen)), 9);
    expect(result.rmsePrice / result.rmseScaled).toBeCloseTo(
      result.naiveRmsePrice / result.naiveRmseScaled,
      4,
    );
  });

  test('names the plots, which are there', async () => {
    const { result } = await train(plainCsv(rows));
    expect(result.plots.map((file: string) => path.basename(file))).toEqual([
      'test.svg',
      'test.png',
      'close-up.svg',
      'close-up.png',
    ]);
    const [svg, png] = await Promise.all(result.plots.slice(0, 2).map((file: string) => readFile(file)));
    expect(svg!.toString()).toContain('Close, forecast one row ahead');
    expect(png!.subarray(1, 4).toString()).toBe('PNG');
  });

  test('without --json the words stand on standard output and no object does', async () => {
    const file = await place.file('prices.csv', plainCsv(rows));
    const { stdout, stderr, code } = await run(
      'train',
      file,
      ...QUICK,
      '--output',
      path.join(place.directory, 'plots'),
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('RMSE on the test rows');
    expect(stdout).not.toContain('{"');
  });

  test('is the same for the same seed, and another for another', async () => {
    const { result } = await train(plainCsv(rows), '--seed', '5');
    expect((await train(plainCsv(rows), '--seed', '5')).result).toEqual(result);
    expect((await train(plainCsv(rows), '--seed', '6')).result.rmseScaled).not.toBe(result.rmseScaled);
  });

  test('without a file is about the bundled prices', async () => {
    const output = path.join(place.directory, 'bundled');
    const { code, stdout } = await run('train', '--steps', '1', '--units', '1', '--output', output, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ rows: 1260, target: 'Close', order: 'oldest-first' });
  });
});

describe('any file with these prices gives the same numbers', () => {
  const quoted = (value: number) => `"${value.toLocaleString('en', { minimumFractionDigits: 2 })}"`;
  const german = (value: number) => value.toFixed(2).replace('.', ',');
  const dated = (table: readonly Row[], at = (row: number) => dateOf(row)) =>
    table.map((row, index) => [at(index), ...row] as const);
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
      'with a column of words',
      lines([['Ticker', 'Date', ...COLUMNS], ...rows.map((row, at) => ['ABC', dateOf(at), ...row])]),
      [],
    ],
    [
      'with another column of numbers, which --features leaves out',
      lines([['Date', ...COLUMNS, 'Extra'], ...rows.map((row, at) => [dateOf(at), ...row, at])]),
      ['--features', COLUMNS.join(', ')],
    ],
    ['with Windows line ends and a byte order mark', `\ufeff${plainCsv(rows).replaceAll('\n', '\r\n')}`, []],
  ];
  let plain: Record<string, unknown> | undefined;
  const numbers = [
    'rmseScaled',
    'rmsePrice',
    'naiveRmsePrice',
    'firstLoss',
    'lastLoss',
    'nextClose',
    'features',
  ];

  test.each(files)('%s', async (_, csv, options) => {
    plain ??= (await train(plainCsv(rows))).result as Record<string, unknown>;
    const { result } = await train(csv, ...options);
    const expected = plain;
    for (const name of numbers) expect([name, result[name]]).toEqual([name, expected[name]]);
  });

  test('and without dates the assumed order is printed, and is another result for the other order', async () => {
    const { result, stderr } = await train(undatedCsv(newestFirst));
    expect(result.assumption).toContain('oldest first');
    expect(stderr).toContain(result.assumption);
    expect(result.nextClose).not.toBe((await train(undatedCsv(rows))).result.nextClose);
  });
});

describe('options', () => {
  test('the target may be another column, also one that is no feature', async () => {
    const { result } = await train(plainCsv(rows), '--target', 'High', '--features', 'Open,Volume');
    expect(result).toMatchObject({ target: 'High', features: ['Open', 'Volume'] });
  });

  test.each(['lstm', 'gru', 'rnn'])('--cell %s', async (cell) => {
    const { stderr, result } = await train(plainCsv(rows), '--cell', cell, '--scaler', 'standard');
    expect(stderr).toContain(`${cell.toUpperCase()} `);
    expect(Number.isFinite(result.rmsePrice)).toBe(true);
  });

  test('--lab means newest first and says what leaks', async () => {
    const { result, stderr } = await train(undatedCsv(newestFirst), '--lab');
    expect(result).toMatchObject({ order: 'newest-first', assumption: null });
    expect(stderr.match(/leak: .*scaler has seen .*test rows/g)).toHaveLength(1);
    expect(stderr).toContain("note: not the lab's case, by --window, --units, --steps");
    const honest = await train(undatedCsv(newestFirst), '--order', 'newest-first');
    expect(honest.stderr).not.toContain('leak');
    expect(honest.result.naiveRmsePrice).toBe(result.naiveRmsePrice);
  });

  test('constant columns survive, the target too', async () => {
    const flat = rows.map(([open, high, low]) => [open, high, low, 50, 0] as Row);
    for (const scaler of ['min-max', 'standard']) {
      const { result } = await train(plainCsv(flat), '--scaler', scaler);
      expect(result.naiveRmsePrice).toBe(0);
      expect(Number.isFinite(result.rmsePrice)).toBe(true);
    }
  });
});

describe('a mistake gets one line and exit code 1, and nothing is written', () => {
  const spoiled = (column: number, cell: string | number) =>
    lines([
      ['Date', ...COLUMNS],
      ...rows.map((row, at) => [
        dateOf(at),
        ...row.map((value, c) => (at === 7 && c === column ? cell : value)),
      ]),
    ]);
  const mistakes: [string, string | Uint8Array, string[], RegExp][] = [
    ['no target column', plainCsv(rows).replace('Close', 'Last'), [], /Close.*Open.*Last/],
    ['an unknown target', plainCsv(rows), ['--target', 'Schluss'], /Schluss/],
    ['an unknown feature', plainCsv(rows), ['--features', 'Open,Opne'], /Opne/],
    ['an empty feature', plainCsv(rows), ['--features', 'Open,,Close'], /--features: expected column names/],
    ['a word for a number', spoiled(3, 'ten'), [], /a number in column "Close" on line 9, got "ten"/],
    ['NaN', spoiled(0, 'NaN'), [], /a finite number in column "Open" on line 9, got "NaN"/],
    ['an infinity', spoiled(1, 'Infinity'), [], /a finite number in column "High" on line 9/],
    ['a number beyond all', spoiled(4, '1e999'), [], /a finite number in column "Volume" on line 9/],
    ['an empty cell', spoiled(3, ''), [], /an empty cell/],
    ['too few rows', plainCsv(rows.slice(0, 8)), [], /at least 9 rows.*got 8/],
    ['a header alone', plainCsv([]), [], /at least 9 rows.*got 0/],
    ['a training share of almost nothing', plainCsv(rows), ['--train-share', '0.01'], /at least 107 rows/],
    ['an empty file', '', [], /an empty file/],
    ['no text', Uint8Array.of(0xff, 0xfe, 0x00), [], /UTF-8/],
    ['an unknown option', plainCsv(rows), ['--colour'], /expected a known option, got '--colour'/],
    ['an unknown cell', plainCsv(rows), ['--cell', 'elman'], /--cell: expected one of lstm, gru, rnn/],
    ['a share of one', plainCsv(rows), ['--train-share', '1'], /--train-share: expected .* below 1/],
    ['no window', plainCsv(rows), ['--window', '0'], /--window/],
  ];

  test.each(mistakes)('%s', async (_, content, options, message) => {
    const output = path.join(place.directory, 'must-not-appear');
    const file = await place.file('mistake.csv', content);
    const { code, stdout, stderr } = await run(
      'train',
      file,
      '--window',
      '7',
      '--output',
      output,
      '--json',
      ...options,
    );
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^\[unrolled\/[^\n]*\n$/);
    expect([code, stdout]).toEqual([1, '']);
    expect(await readdir(place.directory)).not.toContain('must-not-appear');
  });

  test('a file that is not there, and a directory', async () => {
    for (const file of [path.join(place.directory, 'nowhere.csv'), place.directory]) {
      const { code, stderr } = await run('train', file);
      expect(stderr).toMatch(/^\[unrolled\/data\] readCsvFile: expected a readable file at [^\n]*\n$/);
      expect(code).toBe(1);
    }
  });

  test('an output directory that is a file, before any training', async () => {
    const file = await place.file('prices.csv', plainCsv(rows));
    const { code, stderr } = await run('train', file, '--output', file);
    expect(stderr).toMatch(/^\[unrolled\/apps\] ensureWritableDirectory: [^\n]*\n$/);
    expect(code).toBe(1);
  });

  test('an output directory without permission', async (context) => {
    if (process.getuid?.() === 0) context.skip('root may write everywhere');
    const file = await place.file('prices.csv', plainCsv(rows));
    const closed = path.join(place.directory, 'closed');
    await mkdir(closed);
    await chmod(closed, 0o500);
    const { code, stderr } = await run('train', file, '--output', path.join(closed, 'plots'));
    expect(stderr).toMatch(/no permission/);
    expect(code).toBe(1);
  });

  test('a loss that stops being finite ends training without a plot', async () => {
    const file = await place.file('prices.csv', plainCsv(rows));
    const output = path.join(place.directory, 'not-finite');
    const { code, stdout, stderr } = await run(
      'train',
      file,
      '--learning-rate',
      '1e38',
      '--output',
      output,
      '--json',
    );
    expect(stderr).toMatch(/expected a finite (loss|gradient norm) at step \d+, got (NaN|Infinity)/);
    expect([code, stdout]).toEqual([1, '']);
    expect(await readdir(output)).toEqual([]);
  });
});

test('--help tells the columns, the order, the leak and the plots', async () => {
  const { stdout, code } = await run('train', '--help');
  expect(code).toBe(0);
  for (const word of ['--target', '--features', '--order', '--lab', '--output', '--json', '(default: 500)'])
    expect(stdout).toContain(word);
});
