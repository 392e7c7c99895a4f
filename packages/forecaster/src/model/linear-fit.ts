/**
 * Least squares for a network's linear part: each target's regression on the newest rows of the window, as
 * many as Schwarz's criterion and Akaike's corrected one both find worth their coefficients, down to none.
 *
 * With at least one row comes a constant; with none every change is the drift. A unit on the diagonal keeps
 * inputs apart that are all but copies of each other; against hundreds of windows it weighs nothing.
 */
import type { Examples } from '../network/batches';

/** Maximum number of coefficients that are tried: the triangle takes their cube. */
const MOST_INPUTS = 128;
const RIDGE = 1;

export interface LinearFit {
  /** Rows of the window that it sees. */
  readonly order: number;
  /** [T·I, steps], row-major, of the window as it is flattened: oldest row first. */
  readonly kernel: Float32Array;
  /** [steps] */
  readonly bias: Float64Array;
}

/**
 * Fits the regressions.
 *
 * @param examples n windows of T rows and I columns, and their targets
 * @param width I
 * @param asked rows that it is to see; default as many as are worth it
 */
export function linearFit({ count, inputs, targets }: Examples, width: number, asked?: number): LinearFit {
  const size = inputs.length / count; // T·I
  const steps = targets.length / count;
  const most = asked ?? Math.floor(Math.min(size, MOST_INPUTS, count / 4) / width);
  const used = inputsOf(most, width);
  // The newest row's columns first, so each order is a leading block.
  const place = (at: number) => size - width * (1 + Math.floor((at - 1) / width)) + ((at - 1) % width);
  const triangle = factored(count, used + steps, used, (example, at) =>
    at >= used ? targets[example * steps + at - used]! : at === 0 ? 1 : inputs[example * size + place(at)]!,
  );
  const order = asked ?? bestOrder(triangle, count, most, width, steps);
  const kernel = new Float32Array(size * steps);
  const bias = new Float64Array(steps);
  for (let step = 0; step < steps; step++) {
    const [constant = 0, ...solution] = solved(triangle, inputsOf(order, width), used + step);
    bias[step] = constant;
    for (const [at, coefficient] of solution.entries()) kernel[place(at + 1) * steps + step] = coefficient;
  }
  return { order, kernel, bias };
}

/** A constant, and the columns of as many rows; of none nothing. */
function inputsOf(order: number, width: number): number {
  return order === 0 ? 0 : 1 + order * width;
}

/**
 * The lower triangle L of Cholesky's decomposition of [X | Y]ᵀ[X | Y] with a ridge on X. Rows of Y follow
 * those of X, unfactored: row `used` + s, entry i < used, is the part of target s explained by column i of X,
 * and its entry at `used` + s the sum of squares.
 */
function factored(count: number, size: number, used: number, value: (example: number, at: number) => number) {
  const rows = Array.from({ length: size }, () => new Float64Array(size));
  const example = new Float64Array(size);
  for (let n = 0; n < count; n++) {
    for (let at = 0; at < size; at++) example[at] = value(n, at);
    for (let i = 0; i < size; i++) {
      const row = rows[i]!;
      const own = example[i]!;
      if (own !== 0) for (let j = 0; j <= i; j++) row[j] = row[j]! + own * example[j]!;
    }
  }
  for (let i = 0; i < size; i++) {
    const row = rows[i]!;
    for (let j = 0; j <= Math.min(i, used - 1); j++) {
      const other = rows[j]!;
      let sum = row[j]! + (i === j ? RIDGE : 0);
      for (let k = 0; k < j; k++) sum -= row[k]! * other[k]!;
      row[j] = i === j ? Math.sqrt(sum) : sum / other[j]!;
    }
  }
  return rows;
}

/** The number of rows back, 0 … most, with the least criterion over all targets. */
function bestOrder(
  triangle: readonly Float64Array[],
  count: number,
  most: number,
  width: number,
  steps: number,
): number {
  const used = inputsOf(most, width);
  const residuals = Array.from({ length: steps }, (_, step) => triangle[used + step]![used + step]!);
  const scale = residuals.map((residual) => residual || 1);
  let best = { order: 0, score: Number.POSITIVE_INFINITY };
  for (let order = 0; order <= most; order++) {
    const end = inputsOf(order, width);
    const k = end + 1;
    let score = steps * k * Math.max(Math.log(count), (2 * count) / (count - k - 1));
    for (let step = 0; step < steps; step++) {
      const row = triangle[used + step]!;
      for (let at = inputsOf(Math.max(0, order - 1), width); at < end; at++)
        residuals[step] = residuals[step]! - row[at]! ** 2;
      score += count * Math.log(Math.max(residuals[step]! / scale[step]!, 1e-12));
    }
    if (score < best.score) best = { order, score };
  }
  return best.order;
}

/** The coefficients of the first `size` inputs: Lᵀ·b = the target's row. */
function solved(triangle: readonly Float64Array[], size: number, target: number): Float64Array {
  const solution = triangle[target]!.slice(0, size);
  for (let i = size - 1; i >= 0; i--) {
    for (let j = i + 1; j < size; j++) solution[i] = solution[i]! - triangle[j]![i]! * solution[j]!;
    solution[i] = solution[i]! / triangle[i]![i]!;
  }
  return solution;
}
