import { leakFindings, type PriceFinding, type PriceTable, priceFindings } from '@unrolled/data';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bars, closes, day, ROWS, replaced } from './made-prices';

const messages = (table: PriceTable) =>
  priceFindings(table).map(({ kind, message }) => `${kind}: ${message}`);
const only = (table: PriceTable): PriceFinding => {
  const found = priceFindings(table);
  expect(found.map(({ message }) => message)).toHaveLength(1);
  return found[0]!;
};

describe('a high below its low', () => {
  /** Bars with high and low changed about in some rows. */
  const crossed = (rows: readonly number[]): PriceTable => {
    const table = bars(31);
    const [High, Low] = [Array.from(table.columns.High!), Array.from(table.columns.Low!)];
    for (const row of rows) [High[row], Low[row]] = [Low[row]!, High[row]!];
    return { ...table, columns: { ...table.columns, High, Low } };
  };
  const names = 'column "High" is below column "Low"';

  test('in one row is reported with its numbers', () => {
    const table = crossed([120]);
    const [high, low] = [table.columns.High![120], table.columns.Low![120]];
    expect(only(table)).toEqual({
      ...{ kind: 'high-below-low', line: 120, lastLine: 120, column: 'High', columns: ['High', 'Low'] },
      message: `${names} on row 120: ${high} and ${low} (${day(120)})`,
    });
  });

  test('in several rows is one finding', () => {
    expect(messages(crossed([20, 21, 90, 200]))).toEqual([
      `high-below-low: ${names} on 4 rows: row 20, row 21, row 90 and 1 more`,
    ]);
  });

  test('in most rows asks whether the columns are swapped', () => {
    expect(messages(crossed(Array.from({ length: ROWS }, (_, row) => row)))).toEqual([
      `high-below-low: ${names} on ${ROWS} of ${ROWS} rows: are the two swapped?`,
    ]);
  });

  test('is not reported twice if a price is wrong by a factor', () => {
    const table = bars(32);
    const High = Array.from(table.columns.High!, (price, row) => (row === 50 ? price / 100 : price));
    expect(only({ ...table, columns: { ...table.columns, High } }).kind).toBe('price-factor');
  });

  test('is none where both are equal but for rounding', () => {
    const table = bars(33);
    const Low = Array.from(table.columns.High!, (price) => price * (1 + 1e-9));
    expect(messages({ ...table, columns: { ...table.columns, Low } })).toEqual([]);
  });
});

describe('a split or another unit', () => {
  test.each([
    [1 / 10, '÷ 10 from row 150 on, as after a split (10:1)'],
    [1 / 7, '÷ 7 from row 150 on, as after a split (7:1)'],
    [1 / 4, '÷ 4 from row 150 on, as after a split (4:1)'],
    [1 / 2, '÷ 2 from row 150 on, as after a split (2:1)'],
    [2 / 3, '÷ 1.5 from row 150 on, as after a split (3:2)'],
    [4 / 5, '÷ 1.25 from row 150 on, as after a split (5:4)'],
    [10, '× 10 from row 150 on, as after a reverse split (1:10)'],
    [8, '× 8 from row 150 on, as after a reverse split (1:8)'],
    [1 / 100, '÷ 100 from row 150 on, as after a split, or a change of unit (100:1)'],
    [100, '× 100 from row 150 on, as after a reverse split, or a change of unit (1:100)'],
    [1000, '× 1000 from row 150 on, as after a reverse split, or a change of unit (1:1000)'],
  ])('by %d', (factor, words) => {
    const Close = closes(1).map((price, row) => (row >= 150 ? price * factor : price));
    const found = only({ columns: { Close } });
    expect(found).toMatchObject({ kind: 'price-level', line: 150, lastLine: ROWS - 1, column: 'Close' });
    expect(found.factor).toBeCloseTo(factor, 12);
    expect(found.message).toBe(`${words}, in column "Close": ${Close[149]} before, ${Close[150]} there`);
  });

  test('of whole bars is one finding, with its line and date', () => {
    const table = replaced(bars(2), 200, ROWS, (price) => price / 3);
    const lines = table.dates.map((_, row) => row + 2);
    expect(messages({ ...table, lines })).toEqual([
      `price-level: ÷ 3 from line 202 on, as after a split (3:1), in columns "Close", "Open", "High", "Low" (${day(200)})`,
    ]);
  });

  test('two in one history are both reported', () => {
    const Close = closes(3).map((price, row) => price / (row >= 200 ? 14 : row >= 100 ? 2 : 1));
    expect(priceFindings({ columns: { Close } }).map(({ line, factor }) => [line, factor])).toEqual([
      [100, 1 / 2],
      [200, 1 / 7],
    ]);
  });

  test.each([
    [
      'a crash within the day: the open did not fall',
      (table: PriceTable) => {
        const fallen = replaced(table, 200, ROWS, (price) => price / 2);
        const Open = [...(fallen.columns.Open as number[])];
        Open[200] = table.columns.Open![200]!;
        return { ...fallen, columns: { ...fallen.columns, Open } };
      },
    ],
    [
      'news: twenty times the volume',
      (table: PriceTable) => {
        const fallen = replaced(table, 200, ROWS, (price) => price / 2);
        const Volume = Array.from(table.columns.Volume!, (size, row) => (row === 200 ? 20 * size : size));
        return { ...fallen, columns: { ...fallen.columns, Volume } };
      },
    ],
  ])('%s', (_, make) => {
    expect(messages(make(bars(4)))).toEqual([]);
  });

  test('a crash of a fifth, after which changes are larger, is none', () => {
    const calm = closes(5);
    const wild = closes(6, 0.04);
    const Close = calm.map((price, row) =>
      row < 150 ? price : (0.8 * calm[149]! * wild[row]!) / wild[150]!,
    );
    expect(messages({ columns: { Close } })).toEqual([]);
  });
});

describe('a price by a factor', () => {
  test.each([
    [100, 1, '× 100 on row 150 alone'],
    [10, 1, '× 10 on row 150 alone'],
    [1000, 1, '× 1000 on row 150 alone'],
    [0.01, 1, '÷ 100 on row 150 alone'],
    [0.1, 1, '÷ 10 on row 150 alone'],
    [2, 1, '× 2 on row 150 alone'],
    [100, 9, '× 100 on rows 150 to 158 alone'],
  ])('by %d for %d rows', (factor, length, words) => {
    const table = replaced({ columns: { Close: closes(7) } }, 150, 149 + length, (price) => price * factor);
    const found = only(table);
    expect(found).toMatchObject({ kind: 'price-factor', line: 150, lastLine: 149 + length });
    expect(found.message.startsWith(`${words}, in column "Close": `)).toBe(true);
    expect(found.factor).toBeCloseTo(factor, 12);
  });

  test('in many rows is many findings', () => {
    const Close = closes(8).map((price, row) => (row % 9 === 5 ? 100 * price : price));
    const found = priceFindings({ columns: { Close } });
    expect(found.map(({ line }) => line)).toEqual([...Close.keys()].filter((row) => row % 9 === 5));
  });

  test('lines of a file that is newest first are told low to high', () => {
    const table = replaced({ columns: { Close: closes(9) } }, 150, 151, (price) => price * 100);
    const found = only({ ...table, lines: closes(9).map((_, row) => 1000 - row) });
    expect(found).toMatchObject({ line: 850, lastLine: 849 });
    expect(found.message).toContain('× 100 on lines 849 to 850 alone');
  });

  test('a rate that doubles for a day at the end of a quarter, and comes back part of the way, is none', () => {
    const Close = closes(10, 0.02);
    Close[150] = 2.16 * Close[149]!;
    expect(messages({ columns: { Close } })).toEqual([]);
  });
});

describe('no price', () => {
  test.each([
    ['zeros', 150, 152, () => 0, 'price 0 on rows 150 to 152, in column "Close": halted days?'],
    ['one zero', 150, 150, () => 0, 'price 0 on row 150, in column "Close": halted days?'],
    [
      'zeros before the first price',
      0,
      4,
      () => 0,
      'price 0 on rows 0 to 4, in column "Close": halted days?',
    ],
    [
      'zeros at the end',
      ROWS - 2,
      ROWS - 1,
      () => 0,
      `price 0 on rows ${ROWS - 2} to ${ROWS - 1}, in column "Close": halted days?`,
    ],
    ['−1', 150, 151, () => -1, 'price -1 on rows 150 to 151, in column "Close": halted days?'],
    ['−999', 150, 150, () => -999, 'price -999 on row 150, in column "Close": halted days?'],
    ['9999', 150, 153, () => 9999, 'price 9999 on rows 150 to 153, in column "Close": a filler?'],
    [
      'a turned sign',
      150,
      150,
      (price: number) => -price,
      'a price below 0 on row 150, in column "Close": a wrong sign?',
    ],
  ])('%s', (_, first, last, change, message) => {
    const table = replaced({ columns: { Close: closes(11) } }, first, last, change);
    expect(messages(table)).toEqual([`no-price: ${message}`]);
  });

  test('a year of zeros does not hide the others', () => {
    const table = replaced({ columns: { Close: closes(12) } }, 30, 129, () => 0);
    const more = replaced(table, 200, 200, () => 0);
    expect(priceFindings(more).map(({ line, lastLine }) => [line, lastLine])).toEqual([
      [30, 129],
      [200, 200],
    ]);
  });

  test('of several columns is one finding', () => {
    const table = bars(13);
    const zero = (column: ArrayLike<number>) => Array.from(column, (value, row) => (row === 99 ? 0 : value));
    const { Open, High, Low, Close, Volume } = table.columns;
    const columns = { Open: zero(Open!), High: zero(High!), Low: zero(Low!), Close: Close!, Volume: Volume! };
    expect(messages({ columns })).toEqual([
      'no-price: price 0 on row 99, in columns "Open", "High", "Low": halted days?',
    ]);
  });

  test.each([
    ['oil, one day at −37', () => closes(14, 0.05).map((price, row) => (row === 250 ? -37.63 : price / 10))],
    [
      'a temperature',
      () => closes(15).map((price, row) => Math.round(10 * Math.sin(row / 40) + 20 * (price - 100)) / 10),
    ],
    ['a spread', () => closes(16).map((price) => Math.round(price - 100) / 10)],
    [
      'a rate that comes to 0.00',
      () => closes(17).map((price) => Math.max(0, Math.round(10 * (price - 99)) / 100)),
    ],
    ['counts', () => closes(18).map((price, row) => Math.round(price * 7 + row) % 4)],
  ])('is none in %s', (_, make) => {
    expect(messages({ columns: { Close: make() } })).toEqual([]);
  });
});

describe('repeated rows', () => {
  const moved = ({ columns, dates }: PriceTable, from: (row: number) => number): PriceTable => ({
    columns: Object.fromEntries(
      Object.entries(columns).map(([name, column]) => [
        name,
        Array.from(column, (_, row) => column[from(row)]!),
      ]),
    ),
    dates,
  });

  test.each([
    [
      'each twice',
      (row: number) => row >> 1,
      `each row occurs 2 times in succession, on rows 0 to ${ROWS - 1}`,
    ],
    [
      'each three times',
      (row: number) => Math.floor(row / 3),
      `each row occurs 3 times in succession, on rows 0 to ${ROWS - 1}`,
    ],
    ['one copied on', (row: number) => (row === 150 ? 149 : row), 'row 150 repeats row 149'],
    [
      'three copied on',
      (row: number) => (row >= 150 && row < 153 ? 149 : row),
      'rows 150 to 152 repeat row 149',
    ],
    [
      'twenty pasted again',
      (row: number) => (row >= 150 && row < 170 ? row - 50 : row),
      'rows 150 to 169 repeat rows 100 to 119',
    ],
  ])('%s', (_, from, message) => {
    expect(messages(moved(bars(19), from))).toEqual([`repeated-rows: ${message}`]);
  });

  test('of closes alone: each twice, a block, and one price that stays', () => {
    const table = { columns: { Close: closes(20) } };
    expect(only(moved(table, (row) => row >> 1)).message).toContain('each row occurs 2 times');
    expect(only(moved(table, (row) => (row >= 150 && row < 170 ? row - 50 : row))).message).toBe(
      'rows 150 to 169 repeat rows 100 to 119',
    );
    expect(only(moved(table, (row) => (row >= 150 && row < 160 ? 149 : row))).message).toBe(
      `the same price on rows 149 to 159, ${table.columns.Close[149]} in column "Close": halted, or filled in?`,
    );
  });

  test.each([
    ['prices that often stay', () => closes(21, 0.0005).map((price) => Math.round(price * 10) / 10)],
    [
      'closes filled over weekends',
      () => closes(22).map((_, row, all) => all[row % 7 > 4 ? row - (row % 7) + 4 : row]!),
    ],
    ['a period', () => closes(23).map((_, row) => 100 + ((row * row) % 23))],
    ['a constant', () => closes(24).map(() => 7)],
  ])('are none in %s', (_, make) => {
    expect(messages({ columns: { Close: make() } })).toEqual([]);
  });
});

describe('a last row that is not finished', () => {
  const at = (stamps: readonly string[]) => ({
    columns: { Close: closes(25).slice(0, stamps.length) },
    dates: stamps,
  });
  const every = (count: number, milliseconds: number, last: string) => [
    ...Array.from({ length: count }, (_, i) =>
      new Date(Date.UTC(2024, 0, 1) + i * milliseconds).toISOString(),
    ),
    last,
  ];
  const months = Array.from({ length: 40 }, (_, i) =>
    new Date(Date.UTC(2020, i, 1)).toISOString().slice(0, 10),
  );

  test.each([
    ['bars of five minutes', every(60, 300_000, '2024-01-01T04:56:37.000Z'), '1.6 minutes after'],
    ['bars of an hour', every(60, 3_600_000, '2024-01-03T11:20:00.000Z'), '20 minutes after'],
    ['days', every(60, 86_400_000, '2024-02-29T15:31:00.000Z'), '15.5 hours after'],
    [
      'days at one hour',
      every(60, 86_400_000, '2024-03-01T11:42:07.000Z'),
      'at another time of day than all other rows',
    ],
    ['weeks', every(60, 7 * 86_400_000, '2025-02-18T00:00:00.000Z'), '1 day after'],
    ['months', [...months, '2023-04-21'], '20 days after'],
  ])('by its time: %s', (_, stamps, words) => {
    const found = only(at(stamps));
    expect(found.kind).toBe('unfinished-row');
    expect(found.line).toBe(stamps.length - 1);
    expect(found.message).toContain(words);
  });

  test('by its volume', () => {
    const table = bars(26);
    const Volume = Array.from(table.columns.Volume!);
    Volume[ROWS - 1] = 0.05 * Volume[ROWS - 2]!;
    const found = only({ ...table, columns: { ...table.columns, Volume } });
    expect(found.message).toMatch(
      /^the last row, row 299, looks incomplete: its volume of .* is less than half/,
    );
  });

  test.each([
    [
      'a half day',
      () => {
        const table = bars(27);
        const Volume = Array.from(table.columns.Volume!);
        Volume[ROWS - 1] = 0.4 * Volume[ROWS - 2]!;
        return { ...table, columns: { ...table.columns, Volume } };
      },
    ],
    ['clocks put forward', () => at(every(60, 86_400_000, '2024-02-29T23:00:00.000Z'))],
    ['days, an hour later in winter', () => at(every(60, 86_400_000, '2024-03-01T01:00:00.000Z'))],
    ['months', () => at(months)],
    [
      'weekdays, a Friday after a Thursday',
      () => at(months.map((_, i) => day(7 * Math.floor(i / 5) + (i % 5)))),
    ],
  ])('is none: %s', (_, make) => {
    expect(messages(make())).toEqual([]);
  });
});

test('columns without names of prices are checked only if they are listed', () => {
  const columns = { Value: closes(28).map((price, row) => (row === 150 ? 100 * price : price)) };
  expect(priceFindings({ columns })).toEqual([]);
  expect(priceFindings({ columns }, { prices: ['Value'] })).toHaveLength(1);
});

test('a cell without a number is passed over', () => {
  const Close = closes(29).map((price, row) =>
    row === 149 ? Number.NaN : row === 150 ? 100 * price : price,
  );
  expect(only({ columns: { Close } }).line).toBe(150);
});

test('any numbers at all are looked through, and findings stay within their rows', () => {
  const odd = fc.constantFrom(0, -0, 1, -1, 100, 1e308, -1e308, 5e-324, Number.NaN, Number.POSITIVE_INFINITY);
  const column = fc.array(fc.oneof(odd, fc.double()), { minLength: 45, maxLength: 45 });
  fc.assert(
    fc.property(column, column, column, (Open, Close, Volume) => {
      const table = { columns: { Open, Close, Volume }, dates: Open.map((_, row) => day(row)) };
      for (const { line, lastLine, factor } of [...priceFindings(table), ...leakFindings(table, 'Close')]) {
        expect(line >= 0 && lastLine >= line && lastLine < 45).toBe(true);
        expect(factor === undefined || factor > 0).toBe(true);
      }
    }),
    { numRuns: 200 },
  );
  for (const Close of [[], [1], [Number.NaN]]) {
    const table = { columns: { Close } };
    expect([
      ...priceFindings(table),
      ...leakFindings(table, 'Close'),
      ...leakFindings(table, 'none'),
    ]).toEqual([]);
  }
});
