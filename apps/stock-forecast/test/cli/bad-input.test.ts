import { chmod, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COLUMNS, dateOf, lines, plainCsv, walk } from '../support/prices';
import { lastObject, run, scratch } from '../support/run';

const rows = walk(60);
const QUICK = ['--window', '3', '--steps', '1', '--units', '1', '--no-report'];
let place: Awaited<ReturnType<typeof scratch>>;
beforeAll(async () => {
  place = await scratch();
});
afterAll(() => place.remove());

/** The prices with one cell of the row on line 9 changed. */
const spoiled = (column: string, cell: string | number) =>
  lines([
    ['Date', ...COLUMNS],
    ...rows.map((row, at) =>
      ['Date', ...COLUMNS].map((name, c) => {
        const value = c === 0 ? dateOf(at) : row[c - 1]!;
        return at === 7 && name === column ? cell : value;
      }),
    ),
  ]);
const dated = rows.map((row, at) => [dateOf(at), ...row]);
const withRows = (table: readonly (readonly (string | number)[])[]) =>
  lines([['Date', ...COLUMNS], ...table]);

describe('a fault of the file is refused by line and column, and nothing is written', () => {
  const faults: [string, string | Uint8Array, string[], RegExp][] = [
    ['no target column', plainCsv(rows).replace('Close', 'Gone'), [], /Close.*Open.*Gone/],
    ['an unknown target', plainCsv(rows), ['--target', 'Schluss'], /Schluss/],
    ['an unknown feature', plainCsv(rows), ['--features', 'Open,Opne'], /Opne/],
    ['a word for a number', spoiled('Close', 'ten'), [], /column "Close" on line 9, got "ten"/],
    ['NaN', spoiled('Close', 'NaN'), [], /column "Close" on line 9, got "NaN"/],
    ['an infinity', spoiled('Close', 'Infinity'), [], /a finite number in column "Close" on line 9/],
    ['an empty cell', spoiled('Close', ''), [], /column "Close" on line 9, got an empty cell/],
    [
      'a spoiled feature',
      spoiled('High', 'x'),
      ['--features', 'Close,High'],
      /column "High" on line 9, got "x"/,
    ],
    ['a date that is none', spoiled('Date', 'yesterday'), [], /column "Date" on line 9, got "yesterday"/],
    ['a date twice', spoiled('Date', dateOf(6)), [], /column "Date".*on lines 8 and 9/],
    [
      'a price of 0 for log returns',
      spoiled('Close', 0),
      ['--target-transform', 'log-return', '--halted', 'keep'],
      /0 in column "Close" on line 9/,
    ],
    [
      'a price below 0 for log returns',
      spoiled('Open', -1),
      ['--features', 'Close,Open', '--target-transform', 'log-return', '--halted', 'keep'],
      /-1 in column "Open" on line 9/,
    ],
    ['a row of another width', plainCsv(rows).replace(`${dateOf(7)},`, `${dateOf(7)},1,`), [], /on line 9/],
    ['too few rows', plainCsv(rows.slice(0, 6)), [], /at least \d+ rows.*got 6/],
    ['a header alone', plainCsv([]), [], /at least 1 row of data/],
    ['an empty file', '', [], /an empty file/],
    ['no text', Uint8Array.of(0xff, 0xfe, 0x00), [], /UTF-8/],
  ];

  test.each(faults)('%s', async (_, content, options, message) => {
    const output = path.join(place.directory, 'must-not-appear');
    const file = await place.file('fault.csv', content);
    for (const command of ['train', 'backtest']) {
      const { code, stdout, stderr } = await run(
        command,
        file,
        ...QUICK,
        '--output',
        output,
        '--json',
        ...options,
      );
      expect(stderr).toMatch(message);
      expect(stderr).toMatch(/^\[unrolled\/[^\n]*\n$/);
      expect([code, stdout]).toEqual([1, '']);
    }
    expect(await readdir(place.directory)).not.toContain('must-not-appear');
  });
});

describe('findings in a file name line and column', () => {
  const found = async (csv: string, ...options: string[]) => {
    const file = await place.file('odd.csv', csv);
    const output = path.join(place.directory, 'odd');
    const outcome = await run(
      'backtest',
      file,
      ...QUICK,
      '--folds',
      '1',
      '--output',
      output,
      '--json',
      ...options,
    );
    expect(outcome.code).toBe(0);
    const { files } = lastObject(outcome);
    return { findings: files[0].findings, rows: files[0].rows, stderr: outcome.stderr };
  };

  test.each<[string, string, string[], string, RegExp, number]>([
    [
      'a gap',
      withRows([...dated.slice(0, 20), ...dated.slice(40)]),
      [],
      'gap',
      /20 days.*column "Date" on line 22/,
      40,
    ],
    [
      'a missing day',
      withRows(dated.toSpliced(20, 1)),
      [],
      'missing-days',
      /1 day .*column "Date" on line 22/,
      59,
    ],
    ['a zero volume', spoiled('Volume', 0), [], 'zero-volume', /column "Volume" on line 9 is 0/, 60],
    [
      'an odd cell that nobody needs',
      spoiled('Open', 'n/a'),
      [],
      'missing-cell',
      /column "Open" on line 9|line 9.*"Open"/,
      60,
    ],
    [
      'a date twice, one kept',
      spoiled('Date', dateOf(6)),
      ['--duplicates', 'keep-first'],
      'duplicate-date',
      /column "Date": the row on line 9 was dropped/,
      59,
    ],
    [
      'an empty row that is dropped',
      spoiled('Close', ''),
      ['--missing', 'drop-rows'],
      'missing-cell',
      /line 9/,
      59,
    ],
  ])('%s', async (_, csv, options, kind, message, count) => {
    const { findings, rows: kept, stderr } = await found(csv, ...options);
    const finding = findings.find((one: { kind: string }) => one.kind === kind);
    expect(finding?.message).toMatch(message);
    expect(stderr).toContain(`found: ${finding.message}`);
    expect(kept).toBe(count);
  });
});

describe('a mistake of the command line gets one line and exit code 1', () => {
  const mistakes: [string[], RegExp][] = [
    [['train', '--colour'], /expected a known option, got '--colour'/],
    [['trian'], /did you mean train\?/],
    [['train', '--cell', 'elman'], /--cell: expected one of lstm, gru, rnn/],
    [['train', '--train-share', '1'], /--train-share: expected .* below 1/],
    [['train', '--window', '0'], /--window/],
    [['train', '--dropout', '1'], /--dropout: expected a number of at least 0 and below 1/],
    [['train', '--features', 'Open,,Close'], /--features: expected column names/],
    [
      ['train', '--quantiles', '0.1,0.9', '--loss', 'quantile'],
      /--quantiles: expected at least three shares/,
    ],
    [['train', '--quantiles', '0.1,0.5,0.9'], /--quantiles: expected --loss quantile with this setting/],
    [
      ['train', '--loss', 'quantile', '--quantiles', '0.1,0.5,0.9', '--level', '0.9'],
      /--level: expected 0.8/,
    ],
    [
      ['train', '--strategy', 'recursive', '--features', 'Close,Open'],
      /--strategy: .*the other features have no forecast/,
    ],
    [
      ['train', '--strategy', 'recursive', '--loss', 'quantile', '--horizon', '2'],
      /--strategy: .* got --loss quantile/,
    ],
    [['train', '--calibration', '5'], /--calibration: expected at least 9 errors at a level of 0.9/],
    [
      ['backtest', '--refit-every', 'sometimes'],
      /--refit-every: expected a whole number of at least 1, or 'never'/,
    ],
    [['backtest', '--folds', '2000'], /at least \d+ rows for 2000 folds/],
    [['backtest', '--initial', '5'], /--initial: expected at least \d+ training rows/],
    [['backtest', '--initial', '5000'], /rows: expected at least 5001 rows, got 1260/],
    [['backtest', '--season', '1300'], /rows: expected at least 1301 rows, got 1260/],
    [
      ['backtest', '--training-window', 'sliding', '--training-rows', '5'],
      /--training-rows: expected at least \d+/,
    ],
    [['compare', '--cells', 'lstm,elman'], /--cells: expected one of lstm, gru, rnn, separated by commas/],
    [['compare', '--windows', '3,x'], /--windows: expected a whole number/],
    [['forecast', 'a.csv'], /--model: expected this required option/],
    [['forecast', '--model', 'a'], /expected an argument <csv>/],
    [['backtest', '--backend', 'abacus'], /--backend: expected one of auto, unrolled, cpu, native, gpu/],
  ];

  test.each(mistakes)('%j', async (args, message) => {
    const { code, stdout, stderr } = await run(...args);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^\[unrolled\/[^\n]*\n$/);
    expect([code, stdout]).toEqual([1, '']);
  });

  test('a file that is not there, and a directory', async () => {
    for (const file of [path.join(place.directory, 'nowhere.csv'), place.directory]) {
      const { code, stderr } = await run('backtest', file);
      expect(stderr).toMatch(/^\[unrolled\/data\] readCsvFileSeries: expected a readable file at [^\n]*\n$/);
      expect(code).toBe(1);
    }
  });

  test('an output directory that is a file, and one without permission', async (context) => {
    const file = await place.file('prices.csv', plainCsv(rows));
    const first = await run('train', file, ...QUICK, '--output', file);
    expect(first.stderr).toMatch(/^\[unrolled\/runs\] ensureWritableDirectory: [^\n]*\n$/);
    if (process.getuid?.() === 0) context.skip('root may write everywhere');
    const closed = path.join(place.directory, 'closed');
    await mkdir(closed);
    await chmod(closed, 0o500);
    const second = await run('train', file, ...QUICK, '--output', path.join(closed, 'plots'));
    expect(second.stderr).toMatch(/no permission/);
  });

  test('files with dates and without do not go together', async () => {
    const one = await place.file('dated.csv', plainCsv(rows));
    const other = await place.file('undated.csv', lines([COLUMNS, ...rows]));
    const { stderr } = await run('backtest', one, other, ...QUICK);
    expect(stderr).toMatch(/files: expected several series with dates, .* undated: 60 rows without dates/);
  });

  test.each(['train', 'backtest'])(
    '%s: a loss that stops being finite leaves nothing behind',
    async (command) => {
      const file = await place.file('prices.csv', plainCsv(rows));
      const output = path.join(place.directory, 'not-finite');
      const options = [
        '--learning-rate',
        '1e38',
        '--steps',
        '20',
        '--units',
        '1',
        '--window',
        '3',
        '--output',
        output,
      ];
      const { code, stdout, stderr } = await run(command, file, ...options, '--json');
      expect(stderr.trimEnd().split('\n').at(-1)).toMatch(
        /^\[unrolled\/stock-forecast\] training: expected a finite (loss|gradient norm) at step \d+, got (NaN|-?Infinity): lower --learning-rate$/,
      );
      expect([code, stdout]).toEqual([1, '']);
      expect(await readdir(place.directory)).not.toContain('not-finite');
    },
  );
});

test.each(['train', 'backtest', 'forecast', 'compare'])('%s --help names its options', async (command) => {
  const { stdout, code } = await run(command, '--help');
  expect(code).toBe(0);
  for (const option of ['--order', '--date-column', '--missing', '--output', '--backend', '--json'])
    expect(stdout).toContain(option);
});
