/** The losses of `@unrolled/losses` in a plan, rounded where tfjs's ops and their gradients round. */
import type { Resident } from '../kernels/host';
import { meanOfLosses, rowEntropies, rowEntropyGradient } from '../kernels/softmax-cross-entropy';
import { ctcStage } from './ctc';
import { type LossInputs, type LossStage, sizeOf, sumOf } from './loss-stage';
import type { Pass } from './pass';
import type { PlanLoss, PlanModel } from './plan-model';

/** Makes 0/0 equal to 0, as in `@unrolled/losses`. */
const SMALLEST_WEIGHT = Math.fround(1e-12);

export function lossStage(
  pass: Pass,
  { loss, smoothing }: Pick<PlanModel, 'loss' | 'smoothing'>,
  inputs: LossInputs,
): LossStage {
  if (loss === 'crossEntropy') return crossEntropy(pass, inputs, smoothing);
  if (loss === 'ctc') return ctcStage(pass, inputs);
  return regression(pass, loss, inputs);
}

function crossEntropy(
  pass: Pass,
  { output: logits, targets: ids, weights }: LossInputs,
  smoothing: number,
): LossStage {
  const { host } = pass;
  const { loss, kept } = rowEntropies(host, logits, ids, smoothing);
  const rows = sizeOf(ids);
  // It is read after all jobs have run, so it is not freed.
  const [start, end] = [loss.address / 4, loss.address / 4 + rows];
  const gradientBy = (dLoss: number): Resident => {
    const dLogits = rowEntropyGradient(host, { logits, ids, kept, smoothing }, () => dLoss) as Resident;
    host.release(kept);
    return dLogits;
  };
  if (!weights) {
    return {
      read: () => meanOfLosses(host.floats.subarray(start, end)),
      // The gradient of the mean with respect to each row's loss.
      backward: () => gradientBy(host.constant(rows, 1 / rows)),
    };
  }
  host.between(() => {
    const { floats } = host;
    const weight = host.now(weights) / 4 - start;
    for (let n = start; n < end; n++)
      floats[n] = floats[n + weight] === 0 ? 0 : floats[n]! * floats[n + weight]!;
  });
  const total = sumOf(pass, loss);
  const weightSum = sumOf(pass, weights);
  const divisor = () => Math.fround(weightSum() + SMALLEST_WEIGHT);
  return {
    read: () => Math.fround(total() / divisor()),
    backward() {
      const dLoss = host.fixed(rows * 4);
      host.between(() => {
        const { floats } = host;
        const share = Math.fround(1 / divisor());
        const weight = host.now(weights) / 4;
        for (let n = 0; n < rows; n++) floats[dLoss / 4 + n] = share * floats[weight + n]!;
      });
      return gradientBy(dLoss);
    },
  };
}

/**
 * For an error e = prediction − target: the term of the sum, and the gradient's factor (half of it for a
 * sum).
 */
const ERRORS = {
  squared: {
    of: (e: number) => e * e,
    slope: (e: number) => Math.fround(2 * Math.fround(e)),
  },
  absolute: {
    // e·sign(e), rounded after each operation; the sign does not change a digit.
    of: (e: number) => Math.abs(Math.fround(e)),
    slope: (e: number) => Math.sign(Math.fround(e)),
  },
} as const;

function regression(
  pass: Pass,
  loss: Exclude<PlanLoss, 'crossEntropy' | 'ctc'>,
  { output, targets, weights }: LossInputs,
): LossStage {
  const { host } = pass;
  const { of, slope } = ERRORS[loss === 'meanAbsoluteError' ? 'absolute' : 'squared'];
  const isSum = loss === 'sumOfSquares';
  const size = sizeOf(output);
  const errors = host.makeResident(output.shape);
  /** Calls `visit` with each element's weight and error; the error is 0 if the weight is 0. */
  const each = (visit: (n: number, error: number, weight: number) => void) => {
    const { floats } = host;
    const [predicted, target] = [output.address / 4, host.now(targets) / 4];
    const weight = weights ? host.now(weights) / 4 : 0;
    for (let n = 0; n < size; n++) {
      const counts = weights ? floats[weight + n]! : 1;
      visit(n, counts === 0 ? 0 : floats[predicted + n]! - floats[target + n]!, counts);
    }
  };
  host.between(() => {
    const { floats } = host;
    const start = errors.address / 4;
    each((n, error, weight) => {
      floats[start + n] = Math.fround(of(error)) * weight;
    });
  });
  const total = sumOf(pass, errors);
  const weightSum = weights && sumOf(pass, weights);
  const divisor = () => (weightSum ? Math.fround(weightSum() + SMALLEST_WEIGHT) : Math.max(1, size));
  host.release(errors);
  return {
    read: () => (isSum ? total() : Math.fround(total() / Math.fround(divisor()))),
    backward() {
      const gradient = host.makeResident(output.shape);
      host.between(() => {
        const { floats } = host;
        const share = isSum ? 1 : Math.fround(1 / Math.fround(divisor()));
        const start = gradient.address / 4;
        each((n, error, weight) => {
          floats[start + n] = weight === 0 ? 0 : Math.fround(share * weight) * slope(error);
        });
      });
      return gradient;
    },
  };
}
