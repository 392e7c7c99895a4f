import { formatDay, formatPercent, formatPrice, textTable } from '@unrolled/app-shared';
import type { LinePlot } from '@unrolled/runs/plots';
import { CLOSE_UP } from '../report/plots';
import type { Evaluation, Study } from './study';

/** The errors of the model and of the naive forecast in a small table. */
export function errorTable(evaluation: Evaluation, modelName: string, targetName: string): string {
  const { rmseScaled, rmsePrice, naiveRmseScaled, naiveRmsePrice } = evaluation;
  const header = ['RMSE on the test rows', 'scaled', `in units of ${targetName}`];
  const rows = [
    [modelName, rmseScaled.toFixed(4), formatPrice(rmsePrice)],
    ['naive (tomorrow = today)', naiveRmseScaled.toFixed(4), formatPrice(naiveRmsePrice)],
  ];
  return textTable([header, ...rows]);
}

/** A sentence that names the better of the two. */
export function verdict(evaluation: Evaluation, modelName: string): string {
  const { rmsePrice, naiveRmsePrice, truth } = evaluation;
  const on = `on these ${truth.length} rows`;
  if (rmsePrice === naiveRmsePrice) return `The ${modelName} and the naive forecast have equal errors ${on}.`;
  const [better, worse] =
    rmsePrice < naiveRmsePrice
      ? [`The ${modelName}`, 'the naive forecast']
      : ['The naive forecast', `the ${modelName}`];
  const [less, more] = [rmsePrice, naiveRmsePrice].sort((a, b) => a - b) as [number, number];
  const ratio = more / less;
  const comparison =
    ratio < 2 ? `${formatPercent(ratio - 1)} larger` : `${ratio.toPrecision(2)} times as large`;
  const margin = less > 0 && ratio < 100 ? `, whose error is ${comparison}` : '';
  return `${better} is better ${on} than ${worse}${margin}.`;
}

/** The known fault of `--lab`. */
export const LEAK =
  'leak: with --lab the scaler was also fitted to the test rows, so these errors are lower than those of a real forecast';

/**
 * A network extrapolates badly to prices beyond its training range, so the share of such test rows is
 * reported.
 */
export function rangeNote({
  target,
  firstTestRow,
}: Pick<Study, 'target' | 'firstTestRow'>): string | undefined {
  const seen = target.slice(0, firstTestRow).sort();
  const [low, high] = [seen[0]!, seen.at(-1)!];
  const test = target.subarray(firstTestRow);
  const outside = test.filter((value) => value < low || value > high).length;
  if (outside === 0) return undefined;
  return `${formatPercent(outside / test.length)} of the test rows are outside the range of the training rows, ${formatPrice(low)} to ${formatPrice(high)}, where the network cannot extrapolate`;
}

export interface PlotOptions {
  readonly targetName: string;
  /** The name of the model's curve: `LSTM`. */
  readonly modelName: string;
  /** The dates of the test rows, if the file has dates. */
  readonly dates?: readonly Date[] | undefined;
  /** The number of the first test row in chronological order, from 1; the axis if there are no dates. */
  readonly firstRow: number;
}

/** The true and predicted values of the whole test set, and of its last 60 rows, with the naive forecast. */
export function plotSpecs(
  evaluation: Evaluation,
  { targetName, modelName, dates, firstRow }: PlotOptions,
): { test: LinePlot; closeUp: LinePlot } {
  const { truth, predicted, naive, rmsePrice, naiveRmsePrice } = evaluation;
  const count = truth.length;
  const x = dates ?? Array.from({ length: count }, (_, at) => firstRow + at);
  const plot = (
    title: string,
    from: number,
    lines: readonly [string, Float64Array, boolean?][],
  ): LinePlot => ({
    title: `${targetName}, forecast one row ahead${title}`,
    // On an axis of a few weeks, the labels do not contain the year.
    xLabel: dates ? `${formatDay(dates[from]!)} to ${formatDay(dates.at(-1)!)}` : 'Row, oldest first',
    yLabel: targetName,
    series: lines.map(([name, values, dashed = false]) => ({
      ...{ name, values: values.subarray(from), x: x.slice(from), dashed },
    })),
  });
  const errors = `RMSE ${formatPrice(rmsePrice)}, naive ${formatPrice(naiveRmsePrice)}`;
  const from = Math.max(0, count - CLOSE_UP);
  const both: [string, Float64Array][] = [
    ['True', truth],
    [modelName, predicted],
  ];
  return {
    test: plot(` on ${count} test rows: ${errors}`, 0, both),
    closeUp: plot(`: the last ${count - from} test rows`, from, [
      ...both,
      ['Naive (the row before)', naive, true],
    ]),
  };
}
