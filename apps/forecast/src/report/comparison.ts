import {
  type CsvCell,
  counted,
  details,
  escapeMarkup,
  formatProbability,
  htmlPage,
  htmlTable,
  paragraphs,
  section,
} from '@unrolled/app-shared';
import { compareCollections } from '@unrolled/forecaster';
import { type DieboldMarianoResult, dieboldMarianoSentence } from '@unrolled/forecasting';
import { inputSentence } from '../task';
import { csvLines } from './csv-files';
import { errorBars, HELP, howTested, intervalTable, notes, settingsText } from './html';
import { methodJson } from './json';
import { NAMES, type Report } from './results';
import { missingLines, scoreCells, scoresHelp, VERDICTS } from './summary';

/** Back-tests of both methods on the same steps of the same series. */
export interface Comparison {
  readonly hybrid: Report;
  readonly global: Report;
  /** The test of the global model against the hybrid; undefined if there are too few values. */
  readonly test: DieboldMarianoResult | undefined;
}

export function comparisonOf(hybrid: Report, global: Report): Comparison {
  const { horizon } = global.task.settings;
  const test = compareCollections(global.backtest!, hybrid.backtest!, { horizon });
  return { hybrid, global, test };
}

/** Whether any forecast of the comparison could be tested. */
const isTested = ({ hybrid, global, test }: Comparison) =>
  [test, ...[hybrid, global].map(({ backtest }) => backtest!.evaluation.dieboldMariano)].some(Boolean);

export const comparisonHelp = (comparison: Comparison) =>
  scoresHelp(isTested(comparison) ? 'hybrid is and global is' : undefined);

const scoresOf = ({ backtest }: Report) => backtest!.evaluation.scores;

/**
 * The method with the smaller error, the test of the difference, and the comparison of each with the
 * baselines.
 */
export function comparisonLines({ hybrid, global, test }: Comparison): string[] {
  const [a, b] = [scoresOf(hybrid).model.mase, scoresOf(global).model.mase];
  const first = test
    ? dieboldMarianoSentence(test, { model: 'the global model', baseline: 'the hybrid' })
    : `MASE of the hybrid ${a.toFixed(3)}, of the global model ${b.toFixed(3)}: too few values for a test`;
  const { best } = hybrid.backtest!.evaluation;
  const mase = scoresOf(hybrid)[best].mase;
  const simplest =
    mase < Math.min(a, b)
      ? [`Neither has a smaller error than ${NAMES[best]} (MASE ${mase.toFixed(3)}): prefer that.`]
      : [];
  const tested = [hybrid, global].filter(({ backtest }) => backtest!.evaluation.dieboldMariano);
  return [first, ...simplest, ...tested.map(({ backtest }) => backtest!.evaluation.sentence)];
}

/** A table with both methods first, then the baselines with the verdict on each method. */
export function comparisonCells(comparison: Comparison): string[][] {
  const { hybrid, global, test } = comparison;
  const [[head, ours, ...others], [, theirs, ...again]] = [scoreCells(hybrid), scoreCells(global)] as [
    string[][],
    string[][],
  ];
  // Only the hybrid's table has a row for the forecast without its network.
  const globalOf = (name: string) => again.find((row) => row[0] === name)?.slice(4) ?? ['', ''];
  const withTests = (row: readonly string[]) => [...row, '', ''].slice(0, 6);
  const cells = [
    [...head!.slice(0, 4), 'hybrid is', 'p-value', 'global is', 'p-value'],
    [
      ...ours!.slice(0, 4),
      '',
      '',
      ...(test ? [VERDICTS[test.verdict], formatProbability(test.pValue)] : ['', '']),
    ],
    [...theirs!.slice(0, 4), '', '', '', ''],
    ...others.map((row) => [...withTests(row), ...globalOf(row[0]!)]),
  ];
  return isTested(comparison) ? cells : cells.map((row) => row.slice(0, 4));
}

/** A row for each forecast, with the p-values of both methods. */
export function comparisonCsv({ hybrid, global, test }: Comparison): string {
  const tests = (report: Report): Readonly<Record<string, DieboldMarianoResult>> =>
    report.backtest!.evaluation.dieboldMariano ?? {};
  const row = (
    name: string,
    { mase, smape, owa }: Readonly<Record<'mase' | 'smape' | 'owa', number>>,
  ): CsvCell[] => [
    ...[name, mase, smape, owa],
    ...[tests(hybrid)[name]?.pValue, name === 'hybrid' ? test?.pValue : tests(global)[name]?.pValue],
  ];
  const { model, ...others } = scoresOf(hybrid);
  return csvLines([
    ['forecast', 'mase', 'smape', 'owa', 'p_value_hybrid', 'p_value_global'],
    ...[row('hybrid', model), row('global', scoresOf(global).model)],
    ...Object.entries(others).map(([name, scores]) => row(name, scores)),
  ]);
}

/** The output of `--json`. */
export function comparisonJson(comparison: Comparison): object {
  const { hybrid, global, test } = comparison;
  const { input, season, settings } = global.task;
  return {
    ...{ command: 'compare', files: input.files, target: input.target ?? null },
    ...{ series: input.series.length, horizon: settings.horizon, season: season.season },
    ...{ test: test ?? null, candidates: [hybrid, global].map(methodJson) },
  };
}

/** The comparison as one self-contained page. */
export function comparisonHtml(comparison: Comparison): string {
  const { hybrid, global } = comparison;
  const { input, settings } = global.task;
  const [lead, ...more] = comparisonLines(comparison);
  const bars = [
    { name: 'hybrid', value: scoresOf(hybrid).model.mase, highlighted: true },
    { name: 'global', value: scoresOf(global).model.mase, highlighted: true },
    ...Object.entries(scoresOf(hybrid))
      .filter(([name]) => name !== 'model')
      .map(([name, { mase }]) => ({ name: NAMES[name]!, value: mase })),
  ].map((bar) => ({ ...bar, label: bar.value.toFixed(3) }));
  const title = `${input.target ?? 'Forecast'}: two methods on ${input.series.length} series, ${counted(settings.horizon, 'step')} ahead`;
  const spec = { title: 'Error of each', xLabel: 'MASE (shorter is better)', bars };
  return htmlPage({
    title,
    lead: lead!,
    sections: [
      section(
        'What was forecast',
        paragraphs([
          `${inputSentence(global.task)}.`,
          `Methods: ${hybrid.task.chosen.what}, and ${global.task.chosen.what}.`,
          howTested(global),
        ]),
        notes(global),
      ),
      section(
        'Errors',
        htmlTable(comparisonCells(comparison), { strong: (row) => row < 2 }),
        paragraphs([comparisonHelp(comparison), ...more]),
        errorBars(spec, 'the two methods'),
      ),
      ...[hybrid, global].map((report) =>
        section(
          `Intervals: ${report.task.chosen.name}`,
          intervalTable(report),
          paragraphs(missingLines(report)),
        ),
      ),
      section('How to read this', paragraphs(HELP)),
      section(
        'Settings',
        ...[hybrid, global].map((report) =>
          details(report.task.chosen.name, `<pre>${escapeMarkup(settingsText(report))}</pre>`),
        ),
      ),
    ],
  });
}
