/**
 * Formats a number with a fixed number of decimals, rounded as in Python: a tie is rounded to the even digit
 * (6.25 gives 6.2). JavaScript's `toFixed` rounds ties up.
 */
export function fixed(value: number, decimals: number): string {
  // A tie is an odd multiple of 2^-(decimals + 1). Multiplication by a power of two is exact.
  const halves = value * 2 ** (decimals + 1);
  if (!Number.isInteger(halves) || halves % 2 === 0) return value.toFixed(decimals);
  const below = Math.floor(value * 10 ** decimals);
  return ((below % 2 === 0 ? below : below + 1) / 10 ** decimals).toFixed(decimals);
}
