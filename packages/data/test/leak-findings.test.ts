import { leakFindings, type PriceTable } from '@unrolled/data';
import { describe, expect, test } from 'vitest';
import { bars, closes, normals, ROWS } from './made-prices';

const Close = closes(1);
const change = Close.map((price, row) => Math.log((Close[row + 1] ?? price) / price));
const normal = normals(2);
const ahead = (column: readonly number[], rows: number) =>
  column.map((_, row) => column[Math.min(row + rows, ROWS - 1)]!);

const messages = (Signal: readonly number[], target = Close) =>
  leakFindings({ columns: { Close: target, Signal } }, 'Close').map(({ message }) => message);

describe('a column that knows the future', () => {
  test.each<[string, number[], RegExp]>([
    [
      'the next close',
      ahead(Close, 1),
      /^column "Signal" contains the future of "Close": it is "Close" in the next row, on \d+ % of the rows$/,
    ],
    ['the close five rows later', ahead(Close, 5), /it is "Close" 5 rows later, on \d+ % of the rows$/],
    [
      'the next close in another unit',
      ahead(Close, 1).map((price) => 7 - 3 * price),
      /its correlation with the next change is (-1.00|-0.99|0.99|1.00)$/,
    ],
    ['the next return', change, /its correlation with the next change is 1.00$/],
    [
      'the next return with noise',
      change.map((value) => value + 0.003 * normal()),
      /with the next change is 0.9\d$/,
    ],
    [
      'the next return in percent, turned',
      change.map((value) => -100 * value),
      /with the next change is -1.00$/,
    ],
    ['the next direction', change.map((value) => Number(value > 0)), /with the next change is (0.9\d|1.00)$/],
    ['buy and sell', change.map((value) => (value > 0 ? 1 : -1)), /with the next change is (0.9\d|1.00)$/],
    ['the return three rows ahead', ahead(change, 2), /with the change 3 rows later is 1.00$/],
    [
      'the next close, its last cell empty',
      ahead(Close, 1).with(-1, Number.NaN),
      /it is "Close" in the next row/,
    ],
  ])('%s', (_, signal, message) => {
    expect(messages(signal)).toEqual([expect.stringMatching(message)]);
  });

  test('by line, among others that know nothing', () => {
    const table = bars(3);
    const next = Array.from(
      table.columns.Close!,
      (_, row) => table.columns.Close![Math.min(row + 1, ROWS - 1)]!,
    );
    const lines = next.map((_, row) => row + 2);
    expect(leakFindings({ columns: { ...table.columns, Next: next }, lines }, 'Close')).toMatchObject([
      { kind: 'leaking-column', line: 2, lastLine: ROWS + 1, column: 'Next' },
    ]);
  });

  test('of a target that is negative at times', () => {
    const target = closes(4).map((price) => price - 100);
    expect(messages(ahead(target, 1), target)).toHaveLength(1);
  });
});

describe('a column that knows nothing', () => {
  const smooth = closes(5).map(
    ((level, speed) => () => {
      speed = 0.97 * speed + normal();
      level += speed;
      return level;
    })(1000, 0),
  );
  const mean = (row: number, count: number) => {
    const last = Close.slice(Math.max(0, row + 1 - count), row + 1);
    return last.reduce((sum, price) => sum + price) / last.length;
  };

  test.each<[string, number[], number[]]>([
    ['the close itself', [...Close], Close],
    ['the close in another currency', Close.map((price) => 1.1 * price + 0.001 * normal()), Close],
    ['the close before', Close.map((price, row) => Close[row - 1] ?? price), Close],
    ['a moving average', Close.map((_, row) => mean(row, 10)), Close],
    ['the last return', Close.map((price, row) => Math.log(price / (Close[row - 1] ?? price))), Close],
    ['noise', Close.map(() => normal()), Close],
    ['a weak signal', change.map((value) => value + 0.02 * normal()), Close],
    [
      'one outlier beside the largest change',
      change.map((value) => (value === Math.max(...change) ? 1e6 : 0)),
      Close,
    ],
    ['the double of a smooth target', smooth.map((value) => 2 * value), smooth],
    [
      'a month beside a season',
      Close.map((_, row) => (row % 12) + 1),
      Close.map((_, row) => 100 + 30 * Math.cos((row * Math.PI) / 6)),
    ],
    ['a constant', Close.map(() => 1), Close],
    ['anything beside a straight line', [...Close], Close.map((_, row) => row + 1)],
  ])('%s', (_, signal, target) => {
    expect(messages(signal, target)).toEqual([]);
  });

  test('the close, for a target of opens that begin where it ended; under names of no language', () => {
    const { Open, High, Low, Close } = bars(6).columns as Record<string, number[]>;
    expect(leakFindings({ columns: { Open: Open!, Close: Close! } }, 'Open')).toEqual([]);
    expect(leakFindings({ columns: { a: Open!, b: High!, c: Low!, d: Close! } }, 'a')).toEqual([]);
    const next = Open!.map((price, row) => Open![row + 1] ?? price);
    const table: PriceTable = { columns: { a: Open!, b: High!, c: Low!, d: Close!, e: next } };
    expect(leakFindings(table, 'a').map(({ column }) => column)).toEqual(['e']);
  });

  test('in fewer than thirty rows', () => {
    const columns = { Close: Close.slice(0, 29), Signal: ahead(Close, 1).slice(0, 29) };
    expect(leakFindings({ columns }, 'Close')).toEqual([]);
  });
});
