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

/** A rule, its forecast, and the errors of its forecasts of the newest values. */
export interface SteadyForecast {
  readonly rule: SteadyRule;
  /** [horizon] */
  readonly forecast: Float64Array;
  /** `[horizon]`: the sum of absolute errors at each step, and their number. */
  readonly errors: Float64Array;
  readonly counts: Float64Array;
}

/** A rule is accepted if its error is below this fraction of the error of repeating the last value. */
const STEADY = 0.1;
/**
 * A rule is also accepted below this fraction if its error is not larger than rounding to the values' digits
 * explains.
 */
const STEADY_ROUNDED = 0.3;
const MOST_DIGITS = 6;
const FEWEST_KNOWN = 4;

/**
 * The rule that a series follows so closely that a network could only be less exact: a straight line,
 * constant growth, a money-market fund. It is the rule whose forecasts from each of the last `horizon`
 * origins were closest to the true values. Their mean absolute error must be below a tenth of that of
 * repeating the last value, or below three tenths of it and at most half a unit of the values' last digit.
 *
 * @param values [n] from the first known value, NaN where one is missing
 * @returns undefined if no rule is that close, or the series is shorter than four values and a horizon
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

/** The unit of the last digit to which values are rounded, 1 … 10⁻⁶; 0 if they have more digits. */
function lastDigit(values: Float64Array): number {
  for (let digits = 0; digits <= MOST_DIGITS; digits++) {
    const unit = 10 ** digits;
    const isWhole = (value: number) => Number.isNaN(value) || Math.round(value * unit) / unit === value;
    if (values.every(isWhole)) return 1 / unit;
  }
  return 0;
}
