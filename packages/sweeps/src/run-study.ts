import { inWords } from '@unrolled/errors';
import { checkKind, checkOptions, refuse } from './refuse';
import type { Parameters, ParametersOf, SearchSpace } from './space';
import { createStudy, type StudyOptions } from './study';
import type { TrialRecord } from './trial';

/** A trial as its objective sees it. */
export interface RunningTrial<P = Parameters> {
  /** From 0; a good seed where runs should differ. */
  readonly number: number;
  readonly parameters: P;
  /**
   * With `populationSampler`, the number of the trial whose checkpoint this one continues; undefined in the
   * first round.
   */
  readonly from?: number;
  /**
   * Tells how far the trial is: `step` rises from report to report.
   *
   * @returns whether to continue. If it is false, `signal` is aborted too, and the objective's later result
   *   or error is ignored.
   */
  report(step: number, value: number): boolean;
  /** Aborted when the trial is given up, or the whole study: `runTraining` takes it. */
  readonly signal: AbortSignal;
}

/** The value of a trial. */
export type Objective<P = Parameters> = (trial: RunningTrial<P>) => number | Promise<number>;

/** Settings of {@link runStudy}. */
export interface RunStudyOptions<S extends SearchSpace = SearchSpace> extends Omit<StudyOptions, 'space'> {
  readonly space: S;
  /** Trials that run at once, in this process; default 1. */
  readonly concurrency?: number;
  /** Ends the study: running trials are aborted and get no result, so `history` starts them again. */
  readonly signal?: AbortSignal;
  /** Gets each trial when it has ended. */
  readonly onTrial?: (trial: TrialRecord<ParametersOf<S>>) => void;
  /** The study ends with an error when this many trials failed one after another; default 10. */
  readonly failuresInARow?: number;
}

/** The result of a study. */
export interface StudyResult<P = Parameters> {
  /** The complete trial with the best value; undefined where none is complete. */
  readonly best: TrialRecord<P> | undefined;
  readonly trials: readonly TrialRecord<P>[];
  /** Whether `signal` ended it before all trials were made. */
  readonly wasStopped: boolean;
}

/**
 * Searches for the best parameters: runs `objective` for one trial after another, or several at once.
 *
 * A trial whose objective throws, or returns no finite number, is `failed`; the study continues. `record`
 * gets all events: stored in a file, they are the `history` from which a later call resumes.
 *
 * @param objective gets a trial's parameters; gives, now or later, what they are worth
 */
export function runStudy<const S extends SearchSpace>(
  objective: Objective<ParametersOf<S>>,
  options: RunStudyOptions<S>,
): Promise<StudyResult<ParametersOf<S>>>;
export async function runStudy(objective: Objective, options: RunStudyOptions): Promise<StudyResult> {
  checkKind('runStudy', 'the objective', objective, 'function');
  checkOptions('runStudy', options, {
    space: 'object',
    direction: "'minimize' or 'maximize'?",
    trials: 'positive integer?',
    sampler: 'object?',
    pruner: 'object?',
    record: 'function?',
    history: 'array?',
    concurrency: 'positive integer?',
    signal: 'AbortSignal?',
    onTrial: 'function?',
    failuresInARow: 'positive integer?',
  });
  const { concurrency = 1, signal, onTrial, failuresInARow = 10, ...studyOptions } = options;
  const study = createStudy(studyOptions);
  let failures = 0;
  let isBroken = false;
  /** Workers for which there is no trial before another has ended. */
  let idle: (() => void)[] = [];
  const wake = () => {
    const woken = idle;
    idle = [];
    for (const resolve of woken) resolve();
  };
  const work = async () => {
    while (!signal?.aborted && !isBroken) {
      const trial = study.ask();
      if (!trial) {
        if (!study.isWaiting) return;
        await new Promise<void>((resolve) => idle.push(resolve));
        continue;
      }
      const told = await runTrial(objective, trial, study, signal).finally(wake);
      if (!told) return;
      onTrial?.(told);
      failures = told.state === 'failed' ? failures + 1 : 0;
      if (failures < failuresInARow) continue;
      refuse('runStudy', {
        expected: 'an objective that gives numbers',
        got: `${failures} failures one after another; the last: ${told.reason}`,
        remedy: 'mend it, and go on by history; or raise failuresInARow',
      });
    }
  };
  // An error in one worker ends the others too, each after its current trial.
  const worker = () =>
    work().catch((error) => {
      isBroken = true;
      wake();
      throw error;
    });
  const workers = Array.from({ length: Math.min(concurrency, study.total) }, worker);
  // All have ended before an error of one is thrown, so no trial runs after the call.
  const ended = await Promise.allSettled(workers);
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
  const { best, trials } = study;
  const wasStopped = trials.length < study.total || trials.some(({ state }) => state === 'running');
  return { best, trials, wasStopped };
}

/** Runs one trial to its end; undefined where the study was stopped meanwhile. */
async function runTrial(
  objective: Objective,
  { number, parameters }: TrialRecord,
  study: ReturnType<typeof createStudy>,
  whole: AbortSignal | undefined,
): Promise<TrialRecord | undefined> {
  const own = new AbortController();
  const stop = () => own.abort(whole?.reason);
  whole?.addEventListener('abort', stop, { once: true });
  let isGivenUp = false;
  const report = (step: number, value: number) => {
    if (isGivenUp || whole?.aborted) return false;
    isGivenUp = !study.report(number, step, value);
    if (isGivenUp) own.abort(new DOMException('the trial was given up', 'AbortError'));
    return !isGivenUp;
  };
  try {
    const from = study.from(number);
    const running = { number, parameters, report, signal: own.signal };
    const value = await objective(from === undefined ? running : { ...running, from });
    if (whole?.aborted) return undefined;
    const isNumber = isGivenUp || typeof value === 'number';
    return study.tell(
      number,
      isNumber ? { value: Number(value) } : { reason: `its objective gave ${inWords(value)}, no number` },
    );
  } catch (error) {
    if (whole?.aborted) return undefined;
    if (isGivenUp) return study.tell(number, { value: Number.NaN });
    const reason = (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
    return study.tell(number, { reason });
  } finally {
    whole?.removeEventListener('abort', stop);
  }
}
