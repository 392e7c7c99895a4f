import { availableParallelism } from 'node:os';
import path from 'node:path';
import { createReporter, type Reporter } from '@unrolled/app-shared';
import { UnrolledError } from '@unrolled/errors';
import { interruptSignal, type RunDirectory } from '@unrolled/runs/node';
import { runStudy, type StudyEvent, type TrialRecord } from '@unrolled/sweeps';
import { commandOf, programOf } from './programs';
import { refuse } from './refuse';
import { reportHtml } from './report';
import { prunerOf, samplerOf } from './strategies';
import { type Plan, readRecord, recorder, STUDY_FILES } from './study-files';
import { lineOf, tableOf } from './table';

export interface SearchOptions {
  /** Trials at once; default one a core. */
  readonly workers?: number;
  readonly json?: boolean;
}

/** Makes the trials of a plan that are missing in its directory, then writes the report. */
export async function search(
  directory: RunDirectory,
  plan: Plan,
  { workers, json }: SearchOptions,
): Promise<void> {
  const reporter = createReporter({ json: json ?? false });
  const program = programOf(plan);
  const cores = availableParallelism();
  const concurrency = workers ?? cores;
  const threads = Math.max(1, Math.floor(cores / concurrency));
  const history = readRecord(directory.directory);
  const record = recorder(directory.directory);
  const events: StudyEvent[] = [...history];
  const signal = interruptSignal();
  reporter.line(
    `${directory.directory}: up to ${plan.trials} trials of ${program.title}, ${concurrency} at once, ` +
      `each on ${threads === 1 ? '1 thread' : `${threads} threads`}`,
  );
  const pruner = prunerOf(plan);
  const outcome = await runStudy(
    (trial) => program.run(trial, { threads, events, directory: directory.file(trialFolder(trial.number)) }),
    {
      ...{ space: plan.space, direction: plan.direction ?? 'minimize', trials: plan.trials },
      ...{ sampler: samplerOf(plan), concurrency, signal, history },
      ...(pruner ? { pruner } : {}),
      record: (event) => {
        record(event);
        events.push(event);
      },
      onTrial: (trial) => reporter.line(lineOf(trial, program.reports)),
    },
  )
    .catch((error) => endedByFailures(error, directory.directory))
    .finally(() => writeReport(directory, plan));
  summarize(reporter, directory, plan, outcome);
}

/** That one trial after another fails is told in the words of the command line. */
function endedByFailures(error: unknown, study: string): never {
  if (!(error instanceof UnrolledError) || error.scope !== 'runStudy') throw error;
  const { expected, got } = error;
  const remedy = `mend what fails, and go on: sweep resume ${study}; or begin anew without it`;
  return refuse('trials', { expected, got, remedy }, error);
}

/** `trials/0007` */
export const trialFolder = (number: number) => path.join('trials', String(number).padStart(4, '0'));

export async function writeReport(directory: RunDirectory, plan: Plan): Promise<string> {
  return directory.write(STUDY_FILES.report, reportHtml(plan, readRecord(directory.directory)));
}

interface Outcome {
  readonly best: TrialRecord | undefined;
  readonly trials: readonly TrialRecord[];
  readonly wasStopped: boolean;
}

function summarize(
  reporter: Reporter,
  directory: RunDirectory,
  plan: Plan,
  { best, trials, wasStopped }: Outcome,
) {
  const events = readRecord(directory.directory);
  const { direction } = plan;
  const { reports } = programOf(plan);
  reporter.line(`\n${tableOf(trials, 10, { direction, reports })}`);
  const command = best && commandOf(plan, best, events);
  if (command) reporter.line(`\nthe best again: ${command}`);
  reporter.line(`written: ${directory.file(STUDY_FILES.report)}`);
  if (wasStopped) reporter.line(`go on: sweep resume ${directory.directory}`);
  const count = (state: string) => trials.filter((trial) => trial.state === state).length;
  reporter.result({
    best: best ? { number: best.number, value: best.value, parameters: best.parameters, command } : null,
    trials: { complete: count('complete'), pruned: count('pruned'), failed: count('failed') },
    interrupted: wasStopped,
    study: directory.directory,
  });
}
