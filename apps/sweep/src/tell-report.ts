/** The report of a study as files, for records in a directory or a database. */
import { createReporter } from '@unrolled/app-shared';
import { writeFileAtomically } from '@unrolled/errors/node';
import type { StudyEvent, TrialRecord } from '@unrolled/sweeps';
import { importanceOf } from './importance';
import { type Plan, trialsIn } from './study-files';
import { trialsCsv, writeTensorboard } from './tables';

/** The destinations of a report's parts. */
export interface ReportPlaces {
  readonly page: string;
  readonly table: string;
}

/** Writes the page and the table of a study, and returns their paths. */
export async function writeReportFiles(
  plan: Plan,
  events: readonly StudyEvent[],
  { page, table }: ReportPlaces,
): Promise<string[]> {
  // It imports the plotting library, which no other command needs.
  const { reportHtml } = await import('./report');
  await writeFileAtomically(page, [Buffer.from(reportHtml(plan, events))]);
  await writeFileAtomically(table, [Buffer.from(trialsCsv(plan, trialsIn(events, plan), events))]);
  return [page, table];
}

/** The options of `sweep report`. */
export interface ReportOptions {
  readonly tensorboard?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** Writes a report, prints its path, and returns the trials as JSON. */
export async function tellReport(
  { study, plan, events }: { study: string; plan: Plan; events: readonly StudyEvent[] },
  { tensorboard: folder, ...places }: ReportPlaces & { readonly tensorboard: string },
  { tensorboard, json }: ReportOptions,
): Promise<void> {
  const { space, direction = 'minimize' } = plan;
  const reporter = createReporter({ json: json ?? false });
  const trials: readonly TrialRecord[] = trialsIn(events, plan);
  const written = await writeReportFiles(plan, events, places);
  if (tensorboard) {
    await writeTensorboard(folder, trials);
    written.push(folder);
  }
  for (const [index, file] of written.entries())
    reporter.line(`${index === 0 ? 'written:' : '        '} ${file}`);
  if (tensorboard) reporter.line(`view it: tensorboard --logdir ${folder}`);
  const complete = trials.filter(({ state }) => state === 'complete');
  const importance = Object.fromEntries(importanceOf(space, complete, direction));
  reporter.result({ study, direction, importance, trials });
}
