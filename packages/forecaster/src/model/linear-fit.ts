/**
 * Least squares for a network's linear part: the regression of each target on the newest rows of the window.
 * The number of rows minimises a criterion. Its penalty is the larger one of Schwarz's criterion and Akaike's
 * corrected criterion. The number may be 0.
 *
 * With at least one row, the regression has a constant. With 0 rows, every change is the drift. A ridge of 1
 * keeps the system solvable if inputs are almost copies of each other. It is negligible for hundreds of
 * windows.
 */
import type { Examples } from '../network/batches';

/** Maximum number of coefficients. The time of the decomposition grows with their cube. */
const MOST_INPUTS = 128;
const RIDGE = 1;

export interface LinearFit {
  /** Number of newest rows of the window that the regression reads. */
  readonly order: number;
  /** [T·I, steps], row-major, for the flattened window, oldest row first. */
  readonly kernel: Float32Array;
  /** [steps] */
  readonly bias: Float64Array;
}

/**
 * Fits the regressions.
 *
 * @param examples n windows of T rows and I columns, and their targets
 * @param width I
 * @param asked number of rows to read; by default the criterion chooses it
 */
export function linearFit({ count, inputs, targets }: Examples, width: number, asked?: number): LinearFit {
  const size = inputs.length / count; // T·I
  const steps = targets.length / count;
  const most = asked ?? Math.floor(Math.min(size, MOST_INPUTS, count / 4) / width);
  const used = inputsOf(most, width);
  // The newest row's columns come first, so each order is a leading block of the matrix.
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

/** Number of inputs: a constant, and the columns of `order` rows; 0 for order 0. */
function inputsOf(order: number, width: number): number {
  return order === 0 ? 0 : 1 + order * width;
}

/**
 * The lower triangle L of Cholesky's decomposition of [X | Y]ᵀ[X | Y] with a ridge on X. The rows of Y follow
 * those of X and are not factored. In row `used` + s, an entry i < used is the part of target s that column i
 * of X explains. The entry at `used` + s is the target's sum of squares.
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

/** The number of rows, 0 … `most`, with the smallest criterion over all targets. */
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
