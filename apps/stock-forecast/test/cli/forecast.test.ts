import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readSafetensorsFile, writeSafetensorsFile } from '@unrolled/safetensors/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COLUMNS, dateOf, lines, plainCsv, walk } from '../support/prices';
import { lastObject, run, scratch } from '../support/run';

const rows = walk(70);
let place: Awaited<ReturnType<typeof scratch>>;
let model: string;
let trained: ReturnType<typeof lastObject>;

async function train(name: string, ...options: string[]) {
  const file = await place.file('prices.csv', plainCsv(rows.slice(0, 60)));
  const output = path.join(place.directory, name);
  const quick = ['--steps', '3', '--units', '2', '--window', '3', '--level', '0.5', '--no-report', '--json'];
  const outcome = await run('train', file, ...quick, '--output', output, ...options);
  expect(outcome.code).toBe(0);
  return { model: path.join(output, 'model.safetensors'), result: lastObject(outcome) };
}

beforeAll(async () => {
  place = await scratch();
  const { model: file, result } = await train('one', '--horizon', '2', '--features', 'Close,Volume');
  model = file;
  trained = result;
});
afterAll(() => place.remove());

test('says what train said of the same rows, to the last bit', async () => {
  const file = await place.file('same.csv', plainCsv(rows.slice(0, 60)));
  const result = lastObject(await run('forecast', file, '--model', model, '--json'));
  expect(result.next[0].rows).toEqual(trained.next[0].rows);
  expect(result).toMatchObject({ command: 'forecast', target: 'Close', horizon: 2, level: 0.5, written: [] });
});

test('a file without a column of the model names no option, because the command has none for columns', async () => {
  const file = await place.file('other.csv', 'Date,Shut\n2026-11-26,1\n2026-11-27,2\n');
  expect((await run('forecast', file, '--model', model)).stderr).toMatch(
    /expected a column "Close", got the columns Date, Shut in .*other.csv: add the column, which the model reads, or train again\n$/,
  );
});

test('goes on from the newest row of a file that continues', async () => {
  const newer = rows.slice(20).map((row, at) => [dateOf(20 + at), ...row]);
  const file = await place.file('newer.csv', lines([['Date', ...COLUMNS], ...newer]));
  const { stdout, code } = await run('forecast', file, '--model', model, '--json');
  const { next, notes } = lastObject({ stdout, code, stderr: '' });
  expect(next[0]).toMatchObject({ lastDate: dateOf(69), last: rows[69]![3] });
  expect(next[0].rows.map(({ date }: { date: string }) => date)).toEqual([dateOf(70), dateOf(71)]);
  for (const { lower, forecast, upper } of next[0].rows)
    expect(lower < forecast && forecast < upper).toBe(true);
  expect(notes).toEqual([]);
});

test('says when a file ends within the rows that were trained on', async () => {
  const file = await place.file('old.csv', plainCsv(rows.slice(0, 30)));
  const { stdout } = await run('forecast', file, '--model', model);
  expect(stdout).toContain('note: all rows of prices were used for training');
});

test('--output writes the numbers and a plot', async () => {
  const file = await place.file('newer.csv', plainCsv(rows));
  const output = path.join(place.directory, 'forecast');
  const { stdout } = await run('forecast', file, '--model', model, '--output', output);
  expect(stdout).toContain('next row');
  expect((await readdir(output)).sort()).toEqual(['forecast.csv', 'forecast.png', 'forecast.svg']);
  expect((await readFile(path.join(output, 'forecast.csv'), 'utf8')).split('\n')[0]).toBe(
    'series,step,date,forecast,lower,upper',
  );
});

test.each([
  ['a quantile loss', ['--loss', 'quantile']],
  ['a recursive strategy', ['--strategy', 'recursive', '--horizon', '3']],
  ['an ensemble of log returns', ['--ensemble', '2', '--target-transform', 'log-return']],
  ['prices', ['--target-transform', 'price']],
])('a model of %s is read as it was saved', async (name, options) => {
  const { model: file, result } = await train(name.replaceAll(' ', '-'), ...options);
  const csv = await place.file('same.csv', plainCsv(rows.slice(0, 60)));
  expect(lastObject(await run('forecast', csv, '--model', file, '--json')).next[0].rows).toEqual(
    result.next[0].rows,
  );
});

describe('a mistake gets one line and exit code 1', () => {
  const dated = (columns: readonly string[]) =>
    lines([
      ['Date', ...columns],
      ...rows.map((row, at) => [dateOf(at), ...columns.map((name) => row[COLUMNS.indexOf(name)]!)]),
    ]);

  test.each([
    ['a file without a column of the model', dated(['Open', 'Close']), /"?Volume"?/],
    ['a file without the target', dated(['Open', 'Volume']), /Close/],
    ['a file shorter than the window', plainCsv(rows.slice(0, 3)), /at least 4 rows/],
  ])('%s', async (_, csv, message) => {
    const file = await place.file('mistake.csv', csv);
    const { code, stdout, stderr } = await run('forecast', file, '--model', model, '--json');
    expect(stderr).toMatch(/^\[unrolled\/[^\n]*\n$/);
    expect(stderr).toMatch(message);
    expect([code, stdout]).toEqual([1, '']);
  });

  test('no model, and files that are none', async () => {
    const csv = await place.file('fine.csv', plainCsv(rows));
    const bytes = await readFile(model);
    const cut = path.join(place.directory, 'cut.safetensors');
    await writeFile(cut, bytes.subarray(0, bytes.length - 8));
    const { tensors, metadata } = await readSafetensorsFile(model);
    const text = metadata.unrolled!;
    const foreign = path.join(place.directory, 'foreign.safetensors');
    await writeSafetensorsFile(foreign, tensors, { 'another-program': text });
    const wrong = path.join(place.directory, 'wrong.safetensors');
    const other = text.replaceAll('"units":2', '"units":3');
    await writeSafetensorsFile(wrong, tensors, { unrolled: other }, { checksum: true });
    const damaged = path.join(place.directory, 'damaged.safetensors');
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(damaged, bytes);
    for (const [file, message] of [
      [path.join(place.directory, 'nowhere.safetensors'), /nowhere/],
      [cut, /cut\.safetensors/],
      [damaged, /expected bytes with the checksum .*damaged\.safetensors/],
      [
        foreign,
        /--model: expected a model in .* that stock-forecast train wrote, got a safetensors file of another origin/,
      ],
      [wrong, /--model: .* got an architecture that contradicts its description/],
      [csv, /fine\.csv/],
    ] as const) {
      const { code, stderr } = await run('forecast', csv, '--model', file);
      expect(stderr).toMatch(/^\[unrolled\/[^\n]*\n$/);
      expect(stderr).toMatch(message);
      expect(code).toBe(1);
    }
  });

  test('a series that a model of several does not know', async () => {
    const files = await Promise.all(['a', 'b'].map((name) => place.file(`${name}.csv`, plainCsv(rows))));
    const output = path.join(place.directory, 'two');
    const quick = ['--steps', '1', '--units', '1', '--window', '3', '--no-report'];
    await run('train', ...files, ...quick, '--output', output);
    const unknown = await place.file('c.csv', plainCsv(rows));
    const { stderr } = await run('forecast', unknown, '--model', path.join(output, 'model.safetensors'));
    expect(stderr).toMatch(/files: expected files with the names of the model's series: a, b, got c/);
    const known = await run(
      'forecast',
      files[1]!,
      '--model',
      path.join(output, 'model.safetensors'),
      '--json',
    );
    expect(lastObject(known).next).toHaveLength(1);
  });
});
