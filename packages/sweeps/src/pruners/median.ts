import { check, checkOptions } from '../refuse';
import { compareBy, type Report } from '../trial';
import type { Pruner } from './pruner';

/** Settings of {@link medianPruner}. */
export interface MedianOptions {
  /** Complete trials before any is given up, default 5. */
  readonly startupTrials?: number;
  /** Steps before a trial may be given up, default 0. */
  readonly warmUpSteps?: number;
  /**
   * The share of the complete trials that a trial must be as good as, in (0, 1), default 0.5: their median.
   */
  readonly share?: number;
}

/**
 * Gives a trial up whose best report is worse than the median of what the complete trials reported at that
 * step (the median stopping rule of Golovin et al., Google Vizier, 2017, with reports instead of their
 * means).
 */
export function medianPruner(options: MedianOptions = {}): Pruner {
  checkOptions('medianPruner', options, {
    startupTrials: 'integer of at least 0?',
    warmUpSteps: 'integer of at least 0?',
    share: 'number?',
  });
  const { startupTrials = 5, warmUpSteps = 0, share = 0.5 } = options;
  check.number('medianPruner', 'share', share, share > 0 && share < 1, 'in (0, 1)');
  return {
    name: 'median',
    shouldPrune({ trial, trials, direction }) {
      const { step } = trial.reports.at(-1)!;
      const complete = trials.filter(({ state }) => state === 'complete');
      if (step < warmUpSteps || complete.length < Math.max(1, startupTrials)) return false;
      const better = compareBy(direction);
      const best = trial.reports.map(({ value }) => value).reduce((a, b) => (better(a, b) <= 0 ? a : b));
      if (Number.isNaN(best)) return true;
      const at = ({ reports }: { readonly reports: readonly Report[] }) =>
        reports.find((one) => one.step === step);
      const values = complete.flatMap((one) => at(one)?.value ?? []).filter((value) => !Number.isNaN(value));
      return values.length > 0 && better(best, quantile(values.sort(better), share)) > 0;
    },
  };
}

/** A quantile of sorted values, interpolated between two of them. */
function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
  return low + (high - low) * (place - Math.floor(place));
}
