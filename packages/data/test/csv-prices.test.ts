import { type CsvOptions, readCsv } from '@unrolled/data';
import { describe, expect, test } from 'vitest';
import { bars, closes, day } from './made-prices';
import { messageOf } from './support';

const NAMES = ['Open', 'High', 'Low', 'Close', 'Volume'] as const;

/** Bars as a CSV; some rows' prices are replaced. */
function csv(replaced: Partial<Record<number, number>> = {}, names: readonly string[] = NAMES): string {
  const { columns } = bars(1);
  const rows = closes(1).map((_, row) => {
    const cells = NAMES.map((name) => (name === 'Volume' ? undefined : replaced[row]) ?? columns[name]![row]);
    return [day(row), ...cells].join(',');
  });
  return [['Date', ...names].join(','), ...rows].join('\n');
}

const zeros = csv({ 98: 0, 99: 0, 150: 0 });
const all = 'in columns "Close", "Open", "High", "Low": halted days?';

describe('rows of halted days', () => {
  test('are reported, and kept by default', () => {
    const table = readCsv(zeros);
    expect(table.rowCount).toBe(300);
    expect(table.findings.map(({ line, message }) => [line, message])).toEqual([
      [100, `price 0 on lines 100 to 101, ${all}`],
      [152, `price 0 on line 152, ${all}`],
    ]);
  });

  test.each([
    ['by date', zeros],
    ['newest first', [zeros.split('\n')[0], ...zeros.split('\n').slice(1).reverse()].join('\n')],
  ])('are dropped when told so, %s', (_, text) => {
    const table = readCsv(text, { halted: 'drop-rows', requiredColumns: ['close'] });
    expect([table.rowCount, table.dates!.length, table.lines.length, table.column('Close').length]).toEqual(
      Array(4).fill(297),
    );
    expect(table.column('Close').includes(0)).toBe(false);
    expect(table.dates).not.toContain(day(98));
    expect(table.findings.map(({ message }) => message.replace(/^.*halted days\? /, '')).sort()).toEqual([
      'The row is dropped',
      'The rows are dropped',
    ]);
  });

  test('stay where the zeros stand in columns that nobody needs', () => {
    const text = csv().replace(new RegExp(`^${day(98)},[^,]*,[^,]*,[^,]*,`, 'm'), `${day(98)},0,0,0,`);
    const table = readCsv(text, { halted: 'drop-rows', requiredColumns: ['Close'] });
    expect(table.rowCount).toBe(300);
    expect(table.findings.map(({ message }) => message)).toEqual([
      'price 0 on line 100, in columns "Open", "High", "Low": halted days?',
    ]);
  });

  test('leave enough rows, or the file is refused', () => {
    expect(messageOf(() => readCsv(zeros, { halted: 'drop-rows', minimumRows: 298 }))).toBe(
      'readCsv: expected at least 298 rows of data, got 297, after 3 others were dropped: pass a table with more rows',
    );
  });
});

test('a target of any name is checked, and the other columns are checked for its future', () => {
  const next = (line: string, row: number, lines: string[]) =>
    `${line},${(lines[row + 1] ?? line).split(',')[4]}`;
  const [, ...rows] = csv({ 98: 0 }, ['p', 'q', 'r', 's', 't']).split('\n');
  const text = ['Date,p,q,r,s,t,u', ...rows.map(next)].join('\n');
  const kinds = (options: CsvOptions) =>
    readCsv(text, options).findings.map(({ kind, column }) => [kind, column]);
  expect(kinds({})).toEqual([]);
  expect(kinds({ target: 'S' })).toEqual([
    ['leaking-column', 'u'],
    ['no-price', 's'],
  ]);
  expect(messageOf(() => readCsv(text, { target: 'g' }))).toContain('expected a column "g"');
});

test('an unknown value of halted is refused', () => {
  expect(messageOf(() => readCsv('a\n1', { halted: 'fill' as never }))).toContain(
    `readCsv: expected halted 'keep' or 'drop-rows', got "fill"`,
  );
});
