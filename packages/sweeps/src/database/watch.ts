import type { OptionKinds } from '@unrolled/errors';
import { checkKind, checkOptions } from '../refuse';
import type { TrialRecord } from '../trial';
import { STUDIES } from './schema';
import { readStudy, type StudyInDatabase } from './studies';
import { inside, type SweepDatabase } from './sweep-database';
import { TIMES } from './times';

/** Settings of {@link watchStudy}. */
export interface WatchOptions {
  /** Ends watching; the study continues. */
  readonly signal?: AbortSignal;
  /** Called with each trial that has ended. */
  readonly onTrial?: (trial: TrialRecord) => void;
}

const KINDS: OptionKinds<WatchOptions> = { signal: 'AbortSignal?', onTrial: 'function?' };

/** Waits until all trials of a study have ended, or the study was stopped. @returns the study at that time */
export async function watchStudy(
  database: SweepDatabase,
  name: string,
  options: WatchOptions = {},
): Promise<StudyInDatabase> {
  const { sql, patiently, notices } = inside('watchStudy', database);
  checkKind('watchStudy', 'the name', name, 'string');
  checkOptions('watchStudy', options, KINDS);
  const { signal, onTrial } = options;
  let study = await readStudy(database, name);
  let seen = study.events.length;
  const text = `SELECT head, state FROM ${STUDIES}.studies WHERE name = $1`;
  const watch = notices.watch(study.queue);
  try {
    while (!isOver(study) && !signal?.aborted) {
      await watch.wait(TIMES.watch, signal);
      const { rows } = await patiently(() => sql.executeSql(text, [name]));
      if (rows[0]?.head === seen && rows[0]?.state === study.state) continue;
      study = await readStudy(database, name);
      for (const event of study.events.slice(seen))
        if (event.event === 'told') onTrial?.(study.records[event.number]!);
      seen = study.events.length;
    }
  } finally {
    watch.end();
  }
  return study;
}

const isOver = ({ state, trials, records }: StudyInDatabase) =>
  state === 'stopped' || records.filter((one) => one.state !== 'running').length >= trials;
