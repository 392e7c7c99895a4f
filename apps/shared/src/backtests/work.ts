/** Runs the fits of back-tests in threads, which are reused between trials. */
import { refuser } from '@unrolled/errors';
import {
  readStudyFiles,
  type StoredStudy,
  type StudyWork,
  type SweepDatabase,
  type WorkerTrial,
} from '@unrolled/sweeps/database';
import type { FitProgram } from './programs';
import { type BacktestStudy, methodsOf, PLAN, packed, RESULT, type SharedPlan, unpacked } from './study';
import type { FitThread } from './thread';

/** The threads of one worker process, for its current back-test. */
export class BacktestWorker {
  readonly #database: SweepDatabase;
  readonly #programs: readonly FitProgram[];
  #study: string | undefined;
  #plan: Promise<SharedPlan> | undefined;
  #idle: FitThread[] = [];

  /** @param programs the programs whose fits this process can run */
  constructor(database: SweepDatabase, programs: readonly FitProgram[]) {
    this.#database = database;
    this.#programs = programs;
  }

  /** Prepares the work for a study. A study of another program or version is refused. */
  workOf({ plan }: StoredStudy): StudyWork {
    const { program: name, version, tasks } = plan as BacktestStudy;
    const program = this.#programs.find((one) => one.name === name);
    if (program?.version === version) {
      const { sampler } = methodsOf(tasks);
      return { sampler, isKeptInDatabase: true, objective: (trial) => this.#fit(program, trial) };
    }
    return refuser('sweep')('worker', {
      expected: `version ${version} of ${name}, which started the back-test`,
      got: program?.version ?? 'a sweep without it',
      remedy: 'install the same version on every machine',
      code: 'format',
    });
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    const idle = this.#idle;
    this.#idle = [];
    await Promise.all(idle.map((thread) => thread.end()));
  }

  async #fit(
    program: FitProgram,
    { study, parameters, signal, saveCheckpoint }: WorkerTrial,
  ): Promise<number> {
    const thread = await this.#threadFor(program, study.name);
    const stop = () => void thread.end();
    signal.addEventListener('abort', stop);
    try {
      if (signal.aborted) stop();
      const result = await thread.run(parameters.task as number);
      await saveCheckpoint({ [RESULT]: packed(result) });
      if (this.#study === study.name && !signal.aborted) this.#idle.push(thread);
      else await thread.end();
      return 0;
    } catch (error) {
      await thread.end();
      throw error;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** An idle thread, or a new one. */
  async #threadFor(program: FitProgram, study: string): Promise<FitThread> {
    if (this.#study !== study) {
      this.#study = study;
      await this.close();
      this.#plan = readStudyFiles(this.#database, study).then(
        (files) => unpacked(files[PLAN]!) as SharedPlan,
      );
    }
    const shared = await this.#plan!;
    return this.#idle.pop() ?? program.open(shared);
  }
}
