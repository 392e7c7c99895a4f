/**
 * Connectionist temporal classification (Graves, Fernández, Gomez and Schmidhuber, 2006) of one row, computed
 * in float64 with logarithms. The states s = 0 … 2L are the labels with blanks between and around them. With
 * q_t(s) the log-softmax of step t at the state's class,
 *
 *     α_t(s) = q_t(s) + ln (e^α_(t−1)(s) + e^α_(t−1)(s−1) + e^α_(t−1)(s−2))     the last only from one label to another
 *     β_t(s) = ln (e^(β+q)_(t+1)(s) + e^(β+q)_(t+1)(s+1) + e^(β+q)_(t+1)(s+2))  likewise
 *     loss = −ln (e^α_(T−1)(2L) + e^α_(T−1)(2L−1))
 *     ∂loss/∂x_t(k) = softmax(x_t)(k) − Σ_(s of class k) e^(α_t(s) + β_t(s) + loss)
 */

/** The inputs of a row's loss. */
export interface CtcRow {
  /** Scores before the softmax, [T, C], row by row. */
  readonly logits: Float32Array;
  readonly steps: number;
  readonly classes: number;
  /** Class ids without blanks. */
  readonly labels: ArrayLike<number>;
  readonly blank: number;
}

/**
 * The smallest number of steps that a target needs: one for each label, and a blank between two equal labels.
 */
export function leastSteps(labels: ArrayLike<number>): number {
  let least = labels.length;
  for (let i = 1; i < labels.length; i++) if (labels[i] === labels[i - 1]) least++;
  return least;
}

/** The class of each state: blank, label, blank, label, …, blank. */
export function statesOf(labels: ArrayLike<number>, blank: number): Int32Array {
  const states = new Int32Array(2 * labels.length + 1).fill(blank);
  for (let i = 0; i < labels.length; i++) states[2 * i + 1] = labels[i]!;
  return states;
}

/** The natural logarithm of the softmax of each row [T, C]. */
export function logSoftmaxRows(logits: Float32Array, steps: number, classes: number): Float64Array {
  const result = new Float64Array(steps * classes);
  for (let start = 0; start < result.length; start += classes) {
    let top = -Infinity;
    for (let k = start; k < start + classes; k++) top = Math.max(top, logits[k]!);
    let sum = 0;
    for (let k = start; k < start + classes; k++) sum += Math.exp(logits[k]! - top);
    const logSum = Math.log(sum);
    for (let k = start; k < start + classes; k++) result[k] = logits[k]! - top - logSum;
  }
  return result;
}

/**
 * −ln of the probability of the labels; ∞ if they do not fit, NaN if a logit is NaN.
 *
 * @param gradient [T, C], receives the gradient with respect to the logits; NaN if the loss is not finite
 */
export function plainCtc(row: CtcRow, gradient?: Float32Array): number {
  const { logits, steps, classes, labels, blank } = row;
  if (steps === 0) return labels.length === 0 ? 0 : Infinity;
  const logs = logSoftmaxRows(logits, steps, classes);
  const states = statesOf(labels, blank);
  const alpha = forwardSums(logs, steps, classes, states);
  const last = steps * states.length - 1;
  const loss = -logAdd(alpha[last]!, states.length > 1 ? alpha[last - 1]! : -Infinity);
  if (gradient && Number.isFinite(loss))
    fillGradient(gradient, { logs, alpha, states, steps, classes, loss });
  else gradient?.fill(Number.NaN);
  // Adds 0, so that a certain target has a loss of 0 rather than −0.
  return loss + 0;
}

/** α, [T, S] */
function forwardSums(logs: Float64Array, steps: number, classes: number, states: Int32Array): Float64Array {
  const count = states.length;
  const alpha = new Float64Array(steps * count).fill(-Infinity);
  for (let s = 0; s < Math.min(2, count); s++) alpha[s] = logs[states[s]!]!;
  for (let t = 1; t < steps; t++) {
    const [now, before] = [t * count, (t - 1) * count];
    for (let s = 0; s < count; s++) {
      let sum = alpha[before + s]!;
      if (s > 0) sum = logAdd(sum, alpha[before + s - 1]!);
      if (skips(states, s)) sum = logAdd(sum, alpha[before + s - 2]!);
      alpha[now + s] = sum + logs[t * classes + states[s]!]!;
    }
  }
  return alpha;
}

/** Whether a path may go to label s from the previous label without a blank in between. */
const skips = (states: Int32Array, s: number) => s > 2 && s % 2 === 1 && states[s] !== states[s - 2];

interface Sums {
  readonly logs: Float64Array;
  readonly alpha: Float64Array;
  readonly states: Int32Array;
  readonly steps: number;
  readonly classes: number;
  readonly loss: number;
}

function fillGradient(gradient: Float32Array, { logs, alpha, states, steps, classes, loss }: Sums): void {
  const count = states.length;
  // β of the current step, and β + q of the next step.
  let beta = new Float64Array(count).fill(-Infinity);
  beta.fill(0, Math.max(0, count - 2));
  const after = new Float64Array(count);
  const shares = new Float64Array(classes);
  for (let t = steps - 1; t >= 0; t--) {
    shares.fill(0);
    for (let s = 0; s < count; s++) shares[states[s]!]! += Math.exp(alpha[t * count + s]! + beta[s]! + loss);
    for (let k = t * classes, c = 0; c < classes; k++, c++) gradient[k] = Math.exp(logs[k]!) - shares[c]!;
    for (let s = 0; s < count; s++) after[s] = beta[s]! + logs[t * classes + states[s]!]!;
    beta = new Float64Array(count);
    for (let s = 0; s < count; s++) {
      let sum = after[s]!;
      if (s + 1 < count) sum = logAdd(sum, after[s + 1]!);
      if (s + 2 < count && skips(states, s + 2)) sum = logAdd(sum, after[s + 2]!);
      beta[s] = sum;
    }
  }
}

/** ln (eᵃ + eᵇ) */
export function logAdd(a: number, b: number): number {
  const top = Math.max(a, b);
  return top === -Infinity ? top : top + Math.log1p(Math.exp(Math.min(a, b) - top));
}
