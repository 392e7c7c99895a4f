import { formatPrice, htmlFigure, htmlPage, htmlTable, paragraphs, section } from '@unrolled/app-shared';
import { CELL_NAMES } from '@unrolled/forecaster/settings';
import { barPlot } from '@unrolled/runs/plots';
import type { Report } from '../report/report';
import { runSentence } from '../report/summary';
import { comparisonCells, selectionNote } from './comparison';

/** The errors of all candidates and of the naive forecast as bars. */
export function comparisonPlot(reports: readonly Report[]) {
  const { naive } = reports[0]!.evaluation.metrics;
  return {
    title: 'Error of each candidate',
    xLabel: `RMSE, in units of ${reports[0]!.settings.target} (shorter is better)`,
    bars: [
      ...reports.map(({ settings, evaluation }) => {
        const { cell, window, features, targetTransform } = settings;
        const { rmse } = evaluation.metrics.model;
        const name = `${CELL_NAMES[cell]}, ${window} rows, ${features.join(' + ')}, ${targetTransform}`;
        return { name, value: rmse, label: formatPrice(rmse), highlighted: true };
      }),
      { name: 'naive (the last price)', value: naive.rmse, label: formatPrice(naive.rmse) },
    ],
  };
}

/** The comparison as one self-contained page. */
export function comparisonHtml(reports: readonly Report[]): string {
  const best = reports[0]!;
  const count = reports.length;
  return htmlPage({
    title: `${best.files.map(({ name }) => name).join(', ')}: ${best.settings.target}, ${count} models compared`,
    lead:
      best.evaluation.dieboldMariano?.sentence ??
      'Too few forecasts to test the models against the baselines.',
    sections: [
      section(
        'Candidates by error',
        htmlTable(comparisonCells(reports), { strong: (row) => row < count }),
        paragraphs([selectionNote(reports), ...best.notes].filter((line) => line !== '')),
      ),
      section(
        'The same errors as bars',
        htmlFigure(
          barPlot(comparisonPlot(reports), { theme: 'page' }),
          'Root mean squared errors over all forecasts.',
        ),
      ),
      section('Settings of the run', paragraphs(reports.map((report) => runSentence(report)))),
    ],
  });
}
