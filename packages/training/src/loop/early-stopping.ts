import { inWords, type OptionKinds } from '@unrolled/errors';
import { check, checkOptions, refuse } from '../refuse';
import { dataOf, type TensorRecord } from './snapshot';

export interface EarlyStoppingOptions {
  /** Number of validations without an improvement after which it stops; default Infinity, never. */
  readonly patience?: number;
  /** Minimum decrease of the loss that counts as an improvement; default 0. */
  readonly minimumDelta?: number;
  /**
   * Whether a lower or a higher value is better; 'higher' for a score such as an accuracy. Default 'lower'.
   */
  readonly better?: 'lower' | 'higher';
  /** Continues from the result of `state()`. */
  readonly state?: EarlyStoppingState;
}

/**
 * Plain data. Put it into a checkpoint's config to resume exactly. It is a type alias because TypeScript does
 * not accept an interface as JSON.
 */
export type EarlyStoppingState = {
  /** The best value so far; null before the first. */
  readonly best: BestLoss | null;
  /** Number of validations since then. */
  readonly waited: number;
};

/** A validation loss, and the step (or epoch) after which it was measured. */
export type BestLoss = {
  readonly step: number;
  readonly loss: number;
};

export interface EarlyStopping {
  /**
   * Processes the next validation loss. NaN is no improvement. The best `params` are copied; the caller keeps
   * its own tensors.
   */
  update(observed: BestLoss & { readonly params?: unknown }): {
    readonly improved: boolean;
    readonly stop: boolean;
  };
  readonly best: BestLoss | null;
  /** Copies of the best `params`, for `restoreParams`; undefined if none were passed. */
  readonly bestParams: TensorRecord | undefined;
  /** Whether the patience is exhausted. */
  readonly stopped: boolean;
  /** The state, without the parameters. */
  state(): EarlyStoppingState;
}

const KINDS: OptionKinds<EarlyStoppingOptions> = {
  patience: 'number?',
  minimumDelta: 'number?',
  better: "'lower' or 'higher'?",
  state: 'object?',
};

/**
 * Watches a validation loss and keeps the best model. `improved` means that a loss is the best so far, which
 * is the time to save; `stop` means that none of the last `patience` validations was an improvement. If
 * `update` receives the parameters, it keeps a copy of the best ones.
 *
 * @throws UnrolledError if `patience` is not a positive integer or Infinity, or `minimumDelta` is negative
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): EarlyStopping {
  checkOptions('earlyStopping', options, KINDS);
  const { patience = Number.POSITIVE_INFINITY, minimumDelta = 0, better = 'lower', state } = options;
  if (patience !== Number.POSITIVE_INFINITY) check.count('earlyStopping', 'patience', patience);
  check.number('earlyStopping', 'minimumDelta', minimumDelta, minimumDelta >= 0, 'of at least 0');
  if (state) checkState(state);
  const isBetter = (loss: number, than: number) =>
    better === 'lower' ? loss < than - minimumDelta : loss > than + minimumDelta;
  let best = state?.best ?? null;
  let waited = state?.waited ?? 0;
  let bestParams: TensorRecord | undefined;
  return {
    update(observed) {
      checkObserved(observed);
      const { step, loss, params } = observed;
      const improved = best === null ? !Number.isNaN(loss) : isBetter(loss, best.loss);
      if (improved) {
        best = { step, loss };
        bestParams = params === undefined ? undefined : dataOf(params);
      }
      waited = improved ? 0 : waited + 1;
      return { improved, stop: waited >= patience };
    },
    get best() {
      return best;
    },
    get bestParams() {
      return bestParams;
    },
    get stopped() {
      return waited >= patience;
    },
    // JSON has no Infinity. If the first loss is Infinity, any later loss improves on it, as on null.
    state: () => ({ best: Number.isFinite(best?.loss) ? best : null, waited }),
  };
}

function checkState({ best, waited }: EarlyStoppingState): void {
  const isBest = best === null || (typeof best?.step === 'number' && typeof best.loss === 'number');
  if (isBest && Number.isSafeInteger(waited) && waited >= 0) return;
  refuse('earlyStopping', {
    expected: 'state { best: { step, loss } or null, waited }',
    got: `best ${inWords(best)} and waited ${inWords(waited)}`,
    remedy: 'pass the result of state()',
  });
}

function checkObserved(observed: BestLoss): void {
  const { step, loss } = Object(observed) as Partial<BestLoss>;
  if (typeof step === 'number' && typeof loss === 'number') return;
  const got =
    Object(observed) === observed ? `step ${inWords(step)} and loss ${inWords(loss)}` : inWords(observed);
  refuse('earlyStopping', {
    expected: 'update({ step, loss }) with numbers',
    got,
    remedy: 'pass the validation loss as a number, and its step',
  });
}
