/** One process's view of a study that many processes share. */
import { refuse } from '../refuse';
import { type FollowedStudy, followedStudy, type StudyOptions } from '../study';
import type { StudyEvent } from '../study-events';
import { STUDIES } from './schema';
import type { Statements } from './sql';
import type { Definition, StudyRow } from './stored-study';

/** The code that chooses a study's parameters, which a database cannot store. */
export type StudyMethods = Pick<StudyOptions, 'sampler' | 'pruner'>;

/**
 * A study that is updated from the events that others recorded. It is used only under the lock of its row, so
 * all processes see one order of events, and each choice knows all earlier ones.
 */
export class SharedStudy {
  readonly trials: number;
  readonly #row: StudyRow;
  readonly #methods: StudyMethods;
  readonly #pending: StudyEvent[] = [];
  #study: FollowedStudy;
  #head = 0;
  /** Number of consecutive failed trials. */
  #failures = 0;

  constructor(row: StudyRow, methods: StudyMethods) {
    this.#row = row;
    this.#methods = methods;
    this.trials = row.trials;
    this.#study = this.#begin();
  }

  /** Number of trials in a round, if the sampler has rounds. */
  get wave(): number | undefined {
    return this.#methods.sampler?.wave;
  }

  #begin(): FollowedStudy {
    const { space, direction, trials } = this.#row;
    const { sampler, pruner } = this.#methods;
    return followedStudy({
      ...{ space, direction, trials },
      ...(sampler ? { sampler } : {}),
      ...(pruner ? { pruner } : {}),
      record: (event) => this.#pending.push(event),
    });
  }

  /** Discards the changes of a transaction that was rolled back. Call it before each transaction. */
  forget(): void {
    if (this.#pending.length === 0) return;
    this.#pending.length = 0;
    this.#head = 0;
    this.#failures = 0;
    this.#study = this.#begin();
  }

  /** The study with all `head` events of the database. */
  async upToDate(statements: Statements, head: number): Promise<FollowedStudy> {
    if (head > this.#head) {
      const text = `SELECT event FROM ${STUDIES}.events WHERE study = $1 AND position >= $2 ORDER BY position`;
      const { rows } = await statements.executeSql(text, [this.#row.name, this.#head]);
      for (const { event } of rows) this.#follow(JSON.parse(event as string) as StudyEvent);
      this.#head += rows.length;
    }
    return this.#study;
  }

  #follow(event: StudyEvent): void {
    this.#study.follow(event);
    this.#count(event);
  }

  #count(event: StudyEvent): void {
    if (event.event === 'told') this.#failures = event.state === 'failed' ? this.#failures + 1 : 0;
  }

  get failuresInARow(): number {
    return this.#pending.reduce(
      (sum, event) => (event.event === 'told' ? (event.state === 'failed' ? sum + 1 : 0) : sum),
      this.#failures,
    );
  }

  /** Writes the events since {@link upToDate} in the transaction. */
  async record(statements: Statements): Promise<void> {
    const events = this.#pending;
    if (events.length === 0) return;
    await statements.executeSql(
      `WITH added AS (
        INSERT INTO ${STUDIES}.events (study, position, number, kind, event)
        SELECT $1, $2 + row_number() OVER () - 1, e.number, e.kind, e.event
        FROM unnest($3::int[], $4::text[], $5::text[]) AS e (number, kind, event)
      )
      UPDATE ${STUDIES}.studies SET head = head + $6 WHERE name = $1`,
      [
        this.#row.name,
        this.#head,
        events.map(({ number }) => number),
        events.map(({ event }) => event),
        events.map((event) => JSON.stringify(event)),
        events.length,
      ],
    );
  }

  /** Call it after the transaction was committed, before the next one begins. */
  committed(): void {
    for (const event of this.#pending) this.#count(event);
    this.#head += this.#pending.length;
    this.#pending.length = 0;
  }
}

/** The options that determine a study's trials. */
export function definitionOf({ space, direction = 'minimize', sampler, pruner }: StudyOptions): Definition {
  return { space, direction, sampler: sampler?.name ?? 'tpe', pruner: pruner?.name ?? null };
}

/** Refuses to continue a study with another definition than its original one. */
export function checkDefinition(scope: string, name: string, stored: Definition, given: Definition): void {
  for (const part of ['space', 'direction', 'sampler', 'pruner'] as const) {
    const [expected, got] = [stored, given].map((one) => JSON.stringify(one[part])) as [string, string];
    if (expected === got) continue;
    refuse(scope, {
      expected: `the ${part} of the study ${JSON.stringify(name)}, ${expected}`,
      got,
      remedy: 'pass what it was started with, or another name',
      code: 'state',
    });
  }
}
