import { hostname } from 'node:os';
import type { OptionKinds } from '@unrolled/errors';
import { checkKind, checkOptions } from '../refuse';
import type { ParametersOf, SearchSpace } from '../space';
import { checkRises, type StudyOptions } from '../study';
import type { TrialRecord } from '../trial';
import { CHECKPOINT_BYTES, type CheckpointFiles, type CheckpointStore, databaseStore } from './checkpoints';
import { type HeldTrial, Ledger, type Outcome, outcomeOf } from './ledger';
import type { Notices, Watch } from './notices';
import { ensureQueue } from './queues';
import { RefusedStudy } from './refused-study';
import { checkDefinition, definitionOf, type StudyMethods } from './shared-study';
import { findStudy, refuseUnknown, type StoredStudy } from './stored-study';
import { inside, type SweepDatabase } from './sweep-database';
import { TIMES } from './times';

/** The argument of an objective on a worker. */
export interface WorkerTrial<P = TrialRecord['parameters']> {
  /** From 0; useful as a seed if runs should differ. */
  readonly number: number;
  readonly parameters: P;
  /** 1 for the first worker that runs it; higher if an earlier worker was lost or returned it. */
  readonly attempt: number;
  /**
   * With `populationSampler`, the number of the trial whose checkpoint this trial continues; undefined in the
   * first round.
   */
  readonly from?: number;
  readonly study: StoredStudy;
  /**
   * Reports the trial's progress. `step` must increase from report to report. Steps that an earlier worker
   * already reported are not counted twice.
   *
   * @returns whether to continue. If it is false, `signal` is aborted too, and the objective's result or
   *   error is ignored.
   */
  report(step: number, value: number): Promise<boolean>;
  /** Aborted if the trial is pruned or reassigned, or if its study or worker stops. */
  readonly signal: AbortSignal;
  /**
   * The checkpoint of an earlier worker; undefined if there is none.
   *
   * @param number the number of another trial, such as `from`; default this trial
   */
  loadCheckpoint(number?: number): Promise<CheckpointFiles | undefined>;
  /**
   * Replaces the trial's checkpoint, from which another worker can continue. It has no effect if the trial
   * was reassigned.
   */
  saveCheckpoint(files: CheckpointFiles): Promise<void>;
}

/** Runs a trial and returns its value. */
export type WorkerObjective<P = TrialRecord['parameters']> = (
  trial: WorkerTrial<P>,
) => number | Promise<number>;

/** The functions and limits by which a worker runs the trials of a study. */
export interface StudyWork extends StudyMethods {
  readonly objective: WorkerObjective;
  /** Seconds after which a trial counts as failed. */
  readonly seconds?: number | undefined;
  /** Stores checkpoints in the database, even if the worker stores those of other studies elsewhere. */
  readonly isKeptInDatabase?: boolean | undefined;
}

/** Settings of {@link serveQueue}. */
export interface ServeOptions {
  readonly queue: string;
  /**
   * Returns the work for a study. If it throws, the study is refused, and its trials are left to other
   * workers.
   */
  readonly workOf: (study: StoredStudy) => StudyWork;
  /**
   * Called once with each study that `workOf` refuses, and the error; the worker continues with other
   * studies. Without it, or if the study is `until`, the error ends the worker.
   */
  readonly onRefused?: (study: StoredStudy, error: unknown) => void;
  /** Number of trials that run at the same time; default 1. */
  readonly concurrency?: number;
  /** Ends the worker; its trials are returned to the queue. */
  readonly signal?: AbortSignal;
  /** Called with each trial that ended on this worker. */
  readonly onTrial?: (trial: TrialRecord, study: StoredStudy) => void;
  /** Ends the worker when this study has ended or stopped. */
  readonly until?: string;
  /** The worker's name for other processes; default host and process. */
  readonly name?: string;
  /** Maximum size of a checkpoint in the database, in bytes; default 64 MiB. */
  readonly checkpointBytes?: number;
  /** The storage of checkpoints instead of the database. */
  readonly store?: CheckpointStore;
}

const SERVE_KINDS: OptionKinds<ServeOptions> = {
  queue: 'string',
  workOf: 'function',
  onRefused: 'function?',
  concurrency: 'positive integer?',
  signal: 'AbortSignal?',
  onTrial: 'function?',
  until: 'string?',
  name: 'string?',
  checkpointBytes: 'positive integer?',
  store: 'object?',
};

/**
 * Runs trials of a queue until `signal` aborts, or the study `until` has ended. Any number of workers on any
 * number of machines may call it.
 */
export async function serveQueue(database: SweepDatabase, options: ServeOptions): Promise<void> {
  checkOptions('serveQueue', options, SERVE_KINDS);
  const open = inside('serveQueue', database);
  await ensureQueue(open, options.queue);
  await new Worker(database, options).run();
}

/** Settings of {@link runWorker}. */
export interface RunWorkerOptions<S extends SearchSpace = SearchSpace>
  extends Pick<StudyOptions, 'direction' | 'sampler' | 'pruner'>,
    Omit<ServeOptions, 'queue' | 'workOf' | 'onRefused' | 'until'> {
  readonly space: S;
  /** Seconds after which a trial counts as failed; default none. */
  readonly seconds?: number;
}

/**
 * Runs trials of one study in this process, in parallel with any number of other workers, until all have
 * ended or the study is stopped.
 *
 * A trial whose objective throws, or returns no finite number, is `failed`. If a worker dies, another worker
 * takes its trial within 30 s. A worker whose event loop is blocked for 15 s counts as dead.
 *
 * @param study the name that was passed to `beginStudy`. Space, direction, sampler and pruner must be the
 *   same, too
 */
export function runWorker<const S extends SearchSpace>(
  database: SweepDatabase,
  study: string,
  objective: WorkerObjective<ParametersOf<S>>,
  options: RunWorkerOptions<S>,
): Promise<void>;
export async function runWorker(
  database: SweepDatabase,
  name: string,
  objective: WorkerObjective,
  options: RunWorkerOptions,
): Promise<void> {
  const scope = 'runWorker';
  const { sql, patiently } = inside(scope, database);
  checkKind(scope, 'the name', name, 'string');
  checkKind(scope, 'the objective', objective, 'function');
  const { queue: _, workOf: __, onRefused: ___, until: ____, ...own } = SERVE_KINDS;
  checkOptions(scope, options, {
    ...own,
    ...{ space: 'object', direction: "'minimize' or 'maximize'?", sampler: 'object?', pruner: 'object?' },
    seconds: 'number?',
  } as OptionKinds<RunWorkerOptions>);
  const { space, direction, sampler, pruner, seconds, ...serve } = options;
  const methods: StudyMethods = { ...(sampler ? { sampler } : {}), ...(pruner ? { pruner } : {}) };
  const definition = definitionOf({ space, ...(direction ? { direction } : {}), ...methods });
  const found = (await patiently(() => findStudy(sql, name, false))) ?? refuseUnknown(scope, name);
  checkDefinition(scope, name, found, definition);
  await serveQueue(database, {
    ...serve,
    ...{ queue: found.queue, until: name },
    workOf(study) {
      checkDefinition(scope, study.name, study, definition);
      return { ...methods, objective, seconds };
    },
  });
}

/** A trial that runs on this worker. */
interface Running {
  readonly held: HeldTrial;
  readonly controller: AbortController;
  /** The reason for an early end: reassigned, returned, pruned or late. */
  cut?: 'lost' | 'given back' | 'given up' | 'late';
}

class Worker {
  readonly #options: ServeOptions;
  readonly #ledger: Ledger;
  readonly #ownStore: CheckpointStore;
  readonly #store: CheckpointStore;
  readonly #running = new Set<Running>();
  readonly #watches: Watch[] = [];
  readonly #notices: Notices;
  /** Removes checkpoints that are not kept, while the next trials run. */
  #cleaning: Promise<unknown> = Promise.resolve();
  /** Ends the loops: the caller's signal, the end of the study, or an error in one of them. */
  readonly #end = new AbortController();
  #failure: unknown;

  constructor(database: SweepDatabase, options: ServeOptions) {
    const open = inside('serveQueue', database);
    const name = options.name ?? `${hostname()}:${process.pid}`;
    this.#options = options;
    this.#notices = open.notices;
    this.#ledger = new Ledger(open, options.queue, name, (study) => this.#workOf(study));
    this.#ownStore = databaseStore(open, options.checkpointBytes ?? CHECKPOINT_BYTES);
    this.#store = options.store ?? this.#ownStore;
  }

  async run(): Promise<void> {
    const { signal, concurrency = 1 } = this.#options;
    const stop = () => this.#stop();
    signal?.addEventListener('abort', stop);
    if (signal?.aborted) stop();
    const beats = setInterval(() => void this.#beat(), TIMES.beat * 1000);
    try {
      await Promise.all(
        Array.from({ length: concurrency }, () => this.#loop().catch((error) => this.#fail(error))),
      );
    } finally {
      clearInterval(beats);
      signal?.removeEventListener('abort', stop);
      for (const watch of this.#watches) watch.end();
      await this.#cleaning;
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** The work for a study. @throws RefusedStudy if the worker continues without it */
  #workOf(study: StoredStudy): StudyWork {
    const { workOf, onRefused, until } = this.#options;
    try {
      return workOf(study);
    } catch (error) {
      throw onRefused && study.name !== until ? new RefusedStudy(study, error) : error;
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#stop();
  }

  /** Ends the loops, and returns the running trials. */
  #stop(): void {
    this.#end.abort();
    for (const one of this.#running) cut(one, 'given back');
  }

  async #loop(): Promise<void> {
    const watch = this.#notices.watch(this.#options.queue);
    this.#watches.push(watch);
    for (;;) {
      try {
        return await this.#takeTrials(watch);
      } catch (error) {
        if (!(error instanceof RefusedStudy)) throw error;
        if (this.#ledger.leave(error.study.name)) this.#options.onRefused?.(error.study, error.reason);
      }
    }
  }

  async #takeTrials(watch: Watch): Promise<void> {
    let next: HeldTrial | undefined;
    while (next || !this.#end.signal.aborted) {
      const held: HeldTrial | 'again' | 'none' = next ?? (await this.#ledger.take());
      next = undefined;
      if (held === 'again') continue;
      if (held === 'none') {
        const settled = await this.#ledger.settleLost();
        if (settled) {
          this.#clean(settled.study, settled.dropped);
          continue;
        }
        const { until } = this.#options;
        if (until !== undefined && (await this.#ledger.isOver(until))) return;
        await watch.wait(TIMES.poll * (0.75 + 0.5 * Math.random()), this.#end.signal);
        continue;
      }
      next = await this.#run(held);
    }
  }

  /** Runs a trial to its end. @returns the next trial, if one was taken in the same transaction */
  async #run(held: HeldTrial): Promise<HeldTrial | undefined> {
    const running: Running = { held, controller: new AbortController() };
    this.#running.add(running);
    if (this.#end.signal.aborted) cut(running, 'given back');
    try {
      const outcome = held.isGivenUp ? { value: Number.NaN } : await this.#outcome(running);
      if (running.cut === 'lost') return undefined;
      if (running.cut === 'given back') {
        await this.#ledger.giveBack(held);
        return undefined;
      }
      const { told, next, dropped } = await this.#ledger.tell(held, outcome, !this.#end.signal.aborted);
      this.#clean(held.study.name, dropped);
      if (told !== 'lost') this.#options.onTrial?.(told, held.study);
      return next;
    } catch (error) {
      if (error instanceof RefusedStudy) await this.#ledger.giveBack(held);
      throw error;
    } finally {
      this.#running.delete(running);
    }
  }

  /** If removal fails, the checkpoint stays; it is never read again. */
  #clean(name: string, dropped: readonly number[] = []): void {
    const store = this.#store;
    for (const number of dropped)
      this.#cleaning = this.#cleaning.then(() => store.remove?.(name, number)).catch(() => {});
  }

  async #outcome(running: Running): Promise<Outcome> {
    const { objective, seconds, isKeptInDatabase } = this.#workOf(running.held.study);
    let limit: NodeJS.Timeout | undefined;
    const late = new Promise<Outcome>((resolve) => {
      if (seconds === undefined) return;
      limit = setTimeout(() => {
        resolve({ reason: `it took more than ${seconds} s` });
        cut(running, 'late');
      }, seconds * 1000);
    });
    const hold = setTimeout(() => cut(running, 'given back'), TIMES.hold * 1000);
    let broken: unknown;
    const store = isKeptInDatabase ? this.#ownStore : this.#store;
    const trial = this.#trialOf(running, store, (error) => {
      broken ??= error;
    });
    try {
      const work = Promise.resolve().then(() => objective(trial));
      work.catch(() => {});
      return await Promise.race([work.then(outcomeOf), late]);
    } catch (error) {
      // A failure to write to the database is not the trial's fault.
      if (broken !== undefined) throw broken;
      if (running.cut === 'given up') return { value: Number.NaN };
      return {
        reason: (error instanceof Error ? error.message : String(error)).split('\n')[0]!.slice(0, 2000),
      };
    } finally {
      clearTimeout(limit);
      clearTimeout(hold);
    }
  }

  #trialOf(running: Running, store: CheckpointStore, onBroken: (error: unknown) => void): WorkerTrial {
    const { held, controller } = running;
    const { number, parameters, attempt, from, study } = held;
    const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
      try {
        return await work();
      } catch (error) {
        if ((error as { code?: string }).code === 'state') onBroken(error);
        throw error;
      }
    };
    // The last step that this worker reported; it may repeat steps of an earlier worker.
    let last = -1;
    const checkStep = (step: number, value: number) => {
      checkKind('report', 'step', step, 'integer of at least 0');
      if (typeof value !== 'number') checkKind('report', 'value', value, 'number');
      checkRises(step, last);
      last = step;
    };
    return {
      ...{ number, parameters, attempt, study, signal: controller.signal },
      ...(from === undefined ? {} : { from }),
      report: async (step, value) => {
        checkStep(step, value);
        if (controller.signal.aborted) return false;
        const goesOn = await guarded(() => this.#ledger.report(held, step, value));
        if (goesOn !== true) cut(running, goesOn === 'lost' ? 'lost' : 'given up');
        return goesOn === true;
      },
      loadCheckpoint: (other = number) => guarded(() => store.load(study.name, other)),
      saveCheckpoint: async (files) => {
        checkKind('saveCheckpoint', 'the files', files, 'object');
        const isOurs = await guarded(() => store.save(study.name, number, attempt, files));
        if (!isOurs) cut(running, 'lost');
      },
    };
  }

  async #beat(): Promise<void> {
    const running = [...this.#running];
    if (running.length === 0) return;
    // A failed poll is ignored; the transactions detect the problem.
    const found = await this.#ledger.beat(running.map(({ held }) => held)).catch(() => undefined);
    for (const one of running) {
      if (!this.#running.has(one)) continue;
      if (found?.lost.includes(one.held)) cut(one, 'lost');
      if (found?.stopped.includes(one.held)) cut(one, 'given back');
    }
  }
}

/** Aborts a trial; the first reason counts. */
function cut(running: Running, why: NonNullable<Running['cut']>): void {
  running.cut ??= why;
  running.controller.abort(new DOMException(`the trial was ${why}`, 'AbortError'));
}
