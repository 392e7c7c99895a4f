/** The queue of jobs for some studies. A job is the permission to run one trial. */
import { quoted } from '@unrolled/errors';
import type { ConnectionOptions } from 'pg-boss';
import { refuse } from '../refuse';
import { notify } from './notices';
import { JOBS, STUDIES } from './schema';
import type { Statements } from './sql';
import type { StoredStudy } from './stored-study';
import type { OpenDatabase } from './sweep-database';
import { TIMES } from './times';

/** The contents of a job: the study, and the trial if it was started before. */
export interface JobData {
  readonly study: string;
  readonly number?: number;
}

/** A job that this process holds; pg-boss identifies the attempt by the count. */
export interface HeldJob {
  readonly id: string;
  readonly retryCount: number;
  readonly data: JobData;
}

/** The queue for jobs of trials that lost too many workers. */
export const lostQueue = (queue: string) => `${queue}.lost`;

const YEAR = 365 * 24 * 3600;

/** Creates a queue and the queue of its lost trials, if they do not exist. */
export async function ensureQueue({ boss, patiently }: OpenDatabase, queue: string): Promise<void> {
  const common = { retentionSeconds: YEAR, deleteAfterSeconds: 24 * 3600 };
  await patiently(() => boss.createQueue(lostQueue(queue), { ...common, retryLimit: 1000 }));
  await patiently(() =>
    boss.createQueue(queue, {
      ...common,
      deadLetter: lostQueue(queue),
      heartbeatSeconds: TIMES.heartbeat,
      // Longer than a worker holds a job.
      expireInSeconds: 24 * 3600,
    }),
  );
}

/**
 * Creates jobs for the trials of a study that no worker has and that have no job yet. The study's row is
 * locked.
 *
 * @param wave number of trials in a round: the jobs of the next round are created when this round has ended
 */
export async function sendMissing(
  { boss }: OpenDatabase,
  statements: Statements,
  { name, queue, trials, attempts }: StoredStudy,
  wave = trials,
): Promise<void> {
  const { rows } = await statements.executeSql(
    `WITH live AS (
      SELECT id, (data->>'number')::int AS number FROM ${JOBS}.job
      WHERE name = $1 AND state < 'completed' AND data->>'study' = $2
    ), begun AS (
      SELECT number, job, ended FROM ${STUDIES}.trials WHERE study = $2
    )
    SELECT
      (SELECT count(*)::int FROM begun) AS begun,
      (SELECT count(*)::int FROM begun WHERE ended) AS ended,
      (SELECT count(*)::int FROM live WHERE number IS NULL AND id NOT IN (SELECT job FROM begun)) AS waiting,
      ARRAY(SELECT number FROM begun WHERE NOT ended AND job NOT IN (SELECT id FROM live) ORDER BY number) AS cut`,
    [queue, name],
  );
  const { begun, ended, waiting, cut } = rows[0] as Record<'begun' | 'ended' | 'waiting', number> & {
    cut: number[];
  };
  // Up to the end of the round in which trials run, or of the next round.
  const waves = ended < begun ? Math.ceil(begun / wave) : Math.floor(begun / wave) + 1;
  const fresh = Math.max(0, Math.min(trials, waves * wave) - begun - waiting);
  const job = { retryLimit: attempts - 1, ...groupOf(name) };
  const data: JobData[] = [
    ...cut.map((number) => ({ study: name, number })),
    ...Array.from({ length: fresh }, () => ({ study: name })),
  ];
  const jobs = data.map((one) => ({ ...job, data: one, priority: one.number === undefined ? 0 : 1 }));
  for (let at = 0; at < jobs.length; at += 1000)
    await boss.insert(queue, jobs.slice(at, at + 1000), { db: forBoss(statements) });
  if (jobs.length > 0) await notify(statements, queue);
}

/** The option of a job that names its study, so that workers can exclude the study. */
export const groupOf = (study: string) => ({ group: { id: study } });

/** Takes the next job of a queue, except those of the studies in `left`. */
export async function takeJob(
  { boss }: OpenDatabase,
  statements: Statements,
  queue: string,
  left: ReadonlySet<string>,
): Promise<HeldJob | undefined> {
  const [job] = await boss.fetch<JobData>(queue, { db: forBoss(statements), ignoreGroups: [...left] });
  return job && { id: job.id, retryCount: job.retryCount, data: job.data };
}

/** Ends a job; returns false if this process does not hold it any more. */
export async function endJob(
  { boss }: OpenDatabase,
  statements: Statements,
  queue: string,
  { id, retryCount }: HeldJob,
): Promise<boolean> {
  const done = await boss.complete(queue, { id, retryCount }, null, { db: forBoss(statements) });
  return (done as { affected?: number }).affected === 1;
}

/** Statements in the form that pg-boss expects. */
export const forBoss = (statements: Statements) =>
  statements as unknown as NonNullable<ConnectionOptions['db']>;

/** Names of studies and queues become part of pg-boss's SQL, which checks them; this check is stricter. */
export function checkName(scope: string, what: string, name: string): void {
  if (/^[A-Za-z0-9][\w.-]{0,63}$/.test(name)) return;
  refuse(scope, {
    expected: `${what} of 1 to 64 letters, digits, dots, hyphens and underscores, not beginning with a mark`,
    got: quoted(name),
    remedy: 'poems-1, for example',
  });
}
