import { random } from '@unrolled/cells';

/** One row of open, high, low, close and volume. */
export type Row = [number, number, number, number, number];

/** A seeded random walk of daily prices around 100, oldest first. */
export function walk(rows: number, seed = 1): Row[] {
  const draws = random(seed);
  let close = 100;
  return Array.from({ length: rows }, () => {
    const open = close + draws.normal() * 0.3;
    close = Math.max(1, close + draws.normal());
    const high = Math.max(open, close) + draws.uniform();
    const low = Math.min(open, close) - draws.uniform();
    return [open, high, low, close, Math.round(1e6 * (1 + draws.uniform()))].map(cents) as Row;
  });
}

const cents = (value: number) => Math.round(value * 100) / 100;

/** The date of a row: weekends are traded too. */
export function dateOf(row: number): string {
  return new Date(Date.UTC(2020, 0, 1 + row)).toISOString().slice(0, 10);
}

export const COLUMNS = ['Open', 'High', 'Low', 'Close', 'Volume'];

/** A CSV with dates, oldest first, the plainest of all. */
export function plainCsv(rows: readonly Row[]): string {
  return lines([['Date', ...COLUMNS], ...rows.map((row, at) => [dateOf(at), ...row])]);
}

/** The same without dates. */
export function undatedCsv(rows: readonly Row[]): string {
  return lines([COLUMNS, ...rows]);
}

export function lines(table: readonly (readonly (string | number)[])[], delimiter = ','): string {
  return `${table.map((row) => row.join(delimiter)).join('\n')}\n`;
}
