import {
  counted,
  details,
  escapeMarkup,
  formatDay,
  formatPercent,
  formatPrice,
  htmlFigure,
  htmlPage,
  htmlTable,
  paragraphs,
  section,
} from '@unrolled/app-shared';
import { type ReportPlot, reportPlots } from './plots';
import type { Report } from './report';
import { horizonCells, intervalSentence, metricsCells, nextCells, runSentence, seriesCells } from './summary';

/** The report as one self-contained page. */
export function reportHtml(report: Report): string {
  const { evaluation, settings, files } = report;
  const { dieboldMariano } = evaluation;
  const names = files.map(({ name }) => name).join(', ');
  return htmlPage({
    title: `${names}: ${settings.target}, ${report.command === 'train' ? 'one model tested' : 'back-test'}`,
    lead: dieboldMariano
      ? dieboldMariano.sentence
      : 'Too few forecasts to test the model against the baselines.',
    sections: [
      section('Settings of the run', paragraphs([runSentence(report), ...fileLines(report)]), notes(report)),
      report.next.length > 0
        ? section('The next rows', ...report.next.map((next) => nextTable(report, next)))
        : '',
      section('Error compared with the baselines', metricsTables(report), figures(report, /^baselines/)),
      section('Forecasts', figures(report, /^(forecast|close-up)/)),
      section('Error over time', figures(report, /^errors/)),
      section('Intervals', paragraphs(intervalLines(report)), coverageTable(report)),
      section('Training', figures(report, /^losses/)),
      section('Folds', details(counted(report.folds.length, 'fold'), foldTable(report))),
      section('How to read this', paragraphs(HELP)),
      section(
        'Settings',
        details('all settings', `<pre>${escapeMarkup(JSON.stringify(allSettings(report), null, 2))}</pre>`),
      ),
    ],
  });
}

function fileLines({ files }: Report): string[] {
  return files.map(({ name, rows, first, last }) =>
    first ? `${name}: ${rows} rows, ${formatDay(first)} to ${formatDay(last!)}.` : `${name}: ${rows} rows.`,
  );
}

function notes({ files, notes: own }: Report): string {
  const findings = files.flatMap(({ name, findings }) =>
    findings.map(({ message }) => `${name}: ${message}`),
  );
  const assumptions = files.flatMap(({ name, assumption }) => (assumption ? [`${name}: ${assumption}`] : []));
  const list = findings.map((finding) => `<li>${escapeMarkup(finding)}</li>`).join('\n');
  return [
    paragraphs([...own, ...assumptions]),
    findings.length > 0
      ? details(`${counted(findings.length, 'finding')} in the files`, `<ul>${list}</ul>`)
      : '',
  ].join('\n');
}

function nextTable({ settings, next }: Report, forecast: Report['next'][number]): string {
  const after = forecast.lastDate ? ` on ${forecast.lastDate}` : '';
  return `${htmlTable(nextCells(forecast, settings.target, next.length > 1))}
<p>The last ${escapeMarkup(settings.target)}: ${formatPrice(forecast.last)}${after}.</p>`;
}

function metricsTables(report: Report): string {
  const { evaluation, settings } = report;
  const isModel = (row: number) => row === 0;
  return [
    htmlTable(metricsCells(report, evaluation, counted(evaluation.forecasts, 'forecast')), {
      strong: isModel,
    }),
    settings.horizon > 1 ? `<h3>By rows ahead</h3>${htmlTable(horizonCells(evaluation))}` : '',
    evaluation.bySeries.length > 1 ? `<h3>By series</h3>${htmlTable(seriesCells(evaluation))}` : '',
  ].join('\n');
}

const CAPTIONS: [RegExp, string][] = [
  [/^forecast/, 'The true values, and the forecasts from the row before, with their intervals.'],
  [
    /^close-up/,
    'The newest of these forecasts. The naive forecast repeats the row before. A model whose curve looks like it has learned nothing else.',
  ],
  [/^errors/, 'Where the model is above the naive line, the last price was the better forecast.'],
  [/^baselines/, 'Root mean squared errors over all forecasts.'],
  [
    /^losses/,
    'Epoch 0 is the linear regression from which training starts. The epoch with the lowest validation loss is used.',
  ],
];

function figures(report: Report, which: RegExp): string {
  return reportPlots(report)
    .filter(({ name }) => which.test(name))
    .map((plot: ReportPlot) =>
      htmlFigure(plot.draw({ theme: 'page' }), CAPTIONS.find(([pattern]) => pattern.test(plot.name))![1]),
    )
    .join('\n');
}

function intervalLines({ evaluation, evaluationSettings: { level } }: Report): string[] {
  const { intervals, quantileIntervals } = evaluation;
  const lines = [intervals, quantileIntervals].flatMap((one) => (one ? [intervalSentence(one)] : []));
  if (!intervals)
    lines.unshift(
      `Too few forecasts to calibrate intervals at a level of ${level} and to measure their coverage.`,
    );
  return lines;
}

/** The coverage in each period. */
function coverageTable({ evaluation: { intervals } }: Report): string {
  if (!intervals) return '';
  return htmlTable([
    ['forecasts from', 'held', 'of', 'mean width'],
    ...intervals.overTime.map(({ first, last, start, end, coverage, count, meanWidth }) => [
      first ? `${formatDay(first)} to ${formatDay(last!)}` : `row ${start + 1} to ${end}`,
      formatPercent(coverage),
      counted(count, 'row'),
      formatPrice(meanWidth),
    ]),
  ]);
}

function foldTable({ folds }: Report): string {
  const span = ({ first, last, start, end }: Report['folds'][number]['train']) =>
    first ? `${formatDay(first)} to ${formatDay(last!)}` : `${start + 1} to ${end}`;
  return htmlTable([
    ['fold', 'training rows', 'test rows', 'fitted', 'epochs', 'forecasts', 'RMSE', 'naive RMSE', 'held'],
    ...folds.map(({ index, train, test, refit, bestEpochs, forecasts, rmse, naiveRmse, coverage }) => [
      String(index + 1),
      span(train),
      span(test),
      refit ? 'yes' : 'no',
      bestEpochs.join(', '),
      String(forecasts),
      rmse === null ? '–' : formatPrice(rmse),
      naiveRmse === null ? '–' : formatPrice(naiveRmse),
      coverage === null ? '–' : formatPercent(coverage),
    ]),
  ]);
}

function allSettings({ settings, transform, evaluationSettings }: Report) {
  return { ...settings, targetTransform: transform, evaluation: evaluationSettings };
}

const HELP = [
  'Prices change slowly. A forecast that repeats the last price therefore has small errors, and its plot looks excellent. A model is said to beat the baselines only if its errors are smaller than those of every baseline, and significantly smaller than those of the best one. A model that beats the last price, but is far worse than a season or a line, has found nothing new.',
  'RMSE and MAE are in units of the target; RMSE weights large errors more. MAPE and sMAPE are in percent. MASE is the mean absolute error divided by the mean change from row to row before the first cut: below 1, the forecast is better than the naive one was there. Direction is the share of forecasts with the correct sign of change; no change is a separate direction.',
  'The test is that of Diebold and Mariano on squared errors. For one row ahead it has the correction of Harvey, Leybourne and Newbold, for more rows the critical values of Coroneo and Iacone. A p-value below 0.05 is called significant. Of twenty models without skill, one is on average found better or worse by chance.',
  'Every forecast used only the rows before it. Scalers and weights were fitted to training rows only. An interval was calibrated on errors that were known at its time. Intervals widen and narrow with the errors, with a delay that the coverage of each period shows. The future may still differ from the past.',
];
