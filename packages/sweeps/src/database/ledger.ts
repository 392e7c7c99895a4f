/** The writes of a worker to the database: each is one transaction, under the lock of the study's row. */
import { inWords } from '@unrolled/errors';
import type { FollowedStudy } from '../study';
import type { TrialRecord } from '../trial';
import { droppedBy, endTrial } from './checkpoints';
import { notify } from './notices';
import {
  endJob,
  forBoss,
  groupOf,
  type HeldJob,
  type JobData,
  lostQueue,
  sendMissing,
  takeJob,
} from './queues';
import { STUDIES } from './schema';
import { SharedStudy, type StudyMethods } from './shared-study';
import type { Statements } from './sql';
import { findStudy, type StoredStudy, type StudyRow, studyOf } from './stored-study';
import type { OpenDatabase } from './sweep-database';

/** A trial that this process runs. */
export interface HeldTrial {
  readonly study: StoredStudy;
  readonly number: number;
  readonly parameters: TrialRecord['parameters'];
  /** 1 for its first worker. */
  readonly attempt: number;
  /** In a population, the number of the trial that this trial continues. */
  readonly from?: number | undefined;
  readonly job: HeldJob;
  /** Whether it was already stopped, and only its result has to be recorded. */
  readonly isGivenUp: boolean;
}

/** The result of a trial. */
export type Outcome = { readonly value: number } | { readonly reason: string };

/** Converts an objective's result to an outcome. */
export function outcomeOf(value: unknown): Outcome {
  return typeof value === 'number'
    ? { value }
    : { reason: `its objective gave ${inWords(value)}, no number` };
}

/** How a trial ended, and the trial that was taken in the same transaction. */
export interface Told {
  readonly told: TrialRecord | 'lost';
  readonly next?: HeldTrial;
  /** Trials whose checkpoints need not be kept any more. */
  readonly dropped?: readonly number[];
}

/** A trial that ended without a worker. */
export interface Settled {
  /** The name of its study. */
  readonly study: string;
  readonly dropped: readonly number[];
}

/** Number of consecutive failures that stop a study: its objective cannot work. */
const FAILURES = 10;

/** One worker's writes to the studies of a queue. */
export class Ledger {
  readonly #database: OpenDatabase;
  readonly #queue: string;
  readonly #worker: string;
  readonly #methodsOf: (study: StoredStudy) => StudyMethods;
  readonly #shared = new Map<string, SharedStudy>();
  /** Studies whose trials this worker leaves to others. */
  readonly #left = new Set<string>();

  constructor(
    database: OpenDatabase,
    queue: string,
    worker: string,
    methodsOf: (study: StoredStudy) => StudyMethods,
  ) {
    this.#database = database;
    this.#queue = queue;
    this.#worker = worker;
    this.#methodsOf = methodsOf;
  }

  /** Takes no more trials of a study. @returns whether it did take them before */
  leave(study: string): boolean {
    if (this.#left.has(study)) return false;
    this.#left.add(study);
    return true;
  }

  /**
   * Takes a trial from the queue: a new one, or one whose worker was lost.
   *
   * @returns `'none'` if no job waits; `'again'` if the job had no trial to run
   */
  take(): Promise<HeldTrial | 'none' | 'again'> {
    return this.#write(async (tx) => {
      const job = await takeJob(this.#database, tx, this.#queue, this.#left);
      if (!job) return 'none';
      const row = await findStudy(tx, job.data.study, true);
      if (row?.state === 'open') {
        const shared = this.#sharedOf(row);
        const held = await this.#hold(tx, row, shared, job);
        if (held) {
          await shared.record(tx);
          return held;
        }
      }
      await endJob(this.#database, tx, this.#queue, job);
      return 'again';
    });
  }

  async #hold(
    tx: Statements,
    row: StudyRow,
    shared: SharedStudy,
    job: HeldJob,
  ): Promise<HeldTrial | undefined> {
    const study = await shared.upToDate(tx, row.head);
    const known = await this.#trialOf(tx, job);
    if (known?.ended) return undefined;
    const { head, ...stored } = row;
    if (known) {
      const attempt = known.attempt + 1;
      await tx.executeSql(
        `UPDATE ${STUDIES}.trials SET attempt = $3, worker = $4, job = $5, begun_on = now() WHERE study = $1 AND number = $2`,
        [row.name, known.number, attempt, this.#worker, job.id],
      );
      const { number } = known;
      const { parameters } = study.trials[number]!;
      const isGivenUp = study.isGivenUp(number);
      return { study: stored, number, parameters, attempt, from: study.from(number), job, isGivenUp };
    }
    const asked = study.ask();
    if (!asked) return undefined;
    const { number, parameters } = asked;
    await tx.executeSql(
      `INSERT INTO ${STUDIES}.trials (study, number, job, attempt, worker) VALUES ($1, $2, $3, 1, $4)`,
      [row.name, number, job.id, this.#worker],
    );
    const from = study.from(number);
    return { study: stored, number, parameters, attempt: 1, from, job, isGivenUp: false };
  }

  async #trialOf(tx: Statements, { id, retryCount, data }: HeldJob) {
    // A job that is taken for the first time has no trial, unless it was created for one.
    if (retryCount === 0 && data.number === undefined) return undefined;
    const text = `SELECT number, attempt, ended FROM ${STUDIES}.trials WHERE study = $1 AND (job = $2 OR number = $3)`;
    const { rows } = await tx.executeSql(text, [data.study, id, data.number ?? -1]);
    return rows[0] as { number: number; attempt: number; ended: boolean } | undefined;
  }

  /** Records an intermediate value. @returns whether to continue, or `'lost'` if the trial was reassigned */
  report({ study, number, attempt }: HeldTrial, step: number, value: number): Promise<boolean | 'lost'> {
    return this.#write(async (tx) => {
      const found = await this.#own(tx, study.name, number, attempt);
      if (!found) return 'lost';
      const { shared, row } = found;
      const current = await shared.upToDate(tx, row.head);
      const last = current.trials[number]!.reports.at(-1)?.step ?? -1;
      // A trial that starts again from a checkpoint, or from the beginning, repeats its earlier reports.
      if (step < last || (step === last && !current.isGivenUp(number))) return true;
      if (current.isGivenUp(number)) return false;
      const goesOn = current.report(number, step, value);
      await shared.record(tx);
      return goesOn;
    });
  }

  /**
   * Records the end of a trial, once. If `takesNext` is true, it takes another trial of the study in the same
   * transaction.
   *
   * @returns how it ended, or `'lost'` if the trial was reassigned and nothing was changed
   */
  async tell(held: HeldTrial, outcome: Outcome, takesNext: boolean): Promise<Told> {
    try {
      return await this.#tell(held, outcome, takesNext);
    } catch (error) {
      if (!takesNext || (error as { code?: string }).code === 'state') throw error;
      // An error while the next trial is taken, for example in a sampler, must not undo the end of this
      // trial.
      return this.#tell(held, outcome, false);
    }
  }

  #tell(held: HeldTrial, outcome: Outcome, takesNext: boolean): Promise<Told> {
    const { study, number, attempt, job } = held;
    let earlier: Told | undefined;
    return this.#write(async (tx) => {
      const found = await this.#own(tx, study.name, number, attempt);
      if (!found) return { told: 'lost' };
      const { shared, row, ended } = found;
      const current = await shared.upToDate(tx, row.head);
      // An earlier attempt of this transaction was committed, but its answer was lost.
      if (ended) return earlier ?? { told: current.trials[number]! };
      if (!(await endJob(this.#database, tx, this.#queue, job))) return { told: 'lost' };
      const { told, dropped, isOpen } = await this.#finish(tx, row, number, shared, current, outcome);
      const next = takesNext && isOpen ? await this.#takeBeside(tx, row, shared) : undefined;
      await shared.record(tx);
      earlier = { told, dropped, ...(next ? { next } : {}) };
      return earlier;
    });
  }

  /** Takes a trial of a study whose row is locked; a job of another study is not changed. */
  async #takeBeside(tx: Statements, row: StudyRow, shared: SharedStudy): Promise<HeldTrial | undefined> {
    await tx.executeSql('SAVEPOINT before_job');
    const job = await takeJob(this.#database, tx, this.#queue, this.#left);
    if (!job) return undefined;
    const held = job.data.study === row.name ? await this.#hold(tx, row, shared, job) : undefined;
    // The rows of two studies are never locked together: two workers would wait for each other.
    if (!held) await tx.executeSql('ROLLBACK TO SAVEPOINT before_job');
    return held;
  }

  /** Writes the result of a trial. @returns also whether its study continues */
  async #finish(
    tx: Statements,
    row: StudyRow,
    number: number,
    shared: SharedStudy,
    study: FollowedStudy,
    outcome: Outcome,
  ) {
    const { name, keep, queue, state } = row;
    const { wave } = shared;
    const before = study.best?.number;
    const told = study.tell(number, outcome);
    const { asked, total } = study;
    const isAtEnd = asked === total || (wave !== undefined && asked % wave === 0);
    const isWhole = isAtEnd && !study.isRunning;
    const waveFrom = isWhole && wave ? Math.floor((asked - 1) / wave) * wave : undefined;
    const best = study.best?.number;
    const dropped = droppedBy({ keep, number, best, before, waveFrom, hasWaves: wave !== undefined });
    await endTrial(tx, name, number, dropped);
    const isStopped = shared.failuresInARow >= FAILURES;
    if (isStopped)
      await tx.executeSql(`UPDATE ${STUDIES}.studies SET state = 'stopped', reason = $2 WHERE name = $1`, [
        name,
        `${FAILURES} trials failed one after another`,
      ]);
    else if (isWhole && asked < total) await sendMissing(this.#database, tx, row, wave);
    if (isStopped || (isWhole && asked === total)) await notify(tx, queue);
    return { told, dropped, isOpen: state === 'open' && !isStopped };
  }

  /**
   * Returns a trial, so another worker continues it soon; its worker does not count as lost.
   */
  giveBack({ study, number, attempt, job }: HeldTrial): Promise<void> {
    return this.#write(async (tx) => {
      const found = await this.#own(tx, study.name, number, attempt);
      if (!found || found.ended || !(await endJob(this.#database, tx, this.#queue, job))) return;
      if (found.row.state !== 'open') return;
      const data: JobData = { study: study.name, number };
      const id = await this.#database.boss.send(this.#queue, data, {
        ...{ db: forBoss(tx), priority: 1, retryLimit: study.attempts - 1, ...groupOf(study.name) },
      });
      await tx.executeSql(`UPDATE ${STUDIES}.trials SET job = $3 WHERE study = $1 AND number = $2`, [
        study.name,
        number,
        id,
      ]);
      await notify(tx, this.#queue);
    });
  }

  /** Ends one trial that lost too many workers, as failed. @returns undefined if there was none */
  settleLost(): Promise<Settled | undefined> {
    const lost = lostQueue(this.#queue);
    return this.#write(async (tx) => {
      const [job] = await this.#database.boss.fetch<JobData>(lost, {
        ...{ db: forBoss(tx), includeMetadata: true, ignoreGroups: [...this.#left] },
      });
      if (!job) return undefined;
      const row = await findStudy(tx, job.data.study, true);
      let dropped: readonly number[] = [];
      const id = job.sourceRootId ?? job.id;
      const known = row && (await this.#trialOf(tx, { id, retryCount: 1, data: job.data }));
      if (row && known && !known.ended) {
        const shared = this.#sharedOf(row);
        const study = await shared.upToDate(tx, row.head);
        const reason = `${row.attempts} workers were lost while they ran it`;
        ({ dropped } = await this.#finish(tx, row, known.number, shared, study, { reason }));
        await shared.record(tx);
      }
      await endJob(this.#database, tx, lost, job);
      return { study: job.data.study, dropped };
    });
  }

  /**
   * Sends the heartbeats of trials. @returns those that were reassigned, or whose study was stopped
   */
  async beat(held: readonly HeldTrial[]): Promise<{ lost: HeldTrial[]; stopped: HeldTrial[] }> {
    const { boss, sql } = this.#database;
    const touched = (await boss.touch(
      this.#queue,
      held.map(({ job: { id, retryCount } }) => ({ id, retryCount })),
    )) as { settled?: string[] };
    const ours = new Set(touched.settled);
    const { rows } = await sql.executeSql(`SELECT name FROM ${STUDIES}.studies WHERE state = 'open'`);
    const isOpen = new Set(rows.map(({ name }) => name));
    return {
      lost: held.filter(({ job }) => !ours.has(job.id)),
      stopped: held.filter(({ job, study }) => ours.has(job.id) && !isOpen.has(study.name)),
    };
  }

  /** Whether all of a study's trials have ended, or it was stopped. */
  async isOver(name: string): Promise<boolean> {
    const text = `SELECT s.state <> 'open' OR s.trials <= (
        SELECT count(*) FROM ${STUDIES}.trials t WHERE t.study = s.name AND t.ended
      ) AS over FROM ${STUDIES}.studies s WHERE s.name = $1`;
    const { rows } = await this.#database.patiently(() => this.#database.sql.executeSql(text, [name]));
    return (rows[0]?.over as boolean | undefined) ?? true;
  }

  /** Locks and returns the study of a trial, if the trial still belongs to this worker. */
  async #own(tx: Statements, name: string, number: number, attempt: number) {
    const text = `SELECT s.*, t.attempt, t.ended FROM ${STUDIES}.studies s
      JOIN ${STUDIES}.trials t ON t.study = s.name WHERE s.name = $1 AND t.number = $2 FOR UPDATE`;
    const { rows } = await tx.executeSql(text, [name, number]);
    if (rows[0]?.attempt !== attempt) return undefined;
    const { attempt: _, ended, ...columns } = rows[0];
    const row = studyOf(columns);
    return { shared: this.#sharedOf(row), row, ended: ended as boolean };
  }

  #sharedOf(row: StudyRow): SharedStudy {
    const known = this.#shared.get(row.name);
    if (known?.trials === row.trials) return known;
    const { head, ...stored } = row;
    const made = new SharedStudy(row, this.#methodsOf(stored));
    this.#shared.set(row.name, made);
    return made;
  }

  #write<T>(work: (tx: Statements) => Promise<T>): Promise<T> {
    const begin = (tx: Statements) => {
      for (const shared of this.#shared.values()) shared.forget();
      return work(tx);
    };
    return this.#database.transaction(begin, () => {
      for (const shared of this.#shared.values()) shared.committed();
    });
  }
}
