import type { OptionKinds } from '@unrolled/errors';
import { check, checkKind, checkOptions, refuse } from './refuse';

/** Half-open: start ≤ row < end. */
export interface RowRange {
  readonly start: number;
  readonly end: number;
}

export interface WalkForwardOptions {
  /** Training rows of the first fold; a minimum when `folds` asks for the newest ones. */
  readonly initial: number;
  /** Rows of a fold's test range: those that it forecasts. */
  readonly horizon: number;
  /**
   * Rows from one fold to the next; default the horizon, so every row is tested once. A smaller number
   * repeats test rows.
   */
  readonly stride?: number;
  /**
   * Whether training starts at row 0 in every fold, or keeps its length and moves; default `expanding`.
   */
  readonly window?: 'expanding' | 'sliding';
  /** The sliding window's length; default `initial`, at most that. */
  readonly trainingRows?: number;
  /** Rows between the training and the test range that are kept for calibration; default 0. */
  readonly calibration?: number;
  /**
   * How many folds: the newest that fit, the last one ending with the last row. Default: all that fit, from
   * the oldest.
   */
  readonly folds?: number;
  /** Rows left out before the calibration range (where there is one) and before the test range; default 0. */
  readonly gap?: number;
  /** Folds from one fit to the next: 1 (the default) fits in every fold, `never` in the first alone. */
  readonly refitEvery?: number | 'never';
}

const KINDS: OptionKinds<WalkForwardOptions> = {
  initial: 'number',
  horizon: 'number',
  stride: 'number?',
  window: "'expanding' or 'sliding'?",
  trainingRows: 'number?',
  calibration: 'number?',
  folds: 'number?',
  gap: 'number?',
  refitEvery: 'number or string?',
};

/** One step of a back-test. Training ends before calibration begins, and that before the test. */
export interface WalkForwardFold {
  /** From 0, oldest first. */
  readonly index: number;
  /** The rows that this fold's model was fitted to: those of the last fold that refits. */
  readonly train: RowRange;
  /** The newest rows before the test range, in every fold; undefined without calibration. */
  readonly calibration: RowRange | undefined;
  readonly test: RowRange;
  /** Whether a model is fitted in this fold, or the one before it stays. */
  readonly refit: boolean;
}

/**
 * The folds of a walk-forward back-test, oldest first: fit on what was known, forecast what came next, move
 * on.
 *
 * Rows that are not trained on take part as inputs only: a fold's forecasts may see every row before them. R
 * rows give ⌊(R − lead − horizon) / stride⌋ + 1 folds, where lead, the rows before the first test, is
 * initial + gap, and with calibration rows initial + gap + calibration + gap.
 *
 * @param rows how many there are
 * @throws UnrolledError saying how many rows it would take, when no fold or fewer than `folds` fit
 */
export function walkForward(rows: number, options: WalkForwardOptions): WalkForwardFold[] {
  checkKind('walkForward', 'rows', rows, 'number');
  checkOptions('walkForward', options, KINDS);
  const { initial, horizon, window = 'expanding', calibration = 0, gap = 0 } = options;
  const { stride = horizon, trainingRows = initial, refitEvery = 1 } = options;
  checkRanges({ ...options, rows, stride, window, trainingRows, calibration, gap, refitEvery });
  const lead = initial + gap + (calibration > 0 ? calibration + gap : 0);
  const count = countFolds(rows, lead, horizon, stride, options.folds);
  const firstTest = options.folds === undefined ? lead : rows - horizon - (count - 1) * stride;
  const period = refitEvery === 'never' ? count : refitEvery;
  return Array.from({ length: count }, (_, index) => {
    const start = firstTest + index * stride;
    const fittedAt = firstTest + (index - (index % period)) * stride;
    const trainEnd = fittedAt - (lead - initial);
    return {
      index,
      train: { start: window === 'sliding' ? trainEnd - trainingRows : 0, end: trainEnd },
      calibration: calibration > 0 ? { start: start - gap - calibration, end: start - gap } : undefined,
      test: { start, end: start + horizon },
      refit: index % period === 0,
    };
  });
}

function countFolds(
  rows: number,
  lead: number,
  horizon: number,
  stride: number,
  asked: number | undefined,
): number {
  const fitting = Math.floor((rows - lead - horizon) / stride) + 1;
  const wanted = asked ?? Math.max(1, fitting);
  const needed = lead + horizon + (wanted - 1) * stride;
  if (rows >= needed) return wanted;
  refuse('walkForward', {
    expected: `at least ${needed} rows for ${wanted} ${wanted === 1 ? 'fold' : 'folds'}: ${lead} before the first test, ${horizon} in a test, ${stride} from fold to fold`,
    got: String(rows),
    remedy: 'pass more rows, a shorter training or calibration part, or fewer folds',
  });
}

function checkRanges(options: WalkForwardOptions & { readonly rows: number }): void {
  const scope = 'walkForward';
  const { initial, window, trainingRows, refitEvery } = options;
  for (const name of ['initial', 'horizon', 'stride', 'trainingRows'] as const)
    check.count(scope, name, options[name]!);
  for (const name of ['rows', 'calibration', 'gap'] as const) check.count(scope, name, options[name]!, 0);
  if (options.folds !== undefined) check.count(scope, 'folds', options.folds);
  if (refitEvery !== 'never') check.count(scope, 'refitEvery', refitEvery!);
  check.choice(scope, 'window', window, ['expanding', 'sliding']);
  if (trainingRows! > initial) {
    refuse(scope, {
      expected: `trainingRows of at most initial, ${initial}`,
      got: String(trainingRows),
      remedy: 'lower trainingRows, or raise initial',
    });
  }
}
