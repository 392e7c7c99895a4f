import { formatPercent, formatPrice, formatProbability } from '@unrolled/app-shared';
import { BASELINES, CELL_NAMES } from '@unrolled/forecaster/settings';
import { csvTable, INTERVAL_COLUMNS, SCORE_COLUMNS, type ScoreRow } from '../report/csv-files';
import { forecastLabels, type Report } from '../report/report';
import { HEADER, scoreCells } from '../report/summary';

/** Candidates in ascending order of their error. */
export function ranked(reports: readonly Report[]): Report[] {
  return reports.toSorted((a, b) => a.evaluation.metrics.model.rmse - b.evaluation.metrics.model.rmse);
}

/** One row for each candidate, then the baselines (for the window of the best candidate), header first. */
export function comparisonCells(reports: readonly Report[]): string[][] {
  const withoutItsError = (cells: readonly string[]) => cells.filter((_, column) => column !== 2);
  const [best] = reports;
  const labels = forecastLabels(best!);
  return [
    ['model', 'window', 'features', 'transform', ...withoutItsError(HEADER)],
    ...reports.map(({ settings, evaluation }) => {
      const { cell, window, features, targetTransform } = settings;
      const names = [CELL_NAMES[cell], String(window), features.join(', '), targetTransform];
      return [...names, ...withoutItsError(scoreCells(evaluation))];
    }),
    ...BASELINES.map((name) => {
      const { rmse, mase, directionalAccuracy } = best!.evaluation.metrics[name];
      const cells = [
        formatPrice(rmse),
        '',
        mase === null ? '–' : mase.toFixed(3),
        formatPercent(directionalAccuracy),
      ];
      return [labels[name], '', '', '', ...cells, '', '', '', ''];
    }),
  ];
}

/** A warning that the error of the best of several candidates on the same rows is too optimistic. */
export function selectionNote(reports: readonly Report[]): string {
  const count = reports.length;
  const { dieboldMariano } = reports[0]!.evaluation;
  const p = dieboldMariano && Math.min(1, dieboldMariano.pValue * count);
  const corrected =
    p === null ? '' : `; its p-value, corrected for ${count} tests (Bonferroni), is ${formatProbability(p)}`;
  return count === 1
    ? ''
    : `The first of ${count} candidates was selected by its error on these rows, so the error is too optimistic${corrected}. Back-test it on other rows before you rely on it.`;
}

/** `comparison.csv`: one row for each candidate and a baseline, at full precision. */
export function comparisonCsv(reports: readonly Report[]): string {
  type Row = ScoreRow & { readonly forecast: string; readonly settings?: Report['settings'] };
  const models = reports.map(({ settings, evaluation: { metrics, ...scores } }): Row => {
    return { ...scores, forecast: settings.cell, settings, metrics: metrics.model };
  });
  const { metrics } = reports[0]!.evaluation;
  const baselines = BASELINES.map((name): Row => ({ forecast: name, metrics: metrics[name] }));
  return csvTable<Row>(
    {
      forecast: ({ forecast }) => forecast,
      window: ({ settings }) => settings?.window,
      features: ({ settings }) => settings?.features.join(' '),
      targetTransform: ({ settings }) => settings?.targetTransform,
      ...SCORE_COLUMNS,
      ...INTERVAL_COLUMNS,
    },
    [...models, ...baselines],
  );
}

/** A candidate as plain JSON. */
export function candidateJson({ settings, transform, evaluation }: Report) {
  const { cell, window, features } = settings;
  const { metrics, dieboldMariano, intervals, forecasts } = evaluation;
  return {
    cell,
    window,
    features,
    targetTransform: transform,
    forecasts,
    metrics: metrics.model,
    dieboldMariano,
    intervals,
  };
}
