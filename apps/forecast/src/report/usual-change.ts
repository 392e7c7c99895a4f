/**
 * The mean absolute change over a season, or over a step where that is 0 or there is no season; 0 of a
 * constant.
 */
export function usualChange(values: Float64Array, season: number): number {
  const over = (lag: number) => {
    let sum = 0;
    for (let t = lag; t < values.length; t++) sum += Math.abs(values[t]! - values[t - lag]!);
    return values.length > lag ? sum / (values.length - lag) : 0;
  };
  return over(season) || over(1);
}
