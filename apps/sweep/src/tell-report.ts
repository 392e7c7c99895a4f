/** The report of a study as files, wherever its record is. */
import { createReporter } from '@unrolled/app-shared';
import { writeFileAtomically } from '@unrolled/errors/node';
import type { StudyEvent, TrialRecord } from '@unrolled/sweeps';
import { importanceOf } from './importance';
import { type Plan, trialsIn } from './study-files';
import { trialsCsv, writeTensorboard } from './tables';

/** Where the parts of a report go. */
export interface ReportPlaces {
  readonly page: string;
  readonly table: string;
}

/** Writes the page and the table of a study; gives their paths. */
export async function writeReportFiles(
  plan: Plan,
  events: readonly StudyEvent[],
  { page, table }: ReportPlaces,
): Promise<string[]> {
  // It loads the library of the plots, which no other command needs.
  const { reportHtml } = await import('./report');
  await writeFileAtomically(page, [Buffer.from(reportHtml(plan, events))]);
  await writeFileAtomically(table, [Buffer.from(trialsCsv(plan, trialsIn(events, plan), events))]);
  return [page, table];
}

/** What `sweep report` is asked for. */
export interface ReportOptions {
  readonly tensorboard?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** Writes a report, says where it is, and gives its trials as JSON. */
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
  if (tensorboard) reporter.line(`see it: tensorboard --logdir ${folder}`);
  const complete = trials.filter(({ state }) => state === 'complete');
  const importance = Object.fromEntries(importanceOf(space, complete, direction));
  reporter.result({ study, direction, importance, trials });
}
