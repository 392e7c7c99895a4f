/** A study as a row of the database. */
import { refuse } from '../refuse';
import type { SearchSpace } from '../space';
import type { Direction } from '../trial';
import { STUDIES } from './schema';
import type { Row, Statements } from './sql';

/**
 * The definition that determines a study's trials. A process that continues the study must pass the same
 * definition.
 */
export interface Definition {
  readonly space: SearchSpace;
  readonly direction: Direction;
  readonly sampler: string;
  readonly pruner: string | null;
}

/** A study in a database. */
export interface StoredStudy extends Definition {
  readonly name: string;
  /** Additional data of its program. */
  readonly plan: unknown;
  /** Workers of one queue take its trials. */
  readonly queue: string;
  /** Total number of trials. */
  readonly trials: number;
  /** Number of workers that a trial may lose before it counts as failed. */
  readonly attempts: number;
  /** The trials whose checkpoints are kept after their end. */
  readonly keep: 'none' | 'best' | 'all';
  /** `open` while trials are assigned; `stopped` until it is resumed. */
  readonly state: 'open' | 'stopped';
  /** The reason, if it was not stopped by a call of `stopStudy`. */
  readonly reason: string | undefined;
}

/** A study with the number of its events. */
export type StudyRow = StoredStudy & { readonly head: number };

/**
 * A study by its name; undefined if there is none.
 *
 * @param lock locks it until the transaction ends; every change of a study does this
 */
export async function findStudy(
  statements: Statements,
  name: string,
  lock: boolean,
): Promise<StudyRow | undefined> {
  const text = `SELECT * FROM ${STUDIES}.studies WHERE name = $1${lock ? ' FOR UPDATE' : ''}`;
  const { rows } = await statements.executeSql(text, [name]);
  return rows[0] && studyOf(rows[0]);
}

/** All studies, oldest first. */
export async function allStudies(statements: Statements): Promise<StudyRow[]> {
  const { rows } = await statements.executeSql(`SELECT * FROM ${STUDIES}.studies ORDER BY created_on, name`);
  return rows.map(studyOf);
}

/** Converts a row of the table of studies. */
export function studyOf(row: Row): StudyRow {
  const { definition, plan, reason, created_on, ...rest } = row as Record<string, string>;
  return {
    ...(rest as unknown as StudyRow),
    ...(JSON.parse(definition!) as Definition),
    plan: JSON.parse(plan!),
    reason: reason ?? undefined,
  };
}

/** Refuses a name that no study has. */
export function refuseUnknown(scope: string, name: string): never {
  return refuse(scope, {
    expected: 'the name of a study in this database',
    got: JSON.stringify(name),
    remedy: 'listStudies(database) has them',
    code: 'state',
  });
}
