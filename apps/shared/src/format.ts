/** A price with two decimals, or four significant digits if it is small: 831.66, 0.0004213. */
export function formatPrice(price: number): string {
  const size = Math.abs(price);
  if (!Number.isFinite(price)) return String(price);
  if (size !== 0 && (size < 1e-6 || size >= 1e12)) return price.toExponential(3);
  return size >= 1 || size === 0 ? price.toFixed(2) : price.toPrecision(4);
}

/** 0.0456 → `4.6 %`, 0.456 → `46 %`. */
export function formatPercent(share: number): string {
  const value = share * 100;
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} %`;
}

/** A p-value: `< 0.001`, `0.012`. */
export function formatProbability(p: number): string {
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

/** The day of an ISO text. */
export function formatDay(date: string | Date): string {
  return (typeof date === 'string' ? date : date.toISOString()).slice(0, 10);
}

/** 1, row → `1 row`; 2, row → `2 rows`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
