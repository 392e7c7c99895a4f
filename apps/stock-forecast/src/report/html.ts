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
      section('Error beside the baselines', metricsTables(report), figures(report, /^baselines/)),
      section('Forecasts', figures(report, /^(forecast|close-up)/)),
      section('Error over time', figures(report, /^errors/)),
      section('Intervals', paragraphs(intervalLines(report)), coverageTable(report)),
      section('Training', figures(report, /^losses/)),
      section('Folds', details(counted(report.folds.length, 'fold'), foldTable(report))),
      section('How to read this', paragraphs(HELP)),
      section(
        'Settings',
        details('all of them', `<pre>${escapeMarkup(JSON.stringify(allSettings(report), null, 2))}</pre>`),
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
  [/^forecast/, 'The true values, and their forecasts from one row before with their intervals.'],
  [
    /^close-up/,
    'The newest of these forecasts. The naive forecast repeats the row before: a model that looks like it has learned nothing more.',
  ],
  [/^errors/, 'If the model is above the naive line, the last price was the better forecast.'],
  [/^baselines/, 'Root mean squared errors over all forecasts.'],
  [
    /^losses/,
    'Epoch 0 is the linear regression that training starts from. The epoch with the lowest validation loss is kept.',
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
    lines.unshift(`Too few forecasts to calibrate intervals at a level of ${level} and to measure them.`);
  return lines;
}

/** The coverage of one period after the other. */
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
    ['fold', 'trained on', 'tested on', 'fitted', 'epochs', 'forecasts', 'RMSE', 'naive RMSE', 'held'],
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
  'Prices change slowly, so a forecast that repeats the last price has small errors, and its plot looks excellent. A model is said to beat the baselines only if its errors are smaller than those of every baseline, and significantly smaller than those of the best. A model that beats the last price, where a season or a line is far better, has found nothing new.',
  'RMSE and MAE are in units of the target; RMSE weights large errors more. MAPE and sMAPE are in percent. MASE is the mean absolute error in mean changes from row to row before the first cut: below 1 is better than the naive forecast was there. Direction is the share of forecasts with the correct sign of change; no change is a separate direction.',
  'The test is that of Diebold and Mariano on squared errors, with the correction of Harvey, Leybourne and Newbold one row ahead, and with the critical values of Coroneo and Iacone beyond. A p-value below 0.05 is called significant: of twenty models without skill, one is on average found better or worse.',
  'Every forecast used only the rows before it; scalers and weights were fitted only to training rows. An interval was calibrated on errors known at its time. Intervals widen and narrow with the errors; the coverage of each period shows where they were too late. The future may still differ from the past.',
];
