/** The worker of back-tests. It fits in threads, which are reused between trials. */
import { refuser } from '@unrolled/errors';
import { openTaskThread, type TaskThread } from '@unrolled/forecaster/node';
import {
  readStudyFiles,
  type StoredStudy,
  type StudyWork,
  type SweepDatabase,
  type WorkerTrial,
} from '@unrolled/sweeps/database';
import { type BacktestStudy, methodsOf, PLAN, packed, RESULT, type SharedPlan, unpacked } from './study';

/** The threads of one worker process, for its current back-test. */
export class BacktestWorker {
  readonly #database: SweepDatabase;
  readonly #version: string;
  #study: string | undefined;
  #plan: Promise<SharedPlan> | undefined;
  #idle: TaskThread[] = [];

  /** @param version version of the forecaster */
  constructor(database: SweepDatabase, version: string) {
    this.#database = database;
    this.#version = version;
  }

  /** Prepares the work for a study. A study of another version is refused. */
  workOf({ plan }: StoredStudy): StudyWork {
    const { version, tasks } = plan as BacktestStudy;
    if (version !== this.#version)
      refuser('sweep')('worker', {
        expected: `version ${version} of the forecaster, which started the back-test`,
        got: this.#version,
        remedy: 'install the same version on every machine',
        code: 'format',
      });
    const { sampler } = methodsOf(tasks);
    return { sampler, isKeptInDatabase: true, objective: (trial) => this.#fit(trial) };
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    const idle = this.#idle;
    this.#idle = [];
    await Promise.all(idle.map((thread) => thread.end()));
  }

  async #fit({ study, parameters, signal, saveCheckpoint }: WorkerTrial): Promise<number> {
    const thread = await this.#threadFor(study.name);
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
  async #threadFor(study: string): Promise<TaskThread> {
    if (this.#study !== study) {
      this.#study = study;
      await this.close();
      this.#plan = readStudyFiles(this.#database, study).then(
        (files) => unpacked(files[PLAN]!) as SharedPlan,
      );
    }
    const { plan, backend } = await this.#plan!;
    return this.#idle.pop() ?? openTaskThread(plan, { backend });
  }
}
