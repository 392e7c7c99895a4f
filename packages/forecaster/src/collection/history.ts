/** The values of a series that are known at one time, without gaps. */

/**
 * Fills missing values (NaN) by linear interpolation between their neighbours, and after the last known value
 * by that value. The given values end at the time of the forecast, so no later value is used.
 *
 * @param values [n], from the first known value on
 */
export function filled(values: Float64Array): Float64Array {
  if (values.every((value) => !Number.isNaN(value))) return values;
  const whole = Float64Array.from(values);
  let last = 0;
  for (let t = 1; t < whole.length; t++) {
    if (Number.isNaN(whole[t])) continue;
    const step = (whole[t]! - whole[last]!) / (t - last);
    for (let between = last + 1; between < t; between++)
      whole[between] = whole[last]! + step * (between - last);
    last = t;
  }
  return whole.fill(whole[last]!, last + 1);
}

/**
 * The mean absolute change over a season; over one step if that is 0 or there is no season; 0 for a constant
 * series.
 */
export function usualChange(values: Float64Array, season: number): number {
  const over = (lag: number) => {
    let sum = 0;
    for (let t = lag; t < values.length; t++) sum += Math.abs(values[t]! - values[t - lag]!);
    return values.length > lag ? sum / (values.length - lag) : 0;
  };
  return over(season) || over(1);
}
