/** The tables of studies, beside pg-boss's own. */
import { checkKind, refuse } from '../refuse';
import type { Sql, Statements } from './sql';

/** The schema of our tables, and that of pg-boss's. */
export const STUDIES = 'unrolled_sweeps';
export const JOBS = 'unrolled_jobs';

/** Increased when a table changes. Programs with the same number work together, whatever their versions. */
const FORMAT = 1;

/** The number of the advisory lock by which installers take turns. */
const LOCK = 7_153_021;

/** Texts store JSON as written: `jsonb` would sort the dimensions of a space. */
const TABLES = `
CREATE SCHEMA IF NOT EXISTS ${STUDIES};
CREATE TABLE IF NOT EXISTS ${STUDIES}.format (number int NOT NULL);
CREATE TABLE IF NOT EXISTS ${STUDIES}.studies (
  name text PRIMARY KEY,
  definition text NOT NULL,
  plan text NOT NULL,
  queue text NOT NULL,
  trials int NOT NULL,
  attempts int NOT NULL,
  keep text NOT NULL,
  -- 'open' while trials are given out, else 'stopped', with the reason where it was not asked for.
  state text NOT NULL,
  reason text,
  -- How many events there are.
  head int NOT NULL DEFAULT 0,
  created_on timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS ${STUDIES}.events (
  study text NOT NULL REFERENCES ${STUDIES}.studies ON DELETE CASCADE,
  position int NOT NULL,
  number int NOT NULL,
  kind text NOT NULL,
  event text NOT NULL,
  PRIMARY KEY (study, position)
);
-- A trial counts once, whatever goes wrong elsewhere.
CREATE UNIQUE INDEX IF NOT EXISTS told_once ON ${STUDIES}.events (study, number) WHERE kind = 'told';
CREATE UNIQUE INDEX IF NOT EXISTS asked_once ON ${STUDIES}.events (study, number) WHERE kind = 'asked';
CREATE TABLE IF NOT EXISTS ${STUDIES}.trials (
  study text NOT NULL REFERENCES ${STUDIES}.studies ON DELETE CASCADE,
  number int NOT NULL,
  job uuid NOT NULL,
  -- Rises whenever the trial is given to a worker: only the last one's word counts.
  attempt int NOT NULL,
  worker text NOT NULL,
  ended boolean NOT NULL DEFAULT false,
  begun_on timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (study, number)
);
CREATE UNIQUE INDEX IF NOT EXISTS trial_of_job ON ${STUDIES}.trials (job);
CREATE TABLE IF NOT EXISTS ${STUDIES}.checkpoints (
  study text NOT NULL,
  number int NOT NULL,
  file text NOT NULL,
  bytes bytea NOT NULL,
  PRIMARY KEY (study, number, file),
  FOREIGN KEY (study, number) REFERENCES ${STUDIES}.trials ON DELETE CASCADE
);
-- What all trials of a study read, beside its row: that is read with every trial.
CREATE TABLE IF NOT EXISTS ${STUDIES}.files (
  study text NOT NULL REFERENCES ${STUDIES}.studies ON DELETE CASCADE,
  file text NOT NULL,
  bytes bytea NOT NULL,
  PRIMARY KEY (study, file)
);
-- Files are compressed already, or nearly random.
ALTER TABLE ${STUDIES}.checkpoints ALTER COLUMN bytes SET STORAGE EXTERNAL;
ALTER TABLE ${STUDIES}.files ALTER COLUMN bytes SET STORAGE EXTERNAL;`;

/** Creates missing tables; pg-boss creates its own. */
export async function installTables(sql: Sql): Promise<void> {
  await sql.transaction(async (tx) => {
    await tx.executeSql('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    if ((await formatOf(tx)) !== undefined) return;
    await tx.executeSql(TABLES);
    await tx.executeSql(`INSERT INTO ${STUDIES}.format (number) VALUES ($1)`, [FORMAT]);
  });
}

/** The format of the existing tables; undefined if there are none. */
export async function formatOf(sql: Statements): Promise<number | undefined> {
  const found = await sql.executeSql('SELECT to_regclass($1) IS NOT NULL AS found', [`${STUDIES}.format`]);
  if (!found.rows[0]?.found) return undefined;
  const { rows } = await sql.executeSql(`SELECT number FROM ${STUDIES}.format`);
  return rows[0]?.number as number | undefined;
}

/** Refuses tables of another format. */
export function checkFormat(found: number, place: string): void {
  if (found === FORMAT) return;
  refuse('database', {
    expected: `studies of format ${FORMAT} in ${place}`,
    got: `format ${found}`,
    remedy: 'install the version of @unrolled/sweeps that began them, or use another database',
    code: 'format',
  });
}

/**
 * The SQL that gives a role only the permissions that a worker needs: it cannot create or drop tables. Run
 * the SQL as the role that created the tables.
 *
 * @param role its name, without quotes
 */
export function workerGrants(role: string): string {
  checkKind('workerGrants', 'the role', role, 'string');
  const name = `"${role.replaceAll('"', '""')}"`;
  return [
    `GRANT USAGE ON SCHEMA ${STUDIES}, ${JOBS} TO ${name};`,
    `GRANT SELECT ON ALL TABLES IN SCHEMA ${STUDIES}, ${JOBS} TO ${name};`,
    `GRANT UPDATE ON ${STUDIES}.studies TO ${name};`,
    `GRANT INSERT ON ${STUDIES}.events TO ${name};`,
    `GRANT INSERT, UPDATE ON ${STUDIES}.trials TO ${name};`,
    `GRANT INSERT, UPDATE, DELETE ON ${STUDIES}.checkpoints TO ${name};`,
    `GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${JOBS} TO ${name};`,
    `GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${JOBS} TO ${name};`,
  ].join('\n');
}
