import { type CalibratedIntervals, calibrateIntervals } from '../model/intervals';
import { concatenate } from '../series/concatenate';
import { priceAfter } from '../series/transform';
import { BASELINES, type BaselineName, type ForecastName } from '../settings/forecast-names';
import type { BacktestPlan } from '../walk/plan';
import type { SeriesForecasts, TaskResult } from '../walk/run-task';

/**
 * The n forecasts of one series with the true values, in prices, oldest first. Each is of a whole horizon.
 */
export interface SeriesOutcome extends CalibratedIntervals {
  readonly name: string;
  readonly horizon: number;
  /** [n], the first row of each forecast, from 0, oldest first. */
  readonly rows: Int32Array;
  /** [n], the place of that row on the panel's time axis. */
  readonly times: Int32Array;
  /** The dates of the series, one for each row; undefined without dates. */
  readonly dates: readonly string[] | undefined;
  /** [n, horizon] */
  readonly truth: Float64Array;
  /** [n], the last known price. */
  readonly last: Float64Array;
  /** [n, horizon] each */
  readonly forecasts: Readonly<Record<ForecastName, Float64Array>>;
  /** The target's rows before the first cut, from which the scale of the scaled error is computed. */
  readonly training: Float64Array;
}

/** Joins the results of a back-test's tasks for each series, and calibrates the intervals. */
export function outcomesOf(plan: BacktestPlan, results: readonly TaskResult[]): SeriesOutcome[] {
  return plan.panel.series.flatMap((_, number) => {
    const parts = results.flatMap(({ forecasts }) => forecasts.filter(({ series }) => series === number));
    return parts.length > 0 ? [outcomeOf(plan, number, parts)] : [];
  });
}

function outcomeOf(
  { panel, settings, evaluation, tasks }: BacktestPlan,
  number: number,
  parts: readonly SeriesForecasts[],
): SeriesOutcome {
  const { horizon, targetTransform: transform } = settings;
  const series = panel.series[number]!;
  const prices = series.columns[panel.target]!;
  const rows = Int32Array.from(parts.flatMap((part) => [...part.rows]));
  const last = Float64Array.from(rows, (row) => prices[row - 1]!);
  const truth = Float64Array.from(
    { length: rows.length * horizon },
    (_, i) => prices[rows[Math.floor(i / horizon)]! + (i % horizon)]!,
  );
  const point = joined(parts.map((part) => part.point));
  const baselines = BASELINES.map((name) => [name, joined(parts.map((part) => part.baselines[name]))]);
  const calibrated = calibrateIntervals({
    ...{ rows, last, truth, point, transform, horizon },
    quantiles: parts[0]!.quantiles && joined(parts.map((part) => part.quantiles!)),
    level: evaluation.level,
    calibration: evaluation.calibration,
  });
  return {
    name: series.name,
    ...{ horizon, rows, truth, last },
    times: rows.map((row) => series.times[row]!),
    dates: series.dates,
    forecasts: {
      model: point.map((change, i) => priceAfter(transform, last[Math.floor(i / horizon)]!, change)),
      ...(Object.fromEntries(baselines) as Record<BaselineName, Float64Array>),
    },
    ...calibrated,
    training: prices.slice(0, series.times.filter((time) => time < tasks[0]!.train.end).length),
  };
}

function joined(parts: readonly Float64Array[]): Float64Array {
  return concatenate<Float64Array>(Float64Array, parts);
}
