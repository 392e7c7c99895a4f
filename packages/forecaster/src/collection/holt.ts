const ALPHAS = [0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 0.99];
/** Ratios of β to α. */
const RATIOS = [0.02, 0.1, 0.25, 0.5];
/** Number of values at the start to which the first line is fitted. */
const HEAD = 10;

/**
 * Holt's exponential smoothing with a damped trend (Gardner and McKenzie, 1985). The initial level and slope
 * come from the least-squares line of the first values. α and β from a grid, and φ from the given values, are
 * those with the smallest squared errors. A millisecond is enough for several fits of a whole series; a
 * search would take a hundred times as long.
 *
 * @param values [n], n ≥ 1
 * @param damping the φ to choose from, in (0, 1]; 1 is Holt's straight line
 */
export function holtForecast(
  values: Float64Array,
  horizon: number,
  damping: readonly number[],
): Float64Array {
  const [level, slope] = firstLine(values);
  const run = { level, slope: 0, phi: 1 };
  const ends = new Float64Array(3 * RATIOS.length);
  let least = Number.POSITIVE_INFINITY;
  for (const phi of damping) {
    for (const alpha of ALPHAS) {
      runThrough(values, [level, slope], alpha, phi, least, ends);
      for (let k = 0; k < RATIOS.length; k++) {
        const error = ends[3 * k]!;
        if (!(error < least)) continue;
        least = error;
        Object.assign(run, { level: ends[3 * k + 1]!, slope: ends[3 * k + 2]!, phi });
      }
    }
  }
  let steps = 0;
  return Float64Array.from({ length: horizon }, (_, ahead) => {
    steps += run.phi ** (ahead + 1);
    return run.level + steps * run.slope;
  });
}

/** Level and slope one step before the first value. */
function firstLine(values: Float64Array): [level: number, slope: number] {
  const count = Math.min(HEAD, values.length);
  let [times, sum, squares, products] = [0, 0, 0, 0];
  for (let t = 0; t < count; t++) {
    times += t;
    sum += values[t]!;
    squares += t * t;
    products += t * values[t]!;
  }
  const slope = count > 1 ? (count * products - times * sum) / (count * squares - times * times) : 0;
  return [(sum - slope * times) / count - slope, slope];
}

/** Values between two comparisons with the smallest error so far. */
const PIECE = 16;

/**
 * Smooths with the four ratios of β to α at once. Each step depends on the previous step of the same ratio,
 * so a processor computes the four in the time of one. It ends early if all four have larger errors than
 * `most`.
 *
 * @param ends [4, 3]: the squared errors, the last level and the last slope of each
 */
function runThrough(
  values: Float64Array,
  [firstLevel, firstSlope]: readonly [number, number],
  alpha: number,
  phi: number,
  most: number,
  ends: Float64Array,
): void {
  const [beta0, beta1, beta2, beta3] = RATIOS.map((ratio) => alpha * ratio) as [
    number,
    number,
    number,
    number,
  ];
  let [level0, level1, level2, level3] = [firstLevel, firstLevel, firstLevel, firstLevel];
  let [slope0, slope1, slope2, slope3] = [firstSlope, firstSlope, firstSlope, firstSlope];
  let [error0, error1, error2, error3] = [0, 0, 0, 0];
  for (let from = 0; from < values.length; from += PIECE) {
    const to = Math.min(values.length, from + PIECE);
    for (let t = from; t < to; t++) {
      const value = values[t]!;
      const growth0 = phi * slope0;
      const growth1 = phi * slope1;
      const growth2 = phi * slope2;
      const growth3 = phi * slope3;
      const off0 = value - level0 - growth0;
      const off1 = value - level1 - growth1;
      const off2 = value - level2 - growth2;
      const off3 = value - level3 - growth3;
      error0 += off0 * off0;
      error1 += off1 * off1;
      error2 += off2 * off2;
      error3 += off3 * off3;
      level0 += growth0 + alpha * off0;
      level1 += growth1 + alpha * off1;
      level2 += growth2 + alpha * off2;
      level3 += growth3 + alpha * off3;
      slope0 = growth0 + beta0 * off0;
      slope1 = growth1 + beta1 * off1;
      slope2 = growth2 + beta2 * off2;
      slope3 = growth3 + beta3 * off3;
    }
    if (error0 > most && error1 > most && error2 > most && error3 > most) break;
  }
  ends.set([error0, level0, slope0, error1, level1, slope1, error2, level2, slope2, error3, level3, slope3]);
}
