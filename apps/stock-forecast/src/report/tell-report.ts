import type { Reporter, RunDirectory } from '@unrolled/app-shared';
import { foldsCsv, forecastsCsv, metricsCsv } from './csv-files';
import { type Report, reportJson } from './report';
import { runSentence, summaryLines } from './summary';

export interface TellOptions {
  readonly reporter: Reporter;
  /** Whether to write a page and plots; default true. */
  readonly report?: boolean;
  /** Printed after the line about the run. */
  readonly took?: string;
}

/** Prints a report, and writes its tables, its page and its plots to the run directory. */
export async function tellReport(
  report: Report,
  directory: RunDirectory,
  { reporter, took = '', report: withPage = true }: TellOptions,
): Promise<void> {
  reporter.line(`${runSentence(report)}${took}`);
  for (const line of summaryLines(report)) reporter.line(line);
  await directory.write('result.json', `${JSON.stringify(reportJson(report), null, 2)}\n`);
  await directory.write('metrics.csv', metricsCsv(report));
  await directory.write('forecasts.csv', forecastsCsv(report.outcomes));
  await directory.write('folds.csv', foldsCsv(report));
  if (withPage) {
    const [{ reportHtml }, { reportPlots }] = await Promise.all([import('./html'), import('./plots')]);
    await directory.write('report.html', reportHtml(report));
    const advice = new Set<string>();
    for (const plot of reportPlots(report)) {
      const line = await directory.plot(plot.name, plot.draw());
      if (line) advice.add(line);
    }
    for (const line of advice) reporter.warn(line);
  }
  reporter.line(`\nwrote ${directory.written.join('\n      ')}`);
}
