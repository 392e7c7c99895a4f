import {
  type GradConfig,
  mul,
  reshape,
  type Tensor,
  type Tensor1D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import { check, checkKind, checkLengths, checkOptions, refuse } from '../refuse';
import { checkTensor } from './checks';
import { isTapeOn, requireFirstOrder, requireFusedKernel, runOp } from './registry';

/** The targets for logits [B,T,C]. */
export interface CtcProblem {
  /** Labels of each row, in 0 … C − 1 without the blank. */
  readonly targets: readonly ArrayLike<number>[];
  /** Number of valid steps of each row, 0 … T; default T for all. */
  readonly inputLengths?: ArrayLike<number> | undefined;
  /** Index of the blank class. Default 0. */
  readonly blank?: number | undefined;
  /**
   * If true, a target that is too long for its row has a loss and a gradient of 0 instead of ∞ and NaN.
   * Default false.
   */
  readonly zeroInfinity?: boolean | undefined;
}

const KINDS: OptionKinds<CtcProblem> = {
  targets: 'array',
  inputLengths: 'array or typed array?',
  blank: 'integer of at least 0?',
  zeroInfinity: 'boolean?',
};

/** The kernel's inputs except the logits. */
export interface CtcAttributes {
  readonly targets: readonly ArrayLike<number>[];
  readonly lengths: readonly number[];
  readonly blank: number;
  readonly zeroInfinity: boolean;
  /** Whether a gradient may follow. */
  readonly keep: boolean;
}

/**
 * The CTC loss of each row (Graves et al., 2006), including the log-softmax. If a gradient may follow, it is
 * computed together with the loss. The results have the same bits for any number of threads. `ctcLoss` of
 * `@unrolled/losses` computes the loss on any backend.
 *
 * @param logits float32 [B,T,C], before the softmax
 * @returns [B], in nats; ∞ for a target that needs more steps than its row has
 * @throws UnrolledError on shapes, lengths or labels that do not fit, or a backend without the kernel
 */
export function ctcLosses(logits: Tensor3D, problem: CtcProblem): Tensor1D {
  const scope = 'ctcLosses';
  checkKind(scope, 'logits', logits, 'tensor');
  checkOptions(scope, problem, KINDS);
  requireFusedKernel(scope);
  requireFirstOrder(scope);
  checkTensor(scope, 'logits', logits, 'float32', [null, null, null]);
  const [batch, time, classes] = logits.shape;
  const { targets, inputLengths, blank = 0, zeroInfinity = false } = problem;
  check.number(scope, 'blank', blank, blank < classes, `a class of the logits, below ${classes}`);
  const lengths = checkLengths(scope, inputLengths, batch, time) ?? new Array<number>(batch).fill(time);
  checkTargets(scope, targets, { batch, classes, blank });
  const keep = isTapeOn();
  const attributes: CtcAttributes = { targets, lengths, blank, zeroInfinity, keep };
  const [losses, gradient] = runOp<Tensor[]>(GRADIENT, { logits }, attributes);
  gradient?.dispose();
  return losses as Tensor1D;
}

function checkTargets(
  scope: string,
  targets: readonly ArrayLike<number>[],
  { batch, classes, blank }: { batch: number; classes: number; blank: number },
): void {
  const isLabel = (label: number) =>
    Number.isInteger(label) && label >= 0 && label < classes && label !== blank;
  for (const row of targets) checkKind(scope, 'each of targets', row, 'array or typed array');
  const bad = targets.findIndex((row) => !Array.prototype.every.call(row, isLabel));
  if (targets.length === batch && bad < 0) return;
  refuse(scope, {
    expected: `${batch} targets, each a list of labels in 0 … ${classes - 1} except ${blank}`,
    got: bad < 0 ? `${targets.length} targets` : `a label out of range in row ${bad}`,
    remedy: 'pass the labels of each row, without blanks',
  });
}

const GRADIENT: GradConfig = {
  kernelName: 'Ctc',
  outputsToSave: [false, true],
  gradFunc: (dys, [gradient]) => ({
    logits: () => {
      const dLosses = (dys as unknown as Tensor[])[0]!;
      return mul(gradient!, reshape(dLosses, [dLosses.size, 1, 1]));
    },
  }),
};
