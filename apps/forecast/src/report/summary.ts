import { counted, formatPercent, formatPrice, formatProbability, textTable } from '@unrolled/app-shared';
import type { CollectionBaseline } from '@unrolled/forecaster';
import type { MethodForecast } from '../method/method';
import type { InputSeries } from '../read/input';
import { NAMES, placeOfRow, type Report, rulesOf, seriesScores } from './results';

export const VERDICTS = { better: 'better', worse: 'worse', undecided: 'cannot tell' };

/** The model and the baselines, one row each. */
export function scoreCells({ backtest, task }: Report): string[][] {
  const { evaluation } = backtest!;
  const { scores, dieboldMariano } = evaluation;
  const header = [
    `${evaluation.series} series, ${counted(evaluation.forecasts, 'forecast')}`,
    ...['MASE', 'sMAPE', 'OWA'],
    ...(dieboldMariano ? ['the model is', 'p-value'] : []),
  ];
  const rows = Object.entries(scores).map(([name, { mase, smape, owa }]) => {
    const test = dieboldMariano?.[name as CollectionBaseline];
    const called = name === 'model' ? task.chosen.name : NAMES[name]!;
    return [
      name === evaluation.best ? `${called} (best baseline)` : called,
      mase.toFixed(3),
      `${smape.toFixed(2)} %`,
      Number.isNaN(owa) ? '–' : owa.toFixed(3),
      ...(test ? [VERDICTS[test.verdict], formatProbability(test.pValue)] : dieboldMariano ? ['', ''] : []),
    ];
  });
  return [header, ...rows];
}

/** Explains the columns of a table of scores. `tested` names the columns of the tests, if there are any. */
export const scoresHelp = (tested: string | undefined) =>
  `Smaller is better. MASE: mean absolute error divided by the mean change over a season before the first fold, so 1 is the error of repeating the last season; OWA: relative to Naive2${tested ? `; ${tested}: better or worse than that forecast (Diebold–Mariano test, 5 %)` : ''}.`;

/** {@link scoresHelp} for the table of {@link scoreCells}. */
export const scoreCellsHelp = ({ backtest }: Report) =>
  scoresHelp(backtest!.evaluation.dieboldMariano && 'the model is');

/** Difference from the promised coverage at which an interval is called too narrow or too wide. */
const FAR = 0.05;

/** Scores below this are printed as 0.00 mean changes. Such small scores come from rounding. */
const EXACT = 0.005;

/**
 * Says whether the intervals of a level have the coverage that they promise.
 *
 * @param forecasts number of values from which `coverage` was computed
 */
export function intervalVerdict(
  { level, coverage, msis }: { level: number; coverage: number; msis: number },
  forecasts: number,
): string {
  if (msis < EXACT) return 'exact: the forecasts had almost no error';
  // For a level near 1, a coverage of 100 % counts as promised.
  if (Math.abs(coverage - level) <= FAR) return 'as promised';
  if (Math.abs(coverage - level) < 2 * Math.sqrt((level * (1 - level)) / forecasts))
    return `about as promised: with ${forecasts} values the difference may be chance`;
  return coverage < level ? 'too narrow: do not rely on them' : 'wider than promised';
}

/** The coverage of each level's intervals. */
export function intervalLines(report: Report): string[] {
  const forecasts = report.backtest?.evaluation.forecasts ?? 0;
  const told = report.backtest?.evaluation.intervals.map(
    ({ level, coverage, width, msis }) =>
      `${formatPercent(level)} intervals contained ${(100 * coverage).toFixed(1)} % of the values, ${intervalVerdict({ level, coverage, msis }, forecasts)}; ${width.toFixed(2)} mean changes wide (MSIS ${msis.toFixed(2)})`,
  );
  return [...(told ?? []), ...missingLines(report)];
}

/** The levels without intervals, and the mean quantile loss. */
export function missingLines({ backtest, task }: Report): string[] {
  if (!backtest) return [];
  const { intervals, meanWeightedQuantileLoss: loss } = backtest.evaluation;
  const missing = task.settings.levels.filter((level) => !intervals.some((one) => one.level === level));
  const none = missing.map(
    (level) => `No ${formatPercent(level)} intervals: too few earlier errors to calibrate them on.`,
  );
  const isThere = loss !== undefined && !Number.isNaN(loss);
  return [
    ...none,
    ...(isThere
      ? [
          `Mean weighted quantile loss ${loss.toFixed(4)}: the error of the forecast and of the interval limits, relative to the values; smaller is better.`,
        ]
      : []),
  ];
}

/** How the model's error compares with that of the best baseline, in plain words. */
export function leadLine({ backtest, task }: Report): string {
  if (!backtest) return 'Every series is constant, so each forecast is its constant value.';
  const { scores, best, dieboldMariano } = backtest.evaluation;
  const [own, other] = [scores.model.mase, scores[best].mase];
  const others = Object.keys(scores).filter((name) => !['model', 'withoutNetwork'].includes(name)).length;
  const share = formatPercent(Math.abs(1 - own / other));
  const size = own === other ? 'the same as' : own < other ? `${share} smaller than` : `${share} larger than`;
  const verdict = dieboldMariano?.[best].verdict;
  const chance =
    verdict === undefined
      ? 'There were too few values to test whether that is chance.'
      : verdict === 'undecided'
        ? 'That may be chance.'
        : 'That is more than chance.';
  return `The error of the ${task.chosen.name} model is ${size} that of ${NAMES[best]}, the best of ${others} simple forecasts. ${chance}`;
}

/** The verdict in a sentence, and advice if a simple forecast has the smaller error. */
export function verdictLines(report: Report): string[] {
  const { backtest } = report;
  if (!backtest) return ['Every series is constant, so each forecast is its constant value.'];
  const { evaluation, folds } = backtest;
  const { scores, best } = evaluation;
  const lines = [evaluation.sentence];
  const rules = rulesOf([...folds.at(-1)!.forecasts]);
  if (rules.size > 0) {
    const told = [...rules].map(([rule, count]) => `${count} by ${RULES[rule] ?? rule}`).join(', ');
    const all = folds.at(-1)!.forecasts.length;
    lines.push(`Of ${all} series, some follow a simple rule closely and are forecast by it: ${told}.`);
  }
  if (scores.model.mase > scores[best].mase)
    lines.push(
      `${sentence(NAMES[best]!)} has the smaller error here (MASE ${scores[best].mase.toFixed(3)}, the model ${scores.model.mase.toFixed(3)}): prefer it unless the intervals are what you need.`,
    );
  return lines;
}

const RULES: Readonly<Record<string, string>> = {
  ...{ constant: 'their constant', drift: 'drift', line: 'a line', growth: 'steady growth' },
};

const sentence = (text: string) => `${text[0]!.toUpperCase()}${text.slice(1)}`;

const MOST_SERIES = 12;

/** The best and the worst series. */
export function seriesCells(report: Report, most = MOST_SERIES): string[][] {
  const scores = seriesScores(report);
  const shown = scores.length <= most ? scores : [...scores.slice(0, most / 2), ...scores.slice(-most / 2)];
  return [
    ['series', 'MASE', 'best baseline', 'its MASE', 'forecasts'],
    ...shown.map(({ name, mase, best, bestMase, forecasts }) => [
      ...[name, mase.toFixed(3), NAMES[best]!, bestMase.toFixed(3), String(forecasts)],
    ]),
  ];
}

/** The next steps of one series. */
export function nextCells(series: InputSeries, forecast: MethodForecast): string[][] {
  const ends = forecast.intervals.flatMap(({ level }) => [`${formatPercent(level)} from`, 'to']);
  return [
    [series.name, 'forecast', ...ends],
    ...Array.from(forecast.values, (value, ahead) => [
      String(placeOfRow(series, series.values.length + ahead)),
      formatPrice(value),
      ...forecast.intervals.flatMap(({ lower, upper }) => [
        formatPrice(lower[ahead]!),
        formatPrice(upper[ahead]!),
      ]),
    ]),
  ];
}

/** The whole result for a terminal. */
export function summaryLines(report: Report): string[] {
  const { backtest, next, task } = report;
  const shown = next.slice(0, 3);
  const bySeries = seriesCells(report);
  return [
    ...(backtest ? ['', textTable(scoreCells(report)), scoreCellsHelp(report)] : []),
    ...(bySeries.length > 2 ? ['', textTable(bySeries)] : []),
    '',
    ...verdictLines(report),
    ...intervalLines(report),
    ...report.notes,
    ...shown.flatMap((forecast, at) => ['', textTable(nextCells(task.input.series[at]!, forecast))]),
    ...(next.length > shown.length ? [`… and ${next.length - shown.length} more series in next.csv`] : []),
  ];
}
