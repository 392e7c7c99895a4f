import { type OptionKinds, quoted } from '@unrolled/errors';
import { check, checkKind, checkOptions, refuse } from '../refuse';
import { checkSpace } from '../space';
import { createStudy, type StudyOptions } from '../study';
import type { StudyEvent } from '../study-events';
import type { TrialRecord } from '../trial';
import { bytesOf, type CheckpointFiles, databaseStore, filesOf } from './checkpoints';
import { notify } from './notices';
import { checkName, ensureQueue, sendMissing } from './queues';
import { STUDIES } from './schema';
import { checkDefinition, definitionOf } from './shared-study';
import { allStudies, findStudy, refuseUnknown, type StoredStudy } from './stored-study';
import { inside, type SweepDatabase } from './sweep-database';

/** Settings of {@link beginStudy}. */
export interface BeginOptions extends Omit<StudyOptions, 'record' | 'history'> {
  /** A program's own data for the study, as JSON; default null. */
  readonly plan?: unknown;
  /**
   * Bytes by their names that all workers are to find, by {@link readStudyFiles}; those of an earlier
   * beginning stay.
   */
  readonly files?: CheckpointFiles;
  /** Which workers take its trials; default those of the study alone, by its name. */
  readonly queue?: string;
  /**
   * How many workers a trial may lose before it counts as failed; default 5. A worker that ends in order is
   * not counted.
   */
  readonly attempts?: number;
  /**
   * The trials whose checkpoints are kept after their end; default `'best'`. Those of a population's last
   * round are kept, too, so the study can be resumed with more rounds.
   */
  readonly keep?: StoredStudy['keep'];
}

const KINDS: OptionKinds<BeginOptions> = {
  space: 'object',
  direction: "'minimize' or 'maximize'?",
  trials: 'positive integer?',
  sampler: 'object?',
  pruner: 'object?',
  plan: 'value?',
  files: 'object?',
  queue: 'string?',
  attempts: 'positive integer?',
  keep: 'string?',
};

/**
 * Starts a study in a database, or resumes the study with this name. Workers can then take its trials. A
 * resumed study may have more trials than before; everything else must be the same.
 *
 * The caller may then exit. Two simultaneous calls have the same effect as one.
 */
export async function beginStudy(
  database: SweepDatabase,
  name: string,
  options: BeginOptions,
): Promise<void> {
  const scope = 'beginStudy';
  const open = inside(scope, database);
  checkKind(scope, 'the name', name, 'string');
  checkOptions(scope, options, KINDS);
  const { plan = null, files = {}, queue = name, attempts = 5, keep = 'best', ...study } = options;
  checkName(scope, 'a name', name);
  checkName(scope, 'a queue', queue);
  checkSpace(scope, study.space);
  if (!['none', 'best', 'all'].includes(keep))
    refuse(scope, { expected: "keep 'none', 'best' or 'all'", got: quoted(keep), remedy: "'best'" });
  check.number(scope, 'attempts', attempts, attempts <= 1000, 'of at most 1000');
  for (const [file, bytes] of Object.entries(files))
    checkKind(scope, `the file ${quoted(file)}`, bytes, 'Uint8Array');
  const { total } = createStudy(study);
  const definition = definitionOf(study);
  await ensureQueue(open, queue);
  await open.transaction(async (tx) => {
    await tx.executeSql(
      `INSERT INTO ${STUDIES}.studies (name, definition, plan, queue, trials, attempts, keep, state)
      VALUES ($1, $2, $3, $4, $5, $6, $7, 'stopped') ON CONFLICT DO NOTHING`,
      [name, JSON.stringify(definition), JSON.stringify(plan), queue, total, attempts, keep],
    );
    const row = (await findStudy(tx, name, true))!;
    checkDefinition(scope, name, row, definition);
    if (row.queue !== queue)
      refuse(scope, {
        expected: `the queue of the study, ${quoted(row.queue)}`,
        got: quoted(queue),
        remedy: 'pass that, or another name',
      });
    const trials = Math.max(row.trials, total);
    await tx.executeSql(
      `UPDATE ${STUDIES}.studies SET state = 'open', reason = NULL, trials = $2, plan = $3 WHERE name = $1`,
      [name, trials, JSON.stringify(plan)],
    );
    for (const [file, bytes] of Object.entries(files))
      await tx.executeSql(
        `INSERT INTO ${STUDIES}.files (study, file, bytes) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
        [name, file, bytesOf(bytes)],
      );
    await sendMissing(open, tx, { ...row, trials }, study.sampler?.wave);
  });
}

/**
 * Stops a study: workers stop its trials within seconds, each after its last checkpoint, and take no more
 * until it is resumed.
 */
export async function stopStudy(database: SweepDatabase, name: string): Promise<void> {
  const open = inside('stopStudy', database);
  checkKind('stopStudy', 'the name', name, 'string');
  await open.transaction(async (tx) => {
    const row = (await findStudy(tx, name, true)) ?? refuseUnknown('stopStudy', name);
    await tx.executeSql(`UPDATE ${STUDIES}.studies SET state = 'stopped' WHERE name = $1`, [name]);
    await notify(tx, row.queue);
  });
}

/** A study with its trials and events. */
export interface StudyInDatabase extends StoredStudy {
  readonly events: readonly StudyEvent[];
  /** All trials so far, by their number. */
  readonly records: readonly TrialRecord[];
}

/** Reads a study. @throws if there is no study with this name */
export async function readStudy(database: SweepDatabase, name: string): Promise<StudyInDatabase> {
  const { sql, patiently } = inside('readStudy', database);
  checkKind('readStudy', 'the name', name, 'string');
  return patiently(async () => {
    const row = await findStudy(sql, name, false);
    if (!row) return refuseUnknown('readStudy', name);
    const { head, ...study } = row;
    const text = `SELECT event FROM ${STUDIES}.events WHERE study = $1 AND position < $2 ORDER BY position`;
    const { rows } = await sql.executeSql(text, [name, head]);
    const events = rows.map(({ event }) => JSON.parse(event as string) as StudyEvent);
    const { space, direction, trials } = study;
    return { ...study, events, records: createStudy({ space, direction, trials, history: events }).trials };
  });
}

/** The files that were passed to `beginStudy`. @throws if there is no study with this name */
export async function readStudyFiles(database: SweepDatabase, name: string): Promise<CheckpointFiles> {
  const scope = 'readStudyFiles';
  const { sql, patiently } = inside(scope, database);
  checkKind(scope, 'the name', name, 'string');
  return patiently(async () => {
    if (!(await findStudy(sql, name, false))) refuseUnknown(scope, name);
    const text = `SELECT file, bytes FROM ${STUDIES}.files WHERE study = $1`;
    return filesOf((await sql.executeSql(text, [name])).rows);
  });
}

/**
 * The checkpoint of a trial in the database: of a running trial, or of an ended trial if the study's `keep`
 * keeps it. Undefined if there is none.
 */
export async function readCheckpoint(
  database: SweepDatabase,
  name: string,
  number: number,
): Promise<CheckpointFiles | undefined> {
  const scope = 'readCheckpoint';
  const open = inside(scope, database);
  checkKind(scope, 'the name', name, 'string');
  checkKind(scope, 'the number', number, 'integer of at least 0');
  return databaseStore(open, 0).load(name, number);
}

/** All studies of a database, oldest first. */
export async function listStudies(database: SweepDatabase): Promise<StoredStudy[]> {
  const { sql, patiently } = inside('listStudies', database);
  const rows = await patiently(() => allStudies(sql));
  return rows.map(({ head, ...study }) => study);
}

/** The names of the workers that currently run a study's trials. */
export async function workersOf(database: SweepDatabase, name: string): Promise<ReadonlyMap<number, string>> {
  const { sql, patiently } = inside('workersOf', database);
  checkKind('workersOf', 'the name', name, 'string');
  const text = `SELECT t.number, t.worker FROM ${STUDIES}.trials t JOIN ${STUDIES}.studies s ON s.name = t.study
    WHERE t.study = $1 AND NOT t.ended AND s.state = 'open' ORDER BY t.number`;
  const { rows } = await patiently(() => sql.executeSql(text, [name]));
  return new Map(rows.map(({ number, worker }) => [number as number, worker as string]));
}

/** Removes a study with all its trials and checkpoints. Workers that run one of its trials stop it. */
export async function removeStudy(database: SweepDatabase, name: string): Promise<void> {
  const { sql, patiently } = inside('removeStudy', database);
  checkKind('removeStudy', 'the name', name, 'string');
  await patiently(() => sql.executeSql(`DELETE FROM ${STUDIES}.studies WHERE name = $1`, [name]));
}
