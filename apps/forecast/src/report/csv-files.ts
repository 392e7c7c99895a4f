import { type CsvCell, csvCell } from '@unrolled/app-shared';
import type { CollectionBaseline } from '@unrolled/forecaster';
import type { MethodForecast } from '../method/method';
import type { InputSeries } from '../read/input';
import { firstRow, placeOfRow, type Report, seriesScores } from './results';

/** Rows of cells as the text of a CSV file. */
export const csvLines = (rows: readonly (readonly CsvCell[])[]) =>
  `${rows.map((row) => row.map(csvCell).join(',')).join('\n')}\n`;

/** A row for the model and each baseline. */
export function metricsCsv({ backtest }: Report): string {
  const { scores, dieboldMariano } = backtest!.evaluation;
  return csvLines([
    ['forecast', 'mase', 'smape', 'owa', 'diebold_mariano_statistic', 'p_value', 'the_model'],
    ...Object.entries(scores).map(([name, { mase, smape, owa }]) => {
      const test = dieboldMariano?.[name as CollectionBaseline];
      return [name, mase, smape, owa, test?.statistic, test?.pValue, test?.verdict];
    }),
  ]);
}

/** A row for each series. */
export function seriesCsv(report: Report): string {
  return csvLines([
    ['series', 'mase', 'best_baseline', 'best_baseline_mase', 'forecasts'],
    ...seriesScores(report).map(({ name, mase, best, bestMase, forecasts }) => [
      ...[name, mase, best, bestMase, forecasts],
    ]),
  ]);
}

/** A row for each forecast whose actual value is known. */
export function forecastsCsv(report: Report): string {
  const { backtest, task } = report;
  const { levels, horizon } = task.settings;
  const names = Object.keys(backtest!.evaluation.scores);
  const header = ['series', 'date', 'ahead', 'truth', ...names, ...levelColumns(levels)];
  const rows = backtest!.records.flatMap((record, place) => {
    if (record.truth.length === 0) return [];
    const first = firstRow(report, place);
    return record.truth.map((truth, at) => {
      const step = record.steps[at]!;
      const row = first + step;
      return [
        ...[record.name, placeOfRow(task.input.series[place]!, row), (step % horizon) + 1, truth],
        ...names.map((name) => record.forecasts[name]![at]),
        ...record.intervals.flatMap(({ lower, upper }) => [lower[at], upper[at]]),
      ];
    });
  });
  return csvLines([header, ...rows]);
}

const levelColumns = (levels: readonly number[]) =>
  levels.flatMap((level) =>
    [`lower_${100 * level}`, `upper_${100 * level}`].map((name) => name.replace('.', '_')),
  );

/** A row for each future step. */
export function nextCsv(series: readonly InputSeries[], next: readonly MethodForecast[]): string {
  const levels = next[0]?.intervals.map(({ level }) => level) ?? [];
  const rows = next.flatMap((forecast, place) =>
    Array.from(forecast.values, (value, ahead) => [
      ...[forecast.name, placeOfRow(series[place]!, series[place]!.values.length + ahead), ahead + 1],
      ...[value, forecast.by],
      ...forecast.intervals.flatMap(({ lower, upper }) => [lower[ahead], upper[ahead]]),
    ]),
  );
  return csvLines([['series', 'date', 'ahead', 'forecast', 'by', ...levelColumns(levels)], ...rows]);
}
