import { createReporter } from '@unrolled/app-shared';
import { createRunDirectory } from '@unrolled/runs/node';
import type { TrialRecord } from '@unrolled/sweeps';
import { recordFromDatabase } from './database/commands';
import { refuse } from './refuse';
import { search } from './search';
import {
  checkFiles,
  checkSameSpace,
  readEvents,
  readPlan,
  readTrials,
  STUDY_FILES,
  trialsIn,
} from './study-files';

export interface ReplayOptions {
  readonly study?: string;
  readonly workers?: number;
  readonly database?: string;
  readonly json?: boolean;
}

/** Runs a study again by its record, and reports which trials gave the same results. */
export async function replay(study: string, options: ReplayOptions): Promise<void> {
  const { database } = options;
  const { plan, events } = database
    ? await recordFromDatabase(study, database)
    : { plan: readPlan(study), events: readEvents(study) };
  checkFiles(plan);
  await checkSameSpace(plan);
  if (plan.shards !== undefined)
    refuse('study', {
      expected: 'a study that is not divided into shards',
      got: `one of ${plan.shards} shards`,
      remedy: 'run its shards again in another directory: their trials depend only on the seed',
    });
  const before = trialsIn(events, plan).filter(({ state }) => state !== 'running');
  if (before.length === 0)
    refuse('study', {
      expected: 'a study with completed trials',
      got: 'a study without a completed trial',
      remedy: `continue the study: sweep resume ${study}`,
    });
  const again = { ...plan, trials: before.at(-1)!.number + 1 };
  const directory = await createRunDirectory({
    ...{ directory: options.study, program: 'sweep', runFiles: [STUDY_FILES.plan, STUDY_FILES.record] },
    refuseEarlier: (got) =>
      refuse('--study', { expected: 'a directory without a study', got, remedy: 'choose another directory' }),
  });
  try {
    const record = events.map((event) => `${JSON.stringify(event)}\n`).join('');
    await directory.write(STUDY_FILES.replayed, record);
    await directory.write(STUDY_FILES.plan, `${JSON.stringify(again, null, 2)}\n`);
    await search({ study: directory.directory, own: directory }, again, { workers: options.workers });
  } finally {
    await directory.close();
  }
  compare(before, readTrials(directory.directory, plan), options);
}

/** Compares everything except the messages of failures, which may contain times. */
const cameOutAs = ({ number, parameters, state, reports, value }: TrialRecord) =>
  JSON.stringify(
    state === 'failed' ? [number, parameters, state] : [number, parameters, state, reports, value],
  );

function compare(
  before: readonly TrialRecord[],
  after: readonly TrialRecord[],
  { json }: { json?: boolean },
): void {
  const reporter = createReporter({ json: json ?? false });
  const made = new Map(after.map((trial) => [trial.number, trial]));
  const different = before.filter((trial) => {
    const other = made.get(trial.number);
    return !other || cameOutAs(other) !== cameOutAs(trial);
  });
  const same = before.length - different.length;
  reporter.line(`\n${same} of ${before.length} trials gave the same result, to the last bit`);
  for (const { number, value } of different)
    reporter.line(`trial ${number}: ${value} before, ${made.get(number)?.value ?? 'not run'} now`);
  reporter.result({ same, different: different.map(({ number }) => number) });
  if (different.length > 0) process.exitCode ||= 1;
}
