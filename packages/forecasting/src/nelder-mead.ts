/** The smallest value of a function in a box, without gradients. */

export interface NelderMeadOptions {
  readonly lower: ArrayLike<number>;
  readonly upper: ArrayLike<number>;
  readonly iterations: number;
  /** Ends where the values over the simplex have a smaller standard deviation. */
  readonly tolerance: number;
}

const FIRST_STEP = 0.05;
const STEP_FROM_ZERO = 1e-4;

/**
 * The simplex search of Nelder and Mead (1965) with the coefficients of Gao and Han (2012), which depend on
 * the number of parameters; points outside the box are moved onto its border. The same path as
 * statsforecast's.
 *
 * @param start [p]; inside the box
 * @returns [p], the best point
 */
export function nelderMead(
  evaluate: (at: Float64Array) => number,
  start: Float64Array,
  options: NelderMeadOptions,
): Float64Array {
  const { lower, upper, iterations, tolerance } = options;
  const p = start.length;
  const expand = 1 + 2 / p;
  const contract = 0.75 - 1 / (2 * p);
  const shrink = 1 - 1 / p;
  const inside = (point: Float64Array) => {
    for (let k = 0; k < p; k++) point[k] = Math.min(Math.max(point[k]!, lower[k]!), upper[k]!);
    return point;
  };
  /** from + share · (to − from), in the box. */
  const towards = (from: Float64Array, to: Float64Array, share: number) => {
    const point = new Float64Array(p);
    for (let k = 0; k < p; k++) point[k] = from[k]! + share * (to[k]! - from[k]!);
    return inside(point);
  };

  const simplex = Array.from({ length: p + 1 }, () => inside(start.slice()));
  for (let k = 0; k < p; k++) {
    const value = simplex[k]![k]!;
    simplex[k]![k] = value === 0 ? STEP_FROM_ZERO : value * (1 + FIRST_STEP);
    inside(simplex[k]!);
  }
  const values = Float64Array.from(simplex, evaluate);
  const put = (at: number, point: Float64Array, value: number) => {
    simplex[at] = point;
    values[at] = value;
  };
  let order: number[] = [];
  for (let round = 0; round < iterations; round++) {
    if (deviation(values) < tolerance) break;
    order = simplex.map((_, at) => at).sort((a, b) => values[a]! - values[b]!);
    const [best, second, worst] = [order[0]!, order[p - 1]!, order[p]!];
    const centre = new Float64Array(p);
    for (let at = 0; at < p; at++) {
      const point = simplex[order[at]!]!;
      for (let k = 0; k < p; k++) centre[k]! += point[k]! / p;
    }
    const reflected = towards(centre, simplex[worst]!, -1);
    const value = evaluate(reflected);
    if (value < values[best]!) {
      const further = towards(centre, reflected, expand);
      const found = evaluate(further);
      if (found < value) put(worst, further, found);
      else put(worst, reflected, value);
      continue;
    }
    if (value < values[second]!) {
      put(worst, reflected, value);
      continue;
    }
    const isOutside = value < values[worst]!;
    const nearer = towards(centre, reflected, isOutside ? contract : -contract);
    const found = evaluate(nearer);
    if (isOutside ? found <= value : found < values[worst]!) {
      put(worst, nearer, found);
      continue;
    }
    for (const at of order.slice(1)) {
      const moved = towards(simplex[best]!, simplex[at]!, shrink);
      put(at, moved, evaluate(moved));
    }
  }
  return simplex[values.indexOf(Math.min(...values))]!;
}

function deviation(values: Float64Array): number {
  let [sum, squares] = [0, 0];
  for (let k = 0; k < values.length; k++) sum += values[k]!;
  const mean = sum / values.length;
  for (let k = 0; k < values.length; k++) squares += (values[k]! - mean) ** 2;
  return Math.sqrt(squares / values.length);
}
