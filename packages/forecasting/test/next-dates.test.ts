import { describe, expect, test } from 'vitest';
import { nextDates } from '../src/calendar/next-dates';

const DAY = 86_400_000;
const iso = (time: number) => new Date(time).toISOString().replace('.000Z', 'Z');
const dayIso = (time: number) => iso(time).slice(0, 10);

/** Days from the first to the last, both in, that `takes` takes. */
function daysBetween(first: string, last: string, takes: (date: Date) => boolean): string[] {
  const count = (Date.parse(last) - Date.parse(first)) / DAY + 1;
  const all = Array.from({ length: count }, (_, at) => new Date(Date.parse(first) + at * DAY));
  return all.filter(takes).map((date) => dayIso(date.getTime()));
}

const isWeekday = (date: Date) => date.getUTCDay() % 6 !== 0;
const monthly = (count: number, find: (month: number) => number, step = 1) =>
  Array.from({ length: count }, (_, at) => dayIso(find(at * step)));
const lastDay = (month: number) => Date.UTC(2022, month + 1, 0);
const business = (time: number, way: 1 | -1): number =>
  new Date(time).getUTCDay() % 6 === 0 ? business(time + way * DAY, way) : time;

describe('days', () => {
  test.each<[string, string[], string[]]>([
    [
      'a week without its weekend',
      daysBetween('2020-01-06', '2020-01-10', isWeekday),
      ['2020-01-13', '2020-01-14'],
    ],
    [
      'three days in the middle of a week',
      ['2020-01-07', '2020-01-08', '2020-01-09'],
      ['2020-01-10', '2020-01-13'],
    ],
    ['a weekend among a few', ['2020-01-10', '2020-01-11', '2020-01-12'], ['2020-01-13', '2020-01-14']],
    ['every day', daysBetween('2020-01-01', '2020-03-06', () => true), ['2020-03-07', '2020-03-08']],
    [
      'one Saturday among business days',
      daysBetween(
        '2020-01-01',
        '2020-06-05',
        (date) => isWeekday(date) || dayIso(date.getTime()) === '2020-02-01',
      ),
      ['2020-06-08', '2020-06-09'],
    ],
    [
      'one Saturday at the end',
      daysBetween(
        '2020-01-01',
        '2020-06-06',
        (date) => isWeekday(date) || dayIso(date.getTime()) === '2020-06-06',
      ),
      ['2020-06-08', '2020-06-09'],
    ],
    [
      'business days with holidays',
      daysBetween('2020-01-01', '2020-06-05', (date) => isWeekday(date) && date.getUTCDate() % 13 !== 0),
      ['2020-06-08', '2020-06-09'],
    ],
    [
      'a week from Sunday to Thursday',
      daysBetween('2020-01-05', '2020-03-05', (date) => date.getUTCDay() < 5),
      ['2020-03-08', '2020-03-09'],
    ],
    [
      'Monday, Wednesday and Friday',
      daysBetween('2020-01-06', '2020-03-06', (date) => [1, 3, 5].includes(date.getUTCDay())),
      ['2020-03-09', '2020-03-11'],
    ],
    [
      'Fridays',
      daysBetween('2020-01-03', '2020-03-06', (date) => date.getUTCDay() === 5),
      ['2020-03-13', '2020-03-20'],
    ],
    [
      'Fridays, the last one a holiday',
      [...daysBetween('2020-01-03', '2020-04-03', (date) => date.getUTCDay() === 5), '2020-04-09'],
      ['2020-04-17', '2020-04-24'],
    ],
    [
      'every second Wednesday',
      daysBetween(
        '2020-01-01',
        '2020-05-01',
        (date) => (date.getTime() / DAY - Date.parse('2020-01-01') / DAY) % 14 === 0,
      ),
      ['2020-05-06', '2020-05-20'],
    ],
    [
      'every third day',
      daysBetween('2020-01-01', '2020-01-31', (date) => (date.getUTCDate() - 1) % 3 === 0),
      ['2020-02-03', '2020-02-06'],
    ],
  ])('%s', (_, dates, next) => {
    expect(nextDates(dates, 2)).toEqual(next);
  });

  test.each<[string, string[], string[]]>([
    [
      'first days of months',
      monthly(12, (m) => Date.UTC(2022, m, 1)),
      ['2023-01-01', '2023-02-01', '2023-03-01'],
    ],
    ['last days of months', monthly(12, lastDay), ['2023-01-31', '2023-02-28', '2023-03-31']],
    ['two last days', ['2023-06-30', '2023-07-31'], ['2023-08-31', '2023-09-30', '2023-10-31']],
    [
      'last business days of months',
      monthly(30, (m) => business(lastDay(m), -1)),
      ['2024-07-31', '2024-08-30', '2024-09-30'],
    ],
    [
      'first business days of months',
      monthly(30, (m) => business(Date.UTC(2022, m, 1), 1)),
      ['2024-07-01', '2024-08-01', '2024-09-02'],
    ],
    [
      'the 30th, and the last of February',
      monthly(14, (m) => Math.min(Date.UTC(2022, m, 30), lastDay(m))),
      ['2023-03-30', '2023-04-30', '2023-05-30'],
    ],
    [
      'the 15th or the business day after it',
      monthly(24, (m) => business(Date.UTC(2022, m, 15), 1)),
      ['2024-01-15', '2024-02-15', '2024-03-15'],
    ],
    [
      'third Fridays',
      monthly(24, (m) => Date.UTC(2022, m, 15 + ((5 - new Date(Date.UTC(2022, m, 15)).getUTCDay() + 7) % 7))),
      ['2024-01-19', '2024-02-16', '2024-03-15'],
    ],
    [
      'first days of quarters',
      monthly(8, (m) => Date.UTC(2022, m, 1), 3),
      ['2024-01-01', '2024-04-01', '2024-07-01'],
    ],
    [
      'last days of quarters',
      monthly(8, (m) => Date.UTC(2022, m + 3, 0), 3),
      ['2024-03-31', '2024-06-30', '2024-09-30'],
    ],
    [
      'last days of years',
      ['2020-12-31', '2021-12-31', '2022-12-31'],
      ['2023-12-31', '2024-12-31', '2025-12-31'],
    ],
    [
      'first days of years',
      ['2019-01-01', '2020-01-01', '2021-01-01'],
      ['2022-01-01', '2023-01-01', '2024-01-01'],
    ],
    ['years', ['1997', '1998', '1999'], ['2000', '2001', '2002']],
    ['decades', ['1970', '1980', '1990'], ['2000', '2010', '2020']],
    ['months', ['2026-09', '2026-10', '2026-11'], ['2026-12', '2027-01', '2027-02']],
  ])('%s', (_, dates, next) => {
    expect(nextDates(dates, 3)).toEqual(next);
  });

  test.each([
    [['2020-01-01', '2020-01-03', '2020-02-11', '2020-02-12', '2020-05-30', '2020-09-09']],
    [['2020-01-01', '2020-02-17']],
    [['2020-01-01']],
    [[]],
  ])('without a rule there are none: %j', (dates) => {
    expect(nextDates(dates, 1)).toBeUndefined();
  });
});

describe('bars within days', () => {
  /** Bars at the minutes of the days from `first` on. */
  const bars = (first: string, days: number, minutes: readonly number[], takes = isWeekday) =>
    daysBetween(first, dayIso(Date.parse(first) + (days - 1) * DAY), takes).flatMap((day) =>
      minutes.map((minute) => iso(Date.parse(day) + minute * 60_000)),
    );
  const every = (step: number, from: number, to: number) =>
    Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, at) => from + at * step);
  const newYork = every(60, 14.5 * 60, 20.5 * 60);
  const tokyo = [...every(30, 0, 2 * 60), ...every(30, 3.5 * 60, 5.5 * 60)];

  test.each<[string, string[], string[]]>([
    [
      'after the last bar of a Friday',
      bars('2024-01-08', 19, newYork),
      ['2024-01-29T14:30:00Z', '2024-01-29T15:30:00Z'],
    ],
    [
      'in the middle of a day',
      bars('2024-01-08', 19, newYork).slice(0, -3),
      ['2024-01-26T18:30:00Z', '2024-01-26T19:30:00Z'],
    ],
    [
      'over a lunch break',
      bars('2024-01-08', 18, tokyo).slice(0, -5),
      ['2024-01-25T03:30:00Z', '2024-01-25T04:00:00Z'],
    ],
    [
      'of a market that never closes',
      bars('2024-01-08', 6, every(60, 0, 1439), () => true),
      ['2024-01-14T00:00:00Z', '2024-01-14T01:00:00Z'],
    ],
    [
      'with a stray Saturday',
      [...bars('2024-01-08', 19, newYork), '2024-01-27T14:30:00Z'],
      ['2024-01-29T14:30:00Z', '2024-01-29T15:30:00Z'],
    ],
    ['one a day', bars('2024-01-08', 19, [14.5 * 60]), ['2024-01-29T14:30:00Z', '2024-01-30T14:30:00Z']],
    [
      'after a clock was put forward',
      [
        ...bars('2024-02-26', 12, newYork),
        ...bars(
          '2024-03-11',
          5,
          newYork.map((minute) => minute - 60),
        ),
      ],
      ['2024-03-18T13:30:00Z', '2024-03-18T14:30:00Z'],
    ],
  ])('%s', (_, dates, next) => {
    expect(nextDates(dates, 2)).toEqual(next);
  });

  test('of a week from Sunday night to Friday night', () => {
    const hours = every(60, 0, 40 * 1440).map(
      (minute) => Date.parse('2024-01-07T00:00:00Z') + minute * 60_000,
    );
    const isOpen = (time: number) => {
      const [day, hour] = [new Date(time).getUTCDay(), new Date(time).getUTCHours()];
      return day === 0 ? hour >= 23 : day === 5 ? hour < 22 : day < 5 && hour !== 22;
    };
    const dates = hours.filter((time) => isOpen(time) && time < Date.parse('2024-02-09T22:00:00Z')).map(iso);
    expect(dates.at(-1)).toBe('2024-02-09T21:00:00Z');
    expect(nextDates(dates, 2)).toEqual(['2024-02-11T23:00:00Z', '2024-02-12T00:00:00Z']);
  });

  test('half a second apart', () => {
    const start = Date.parse('2026-11-02T10:00:00Z');
    const dates = Array.from({ length: 50 }, (_, at) => iso(start + at * 500));
    expect(nextDates(dates, 2)).toEqual(['2026-11-02T10:00:25Z', '2026-11-02T10:00:25.500Z']);
  });

  test('at no regular times have none to come', () => {
    const start = Date.parse('2026-11-02T10:00:00Z');
    const dates = Array.from({ length: 50 }, (_, at) => iso(start + at * at * 1301));
    expect(nextDates(dates, 1)).toBeUndefined();
  });
});
