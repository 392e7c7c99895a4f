/** The code that a plan's losses share. */
import { SumArguments } from '../../generated/abi';
import type { Resident } from '../kernels/host';
import type { Pass } from './pass';

/** The inputs of a plan's loss. */
export interface LossInputs {
  /** The model's output: logits […, V] or predictions. */
  readonly output: Resident;
  /** Ids […], float32 with the output's shape, or for CTC labels [B, width]. */
  readonly targets: Resident;
  /**
   * The weight of each row of logits or of each prediction, in the targets' shape; undefined if all weights
   * are 1.
   */
  readonly weights: Resident | undefined;
  /** For CTC, the number of labels of each row. */
  readonly labelCounts: Resident | undefined;
}

export interface LossStage {
  /** Reads the loss, once the jobs recorded so far have run. */
  read(): number;
  /** Records the jobs that compute the gradient of the output. */
  backward(): Resident;
}

/** Number of elements below which tfjs's own sum is used (kernels/sum.ts). */
const SMALL = 64;

export const sizeOf = ({ shape }: Resident) => shape.reduce((size, extent) => size * extent, 1);

/** Records the sum of a tensor, rounded as tfjs rounds it; returns a function that reads it. */
export function sumOf({ host }: Pass, tensor: Resident): () => number {
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
