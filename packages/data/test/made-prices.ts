import type { PriceTable } from '@unrolled/data';

export const ROWS = 300;

/** A seeded stream of standard normal draws. */
export function normals(seed: number): () => number {
  let state = seed * 2_654_435_761;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** A random walk of closes around 100. */
export function closes(seed: number, volatility = 0.01): number[] {
  const normal = normals(seed);
  let log = Math.log(100);
  return Array.from({ length: ROWS }, () => {
    log += volatility * normal();
    return Number(Math.exp(log).toFixed(4));
  });
}

export function day(row: number): string {
  return new Date(Date.UTC(2024, 0, 1 + row)).toISOString().slice(0, 10);
}

/** Whole bars, a day apart. */
export function bars(seed: number): PriceTable & { dates: string[] } {
  const normal = normals(seed + 1000);
  const Close = closes(seed);
  const Open = Close.map((_, row) =>
    Number(((Close[row - 1] ?? 100) * Math.exp(0.003 * normal())).toFixed(4)),
  );
  const more = () => 1 + 0.002 * Math.abs(normal());
  const High = Close.map((close, row) => Math.max(close, Open[row]!) * more());
  const Low = Close.map((close, row) => Math.min(close, Open[row]!) / more());
  const Volume = Close.map(() => Math.round(1e6 * Math.exp(0.2 * normal())));
  return { columns: { Open, High, Low, Close, Volume }, dates: Close.map((_, row) => day(row)) };
}

/** Changes the prices of some rows, both ends inclusive; volumes stay. */
export function replaced<T extends PriceTable>(
  table: T,
  first: number,
  last: number,
  change: (price: number) => number,
): T {
  const columns = Object.entries(table.columns).map(([name, column]) => [
    name,
    Array.from(column, (value, row) =>
      name !== 'Volume' && row >= first && row <= last ? change(value) : value,
    ),
  ]);
  return { ...table, columns: Object.fromEntries(columns) };
}
