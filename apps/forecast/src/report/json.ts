import { frequencyName } from '@unrolled/forecasting';
import type { MethodForecast } from '../method/method';
import type { InputSeries } from '../read/input';
import { placeOfRow, type Report, seriesScores } from './results';

/** The output of `--json`. */
export function reportJson(report: Report): object {
  const { command, task, next } = report;
  const { input, season } = task;
  return {
    ...{ command, files: input.files, target: input.target ?? null, series: input.series.length },
    frequency: input.frequency ? frequencyName(input.frequency) : null,
    ...{ season: season.season, seasonReason: season.reason },
    ...methodJson(report),
    next: nextJson(input.series, next),
  };
}

/** The results of one method. */
export function methodJson(report: Report): object {
  const { task, backtest, notes } = report;
  const { chosen, settings } = task;
  const { signal: _, ...told } = settings;
  return {
    ...{ method: chosen.name, why: chosen.why, settings: told },
    ...(backtest ? { folds: backtest.folds.length, ...backtest.evaluation } : { folds: 0, sentence: null }),
    bySeries: seriesScores(report).map(({ name, mase, best, bestMase, forecasts }) => ({
      ...{ name, mase, best, bestMase, forecasts },
    })),
    notes: [...task.notes, ...notes],
  };
}

/** The next steps of each series. */
export function nextJson(series: readonly InputSeries[], next: readonly MethodForecast[]): object[] {
  return next.map(({ name, by, values, intervals }, place) => ({
    ...{ name, by },
    steps: Array.from(values, (forecast, ahead) => ({
      date: placeOfRow(series[place]!, series[place]!.values.length + ahead),
      forecast,
      intervals: intervals.map(({ level, lower, upper }) => ({
        ...{ level, lower: lower[ahead], upper: upper[ahead] },
      })),
    })),
  }));
}
