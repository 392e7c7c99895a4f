/** The factors of common price errors: ratios of splits, and units. */

export interface Factor {
  readonly value: number;
  /** Ratios in the notation of splits: 3:2. */
  readonly ratio: string;
}

const whole = [2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 40, 50, 100, 1000, 10_000, 100_000, 1_000_000];

const FACTORS: readonly Factor[] = [
  { value: 5 / 4, ratio: '5:4' },
  { value: 4 / 3, ratio: '4:3' },
  { value: 3 / 2, ratio: '3:2' },
  { value: 5 / 2, ratio: '5:2' },
  ...whole.map((value) => ({ value, ratio: `${value}:1` })),
];

/** The factor whose logarithm is nearest to the absolute log change. */
export function nearestFactor(size: number): Factor {
  const distance = ({ value }: Factor) => Math.abs(size - Math.log(value));
  return FACTORS.reduce((best, one) => (distance(one) < distance(best) ? one : best));
}

/** `× 100` or `÷ 1.5`, depending on the sign of a log change. */
export function factorWords(value: number, step: number): string {
  return `${step > 0 ? '×' : '÷'} ${rounded(value)}`;
}

/** Four digits; more would not help to tell 1.333 from 4/3. */
function rounded(value: number): string {
  return String(Number(value.toPrecision(4)));
}
