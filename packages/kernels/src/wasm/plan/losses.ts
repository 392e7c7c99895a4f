/**
 * The losses of `@unrolled/losses` as a plan computes them, each rounded where tfjs's ops and their gradients
 * round.
 */
import { SumArguments } from '../../generated/abi';
import type { Resident } from '../kernels/host';
import { meanOfLosses, rowEntropies, rowEntropyGradient } from '../kernels/softmax-cross-entropy';
import type { Pass } from './pass';
import type { PlanLoss, PlanModel } from './plan-model';

/** The operands of a plan's loss. */
export interface LossInputs {
  /** The model's output: logits […, V], or predictions. */
  readonly output: Resident;
  /** Ids […], or float32 of the output's shape. */
  readonly targets: Resident;
  /**
   * How much each row of logits, or each prediction, counts, of the targets' shape; undefined where all
   * count 1.
   */
  readonly weights: Resident | undefined;
}

export interface LossStage {
  /** The loss, once the jobs up to here have run. */
  read(): number;
  /** Notes what makes the gradient of the output. */
  backward(): Resident;
}

/** Elements under which tfjs's own sum is taken (kernels/sum.ts). */
const SMALL = 64;

/** Keeps 0/0 at 0, as `@unrolled/losses` does. */
const SMALLEST_WEIGHT = Math.fround(1e-12);

const sizeOf = ({ shape }: Resident) => shape.reduce((size, extent) => size * extent, 1);

/** Notes the sum of a tensor as tfjs rounds it; answers how to read it. */
function sumOf({ host }: Pass, tensor: Resident): () => number {
  const size = sizeOf(tensor);
  if (size < SMALL) {
    let sum = 0;
    host.between(() => {
      const start = host.now(tensor) / 4;
      sum = 0;
      for (let n = start; n < start + size; n++) sum += host.floats[n]!;
    });
    return () => Math.fround(sum);
  }
  const y = host.fixed(4);
  host.engine.write(SumArguments, { rows: 1, columns: size, alongRows: true, x: tensor.address, y });
  host.engine.run('sum', 1);
  return () => host.floats[y / 4]!;
}

export function lossStage(
  pass: Pass,
  { loss, smoothing }: Pick<PlanModel, 'loss' | 'smoothing'>,
  inputs: LossInputs,
): LossStage {
  if (loss === 'crossEntropy') return crossEntropy(pass, inputs, smoothing);
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
  // Read when all jobs are done, so it is not freed.
  const [start, end] = [loss.address / 4, loss.address / 4 + rows];
  const gradientBy = (dLoss: number): Resident => {
    const dLogits = rowEntropyGradient(host, { logits, ids, kept, smoothing }, () => dLoss) as Resident;
    host.release(kept);
    return dLogits;
  };
  if (!weights) {
    return {
      read: () => meanOfLosses(host.floats.subarray(start, end)),
      // The gradient of the mean, shared out.
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
 * For one error e = prediction − target: the summand, and half the sum's or the whole gradient's factor.
 */
const ERRORS = {
  squared: {
    of: (e: number) => e * e,
    slope: (e: number) => Math.fround(2 * Math.fround(e)),
  },
  absolute: {
    // e·sign(e), each rounded: the sign changes no digit.
    of: (e: number) => Math.abs(Math.fround(e)),
    slope: (e: number) => Math.sign(Math.fround(e)),
  },
} as const;

function regression(
  pass: Pass,
  loss: Exclude<PlanLoss, 'crossEntropy'>,
  { output, targets, weights }: LossInputs,
): LossStage {
  const { host } = pass;
  const { of, slope } = ERRORS[loss === 'meanAbsoluteError' ? 'absolute' : 'squared'];
  const isSum = loss === 'sumOfSquares';
  const size = sizeOf(output);
  const errors = host.makeResident(output.shape);
  /** For one element: its weight, and its error, 0 for weight 0. */
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
