/** The trials of a study as files for other programs. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type CsvCell, csvCell } from '@unrolled/app-shared';
import { writeTrialEvents } from '@unrolled/runs/node';
import type { StudyEvent, TrialRecord } from '@unrolled/sweeps';
import { commandOf } from './programs';
import type { Plan } from './study-files';

/** A row for each trial: its options, its result, and the command line that repeats it. */
export function trialsCsv(plan: Plan, trials: readonly TrialRecord[], events: readonly StudyEvent[]): string {
  const names = Object.keys(plan.space);
  const rows = trials.map((trial): CsvCell[] => [
    ...[trial.number, trial.state, trial.value ?? ''],
    ...names.map((name) => String(trial.parameters[name] ?? '')),
    ...[trial.reports.length, trial.reason ?? '', commandOf(plan, trial, events)],
  ]);
  const head = [
    'trial',
    'state',
    'value',
    ...names.map((name) => name.replace(/^--/, '')),
    'reports',
    'reason',
    'command',
  ];
  return [head, ...rows].map((row) => `${row.map(csvCell).join(',')}\n`).join('');
}

/** Writes each trial for TensorBoard's HParams into a folder. */
export async function writeTensorboard(folder: string, trials: readonly TrialRecord[]): Promise<void> {
  for (const { number, parameters, state, reports, value } of trials) {
    const own = path.join(folder, `trial-${number}`);
    await mkdir(own, { recursive: true });
    const curve = reports.map((report) => ({ step: report.step, scalars: { report: report.value } }));
    const end = value === undefined ? [] : [{ step: reports.at(-1)?.step ?? 0, scalars: { value } }];
    await writeTrialEvents(path.join(own, 'events.out.tfevents.sweep'), {
      ...{ hyperparameters: parameters, scalars: [...curve, ...end] },
      state: state === 'pruned' ? 'complete' : state,
    });
  }
}
