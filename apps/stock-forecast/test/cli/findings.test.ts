import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COLUMNS, dateOf, lines, plainCsv, type Row, walk } from '../support/prices';
import { lastObject, run, scratch } from '../support/run';

const QUICK = ['--steps', '1', '--units', '1'];
const rows = walk(80, 2);
const zeros: Row = [0, 0, 0, 0, 0];
const halted = plainCsv(rows.map((row, at) => (at === 30 || at === 31 ? zeros : row)));

let place: Awaited<ReturnType<typeof scratch>>;
beforeAll(async () => {
  place = await scratch();
});
afterAll(() => place.remove());

let runs = 0;
async function told(command: string, csv: string, ...options: string[]) {
  const file = await place.file('prices.csv', csv);
  const output = path.join(place.directory, `run-${++runs}`);
  const outcome = await run(command, file, ...QUICK, '--output', output, '--json', ...options);
  return { ...outcome, output, file: lastObject(outcome).files[0] };
}

describe('halted days', () => {
  const message = 'price 0 on lines 32 to 33, in columns "Close", "Open", "High", "Low": halted days?';

  test('are reported, and not used in training', async () => {
    const { file, stderr, output } = await told('backtest', halted, '--folds', '1');
    expect(file.rows).toBe(78);
    expect(file.findings[0]).toMatchObject({ kind: 'no-price', line: 32, lastLine: 33 });
    expect(stderr).toContain(`found: ${message} The rows are dropped\n`);
    expect(await readFile(path.join(output, 'report.html'), 'utf8')).toContain('price 0 on lines 32 to 33');
  });

  test('stay with --halted keep, and are reported', async () => {
    const { file, stderr } = await told(
      'backtest',
      halted,
      '--folds',
      '1',
      '--no-report',
      '--halted',
      'keep',
    );
    expect(file.rows).toBe(80);
    expect(stderr).toContain(`found: ${message}\n`);
  });
});

/** Bars with a column of the next close. */
const leaking = lines([
  ['Date', ...COLUMNS, 'Signal'],
  ...rows.map((row, at) => [dateOf(at), ...row, (rows[at + 1] ?? row)[3]]),
]);

test.each([
  ['backtest', ['--folds', '1', '--no-report']],
  ['backtest', ['--folds', '1', '--no-report', '--features', 'Close,Signal']],
  ['train', ['--no-report']],
  ['compare', ['--folds', '1', '--no-report', '--cells', 'rnn']],
])('%s %j names a column that knows the future', async (command, options) => {
  const { file, stderr } = await told(command, leaking, ...options);
  expect(file.findings).toMatchObject([{ kind: 'leaking-column', column: 'Signal' }]);
  expect(stderr).toContain(
    'found: column "Signal" contains the future of "Close": it is "Close" in the next row',
  );
});

test('a split, a price by a factor, a last row that is not finished: by line, above days without a row', async () => {
  const wrong = rows.map(([open, high, low, close, volume], at): Row => {
    const factor = at === 20 ? 100 : at >= 50 ? 0.1 : 1;
    const size = at === 79 ? 100 : volume;
    return [open * factor, high * factor, low * factor, close * factor, size];
  });
  const csv = plainCsv(wrong).replace(new RegExp(`${dateOf(60)},.*\n`), '');
  const { stderr } = await told('backtest', csv, '--folds', '1', '--no-report');
  const found = stderr.split('\n').filter((line) => line.startsWith('found: '));
  expect(found).toHaveLength(4);
  expect(found[0]).toContain('× 100 on line 22 alone');
  expect(found[1]).toContain('÷ 10 from line 52 on, as after a split (10:1)');
  expect(found[2]).toContain('the last row, line 80, looks incomplete');
  expect(found[3]).toContain('1 day without a row');
});

test('many findings take few lines', async () => {
  const wrong = rows.map(
    (row, at): Row =>
      at % 7 === 3 ? ([...row.slice(0, 3), row[3] * 100, 0] as unknown as Row) : at % 11 === 5 ? zeros : row,
  );
  const csv = plainCsv(wrong).replace(new RegExp(`(${dateOf(40)}|${dateOf(50)}),.*\n`, 'g'), '');
  const { stderr, file } = await told('backtest', csv, '--folds', '1', '--no-report');
  const found = stderr.split('\n').filter((line) => line.startsWith('found: '));
  expect(file.findings.length).toBeGreaterThan(20);
  expect(found.length).toBeLessThanOrEqual(20);
});
