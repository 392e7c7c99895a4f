import { check } from './refuse';

export interface EarlyStoppingOptions {
  /** Validations without an improvement before it says stop. */
  readonly patience: number;
  /** An improvement is a loss below the best by more than this; default 0. */
  readonly minimumDelta?: number;
  /** Continue from what `state()` gave. */
  readonly state?: EarlyStoppingState;
}

/** Plain data; put it in a checkpoint's config to resume exactly. */
export interface EarlyStoppingState {
  /** The lowest loss so far; null before the first. */
  readonly best: number | null;
  /** Losses since then. */
  readonly waited: number;
}

export interface EarlyStopping {
  /** Takes the next validation loss; NaN counts as no improvement. */
  update(loss: number): { readonly improved: boolean; readonly stop: boolean };
  state(): EarlyStoppingState;
}

/**
 * Watches a validation loss: `improved` says that it is the best so far (the moment to save), `stop` that it was not
 * for `patience` validations.
 */
export function earlyStopping({ patience, minimumDelta = 0, state }: EarlyStoppingOptions): EarlyStopping {
  check.count('earlyStopping', 'patience', patience);
  check.number('earlyStopping', 'minimumDelta', minimumDelta, minimumDelta >= 0, 'of at least 0');
  let best = state?.best ?? null;
  let waited = state?.waited ?? 0;
  return {
    update(loss) {
      const improved = best === null ? !Number.isNaN(loss) : loss < best - minimumDelta;
      if (improved) best = loss;
      waited = improved ? 0 : waited + 1;
      return { improved, stop: waited >= patience };
    },
    state: () => ({ best, waited }),
  };
}
