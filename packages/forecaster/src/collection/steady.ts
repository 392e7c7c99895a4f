import { driftForecast } from '@unrolled/forecasting';
import { filled } from './history';
import { holtForecast } from './holt';

/**
 * The rules that a steady series may follow: the line through its ends, a smoothed line, and steady growth, a
 * smoothed line of its logarithms.
 */
const RULES = {
  drift: (history: Float64Array, horizon: number): Float64Array => driftForecast(history, horizon),
  line: (history: Float64Array, horizon: number): Float64Array => holtForecast(history, horizon, [1]),
  growth: (history: Float64Array, horizon: number): Float64Array | undefined =>
    history.every((value) => value > 0)
      ? holtForecast(history.map(Math.log), horizon, [1]).map(Math.exp)
      : undefined,
} as const;

export type SteadyRule = keyof typeof RULES;

/** A rule, its forecast, and how far its forecasts were from the newest values. */
export interface SteadyForecast {
  readonly rule: SteadyRule;
  /** [horizon] */
  readonly forecast: Float64Array;
  /** `[horizon]`: at each step the sum of absolute errors, and how many they are. */
  readonly errors: Float64Array;
  readonly counts: Float64Array;
}

/** Below this share of the last value's error a rule is no accident. */
const STEADY = 0.1;
/**
 * Below this share it is none either, if the error is no more than what rounding to the values' digits makes.
 */
const STEADY_ROUNDED = 0.3;
const MOST_DIGITS = 6;
const FEWEST_KNOWN = 4;

/**
 * The rule that a series follows so closely that a network could only be less exact: a straight line,
 * constant growth, a money-market fund. It is the rule whose forecasts from each of the last `horizon`
 * origins were nearest to the true values, if their mean absolute error is below a tenth of the last value's,
 * or below three tenths and no more than half a unit of the values' last digit.
 *
 * @param values [n] from the first known value, NaN where one is missing
 * @returns undefined where no rule is that good, or the series is shorter than four values and a horizon
 */
export function steadyForecast(values: Float64Array, horizon: number): SteadyForecast | undefined {
  const n = values.length;
  const names = Object.keys(RULES) as SteadyRule[];
  const errors = { last: 0, drift: 0, line: 0, growth: 0 };
  const byStep = names.map(() => new Float64Array(horizon));
  const counts = new Float64Array(horizon);
  let count = 0;
  if (n < FEWEST_KNOWN + horizon) return undefined;
  for (let known = n - horizon; known < n; known++) {
    const history = filled(values.subarray(0, known));
    const steps = n - known;
    const forecasts = names.map((name) => RULES[name](history, steps));
    for (let ahead = 0; ahead < steps; ahead++) {
      const value = values[known + ahead]!;
      if (Number.isNaN(value)) continue;
      count++;
      counts[ahead]!++;
      errors.last += Math.abs(value - history.at(-1)!);
      for (const [at, name] of names.entries()) {
        const forecast = forecasts[at]?.[ahead];
        const error = forecast === undefined ? Number.POSITIVE_INFINITY : Math.abs(value - forecast);
        errors[name] += error;
        byStep[at]![ahead]! += error;
      }
    }
  }
  const rule = names.reduce((a, b) => (errors[b] < errors[a] ? b : a));
  const isRounded = () => errors[rule] / count <= lastDigit(values) / 2;
  const isSteady =
    errors[rule] < STEADY * errors.last || (errors[rule] < STEADY_ROUNDED * errors.last && isRounded());
  if (!isSteady) return undefined;
  const forecast = RULES[rule](filled(values), horizon)!;
  return { rule, forecast, errors: byStep[names.indexOf(rule)]!, counts };
}

/** The unit of the last digit that values are rounded to, 1 … 10⁻⁶; 0 where they have more digits. */
function lastDigit(values: Float64Array): number {
  for (let digits = 0; digits <= MOST_DIGITS; digits++) {
    const unit = 10 ** digits;
    const isWhole = (value: number) => Number.isNaN(value) || Math.round(value * unit) / unit === value;
    if (values.every(isWhole)) return 1 / unit;
  }
  return 0;
}
