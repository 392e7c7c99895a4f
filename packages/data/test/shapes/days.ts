/** 40 made-up days of one share, and how sources write them. */
import type { CsvFileOptions } from '@unrolled/data/node';

/** A day of prices. */
interface Day {
  readonly date: Date;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

export const days: Day[] = [];
let price = 65;
for (let at = 0; days.length < 40; at++) {
  const date = new Date(Date.UTC(2026, 9, 1 + at));
  if (date.getUTCDay() % 6 === 0) continue;
  const open = round(price * (1 + 0.004 * Math.sin(at * 1.7)));
  const close = round(price * (1 + 0.011 * Math.cos(at * 2.3)));
  const high = round(Math.max(open, close) * 1.0031);
  const low = round(Math.min(open, close) * 0.9957);
  days.push({ date, open, high, low, close, volume: 1_200_345 + 7919 * at });
  price = close;
}
export const last = days.at(-1)!;
export const newestFirst = days.toReversed();

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

export const iso = ({ date }: Day) => date.toISOString().slice(0, 10);
export const compact = (day: Day) => iso(day).replaceAll('-', '');
export const parts = (day: Day) => iso(day).split('-') as [string, string, string];
export const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
export const dotted = (day: Day) => parts(day).reverse().join('.');
export const slashed = (day: Day) => parts(day).reverse().join('/');
export const american = (day: Day) => `${parts(day)[1]}/${parts(day)[2]}/${parts(day)[0]}`;
export const named = (day: Day) => `${parts(day)[2]}-${months[day.date.getUTCMonth()]}-${parts(day)[0]}`;
export const fixed = (value: number, digits = 2) => value.toFixed(digits);
export const german = (value: number, digits = 2) =>
  new Intl.NumberFormat('de-DE', { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(
    value,
  );
export const grouped = (value: number) => new Intl.NumberFormat('en-US').format(value);
export const ohlc = ({ open, high, low, close }: Day, write: (value: number) => string = fixed) =>
  [open, high, low, close].map((value) => write(value));
export const table = (header: string, rows: readonly Day[], row: (day: Day, at: number) => string) =>
  `${[header, ...rows.map(row)].filter((line, at) => at > 0 || line !== '').join('\n')}\n`;

export interface Shape {
  /** Who writes it, and where that is described. */
  readonly source: string;
  readonly text: string;
  readonly encoding?: string;
  readonly options?: CsvFileOptions;
  /** The newest day, where it is not written as a day. */
  readonly newest?: string;
  /** How many times the prices of `days` are written. */
  readonly scale?: number;
  readonly target?: string;
}
