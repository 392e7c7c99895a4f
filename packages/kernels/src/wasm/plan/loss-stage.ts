/** The common part of a plan's losses. */
import { SumArguments } from '../../generated/abi';
import type { Resident } from '../kernels/host';
import type { Pass } from './pass';

/** The operands of a plan's loss. */
export interface LossInputs {
  /** The model's output: logits […, V], or predictions. */
  readonly output: Resident;
  /** Ids […], or float32 of the output's shape; for CTC labels [B, width]. */
  readonly targets: Resident;
  /**
   * How much each row of logits, or each prediction, counts, of the targets' shape; undefined where all
   * count 1.
   */
  readonly weights: Resident | undefined;
  /** The number of each row's labels; for CTC. */
  readonly labelCounts: Resident | undefined;
}

export interface LossStage {
  /** The loss, once the jobs up to here have run. */
  read(): number;
  /** Notes what makes the gradient of the output. */
  backward(): Resident;
}

/** Elements under which tfjs's own sum is taken (kernels/sum.ts). */
const SMALL = 64;

export const sizeOf = ({ shape }: Resident) => shape.reduce((size, extent) => size * extent, 1);

/** Notes the sum of a tensor as tfjs rounds it; answers how to read it. */
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
