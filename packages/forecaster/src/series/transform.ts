/**
 * The transforms from prices to a network's inputs and outputs. With every transform a forecast is a change
 * from the last known price, so a network whose output is 0 continues the drift.
 */
import { dickeyFullerTest, toDifferences, toLogReturns } from '@unrolled/forecasting';
import { refuse } from '../refuse';
import type { TargetTransform } from '../settings/settings';
import { type Panel, type PanelSeries, rowsBefore } from './panel';

/** A transform, and the reason for its choice. */
export interface ChosenTransform {
  readonly transform: TargetTransform;
  /** A text for people. */
  readonly reason: string;
}

/**
 * Chooses the transform by the rows before the first cut. It chooses prices if every series returns to a mean
 * (the test of Dickey and Fuller at 1 %), because windows of changes would not show the distance from the
 * mean. Otherwise it chooses log returns if changes grow with the price. It chooses differences if changes
 * have the same size at any price, or if a price is not above 0.
 *
 * Log returns and differences are compared by the profile likelihood of Box and Cox (1964) for a random walk,
 * at λ = 0 and λ = 1: −n/2 · ln var(Δ ln y) − Σ ln y against −n/2 · ln var(Δy).
 *
 * @param parts the target's training rows, one array for each series
 */
export function chooseTransform(parts: readonly ArrayLike<number>[]): ChosenTransform {
  if (parts.length > 0 && parts.every(returnsToMean))
    return { transform: 'price', reason: 'the training rows return to a mean' };
  const difference = (reason: string): ChosenTransform => ({ transform: 'difference', reason });
  if (parts.some((values) => Array.prototype.some.call(values, (value: number) => value <= 0)))
    return difference('a training price is not above 0');
  let advantage = 0;
  for (const values of parts) {
    const n = values.length - 1;
    const squares = sumOf(toDifferences(values), square);
    const logSquares = sumOf(toLogReturns(values), square);
    const logs = sumOf(Array.prototype.slice.call(values, 1) as number[], Math.log);
    if (squares > 0) advantage += (n / 2) * Math.log(squares / logSquares) - logs;
  }
  return advantage > 0
    ? { transform: 'log-return', reason: 'changes grow with the price in the training rows' }
    : difference('changes have the same size at any price in the training rows');
}

/** With fewer rows, a series never counts as returning to a mean. */
const FEWEST_FOR_A_MEAN = 50;

function returnsToMean(values: ArrayLike<number>): boolean {
  return values.length >= FEWEST_FOR_A_MEAN && dickeyFullerTest(values, { significance: 0.01 }).stationary;
}

const square = (value: number) => value ** 2;

function sumOf(values: ArrayLike<number>, of: (value: number) => number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += of(values[i]!);
  return sum;
}

/** The change from one price to another: y − y₀, or ln(y / y₀). */
export function changeOf(transform: TargetTransform, from: number, to: number): number {
  return transform === 'log-return' ? Math.log(to / from) : to - from;
}

/** The price after a change. */
export function priceAfter(transform: TargetTransform, from: number, change: number): number {
  return transform === 'log-return' ? from * Math.exp(change) : from + change;
}

/**
 * [rows, features], the network's unscaled inputs. With the transform `price`, the columns are unchanged.
 * Otherwise a column of prices gives its change from the target's last price, or from its own last price if
 * the target is not a price. Other columns are unchanged. Row 0 has no price before it, so its changes are 0.
 */
export function inputRows(panel: Panel, series: PanelSeries, transform: TargetTransform): Float64Array {
  const { features, target, priceColumns } = panel;
  const rows = series.times.length;
  const inputs = new Float64Array(rows * features.length);
  for (const [at, feature] of features.entries()) {
    const values = series.columns[feature]!;
    const asChange = transform !== 'price' && (feature === target || priceColumns.includes(feature));
    const before = priceColumns.includes(target) ? series.columns[target]! : values;
    for (let row = asChange ? 1 : 0; row < rows; row++) {
      inputs[row * features.length + at] = asChange
        ? changeOf(transform, before[row - 1]!, values[row]!)
        : values[row]!;
    }
  }
  return inputs;
}

/** The first row that a window may have. Changes need a row before it. */
export function firstInputRow(transform: TargetTransform): number {
  return transform === 'price' ? 0 : 1;
}

/**
 * Replaces `auto` by a transform that the rows before the first cut determine.
 *
 * @param firstCut the place on the time axis where the first test range begins
 * @throws UnrolledError if log returns were set and a price is not above 0
 */
export function settleTransform(
  panel: Panel,
  asked: TargetTransform | 'auto',
  firstCut: number,
): ChosenTransform {
  const training = panel.series.map((series) =>
    series.columns[panel.target]!.subarray(0, rowsBefore(series, firstCut)),
  );
  const chosen: ChosenTransform =
    asked === 'auto'
      ? chooseTransform(training.filter(({ length }) => length > 2))
      : { transform: asked, reason: 'as set' };
  checkPositive(panel, chosen.transform);
  return chosen;
}

/**
 * Refuses log returns of prices that are not above 0.
 *
 * @throws UnrolledError naming the series, the row or line, and the column
 */
export function checkPositive(panel: Panel, transform: TargetTransform): void {
  if (transform !== 'log-return') return;
  const columns = new Set([
    panel.target,
    ...panel.features.filter((name) => panel.priceColumns.includes(name)),
  ]);
  for (const { name, columns: values, lines } of panel.series) {
    for (const column of columns) {
      const row = values[column]!.findIndex((value) => value <= 0);
      if (row < 0) continue;
      const place = lines ? `on line ${lines[row]}` : `in row ${row}`;
      refuse('targetTransform', {
        expected: 'prices above 0, for log returns',
        got: `${values[column]![row]} in column "${column}" ${place} of ${name}`,
        remedy: 'correct that line, or choose `targetTransform` difference',
      });
    }
  }
}
