import { type CalibratedIntervals, calibrateIntervals } from '../model/intervals';
import { concatenate } from '../series/concatenate';
import { priceAfter } from '../series/transform';
import { BASELINES, type BaselineName, type ForecastName } from '../settings/forecast-names';
import type { BacktestPlan } from '../walk/plan';
import type { SeriesForecasts, TaskResult } from '../walk/run-task';

/**
 * All forecasts of one series with the true values, oldest first: n forecasts of a horizon each, in prices.
 */
export interface SeriesOutcome extends CalibratedIntervals {
  readonly name: string;
  readonly horizon: number;
  /** [n], the first row that each forecast is for, from 0, oldest first. */
  readonly rows: Int32Array;
  /** [n], its place on the panel's time axis. */
  readonly times: Int32Array;
  /** The series' dates, one a row; undefined without. */
  readonly dates: readonly string[] | undefined;
  /** [n, horizon] */
  readonly truth: Float64Array;
  /** [n], the last price that was known. */
  readonly last: Float64Array;
  /** [n, horizon] each */
  readonly forecasts: Readonly<Record<ForecastName, Float64Array>>;
  /** The target's rows before the first cut: the scale of the scaled error. */
  readonly training: Float64Array;
}

/** Puts the results of a back-test's tasks together, series by series, and calibrates the intervals. */
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
