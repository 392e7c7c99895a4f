/** Columns of dates in every form, under any name or none, either end first. */
import { readCsv } from '@unrolled/data';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvOf, messageOf, pad } from './support';

const DAY = 86_400_000;
const partsOf = (date: Date) => ({
  ...{ y: date.getUTCFullYear(), m: date.getUTCMonth() + 1, d: date.getUTCDate(), weekday: date.getUTCDay() },
  clock: date.toISOString().slice(11, 19),
});
type Writer = (date: Date) => string;
const months = (locale: string, style: 'long' | 'short') => {
  const format = new Intl.DateTimeFormat(locale, { month: style, day: 'numeric', timeZone: 'UTC' });
  return (date: Date) => format.formatToParts(date).find(({ type }) => type === 'month')!.value;
};
const english = months('en', 'short');
const written = (write: (parts: ReturnType<typeof partsOf>, date: Date) => string): Writer => {
  return (date) => write(partsOf(date), date);
};

/** Days, as sources write them. */
const dayForms: Readonly<Record<string, Writer>> = {
  iso: written(({ y, m, d }) => `${y}-${pad(m)}-${pad(d)}`),
  'dotted, German': written(({ y, m, d }) => `${pad(d)}.${pad(m)}.${y}`),
  'dotted, German, two digits': written(({ y, m, d }) => `${pad(d)}.${pad(m)}.${pad(y % 100)}`),
  'dotted, year first': written(({ y, m, d }) => `${y}.${pad(m)}.${pad(d)}`),
  'dotted, Korean': written(({ y, m, d }) => `${y}. ${m}. ${d}.`),
  'dashes and spaces': written(({ y, m, d }) => `${y}- ${pad(m)}- ${pad(d)}`),
  'slashes, year of two digits first': written(({ y, m, d }) => `${pad(y % 100)}/${pad(m)}/${pad(d)}`),
  'slashes, American': written(({ y, m, d }) => `${m}/${d}/${y}`),
  compact: written(({ y, m, d }) => `${y}${pad(m)}${pad(d)}`),
  'compact, day first': written(({ y, m, d }) => `${pad(d)}${pad(m)}${y}`),
  'compact, day first, a zero lost': written(({ y, m, d }) => `${d}${pad(m)}${y}`),
  'compact, two digits': written(({ y, m, d }) => `${pad(y % 100)}${pad(m)}${pad(d)}`),
  'compact, two digits, day first': written(({ y, m, d }) => `${pad(d)}${pad(m)}${pad(y % 100)}`),
  'compact, as a float': written(({ y, m, d }) => `${y}${pad(m)}${pad(d)}.0`),
  Chinese: written(({ y, m, d }) => `${y}年${pad(m)}月${pad(d)}日`),
  Korean: written(({ y, m, d }) => `${y}년 ${m}월 ${d}일`),
  'Korean, with the day of the week': written(
    ({ y, m, d, weekday }) => `${y}-${pad(m)}-${pad(d)} (${'일월화수목금토'[weekday]})`,
  ),
  'Republic of China': written(({ y, m, d }) => `${y - 1911}/${pad(m)}/${pad(d)}`),
  'Republic of China, in words': written(({ y, m, d }) => `民國${y - 1911}年${m}月${d}日`),
  'Republic of China, compact': written(({ y, m, d }) => `${y - 1911}${pad(m)}${pad(d)}`),
  'full width': written(({ y, m, d }) =>
    `${y}/${pad(m)}/${pad(d)}`.replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit))),
  ),
  'marks of direction': written(({ y, m, d }) => `\u200e${m}\u200e/\u200e${d}\u200e/\u200e${y}`),
  "Excel's text": written(({ y, m, d }) => `'${y}-${pad(m)}-${pad(d)}`),
  "Excel's days": written((_, date) => String(date.getTime() / DAY + 25_569)),
  'day of the year': written(
    ({ y }, date) => `${y}-${pad((date.getTime() - Date.UTC(y, 0, 1)) / DAY + 1, 3)}`,
  ),
  'Nov-27-2026': written(({ y, d }, date) => `${english(date)}-${pad(d)}-${y}`),
  '27-Nov-26': written(({ y, d }, date) => `${pad(d)}-${english(date)}-${pad(y % 100)}`),
  '27NOV2026': written(({ y, d }, date) => `${pad(d)}${english(date).toUpperCase()}${y}`),
  '2026-Nov-27': written(({ y, d }, date) => `${y}-${english(date)}-${pad(d)}`),
  'Fri Nov 27 2026': written(
    ({ y, d, weekday }, date) =>
      `${'Sun Mon Tue Wed Thu Fri Sat'.split(' ')[weekday]} ${english(date)} ${pad(d)} ${y}`,
  ),
  seconds: written((_, date) => String(date.getTime() / 1000)),
  'seconds, as floats': written((_, date) => (date.getTime() / 1000).toFixed(3)),
  milliseconds: written((_, date) => String(date.getTime())),
  microseconds: written((_, date) => `${date.getTime()}000`),
  nanoseconds: written((_, date) => `${date.getTime()}000000`),
  ...Object.fromEntries(
    ['en', 'de', 'fr', 'es', 'pt', 'it', 'nl', 'pl', 'tr', 'ru', 'cs', 'hu', 'sv'].flatMap((locale) =>
      (['long', 'short'] as const).map((style): [string, Writer] => {
        const month = months(locale, style);
        return [
          `${style} months, ${locale}`,
          written(({ y, d }, date) => `${d}${locale === 'de' ? '.' : ''} ${month(date)} ${y}`),
        ];
      }),
    ),
  ),
};

/** Business days before 2026-11-28, oldest first. */
const days = Array.from({ length: 84 }, (_, at) => new Date(Date.UTC(2026, 10, 27) - (83 - at) * DAY)).filter(
  (date) => date.getUTCDay() % 6 !== 0,
);
const isoDays = days.map((date) => date.toISOString().slice(0, 10));

describe.each(Object.entries(dayForms))('days as %s', (_, write) => {
  test.each(['Date', '일자', 'when', ''])('under the name %j, either end first', (name) => {
    const cells = days.map(write);
    expect(readCsv(csvOf(name, cells))).toMatchObject({ dates: isoDays, order: 'oldest-first' });
    const file = readCsv(csvOf(name, cells.toReversed()));
    expect(file).toMatchObject({
      dates: isoDays,
      order: 'newest-first',
      orderSource: 'dates',
      assumption: undefined,
    });
    expect(file.columns).toEqual(['px']);
  });
});

/** Months, quarters, weeks and years, by their first days. */
const coarseForms: Readonly<Record<string, readonly [months: number, Writer]>> = {
  '2026-11': [1, written(({ y, m }) => `${y}-${pad(m)}`)],
  '202611': [1, written(({ y, m }) => `${y}${pad(m)}`)],
  '2026.11': [1, written(({ y, m }) => `${y}.${pad(m)}`)],
  '2026M11': [1, written(({ y, m }) => `${y}M${pad(m)}`)],
  '11/2026': [1, written(({ y, m }) => `${pad(m)}/${y}`)],
  '2026년 11월': [1, written(({ y, m }) => `${y}년 ${m}월`)],
  '2026年11月': [1, written(({ y, m }) => `${y}年${m}月`)],
  'Nov-26': [1, written(({ y }, date) => `${english(date)}-${pad(y % 100)}`)],
  'November 2026': [1, written(({ y }, date) => `${months('en', 'long')(date)} ${y}`)],
  'novembre 2026': [1, written(({ y }, date) => `${months('fr', 'long')(date)} ${y}`)],
  'Nov. 2026': [1, written(({ y }, date) => `${months('de', 'short')(date)} ${y}`)],
  '1959Q1': [3, written(({ y, m }) => `${y}Q${(m + 2) / 3}`)],
  '1959-Q1': [3, written(({ y, m }) => `${y}-Q${(m + 2) / 3}`)],
  '2026 Q1': [3, written(({ y, m }) => `${y} Q${(m + 2) / 3}`)],
  'Q1 1959': [3, written(({ y, m }) => `Q${(m + 2) / 3} ${y}`)],
  '1Q99': [3, written(({ y, m }) => `${(m + 2) / 3}Q${pad(y % 100)}`)],
  '2026년 4분기': [3, written(({ y, m }) => `${y}년 ${(m + 2) / 3}분기`)],
  '2026年第4季度': [3, written(({ y, m }) => `${y}年第${(m + 2) / 3}季度`)],
  '2026H1': [6, written(({ y, m }) => `${y}H${m > 6 ? 2 : 1}`)],
};

describe.each(Object.entries(coarseForms))('periods as %s', (_, [step, write]) => {
  test.each(['date', 'Monat', 'when'])('under the name %j, either end first', (name) => {
    const dates = Array.from({ length: 60 }, (_, at) => new Date(Date.UTC(1999, at * step, 1)));
    const iso = dates.map((date) => date.toISOString().slice(0, 10));
    const cells = dates.map(write);
    expect(readCsv(csvOf(name, cells))).toMatchObject({ dates: iso, order: 'oldest-first' });
    expect(readCsv(csvOf(name, cells.toReversed()))).toMatchObject({ dates: iso, order: 'newest-first' });
  });
});

test('years alone stay years', () => {
  const years = Array.from({ length: 40 }, (_, at) => String(1960 + at));
  for (const name of ['Year', 'date', '연도', 'period', '']) {
    expect(readCsv(csvOf(name, years.toReversed()))).toMatchObject({ dates: years, order: 'newest-first' });
  }
  expect(
    readCsv(
      csvOf(
        'Year',
        years.map((year) => `${year}.0`),
      ),
    ).dates,
  ).toEqual(years);
  expect(
    readCsv(
      csvOf(
        '연도',
        years.map((year) => `${year}년`),
      ),
    ).dates,
  ).toEqual(years);
});

test('decimal years', () => {
  const cells = [
    '1958.2027',
    '1958.2877',
    '1958.3699',
    '1958.4548',
    '1958.5370',
    '1958.6219',
    '1958.7068',
    '1958.7890',
  ];
  const dates = readCsv(csvOf('decimal date', cells.toReversed()), { order: 'oldest-first' }).dates!;
  expect(dates[0]).toBe('1958-03-15');
  expect(dates.at(-1)).toBe('1958-10-15');
});

test.each([
  ['2026-W48', '2026-11-23'],
  ['2026W48', '2026-11-23'],
  ['2026-W48-5', '2026-11-27'],
  ['W48 2026', '2026-11-23'],
  ['"Week 48, 2026"', '2026-11-23'],
  ['KW 48/2026', '2026-11-23'],
  ['2026年第48周', '2026-11-23'],
  ['2020-W53', '2020-12-28'],
  ['2021-W01-1', '2021-01-04'],
  ['R8.11.27', '2026-11-27'],
  ['令和8年11月27日', '2026-11-27'],
  ['S49.9.24', '1974-09-24'],
  ['27 de noviembre de 2026', '2026-11-27'],
  ['"November 27th, 2026"', '2026-11-27'],
  ['vendredi 27 novembre 2026', '2026-11-27'],
  ['2026/11/27(金)', '2026-11-27'],
  ['2026 T4', '2026-10-01'],
  ['4T26', '2026-10-01'],
  ['="20261127"', '2026-11-27'],
  ['27.11.2026 16:00', '2026-11-27T16:00:00Z'],
  ['2026-11-27T09:30:00.123456789Z', '2026-11-27T09:30:00.123456789Z'],
  ['2026-11-27 09:30:00.123400', '2026-11-27T09:30:00.123400Z'],
  ['"2026-11-27 09:30:00,5"', '2026-11-27T09:30:00.500Z'],
  ['2026-11-27T09:30:00-0500', '2026-11-27T14:30:00Z'],
  ['2026-11-27T09:30+09', '2026-11-27T00:30:00Z'],
  ['2026-11-27T093000Z', '2026-11-27T09:30:00Z'],
  ['2026-11-27 09', '2026-11-27T09:00:00Z'],
  ['20260102 09:30:00 US/Eastern', '2026-01-02T14:30:00Z'],
  ['20260702 09:30:00 US/Eastern', '2026-07-02T13:30:00Z'],
  ['20260702-09:30:00', '2026-07-02T09:30:00Z'],
  ['2026-07-02T09:30:00+09:00[Asia/Seoul]', '2026-07-02T00:30:00Z'],
  ['2026-07-02 09:30 Asia/Kolkata', '2026-07-02T04:00:00Z'],
  ['11/27/2026 4:00 PM EST', '2026-11-27T21:00:00Z'],
  ['2026-11-27 09:00 KST', '2026-11-27T00:00:00Z'],
  ['2026-11-27 09:30 ET', '2026-11-27T14:30:00Z'],
  ['2026-11-27 오후 3:30', '2026-11-27T15:30:00Z'],
  ['2026年11月27日 15時30分', '2026-11-27T15:30:00Z'],
  ['2026/11/27 下午3:30:05', '2026-11-27T15:30:05Z'],
  ['Fri Nov 27 09:30:00 EST 2026', '2026-11-27T14:30:00Z'],
  ['Fri Nov 27 2026 09:30:00 GMT+0900 (Korean Standard Time)', '2026-11-27T00:30:00Z'],
  ['"Fri, 27 Nov 2026 09:30:00 GMT"', '2026-11-27T09:30:00Z'],
  ['27NOV2026:09:30:00', '2026-11-27T09:30:00Z'],
  ['2026. 11. 27. PM 12:30:00', '2026-11-27T12:30:00Z'],
  ['27.11.2026 09.30', '2026-11-27T09:30:00Z'],
  ['27/11/2026 9h30', '2026-11-27T09:30:00Z'],
  ['2026年11月27日星期五', '2026-11-27'],
  ['2026. november 27.', '2026-11-27'],
  ['"Week of Nov 27, 2026"', '2026-11-27'],
  ['2026-11-23/2026-11-29', '2026-11-23'],
  ['23/11/2026 - 29/11/2026', '2026-11-23'],
  ['2026-11-27+01:00', '2026-11-27'],
  ['[2026-11-27]', '2026-11-27'],
  ['2026_11_27', '2026-11-27'],
  ['2026\u201311\u201327', '2026-11-27'],
  ['\u0662\u0660\u0662\u0666-\u0661\u0661-\u0662\u0667', '2026-11-27'],
  ['4.6353E+04', '2026-11-27'],
  ['"1,795,737,600,000"', '2026-11-27'],
  ['639313344000000000', '2026-11-27'],
  ['134402112000000000', '2026-11-27'],
  ['09:30 27.11.2026', '2026-11-27T09:30:00Z'],
  ['20261127093000', '2026-11-27T09:30:00Z'],
  ['202611270930', '2026-11-27T09:30:00Z'],
  ['1795789800.5', '2026-11-27T14:30:00.500Z'],
  ['1795789800123456789', '2026-11-27T14:30:00.123456789Z'],
  ['46353.395833', '2026-11-27T09:30:00Z'],
  ['-252322200', '1962-01-02T14:30:00Z'],
])('reads %s as a date', (cell, iso) => {
  expect(readCsv(`Date,px\n${cell},1\n`).dates).toEqual([iso]);
});

describe('instants', () => {
  const instants = fc.uniqueArray(
    fc.integer({ min: Date.UTC(1995, 0, 1) / 1000, max: Date.UTC(2060, 0, 1) / 1000 }),
    { minLength: 2, maxLength: 12 },
  );
  const clockForms: Readonly<Record<string, Writer>> = {
    ...Object.fromEntries(
      ['iso', 'dotted, year first', 'Chinese', 'Korean', 'compact', '27NOV2026', 'long months, ru'].map(
        (name) => [name, (date: Date) => `${dayForms[name]!(date)} ${partsOf(date).clock}`],
      ),
    ),
    'ISO with T and Z': (date) => date.toISOString(),
    'an offset': (date) => `${new Date(date.getTime() + 9 * 3_600_000).toISOString().slice(0, 19)}+09:00`,
    'a place': (date) =>
      `${new Intl.DateTimeFormat('sv', { timeZone: 'Asia/Tokyo', dateStyle: 'short', timeStyle: 'medium' }).format(date)} Asia/Tokyo`,
    'AM and PM': (date) =>
      new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', dateStyle: 'medium', timeStyle: 'medium' }).format(
        date,
      ),
    seconds: (date) => String(date.getTime() / 1000),
    milliseconds: (date) => String(date.getTime()),
    nanoseconds: (date) => `${date.getTime()}000000`,
    'twelve digits and two': (date) => date.toISOString().replace(/\D/g, '').slice(0, 14),
  };

  test.each(Object.entries(clockForms))('written as %s are read again', (_, write) => {
    fc.assert(
      fc.property(instants, (seconds) => {
        const rows = seconds.map((second) => new Date(second * 1000));
        const sorted = rows.toSorted((a, b) => a.getTime() - b.getTime());
        const text = csvOf('Date', rows.map(write));
        expect(readCsv(text).dates!.map((iso) => Date.parse(iso))).toEqual(
          sorted.map((date) => date.getTime()),
        );
      }),
      { numRuns: 25 },
    );
  });

  test.each(
    Object.keys(dayForms).filter((name) => !/two digits|second|zero|Republic of China, compact/.test(name)),
  )('days written as %s are read again', (name) => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 8000, max: 30_000 }), { minLength: 40, maxLength: 60 }),
        (random) => {
          const rows = random.sort((a, b) => b - a).map((day) => new Date(day * DAY));
          const iso = rows.toReversed().map((date) => date.toISOString().slice(0, 10));
          expect(readCsv(csvOf('Date', rows.map(dayForms[name]!))).dates).toEqual(iso);
        },
      ),
      { numRuns: 5 },
    );
  });

  test('are sorted by time, not by text', () => {
    const cells = ['10:00:00.500Z', '10:00:00Z', '10:00:01Z', '10:00:00.5001Z'].map(
      (clock) => `2026-11-02T${clock}`,
    );
    expect(readCsv(csvOf('Date', cells)).dates).toEqual([
      '2026-11-02T10:00:00Z',
      '2026-11-02T10:00:00.500Z',
      '2026-11-02T10:00:00.500100Z',
      '2026-11-02T10:00:01Z',
    ]);
  });

  test('in another writing are the same, also where nanoseconds are told', () => {
    const twice = (a: string, b: string) =>
      messageOf(() => readCsv(csvOf('Date', [a, b, '2027-01-01 00:01Z'])));
    expect(twice('2026-11-27T09:30:00+09:00', '2026-11-27 00:30')).toContain(
      '2026-11-27T00:30:00Z on lines 2 and 3',
    );
    expect(twice('20261127', '2026-11-27')).toContain('on lines 2 and 3');
    const nanoseconds = ['1795789800000000001', '1795789800000000002', '1795789800000000003'];
    expect(readCsv(csvOf('Date', nanoseconds)).rowCount).toBe(3);
  });

  test.each(['either end first', 'newest first'])(
    'of an hour that comes twice stand in the order of the rows: %s',
    (end) => {
      const rows = ['00:30', '01:00', '01:30', '01:00', '01:30', '02:00'].map(
        (clock) => `20261101 ${clock}:00 US/Eastern`,
      );
      const file = readCsv(csvOf('date', end === 'newest first' ? rows.toReversed() : rows));
      expect(file.dates!.map((iso) => iso.slice(11, 16))).toEqual([
        '04:30',
        '05:00',
        '05:30',
        '06:00',
        '06:30',
        '07:00',
      ]);
    },
  );

  test('with offsets may have one time of day twice', () => {
    const rows = ['00:30:00-04:00', '01:30:00-04:00', '01:30:00-05:00', '02:30:00-05:00'].map(
      (clock) => `2026-11-01 ${clock}`,
    );
    expect(readCsv(csvOf('Datetime', rows)).rowCount).toBe(4);
  });
});

describe('seconds', () => {
  const from = (first: number, step: number, count = 40) =>
    Array.from({ length: count }, (_, at) => String(first + at * step));

  test.each([
    ['of nine digits and ten', 978_445_800, 86_400 * 7, '2001-01-02T14:30:00Z'],
    ['of nine digits', 789_004_800, 86_400, '1995-01-02'],
    ['of eight digits', 31_536_000, 86_400, '1971-01-01'],
    ['before 1970 and after', -864_000, 86_400, '1969-12-22'],
  ])('%s', (_, first, step, iso) => {
    for (const name of ['time', 'timestamp', 'Date', 'window_start_time']) {
      expect(readCsv(csvOf(name, from(first, step).toReversed()))).toMatchObject({ order: 'newest-first' });
      expect(readCsv(csvOf(name, from(first, step))).dates![0]).toBe(iso);
    }
  });

  test('and other units one below the other', () => {
    const cells = ['1735516800000', '1735603200000', '1735689600000000', '1735776000000000'];
    expect(readCsv(csvOf('open_time', cells)).dates).toEqual([
      '2024-12-30',
      '2024-12-31',
      '2025-01-01',
      '2025-01-02',
    ]);
  });
});
