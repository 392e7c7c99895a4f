import {
  counted,
  details,
  escapeMarkup,
  formatPercent,
  htmlFigure,
  htmlPage,
  htmlTable,
  paragraphs,
  section,
} from '@unrolled/app-shared';
import { type BarPlot, barPlot, linePlot } from '@unrolled/runs/plots';
import { inputSentence } from '../task';
import { nextPlot, seriesPlot } from './plots';
import { NAMES, type Report, type SeriesScore, seriesScores } from './results';
import {
  intervalVerdict,
  leadLine,
  missingLines,
  nextCells,
  scoreCells,
  scoreCellsHelp,
  seriesCells,
  verdictLines,
} from './summary';

/** Number of series whose next steps are drawn and listed. next.csv has all series. */
const MOST_NEXT = 6;
/** Rows of the table of series. */
const MOST_SERIES = 40;

/** The report as one self-contained page. */
export function reportHtml(report: Report): string {
  const { task, backtest, next } = report;
  const { horizon } = task.settings;
  return htmlPage({
    title: `${task.input.target ?? 'Forecast'}: ${task.input.series.length} series, ${counted(horizon, 'step')} ahead`,
    lead: leadLine(report),
    sections: [
      section(
        'What was forecast',
        paragraphs([`${inputSentence(task)}.`, `Method: ${task.chosen.why}.`, howTested(report)]),
        notes(report),
      ),
      backtest
        ? section(
            'Errors, compared with simple forecasts',
            htmlTable(scoreCells(report), { strong: (row) => row === 0 }),
            paragraphs([scoreCellsHelp(report), ...verdictLines(report)]),
            errorBars(bars(report), 'the model'),
          )
        : '',
      backtest ? section('Intervals', intervalTable(report), paragraphs(missingLines(report))) : '',
      backtest ? section(picturesTitle(report), ...pictures(report)) : '',
      next.length > 0 ? section('The next steps', ...nextParts(report)) : '',
      backtest
        ? section('By series', details(seriesSummary(report), htmlTable(seriesCells(report, MOST_SERIES))))
        : '',
      section('How to read this', paragraphs(HELP)),
      section('Settings', details('all of them', `<pre>${escapeMarkup(settingsText(report))}</pre>`)),
    ],
  });
}

/**
 * Bars that fit the screen of a telephone. If their right ends were cut off, all bars would look equally
 * long.
 */
export function errorBars(spec: Omit<BarPlot, 'width'>, highlighted: string): string {
  const plot = barPlot({ ...spec, width: 560 }, { theme: 'page' });
  const caption = `Mean absolute scaled errors: shorter is better. Orange: ${highlighted}.`;
  return htmlFigure(plot, caption, { fits: true });
}

/** How the folds tested a method. */
export function howTested({ backtest, task: { settings } }: Pick<Report, 'backtest' | 'task'>): string {
  if (!backtest) return 'No series changes, so there is nothing to test.';
  const folds = backtest.folds.length;
  return `Tested by ${counted(folds, 'fold')}: ${folds > 1 ? 'each time ' : ''}the model was fitted to the earlier values, and forecast the next ${counted(settings.horizon, 'step')}, which it had not seen.`;
}

/** A list of the notes on the files and the folds. */
export function notes({ task, notes: own }: Report): string {
  const all = [...task.notes, ...own];
  return all.length === 0 ? '' : `<ul>${all.map((note) => `<li>${escapeMarkup(note)}</li>`).join('\n')}</ul>`;
}

function bars({ backtest, task }: Report) {
  const { scores } = backtest!.evaluation;
  return {
    title: 'Error of the model and of the baselines',
    xLabel: 'MASE (shorter is better)',
    bars: Object.entries(scores).map(([name, { mase }]) => ({
      name: name === 'model' ? task.chosen.name : NAMES[name]!,
      ...{ value: mase, label: mase.toFixed(3), highlighted: name === 'model' },
    })),
  };
}

/** A row for each level. */
export function intervalTable({ backtest }: Report): string {
  const { intervals, forecasts } = backtest!.evaluation;
  if (intervals.length === 0) return '';
  return htmlTable([
    ['level', 'values inside', 'verdict', 'mean width, in mean changes', 'MSIS'],
    ...intervals.map(({ level, coverage, width, msis }) => [
      ...[
        formatPercent(level),
        `${(100 * coverage).toFixed(1)} %`,
        intervalVerdict({ level, coverage, msis }, forecasts),
      ],
      ...[width.toFixed(2), msis.toFixed(2)],
    ]),
  ]);
}

function picturesTitle(report: Report): string {
  const { length } = seriesScores(report);
  if (length >= 3) return 'Three series: the best, the median and the worst';
  return length === 1 ? 'The series and its forecast' : 'The series and their forecasts';
}

/** Plots of the best series, the median one and the worst, by the model's error. */
function pictures(report: Report): string[] {
  const scores = seriesScores(report);
  const chosen: [string, SeriesScore | undefined][] =
    scores.length < 3
      ? scores.map((score) => ['', score])
      : [
          ['The best: ', scores[0]],
          ['The median: ', scores[Math.floor((scores.length - 1) / 2)]],
          ['The worst: ', scores.at(-1)],
        ];
  return chosen.flatMap(([what, score]) => {
    if (!score) return [];
    const { name, mase, best, bestMase } = score;
    const caption = `${what}${name}, MASE ${mase.toFixed(3)}. Blue: the actual values. Orange: the forecast with its widest interval, made before its fold began. Green: the best baseline for this series, ${NAMES[best]}, MASE ${bestMase.toFixed(3)}.`;
    const plot = linePlot(seriesPlot(report, score), { theme: 'page' });
    return [htmlFigure(plot, caption, { from: 'right' })];
  });
}

function nextParts({ task: { input }, next }: Report): string[] {
  const parts = next.slice(0, MOST_NEXT).map((forecast, at) => {
    const series = input.series[at]!;
    const figure = htmlFigure(
      linePlot(nextPlot(series, forecast, input.target), { theme: 'page' }),
      `${forecast.name}. ${by(forecast.by)}`,
      { from: 'right' },
    );
    return `${figure}\n${details(`${series.name} in numbers`, htmlTable(nextCells(series, forecast)))}`;
  });
  const more = next.length - parts.length;
  return more > 0 ? [...parts, paragraphs([`${more} more series in next.csv.`])] : parts;
}

function by(rule: string): string {
  return rule === 'network'
    ? 'Blue: the newest values. Orange: the forecast with its widest interval.'
    : `This series follows a simple rule closely, so the rule makes its forecast: ${rule}.`;
}

function seriesSummary(report: Report): string {
  const scores = seriesScores(report);
  const better = scores.filter(({ mase, bestMase }) => mase < bestMase).length;
  return `on ${better} of ${scores.length} series the model's error is below that of the series' own best baseline, chosen afterwards; ${scores.length > MOST_SERIES ? 'the best and the worst are here, all are in series.csv' : 'all series are here'}`;
}

/** The settings of a method as JSON. */
export function settingsText({ task }: Report): string {
  const { signal: _, ...settings } = task.settings;
  return JSON.stringify({ method: task.chosen.name, ...settings, season: task.season }, null, 2);
}

/** Explains the scores, the test and the intervals. */
export const HELP = [
  'A model is useful if its forecasts are better than those of simple methods. Five simple methods are compared with it: the last season repeated (seasonal naive), the line through the first and the last value (drift), theta, exponential smoothing, and a linear autoregression. The first sentence compares the model with the best of them on the same values.',
  'MASE is the mean absolute error, divided by the mean change of the series over a season, so series of different sizes count equally. A forecast with MASE 1 has the same error as repeating the last season had before the test; one with 0.5 has half of it. sMAPE is in percent. OWA is the mean of both, relative to the Naive2 forecast, as in the M4 competition.',
  'The test is that of Diebold and Mariano. A p-value below 0.05 is called significant. Of twenty models without skill, about one is found better or worse by chance.',
  'An 80 % interval should contain eight values of ten. The table shows how many it contained in the test; if that differs much, do not rely on the intervals. MSIS is a score of intervals: their width plus a penalty for each value outside, in the same units as MASE; smaller is better.',
  'Missing values are not filled in, and no error includes them. Every forecast uses only values that were known before it.',
];
