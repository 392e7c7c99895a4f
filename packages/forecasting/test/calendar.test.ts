import { describe, expect, test } from 'vitest';
import {
  calendarFeatures,
  calendarOf,
  frequencyChange,
  frequencyName,
  frequencyOf,
  usualLags,
  usualSeasons,
} from '../src';

const DAY = 86_400_000;
const iso = (time: number) => new Date(time).toISOString().replace('.000Z', 'Z');
const day = (time: number) => iso(time).slice(0, 10);
const every = (first: string, step: number, count: number, write = iso) =>
  Array.from({ length: count }, (_, at) => write(Date.parse(first) + at * step));
const months = (count: number, step: number, dayOf: (month: number) => number) =>
  Array.from({ length: count }, (_, at) => day(dayOf(at * step)));
const first = (month: number) => Date.UTC(2019, month, 1);
const last = (month: number) => Date.UTC(2019, month + 1, 0);
const business = (time: number, way: number): number =>
  new Date(time).getUTCDay() % 6 === 0 ? business(time + way * DAY, way) : time;
const onDays = (dates: string[], days: number[]) =>
  dates.filter((date) => days.includes(new Date(date).getUTCDay()));

const KINDS: [name: string, dates: string[]][] = [
  ['30s', every('2024-01-01T00:00:00Z', 30_000, 50)],
  ['15min', every('2024-03-30T00:00:00Z', 900_000, 300)],
  ['hourly', every('2024-03-30T00:00:00Z', 3_600_000, 100)],
  ['6h', every('2024-03-30T03:00:00Z', 6 * 3_600_000, 40)],
  ['daily', every('2024-02-25', DAY, 40, day)],
  ['daily', every('2024-02-25T05:00:00Z', DAY, 40)],
  ['business-daily', onDays(every('2024-02-26', DAY, 60, day), [1, 2, 3, 4, 5])],
  ['business-daily', ['2024-03-01', '2024-03-04', '2024-03-05']],
  ['daily, 6 days a week', onDays(every('2024-02-26', DAY, 60, day), [1, 2, 3, 4, 5, 6])],
  ['weekly', every('2024-02-25', 7 * DAY, 30, day)],
  ['2W', every('2024-02-25', 14 * DAY, 30, day)],
  ['monthly', months(40, 1, first)],
  ['monthly', months(40, 1, last)],
  ['monthly', months(40, 1, (month) => business(last(month), -1))],
  ['monthly', months(40, 1, (month) => business(first(month), 1))],
  ['monthly', months(40, 1, (month) => first(month) + 14 * DAY)],
  ['quarterly', months(12, 3, first)],
  ['quarterly', months(12, 3, (month) => last(month + 2))],
  ['yearly', months(12, 12, (month) => last(month + 11))],
  ['yearly', Array.from({ length: 12 }, (_, at) => String(2009 + at))],
];

describe('calendarOf', () => {
  test.each(KINDS)('%s: knows each date, with some missing too', (name, dates) => {
    for (const some of [dates, dates.length > 10 ? dates.filter((_, at) => at % 13 !== 4) : dates]) {
      const calendar = calendarOf(some)!;
      expect(frequencyName(calendar.frequency)).toBe(name);
      const zero = calendar.stepOf(dates[0]!)!;
      expect(dates.map((date) => calendar.stepOf(date)! - zero)).toEqual(dates.map((_, at) => at));
      expect(dates.map((_, at) => calendar.dateOf(zero + at))).toEqual(dates);
    }
  });

  test('counts a week or month whose day a holiday has moved', () => {
    const weeks = every('2024-01-01', 7 * DAY, 30, day);
    const moved = weeks.with(7, day(Date.parse(weeks[7]!) + DAY));
    const calendar = calendarOf(moved)!;
    expect(calendar.stepOf(moved[7]!)! - calendar.stepOf(moved[0]!)!).toBe(7);
    expect(calendar.dateOf(calendar.stepOf(weeks.at(-1)!)! + 1)).toBe('2024-07-29');
  });

  test('goes through leap years and the ends of months of other lengths', () => {
    const calendar = calendarOf(['2023-10-31', '2023-11-30', '2023-12-31'])!;
    const next = calendar.stepOf('2023-12-31')!;
    expect([1, 2, 3].map((ahead) => calendar.dateOf(next + ahead))).toEqual([
      '2024-01-31',
      '2024-02-29',
      '2024-03-31',
    ]);
  });

  test('finds none in dates without steps, and takes the frequency that is given', () => {
    const dates = ['2024-01-01T00:00:00.001Z', '2024-01-01T00:00:00.018Z', '2024-01-01T00:00:00.047Z'];
    expect(calendarOf(dates)).toBeUndefined();
    const one = calendarOf(['2024-05-31'], { frequency: frequencyOf('M') })!;
    expect(one.dateOf(one.stepOf('2024-05-31')! + 1)).toBe('2024-06-30');
    expect(() => calendarOf(['2024-05-31'])).toThrow(/at least 2 dates, got 1/);
    expect(() => calendarOf(['2024-05-31', '2024-05-30'])).toThrow(
      /"2024-05-30" in row 2, behind "2024-05-31"/,
    );
    expect(() => calendarOf(['2024-05-31', 'tomorrow'])).toThrow(/"tomorrow" in row 2/);
  });

  test('finds where the frequency changes from days to months', () => {
    const days = every('2019-01-01', DAY, 60, day);
    const mixed = [...days, ...months(12, 1, (month) => first(month + 3))];
    const calendar = calendarOf(mixed)!;
    expect(frequencyChange(mixed, calendar)).toEqual({ row: 60, frequency: 'monthly' });
    const holes = days.filter((_, at) => at < 10 || (at * at) % 7 < 3);
    expect(frequencyChange(holes, calendarOf(holes)!)).toBeUndefined();
  });
});

test.each(['15min', '2h', 'hourly', 'daily', 'business-daily', 'weekly', 'monthly', 'quarterly', 'yearly'])(
  'frequencyOf reads %s',
  (name) => expect(frequencyName(frequencyOf(name))).toBe(name),
);

test.each([
  ['H', 'hourly'],
  ['60min', '60min'],
  ['B', 'business-daily'],
  ['MS', 'monthly'],
  ['QE', 'quarterly'],
])('pandas writes %s for %s', (short, name) => expect(frequencyName(frequencyOf(short))).toBe(name));

test.each(['', 'fortnightly', '0min', '2B', 'constructor', '99999D'])('frequencyOf refuses "%s"', (name) =>
  expect(() => frequencyOf(name)).toThrow(/expected a frequency, hourly, daily/),
);

// GluonTS 0.16 `get_seasonality`: H 24, B 5, M 12, Q 4, 15min 96; a day 1, where statsforecast's users
// take 7.
test.each<[string, number[]]>([
  ['15min', [96, 672]],
  ['hourly', [24, 168]],
  ['daily', [7, 365]],
  ['business-daily', [5, 260]],
  ['weekly', [52]],
  ['monthly', [12]],
  ['quarterly', [4]],
  ['yearly', []],
  ['7h', [24]],
  ['11min', []],
])('usualSeasons of %s', (name, seasons) => expect(usualSeasons(frequencyOf(name))).toEqual(seasons));

test('usualLags are the nearest, and those around the seasons', () => {
  expect(usualLags(frequencyOf('M'))).toEqual([1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 23, 24, 25, 35, 36, 37]);
  expect(usualLags(frequencyOf('D'), 30)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 13, 14, 15, 20, 21, 22]);
});

describe('calendarFeatures', () => {
  test('have the same value at the same place of a cycle, and December beside January', () => {
    const dates = months(25, 1, first);
    const [sine, cosine] = calendarFeatures(dates, { frequency: frequencyOf('M') });
    expect([sine!.name, cosine!.name]).toEqual(['month, sine', 'month, cosine']);
    expect(sine!.values[13]).toBe(sine!.values[1]);
    const apart = (a: number, b: number) =>
      Math.hypot(sine!.values[a]! - sine!.values[b]!, cosine!.values[a]! - cosine!.values[b]!);
    expect(apart(11, 12)).toBeCloseTo(apart(0, 1), 12);
  });

  test('count holidays on a day, and in a week', () => {
    const holidays = ['2024-12-25', '2024-12-26', '2025-01-01'];
    const of = (name: string, dates: string[]) => [
      ...calendarFeatures(dates, { frequency: frequencyOf(name), holidays }).at(-1)!.values,
    ];
    expect(of('D', ['2024-12-24', '2024-12-25', '2024-12-26', '2024-12-27'])).toEqual([0, 1, 1, 0]);
    expect(of('h', ['2024-12-25T00:00:00Z', '2024-12-25T23:00:00Z'])).toEqual([1, 1]);
    expect(of('W', ['2024-12-16', '2024-12-23', '2024-12-30'])).toEqual([0, 2, 1]);
  });

  test('refuse what is no date', () =>
    expect(() => calendarFeatures(['2024-01-01', 'x'], { frequency: frequencyOf('D') })).toThrow(
      /'x' at index 1/,
    ));
});
