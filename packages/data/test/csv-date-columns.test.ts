/** Which columns of a file are its dates, which are none, and which may be some that cannot be read. */
import { type CsvOptions, readCsv, readCsvSeries } from '@unrolled/data';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvOf, messageOf, pad } from './support';

const DAY = 86_400_000;

/** Business days before 2026-11-28, oldest first. */
const days = Array.from({ length: 84 }, (_, at) => new Date(Date.UTC(2026, 10, 27) - (83 - at) * DAY)).filter(
  (date) => date.getUTCDay() % 6 !== 0,
);
const isoDays = days.map((date) => date.toISOString().slice(0, 10));

describe('parts of dates', () => {
  test('a year with a quarter, a month or a month and a day beside it', () => {
    const rows = Array.from({ length: 12 }, (_, at) => [1999 + Math.floor(at / 4), 1 + (at % 4), at]);
    const text = ['year,quarter,x', ...rows.map(([year, q, x]) => `${year}.0,${q}.0,${x}`)];
    const file = readCsv(text.join('\n'));
    expect(file.dates?.slice(0, 3)).toEqual(['1999-01-01', '1999-04-01', '1999-07-01']);
    expect(file.columns).toEqual(['x']);
    expect(readCsv('Year,Month,Value\n2020,Mar,1\n2020,Feb,2\n2020,Jan,3').order).toBe('newest-first');
    expect(readCsv('YEAR,MONTH,DAY,T\n2020,1,2,1\n2020,1,3,2').dates).toEqual(['2020-01-02', '2020-01-03']);
    expect(readCsv('Year,Period,Value\n2020,M01,1\n2020,M02,2').dates).toEqual(['2020-01-01', '2020-02-01']);
  });

  test('a year with a week beside it, newest first', () => {
    const file = readCsv('Year,Week,x\n2021,2,4\n2021,1,3\n2020,53,2\n2020,52,1');
    expect(file.dates).toEqual(['2020-12-21', '2020-12-28', '2021-01-04', '2021-01-11']);
    expect([...file.column('x')]).toEqual([1, 2, 3, 4]);
    expect(readCsv('Jahr;KW;x\n2021;W01;3\n2021;W02;4').dates).toEqual(['2021-01-04', '2021-01-11']);
  });

  test('a year with a month beside it, of several series', () => {
    const rows = [1, 2, 3].flatMap((store) =>
      Array.from({ length: 12 }, (_, at) => [store, 2021 - Math.floor(at / 6), 12 - (at % 6), at]),
    );
    const text = ['store,year,month,x', ...rows.map((row) => row.join())].join('\n');
    for (const options of [{}, { seriesColumn: 'store' }]) {
      const all = readCsvSeries(text, options);
      expect(all.map(({ name, table }) => [name, table.dates?.[0], table.column('x')[0]])).toEqual([
        ['1', '2020-07-01', 11],
        ['2', '2020-07-01', 11],
        ['3', '2020-07-01', 11],
      ]);
    }
  });

  test('a year and a month are no dates of daily rows', () => {
    const text = days.map(
      (date, at) => `${date.getUTCFullYear()},${1 + date.getUTCMonth()},${date.getUTCDate()},${at}`,
    );
    for (const columns of ['year,month,dom,x', 'year,month,no,x'])
      expect(readCsv([columns, ...text].join('\n')).dates).toBeUndefined();
  });

  test.each([
    ['<DATE>,<TIME>,x\n20240131,93000,1\n20240131,103000,2', ['09:30', '10:30']],
    ['Date,Time,x\n20240131,930,1\n20240131,1030,2', ['09:30', '10:30']],
    ['Date,Hour,x\n2024-01-31,9,1\n2024-01-31,10,2', ['09:00', '10:00']],
    ['날짜,시간,x\n20240131,09:30,1\n20240131,10:30,2', ['09:30', '10:30']],
    ['Fecha,Hora,x\n31/01/2024,9:30:00,1\n31/01/2024,10:30:00,2', ['09:30', '10:30']],
    ['a,b,x\n2024.01.31,09:30,1\n2024.01.31,10:30,2', ['09:30', '10:30']],
    ['Date,Time,x\n2024-01-31 00:00:00,09:30 AM,1\n2024-01-31 00:00:00,10:30 AM,2', ['09:30', '10:30']],
  ])('a time of day beside it: %j', (text, clocks) => {
    const file = readCsv(text);
    expect(file.dates).toEqual(clocks.map((clock) => `2024-01-31T${clock}:00Z`));
    expect(file.columns).toEqual(['x']);
  });
});

describe('months and quarters as numbers', () => {
  test('October is 2026.1 beside 2026.09, and January beside 2026.9', () => {
    const months = (cells: string[]) => readCsv(csvOf('Date', cells)).dates!.slice(-4);
    const last = ['2025-09-01', '2025-10-01', '2025-11-01', '2025-12-01'];
    const padded = Array.from(
      { length: 24 },
      (_, at) => `${2024 + Math.floor(at / 12)}.${pad(1 + (at % 12))}`,
    );
    expect(months(padded)).toEqual(last);
    expect(months(padded.map((cell) => cell.replace('.10', '.1')))).toEqual(last);
    expect(months(padded.map((cell) => cell.replace('.0', '.')))).toEqual(last);
  });

  test.each(['Monat', 'month', 'Date', 'x'])('11.2026 and 1.2026 are months, in a column %s', (name) => {
    const cells = Array.from({ length: 30 }, (_, at) => `${1 + (at % 12)}.${2024 + Math.floor(at / 12)}`);
    const text = (all: readonly string[]) =>
      [`${name};v`, ...all.map((cell, at) => `${cell};${at},5`)].join('\n');
    for (const all of [cells, cells.map((cell) => cell.padStart(7, '0'))]) {
      const file = readCsv(text(all));
      expect([file.dates!.slice(8, 11), file.columns]).toEqual([
        ['2024-09-01', '2024-10-01', '2024-11-01'],
        ['v'],
      ]);
      expect(readCsv(text(all.toReversed())).order).toBe('newest-first');
    }
    const measured = readCsv(
      csvOf('x', ['1.2000', '3.1416', '2.7183', '1.4142', '1.7321', '2.2361', '2.6458', '3.3166']),
    );
    expect(measured.dates).toBeUndefined();
  });

  test('2026.4/4 is a quarter, not the fourth of April', () => {
    const cells = [2025, 2026].flatMap((year) => [1, 2, 3, 4].map((quarter) => `${year}.${quarter}/4`));
    const file = readCsv(csvOf('Period', cells.reverse()));
    expect([file.order, file.dates!.at(-1)]).toEqual(['newest-first', '2026-10-01']);
  });

  test('a second column of dotted dates is not one of numbers', () => {
    const text = `Trade,Settle,Close\n${isoDays.map((iso, at) => `${iso},${iso.split('-').reverse().join('.')},${at + 1}`).join('\n')}`;
    const file = readCsv(text);
    expect([file.columns, file.ignoredColumns, file.findings]).toEqual([['Close'], ['Settle'], []]);
  });
});

describe('years of two digits', () => {
  test('are of the last century if the rows would otherwise be unordered', () => {
    const cells = ['Jan-68', 'Feb-69', 'Mar-70', 'Apr-71', 'May-99', 'Jun-00', 'Jul-26'];
    expect(readCsv(csvOf('Month', cells)).dates).toEqual([
      ...['1968-01-01', '1969-02-01', '1970-03-01', '1971-04-01', '1999-05-01', '2000-06-01', '2026-07-01'],
    ]);
  });

  test('may stand first, when told', () => {
    const text = 'Date,x\n05/06/07,1\n05/06/08,2';
    expect(readCsv(text, { dateOrder: 'year-first' }).dates).toEqual(['2005-06-07', '2005-06-08']);
    expect(readCsv(text, { dateOrder: 'day-first' }).dates).toEqual(['2007-06-05', '2008-06-05']);
  });

  test('before 2011 are of the Republic of China beside three', () => {
    expect(readCsv(csvOf('日期', ['99/12/31', '100/01/03'])).dates).toEqual(['2010-12-31', '2011-01-03']);
  });
});

describe('no dates', () => {
  const numbers = (count: number, value: (at: number) => number | string) =>
    Array.from({ length: count }, (_, at) => String(value(at)));
  const walk = (start: number, step: number) => {
    let [value, state] = [start, 12_345];
    return numbers(60, () => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      value += Math.round((state / 2_147_483_648 - 0.5) * step);
      return value;
    });
  };

  test.each<[string, string, string[]]>([
    ['a volume around 20,261,127', 'shares', walk(20_261_127, 4000)],
    ['a volume around 202,611', 'shares', walk(202_611, 40)],
    ['prices around 45,000', 'px', walk(45_000, 60)],
    ['prices around 1,990', 'px', walk(1990, 6)],
    ['prices that rise by one', 'close', numbers(60, (at) => 1960 + at)],
    ['prices that rise by thirty', 'px', numbers(60, (at) => 45_000 + 30 * at + (at % 3))],
    ['a row index', 'id', numbers(60, (at) => at)],
    ['a row index that falls', 'id', numbers(60, (at) => 60 - at)],
    ['an index from 40,000 on', 'id', numbers(60, (at) => 40_000 + at)],
    ['numbers of trades', 'first_trade', numbers(60, (at) => 1_500_000_000 + 137 * at + ((at * at) % 7))],
    ['an amount of money', 'amount', walk(1_738_540_800, 90_000)],
    ['a market capitalisation', 'cap', walk(502_446_748_320_750, 9e11)],
    ['seconds from a start', 'time', numbers(60, (at) => 0.5 * at)],
    ['a count under Time', 'Time', numbers(60, (at) => at)],
    ['numbers with a point', 'ratio', numbers(60, (at) => (2020.1 + 0.37 * (at % 9)).toFixed(2))],
  ])('%s', (_, name, cells) => {
    const file = readCsv([`v,${name}`, ...cells.map((cell, at) => `${at % 5},${cell}`)].join('\n'));
    expect(file.dateColumn).toBeUndefined();
    expect(file.columns).toContain(name);
    expect(file.orderSource).toBe('assumption');
  });

  test('a column that is asked for as numbers is none', () => {
    const text = csvOf(
      'Value',
      numbers(40, (at) => 1960 + at),
    );
    expect(readCsv(text, { requiredColumns: ['Value', 'px'] }).dateColumn).toBeUndefined();
  });
});

test('whatever a column of dates holds, it is read or refused', () => {
  const pieces = [
    '2026',
    '11',
    '27',
    '1',
    '-',
    '/',
    '.',
    ':',
    ' ',
    'T',
    'Z',
    'Nov',
    'Q1',
    'W48',
    '年',
    '월',
    '오후',
    'PM',
    '+09:00',
  ];
  const others = [
    'US/Eastern',
    'A/B',
    '(',
    '[',
    '115',
    'E+',
    '=',
    "'",
    '1704067200000',
    '20261127',
    'R8',
    'İ',
    'of',
    ' to ',
    '24:00',
  ];
  const cell = fc
    .array(fc.constantFrom(...pieces, ...others), { minLength: 1, maxLength: 8 })
    .map((all) => all.join(''));
  fc.assert(
    fc.property(
      fc.constantFrom('Date', 'time', 'when', '날짜'),
      fc.array(cell, { minLength: 1, maxLength: 10 }),
      (name, cells) => {
        try {
          const { dates = [] } = readCsv(csvOf(name, cells), { duplicates: 'keep-last' });
          const times = dates.map((date) => Date.parse(date));
          expect(times.every((time, row) => row === 0 || time >= times[row - 1]!)).toBe(true);
        } catch (error) {
          expect((error as Error).name).toBe('UnrolledError');
        }
      },
    ),
    { numRuns: 250 },
  );
});

describe('dates that cannot be read', () => {
  const remedy =
    "write dates as 2020-12-31, name another date column (`dateColumn`), or set the order (`order: 'oldest-first' or 'newest-first'`)";

  test.each<[string, string[]]>([
    ['Date', ['soon', 'later', 'at last']],
    ['session', ['FY26 P11', 'FY26 P10', 'FY26 P09']],
    ['when', ['11th of 2026/27', '10th of 2026/27', '9th of 2026/27']],
    ['Period ending', ['27-Nov', '26-Nov', '25-Nov']],
    ['when', ['Nov 27', 'Nov 26', 'Nov 25']],
    ['month', ['Nov-03', 'Nov-02', 'Nov-01', 'Oct-31', 'Oct-30']],
    ['n', [9, 8, 7, 6, 5, 2, 1, 0, -1, -2, -5, -6].map((day) => String(739_946 + day))],
    ['timestamp', ['739946.5', '739945.5', '739944.5']],
    ['trade_date', ['1', '7', '3']],
    ['month', ['Dec', 'Nov', 'Oct', 'Sep']],
    ['요일', ['금', '목', '수', '화']],
    ['weekday', ['Friday', 'Thursday', 'Wednesday', 'Tuesday']],
  ])('under %s are refused, and the advice works', (name, cells) => {
    const text = csvOf(name, cells);
    expect(messageOf(() => readCsv(text))).toBe(
      `readCsv: expected a date in column ${JSON.stringify(name)} on line 2, got ${JSON.stringify(cells[0])}: ${remedy}`,
    );
    const told = readCsv(text, { order: 'newest-first' });
    expect([...told.column('px')].at(-1)).toBe(100);
    expect(told).toMatchObject({ dateColumn: undefined, orderSource: 'option' });
    const dated = [
      `d,${csvOf(name, cells).split('\n')[0]}`,
      ...text
        .split('\n')
        .slice(1)
        .map((row, at) => `2026-01-${pad(20 - at)},${row}`),
    ];
    expect(readCsv(dated.join('\n'), { dateColumn: 'd' }).order).toBe('newest-first');
  });

  test('among others are refused by their lines', () => {
    const broken = (cell: string) => messageOf(() => readCsv(csvOf('when', [...isoDays, cell])));
    expect(broken('2026-02-30')).toContain(
      'a date in column "when" on line 62, got "2026-02-30": write dates as 2020-12-31',
    );
    const compact = [...isoDays.map((day) => day.replaceAll('-', '')), '20260230'];
    expect(messageOf(() => readCsv(csvOf('when', compact)))).toContain('on line 62, got "20260230"');
  });

  test('and have two marks are refused where one kind can be read both ways and the rows are in no order', () => {
    const slashes = (iso: string) => iso.replace(/(....)-(..)-(..)/, '$2/$3/$1');
    const dashes = (iso: string) => iso.replace(/(....)-(..)-(..)/, '$3-$2-$1');
    const cells = isoDays.map((iso) => (Number(iso.slice(8)) > 12 ? slashes(iso) : dashes(iso))).reverse();
    expect(messageOf(() => readCsv(csvOf('when', cells)))).toContain(
      'expected unambiguous dates in column "when", got "12-11-2026" on line 13, and others in which day and month may be swapped: write all dates in one form',
    );
    expect(readCsv(csvOf('when', cells), { dateOrder: 'month-first' }).order).toBe('mixed');
    // In order, each kind says its own.
    expect(
      readCsv(
        csvOf(
          'when',
          isoDays.map((iso, at) => (at < 30 ? iso : slashes(iso))),
        ),
      ).dates,
    ).toEqual(isoDays);
  });

  test.each<[string, string[]]>([
    ['a name of one number', ['AAPL1', 'AAPL2', 'AAPL3']],
    ['the same text throughout', ['KOSPI 200', 'KOSPI 200', 'KOSPI 200']],
    ['words', ['rise', 'fall', 'rise']],
    ['names with years', ['Golf 2019', 'Golf 2020', 'Polo 2020', 'Polo 2019', 'Golf 2019', 'Polo 2019']],
  ])('%s is no such column', (_, cells) => {
    const options: CsvOptions = {};
    expect(readCsv(csvOf('note', cells), options).orderSource).toBe('assumption');
  });
});
