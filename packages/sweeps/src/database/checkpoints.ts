/** The files of a trial that a later worker resumes from. */
import { refuse } from '../refuse';
import { STUDIES } from './schema';
import type { Row, Statements } from './sql';
import type { OpenDatabase } from './sweep-database';

/** Files of a checkpoint, by their names. */
export type CheckpointFiles = Readonly<Record<string, Uint8Array>>;

/** Maximum size of a trial's checkpoint by default, in bytes. */
export const CHECKPOINT_BYTES = 64 * 2 ** 20;

/** Bytes in the form that pg takes and returns. */
export const bytesOf = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  Buffer.from(buffer, byteOffset, byteLength);

/** Rows of files as files, with Buffers for any database. */
export const filesOf = (rows: readonly Row[]): CheckpointFiles =>
  Object.fromEntries(rows.map(({ file, bytes }) => [file, bytesOf(bytes as Uint8Array)]));

/** The storage of a trial's checkpoints. */
export interface CheckpointStore {
  /** The last checkpoint of a trial; undefined if there is none. */
  load(study: string, number: number): Promise<CheckpointFiles | undefined>;
  /** Replaces it. Returns false, and changes nothing, if the trial was reassigned. */
  save(study: string, number: number, attempt: number, files: CheckpointFiles): Promise<boolean>;
  /** Removes the checkpoints of an ended trial, if its study does not keep them. */
  remove?(study: string, number: number): Promise<void>;
}

/** Stores checkpoints in the database itself, at most `most` bytes for each trial. */
export function databaseStore(database: OpenDatabase, most: number): CheckpointStore {
  return {
    load: (study, number) =>
      database.patiently(async () => {
        const text = `SELECT file, bytes FROM ${STUDIES}.checkpoints WHERE study = $1 AND number = $2`;
        const { rows } = await database.sql.executeSql(text, [study, number]);
        if (rows.length === 0) return undefined;
        return filesOf(rows);
      }),
    save: (study, number, attempt, files) => {
      const size = Object.values(files).reduce((sum, { length }) => sum + length, 0);
      if (size > most)
        refuse('checkpoint', {
          expected: `at most ${most} bytes for a checkpoint in the database`,
          got: String(size),
          remedy: 'raise checkpointBytes, or keep it in a folder that all workers reach',
        });
      return database.patiently(() =>
        database.sql.transaction((tx) => replace(tx, study, number, attempt, files)),
      );
    },
  };
}

async function replace(
  tx: Statements,
  study: string,
  number: number,
  attempt: number,
  files: CheckpointFiles,
): Promise<boolean> {
  // The lock is held until the end, so reassigning the trial and this write wait for each other.
  const text = `SELECT attempt, ended FROM ${STUDIES}.trials WHERE study = $1 AND number = $2 FOR UPDATE`;
  const { rows } = await tx.executeSql(text, [study, number]);
  if (rows[0]?.attempt !== attempt || rows[0]?.ended) return false;
  await tx.executeSql(
    `DELETE FROM ${STUDIES}.checkpoints WHERE study = $1 AND number = $2 AND NOT (file = ANY($3::text[]))`,
    [study, number, Object.keys(files)],
  );
  for (const [file, bytes] of Object.entries(files))
    await tx.executeSql(
      `INSERT INTO ${STUDIES}.checkpoints (study, number, file, bytes) VALUES ($1, $2, $3, $4)
      ON CONFLICT (study, number, file) DO UPDATE SET bytes = EXCLUDED.bytes`,
      [study, number, file, bytesOf(bytes)],
    );
  return true;
}

/** Marks a trial as ended, and removes checkpoints that need not be kept any more. */
export async function endTrial(
  tx: Statements,
  study: string,
  number: number,
  dropped: readonly number[],
): Promise<void> {
  await tx.executeSql(
    `WITH ended AS (UPDATE ${STUDIES}.trials SET ended = true WHERE study = $1 AND number = $2)
    DELETE FROM ${STUDIES}.checkpoints WHERE study = $1 AND number = ANY($3::int[])`,
    [study, number, dropped],
  );
}

/** The state of a study after a trial has ended. */
export interface Ended {
  readonly keep: 'none' | 'best' | 'all';
  readonly number: number;
  /** The best trial now, and the best before. */
  readonly best: number | undefined;
  readonly before: number | undefined;
  /** The first trial of the round that ended with this trial; undefined if the round continues. */
  readonly waveFrom?: number | undefined;
  readonly hasWaves: boolean;
}

/**
 * The trials whose checkpoints need not be kept any more. Those of a round are kept until the next round,
 * which continues them, has ended.
 */
export function droppedBy({ keep, number, best, before, waveFrom, hasWaves }: Ended): number[] {
  if (keep === 'all') return [];
  const isKept = (one: number) => keep === 'best' && one === best;
  if (hasWaves) return Array.from({ length: waveFrom ?? 0 }, (_, one) => one).filter((one) => !isKept(one));
  if (!isKept(number)) return [number];
  return before === undefined || before === number ? [] : [before];
}
