import { type CsvOptions, readCsv } from '@unrolled/data';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageOf } from './support';

const messages = (text: string, options?: CsvOptions) =>
  readCsv(text, options).findings.map(({ kind, message }) => `${kind}: ${message}`);

const withNulls =
  'Date,Close,Volume\n2024-01-02,1,10\n2024-01-03,null,null\n2024-01-04,3,30\n2024-01-05,-,40\n';

describe('a cell without a value', () => {
  test.each<[column: string, cell: string, expected: string, got: string]>([
    ['Close', '', 'a number', 'an empty cell'],
    ['Close', 'null', 'a finite number', '"null"'],
    ['Close', '-', 'a finite number', '"-"'],
    ['Close', 'N/A', 'a finite number', '"N/A"'],
    ['Close', '#N/A', 'a finite number', '"#N/A"'],
    ['Close', 'NaN', 'a finite number', '"NaN"'],
    ...['-nan', '<NA>', '..', ':', '?', '#DIV/0!', '#VALUE!', '#NAME?'].map(
      (cell): [string, string, string, string] => ['Close', cell, 'a finite number', `"${cell}"`],
    ),
  ])('is refused in a needed column: %s %j', (column, cell, expected, got) => {
    const text = `Date,Close,Volume\n2024-01-02,1,10\n2024-01-03,${cell},20\n`;
    for (const requiredColumns of [undefined, ['close']]) {
      expect(messageOf(() => readCsv(text, { requiredColumns }))).toBe(
        `readCsv: expected ${expected} in column "${column}" on line 3, got ${got}: fill it in, or drop such rows (\`missing: 'drop-rows'\`)`,
      );
    }
  });

  test('drops its row when told so, and says which', () => {
    const table = readCsv(withNulls, { missing: 'drop-rows' });
    expect([...table.matrix()]).toEqual([1, 10, 3, 30]);
    expect([table.dates, [...table.lines]]).toEqual([
      ['2024-01-02', '2024-01-04'],
      [2, 4],
    ]);
    expect(table.findings[0]).toEqual({
      kind: 'missing-cell',
      line: 3,
      column: 'Close',
      message: 'no number in column "Close" on line 3, but "null": the row was dropped',
    });
    expect(table.findings.map(({ line }) => line)).toEqual([3, 5]);
  });

  test('in a column that nobody required is a finding, and refused where that column is asked for', () => {
    const text = 'Date,Close,Volume,Note\n2024-01-02,1,10,1\n2024-01-03,2,,x\n';
    const table = readCsv(text, { requiredColumns: ['Close'] });
    expect([...table.column('Close')]).toEqual([1, 2]);
    expect(table.findings.map(({ kind, message }) => `${kind}: ${message}`)).toEqual([
      'missing-cell: no number in column "Volume" on line 3, but an empty cell',
      'unreadable-cell: no finite number in column "Note" on line 3, but "x"',
    ]);
    expect(messageOf(() => table.column('Volume'))).toBe(
      `column: expected a number in column "Volume" on line 3, got an empty cell: fill it in, or drop such rows (\`missing: 'drop-rows'\`)`,
    );
    expect(messageOf(() => table.matrix())).toContain(
      'matrix: expected a number in column "Volume" on line 3',
    );
    expect([...table.matrix(['Close'])]).toEqual([1, 2]);
  });

  test('a column of nothing but dashes is no column of numbers', () => {
    expect(readCsv('Date,Close,Vol.\n2024-01-02,1,-\n2024-01-03,2,-\n').ignoredColumns).toEqual(['Vol.']);
  });

  test('too few rows are left', () => {
    expect(messageOf(() => readCsv(withNulls, { missing: 'drop-rows', minimumRows: 3 }))).toBe(
      'readCsv: expected at least 3 rows of data, got 2, after 2 others were dropped: pass a table with more rows',
    );
  });
});

describe('a date that comes twice', () => {
  const text = 'Date,Close\n2024-01-02,1\n2024-01-03,2\n2024-01-03,3\n2024-01-04,4\n';

  test('is refused, in sorted rows too', () => {
    expect(messageOf(() => readCsv(text))).toBe(
      `readCsv: expected unique dates in column "Date", got 2024-01-03 on lines 3 and 4: remove one of the rows, or choose which to keep (\`duplicates: 'keep-first' or 'keep-last'\`); if the file has several series, name the column that distinguishes them (\`seriesColumn\`)`,
    );
  });

  test.each([
    ['keep-first', [1, 2, 4], 4],
    ['keep-last', [1, 3, 4], 3],
  ] as const)('%s keeps one, whichever end is the older', (duplicates, close, dropped) => {
    const [header, ...rows] = text.trim().split('\n');
    const table = readCsv(text, { duplicates });
    expect([...table.column('Close')]).toEqual(close);
    expect(table.findings).toEqual([
      {
        kind: 'duplicate-date',
        line: dropped,
        column: 'Date',
        message: `2024-01-03 on lines 3 and 4, in column "Date": the row on line ${dropped} was dropped`,
      },
    ]);
    const reversed = readCsv([header, ...rows.toReversed()].join('\n'), { duplicates });
    expect([...reversed.column('Close')]).toEqual(duplicates === 'keep-first' ? [1, 3, 4] : [1, 2, 4]);
  });

  test('of three, one stays', () => {
    const thrice = 'Date,x\n2024-01-02,1\n2024-01-02,2\n2024-01-02,3\n';
    expect([...readCsv(thrice, { duplicates: 'keep-first' }).column('x')]).toEqual([1]);
    const last = readCsv(thrice, { duplicates: 'keep-last' });
    expect([[...last.column('x')], last.findings.map(({ line }) => line)]).toEqual([[3], [2, 3]]);
  });
});

/** Days as a CSV of one column, one row each. */
const daily = (days: readonly string[]) => ['Date,x', ...days.map((day) => `${day},1`)].join('\n');

function daysFrom(first: string, count: number, takes: (weekday: number) => boolean): string[] {
  const start = Date.parse(first);
  return Array.from({ length: count }, (_, index) => new Date(start + index * 86_400_000))
    .filter((date) => takes(date.getUTCDay()))
    .map((date) => date.toISOString().slice(0, 10));
}

const isWeekday = (weekday: number) => weekday > 0 && weekday < 6;

describe('days without a row', () => {
  test('weekends do not count, holidays do', () => {
    const days = daysFrom('2024-01-02', 28, isWeekday);
    expect(messages(daily(days))).toEqual([]);
    expect(messages(daily(days.filter((day) => day !== '2024-01-15')))).toEqual([
      'missing-days: 1 weekday without a row between 2024-01-12 and 2024-01-16, in column "Date" on line 11',
    ]);
  });

  test('a week or more is a gap', () => {
    const days = daysFrom('2024-01-01', 42, isWeekday);
    const without = days.filter((day) => day < '2024-01-15' || day > '2024-01-22');
    expect(messages(daily(without))).toEqual([
      'gap: 6 weekdays without a row between 2024-01-12 and 2024-01-23, in column "Date" on line 12',
    ]);
  });

  test('name the newer line in a file that is newest first', () => {
    const days = daysFrom('2024-01-02', 14, isWeekday).filter((day) => day !== '2024-01-10');
    expect(messages(daily(days.toReversed()))).toEqual([
      'missing-days: 1 weekday without a row between 2024-01-09 and 2024-01-11, in column "Date" on line 4',
    ]);
  });

  test('every day counts where weekends are traded, and the days of a week from Sunday to Thursday', () => {
    const all = daysFrom('2024-01-01', 28, () => true).filter((day) => day !== '2024-01-13');
    expect(messages(daily(all))).toEqual([
      'missing-days: 1 day without a row between 2024-01-12 and 2024-01-14, in column "Date" on line 14',
    ]);
    const sundays = daysFrom('2024-01-07', 28, (weekday) => weekday < 5);
    expect(messages(daily(sundays))).toEqual([]);
    expect(messages(daily(sundays.filter((day) => day !== '2024-01-14')))).toHaveLength(1);
  });

  test('daily rows at a midnight of another zone count by their own days', () => {
    const tokyo = daysFrom('2024-01-08', 14, isWeekday).map((day) => `${day} 00:00:00+09:00`);
    expect(messages(daily(tokyo))).toEqual([]);
  });

  test('weeks, months and quarters have steps', () => {
    const fridays = daysFrom('2024-01-05', 70, (weekday) => weekday === 5);
    expect(messages(daily(fridays))).toEqual([]);
    expect(messages(daily(fridays.filter((day) => day !== '2024-02-02' && day !== '2024-02-09')))).toEqual([
      'gap: 2 steps without a row between 2024-01-26 and 2024-02-16, in column "Date" on line 6',
    ]);
    const months = Array.from({ length: 24 }, (_, month) =>
      new Date(Date.UTC(2020, month, 1)).toISOString().slice(0, 10),
    );
    expect(messages(daily(months))).toEqual([]);
    expect(messages(daily(months.filter((month) => month !== '2020-02-01')))).toHaveLength(1);
  });

  test('within a day steps count, overnight days do', () => {
    const bars = ['02', '03', '05'].flatMap((day) =>
      Array.from({ length: 12 }, (_, index) => `2024-01-${day} 09:${String(index * 5).padStart(2, '0')}`),
    );
    expect(messages(daily(bars))).toEqual([
      'missing-days: 1 weekday without a row between 2024-01-03T09:55:00Z and 2024-01-05T09:00:00Z, in column "Date" on line 26',
    ]);
    expect(messages(daily(bars.filter((bar) => bar !== '2024-01-02 09:10')))[0]).toBe(
      'gap: 1 step without a row between 2024-01-02T09:05:00Z and 2024-01-02T09:15:00Z, in column "Date" on line 4',
    );
  });

  test('every weekday that is taken out of a file is missed, and no other', () => {
    const days = daysFrom('2023-01-02', 200, isWeekday);
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: days.length - 2 }), { maxLength: 20 }),
        (taken) => {
          const found = readCsv(daily(days.filter((_, index) => !taken.includes(index)))).findings;
          const counts = found.map(({ message }) => Number.parseInt(message, 10));
          expect(counts.reduce((sum, count) => sum + count, 0)).toBe(taken.length);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('a volume of 0', () => {
  test('is found beside volumes that are missing', () => {
    const text = 'Date,Close,Volume\n2024-01-02,1,-\n2024-01-03,2,0\n2024-01-04,2,5\n';
    expect(messages(text, { requiredColumns: ['Close'] })).toEqual([
      'missing-cell: no number in column "Volume" on line 2, but "-"',
      'zero-volume: the volume in column "Volume" on line 3 is 0',
    ]);
  });

  test('is found, in whatever column the volume is', () => {
    expect(messages('Date,Close,<VOL>\n2024-01-02,1,5\n2024-01-03,2,0\n')).toEqual([
      'zero-volume: the volume in column "<VOL>" on line 3 is 0',
    ]);
    expect(messages('Close,x\n1,0\n')).toEqual([]);
  });

  test('throughout is one finding', () => {
    expect(messages('Date,Close,Volume\n2024-01-02,1,0\n2024-01-03,2,0.0\n')).toEqual([
      'zero-volume: the volume in column "Volume" is 0 in every row from line 2 on: the source has no volumes',
    ]);
  });
});

test.each<[string, CsvOptions, string]>([
  ['missing', { missing: 'fill' as never }, `missing 'refuse', 'drop-rows' or 'keep', got "fill"`],
  [
    'duplicates',
    { duplicates: 'sum' as never },
    `duplicates 'refuse', 'keep-first' or 'keep-last', got "sum"`,
  ],
  [
    'dateOrder',
    { dateOrder: 'us' as never },
    `dateOrder 'month-first', 'day-first' or 'year-first', got "us"`,
  ],
  ['decimalSeparator', { decimalSeparator: ';' as never }, `decimalSeparator '.' or ',', got ";"`],
])('an unknown value of %s is refused', (_, options, message) => {
  expect(messageOf(() => readCsv('a\n1', options))).toContain(`readCsv: expected ${message}`);
});

describe('a point before three digits', () => {
  const prices = 'Datum;Schluss;Menge\n26.11.2026;65.060;120\n27.11.2026;65.710;95\n';
  const found = (text: string, options?: CsvOptions) =>
    messages(text, options).filter((message) => message.startsWith('open-separator'));

  test('is reported if semicolons separate the cells, and the advice works', () => {
    expect(found(prices)).toEqual([
      'open-separator: numbers like "65.060" on line 2, in column "Schluss", are read with a decimal point; ' +
        "set `decimalSeparator: ','` if it separates thousands",
    ]);
    expect([...readCsv(prices).column('Schluss')]).toEqual([65.06, 65.71]);
    const told = readCsv(prices, { decimalSeparator: ',' });
    expect([[...told.column('Schluss')], told.findings]).toEqual([[65060, 65710], []]);
  });

  test('is reported beside currency signs and missing values', () => {
    expect(
      found('day;v\n2026-11-26;1.135 €\n2026-11-27;n/a\n2026-11-28;2.250 €\n', { missing: 'keep' }),
    ).toEqual([expect.stringContaining('numbers like "1.135 €" on line 2, in column "v"')]);
  });

  test.each([
    ['whole numbers', 'day;v\n2026-11-26;900\n2026-11-27;1.135\n', '"1.135" on line 3 and "900" on line 2'],
    [
      'commas between the cells',
      'day,v\n2026-11-26,1.135 €\n2026-11-27,900 €\n2026-11-28,-\n',
      '"1.135 €" on line 2 and "900 €" on line 3',
    ],
  ])('is refused beside %s, which have none, and the advice works', (_, text, got) => {
    expect(messageOf(() => readCsv(text, { missing: 'keep' }))).toBe(
      `readCsv: expected numbers that show the meaning of the point in column "v", got ${got}: ` +
        "set `decimalSeparator: ','` if the point separates thousands, or `decimalSeparator: '.'` if it is decimal",
    );
    const read = (decimalSeparator: ',' | '.') =>
      [...readCsv(text, { missing: 'keep', decimalSeparator }).column('v')].slice(0, 2).sort();
    expect([read(','), read('.')]).toEqual([
      [1135, 900],
      [1.135, 900],
    ]);
  });

  test.each([
    ['a fraction with two digits', '900\n1.135\n1.14'],
    ['a fraction below 1', '900\n1.135\n0.135'],
    ['whole thousands without one', '900\n1.135\n1200'],
    ['only 0', '0\n1.135\n2.250'],
  ])('is decimal beside %s', (_, cells) => {
    expect(readCsv(`v\n${cells}`).column('v')[1]).toBe(1.135);
  });

  test.each([
    ['another fraction', prices.replace('65.710', '65.71')],
    ['commas between the cells', prices.replaceAll(';', ',')],
    ['whole thousands without one', prices.replace('120', '12000')],
    ['a comma before a fraction', prices.replace('120', '120,5')],
  ])('is not reported if the file shows its meaning: %s', (_, text) => {
    expect(found(text)).toEqual([]);
  });
});
