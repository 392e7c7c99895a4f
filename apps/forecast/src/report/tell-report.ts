import type { Reporter, RunDirectory } from '@unrolled/app-shared';
import { forecastsCsv, metricsCsv, nextCsv, seriesCsv } from './csv-files';
import { reportJson } from './json';
import type { Report } from './results';
import { summaryLines } from './summary';

export interface TellOptions {
  readonly reporter: Reporter;
  /** If false, no page is written. */
  readonly report?: boolean;
}

/** Prints a report, and writes its tables and its page to the run directory. */
export async function tellReport(
  report: Report,
  directory: RunDirectory,
  { reporter, report: withPage = true }: TellOptions,
): Promise<void> {
  for (const line of summaryLines(report)) reporter.line(line);
  await directory.write('result.json', `${JSON.stringify(reportJson(report), null, 2)}\n`);
  if (report.backtest) {
    await directory.write('metrics.csv', metricsCsv(report));
    await directory.write('series.csv', seriesCsv(report));
    await directory.write('forecasts.csv', forecastsCsv(report));
  }
  if (report.next.length > 0)
    await directory.write('next.csv', nextCsv(report.task.input.series, report.next));
  if (withPage) {
    const { reportHtml } = await import('./html');
    await directory.write('report.html', reportHtml(report));
  }
  reporter.line(`\nwrote ${directory.written.join('\n      ')}`);
}
