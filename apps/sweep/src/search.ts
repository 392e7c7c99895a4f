import { availableParallelism } from 'node:os';
import path from 'node:path';
import { createReporter, type Reporter } from '@unrolled/app-shared';
import { UnrolledError } from '@unrolled/errors';
import { interruptSignal, type RunDirectory } from '@unrolled/runs/node';
import { replayOf, runStudy, type Sampler, type StudyEvent, type TrialRecord } from '@unrolled/sweeps';
import { commandOf, programOf } from './programs';
import { refuse } from './refuse';
import { numberInShard, numberInStudy, type Shard, trialsOfShard } from './shards';
import { prunerOf, samplerOf } from './strategies';
import { type Plan, readEvents, readRecord, recorder, STUDY_FILES } from './study-files';
import { lineOf, tableOf } from './table';
import { writeReportFiles } from './tell-report';

export interface SearchOptions {
  /** Number of parallel trials; default one for each core. */
  readonly workers?: number | undefined;
  readonly json?: boolean | undefined;
}

/** The files of a search. */
export interface Site {
  /** The study's directory. */
  readonly study: string;
  /** The directory that only this process uses: that of the study, or of its shard. */
  readonly own: RunDirectory;
  readonly shard?: Shard;
}

/** Runs the remaining trials of a plan in its directory, then writes the report. */
export async function search(
  { study, own, shard = { index: 1, count: 1 } }: Site,
  plan: Plan,
  { workers, json }: SearchOptions,
): Promise<void> {
  const reporter = createReporter({ json: json ?? false });
  const program = programOf(plan);
  const cores = availableParallelism();
  const concurrency = workers ?? cores;
  const threads = Math.max(1, Math.floor(cores / concurrency));
  const events = readRecord(own.directory);
  // A shard numbers its own trials. Messages and files use the numbers of the whole study.
  const inStudy = <T extends { readonly number: number }>(one: T): T => ({
    ...one,
    number: numberInStudy(shard, one.number),
  });
  const history = events.map((event) => ({ ...event, number: numberInShard(shard, event.number) }));
  const record = recorder(own.directory);
  const signal = interruptSignal();
  const total = trialsOfShard(shard, plan.trials);
  reporter.line(
    `${study}: up to ${total} trials of ${program.title}, ${concurrency} in parallel, ` +
      `each with ${threads === 1 ? '1 thread' : `${threads} threads`}`,
  );
  const replayed = readRecord(own.directory, STUDY_FILES.replayed);
  const { sampler, pruner } =
    replayed.length > 0 ? againOf(plan, replayed) : { sampler: samplerOf(plan), pruner: prunerOf(plan) };
  const isShard = shard.count > 1;
  const outcome =
    total === 0
      ? { trials: [], best: undefined, wasStopped: false }
      : await runStudy(
          (trial) => {
            const whole = inStudy(trial);
            const directory = path.join(study, trialFolder(whole.number));
            const before = isShard ? eventsBefore(whole.number, sampler, plan) : events;
            const from = trial.from === undefined ? undefined : path.join(study, trialFolder(trial.from));
            return program.run(whole, { threads, events: before, directory, from });
          },
          {
            ...{ space: plan.space, direction: plan.direction ?? 'minimize', trials: total },
            sampler: isShard
              ? { name: sampler.name, sample: (one) => sampler.sample(inStudy(one)) }
              : sampler,
            ...{ concurrency, signal, history },
            ...(pruner ? { pruner } : {}),
            record: (event) => {
              const whole = inStudy(event);
              record(whole);
              events.push(whole);
            },
            onTrial: (trial) => reporter.line(lineOf(inStudy(trial), program.reports)),
          },
        )
          .catch((error) => endedByFailures(error, study))
          .finally(() =>
            writeReportFiles(plan, readEvents(study), {
              page: path.join(study, STUDY_FILES.report),
              table: path.join(study, STUDY_FILES.table),
            }),
          );
  summarize(reporter, study, plan, {
    ...outcome,
    trials: outcome.trials.map(inStudy),
    best: outcome.best && inStudy(outcome.best),
  });
}

/** The decisions in a record. Those about rounds of a population are made by the sampler. */
function againOf(plan: Plan, record: readonly StudyEvent[]) {
  const { sampler, pruner } = replayOf(record);
  const { wave, from } = samplerOf(plan);
  return { sampler: { ...sampler, ...(wave ? { wave } : {}), ...(from ? { from } : {}) }, pruner };
}

/** Number of earlier requests in a study of one process, for a sampler that depends only on this number. */
function eventsBefore(
  number: number,
  sampler: Sampler,
  { space, direction = 'minimize' }: Plan,
): StudyEvent[] {
  return Array.from({ length: number }, (_, earlier) => ({
    ...{ event: 'asked' as const, number: earlier },
    parameters: sampler.sample({ space, direction, number: earlier, trials: [] }),
  }));
}

/** An error after repeated failures, rewritten in terms of the command line. */
function endedByFailures(error: unknown, study: string): never {
  if (!(error instanceof UnrolledError) || error.scope !== 'runStudy') throw error;
  const { expected, got } = error;
  const remedy = `correct the cause, and continue with sweep resume ${study}, or start a new study`;
  return refuse('trials', { expected, got, remedy }, error);
}

/** `trials/0007` */
export const trialFolder = (number: number) => path.join('trials', String(number).padStart(4, '0'));

interface Outcome {
  readonly best: TrialRecord | undefined;
  readonly trials: readonly TrialRecord[];
  readonly wasStopped: boolean;
}

function summarize(
  reporter: Reporter,
  study: string,
  plan: Plan,
  { best, trials, wasStopped }: Outcome,
): void {
  const { direction, shards } = plan;
  const { reports } = programOf(plan);
  reporter.line(`\n${tableOf(trials, 10, { direction, reports })}`);
  const command = best && commandOf(plan, best, readEvents(study));
  if (command) reporter.line(`\nrepeat the best trial: ${command}`);
  reporter.line(`wrote ${path.join(study, STUDY_FILES.report)}`);
  if (wasStopped)
    reporter.line(`continue: ${shards ? 'run the same command again' : `sweep resume ${study}`}`);
  else if (shards) reporter.line(`progress of all shards: sweep status ${study}`);
  const count = (state: string) => trials.filter((trial) => trial.state === state).length;
  reporter.result({
    best: best ? { number: best.number, value: best.value, parameters: best.parameters, command } : null,
    trials: { complete: count('complete'), pruned: count('pruned'), failed: count('failed') },
    interrupted: wasStopped,
    study,
  });
}
