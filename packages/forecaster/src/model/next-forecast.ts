import { nextDates } from '@unrolled/forecasting';
import type { Panel, PanelSeries } from '../series/panel';
import { priceAfter } from '../series/transform';
import { type CalibrationJson, calibrationFromJSON } from './calibration';
import type { FittedModel } from './fit-model';
import { forecastChanges } from './forecast-changes';
import { outermost } from './intervals';

/** The forecast of one future row, in the target's unit. */
export interface NextRow {
  /** Rows ahead, from 1. */
  readonly step: number;
  /** ISO text that continues the series' dates; null if these follow no rule. */
  readonly date: string | null;
  readonly forecast: number;
  /** Ends of the interval; null without a calibration. */
  readonly lower: number | null;
  readonly upper: number | null;
}

/** The forecast of the rows after the last one of a series. */
export interface NextForecast {
  readonly series: string;
  readonly lastDate: string | null;
  readonly last: number;
  readonly rows: readonly NextRow[];
}

/** Forecasts the rows that follow a series' last one. */
export function nextForecast(
  model: FittedModel,
  panel: Panel,
  series: PanelSeries,
  calibration: CalibrationJson | undefined,
): NextForecast {
  const { horizon, targetTransform } = model.settings;
  const prices = series.columns[panel.target]!;
  const last = prices.at(-1)!;
  const { point, quantiles } = forecastChanges(model, panel, series, [prices.length]);
  const ends = quantiles && outermost(quantiles, horizon);
  const interval = calibration && calibrationFromJSON(calibration).interval({ point, ends });
  const price = (change: number) => priceAfter(targetTransform, last, change);
  const dates = series.dates && nextDates(series.dates, horizon);
  return {
    series: series.name,
    lastDate: series.dates?.at(-1) ?? null,
    last,
    rows: Array.from(point, (change, at) => ({
      step: at + 1,
      date: dates?.[at] ?? null,
      forecast: price(change),
      lower: interval ? price(interval.lower[at]!) : null,
      upper: interval ? price(interval.upper[at]!) : null,
    })),
  };
}
