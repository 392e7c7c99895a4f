import type { OptionKinds } from '@unrolled/errors';
import { checkKind, checkOptions } from './refuse';

const VALIDATIONS = 20;
/** A run with a lower time limit than this, in seconds, counts as short. */
const VALIDATIONS_IN_TIME = 10;
/** The maximum share of a run's time for one validation. */
const VALIDATION_SHARE = 1 / 40;
const SAMPLES = 5;

/**
 * The times at which a run validates, samples, saves, logs and ends. One of the three limits is given; the
 * first one reached ends the run.
 */
export interface RunTimes {
  readonly steps?: number;
  /** Number of passes over the batches. */
  readonly epochs?: number;
  /**
   * Seconds of training, including all validations; a resumed run also counts the seconds before. A
   * validation takes at most a fortieth of this time. If the validation set is too long for that, only its
   * first batches are used.
   */
  readonly seconds?: number;
  /**
   * Steps between validations; default 20 over the run, 10 if time limits it. The run also ends with a
   * validation.
   */
  readonly validateEvery?: number;
  /** Steps between samples; default 5 over the run, 0 for none. There is no sample at the end. */
  readonly sampleEvery?: number;
  /** Steps between checkpoints, in addition to those at validations; default none. */
  readonly checkpointEvery?: number;
  /** Steps between log records, in addition to those at validations; default none. */
  readonly logEvery?: number;
}

export const TIME_KINDS: OptionKinds<RunTimes> = {
  steps: 'number?',
  epochs: 'number?',
  seconds: 'number?',
  validateEvery: 'number?',
  sampleEvery: 'number?',
  checkpointEvery: 'number?',
  logEvery: 'number?',
};

/** When a run validates, saves, logs, samples and ends. */
export type Timetable = ReturnType<typeof createTimetable>;

/**
 * Distributes a run's validations and samples over its steps, or over its time if time limits it. Without a
 * time limit everything depends only on the step, so a run can be repeated exactly. Call each function once
 * per step, in the order of the steps.
 *
 * @param limit the step at which the run ends if there is enough time, from {@link stepLimit}
 * @param start the step from which a resumed run continues; `elapsedSeconds` is null without a time limit
 * @param now returns the time in milliseconds; replaced in tests
 */
export function createTimetable(
  times: RunTimes,
  limit: number,
  start: { readonly step: number; readonly elapsedSeconds: number | null } = {
    step: 0,
    elapsedSeconds: null,
  },
  now: () => number = () => performance.now(),
) {
  const { validateEvery, sampleEvery, checkpointEvery = 0, logEvery = 0 } = times;
  let { seconds = Number.POSITIVE_INFINITY } = times;
  const most = 4 * seconds;
  const startedAt = now() - (start.elapsedSeconds ?? 0) * 1000;
  const elapsed = () => (now() - startedAt) / 1000;
  /** Estimated seconds of the final validation (the longest so far) and of a step (the last one). */
  let [validationSeconds, stepSeconds] = [0, 0];
  const left = () => Math.max(seconds / 2, seconds - validationSeconds - stepSeconds);
  const share = (stepsDone: number) => Math.min(1, Math.max(stepsDone / limit, elapsed() / left()));
  const isOver = (step: number) => share(step) >= 1;
  const begun = share(start.step);
  const validations = occasions(validateEvery, times.seconds ? VALIDATIONS_IN_TIME : VALIDATIONS, begun);
  const samples = occasions(sampleEvery, SAMPLES, begun);
  return {
    /** The completed share of the run, 0 … 1, after `stepsDone` steps. */
    share,
    /** Whether the run ends after this step. */
    isOver,
    validatesAfter: (step: number) => validations(step, share(step)) || isOver(step),
    savesAfter: (step: number) => isMultiple(step, checkpointEvery),
    logsAfter: (step: number) => isMultiple(step, logEvery),
    samplesAfter: (step: number) => samples(step, share(step)) && !isOver(step),
    /** The estimated step at which the run will end. */
    expectedSteps: (stepsDone: number) =>
      Math.max(stepsDone, Math.min(limit, Math.round((stepsDone * left()) / elapsed()))),
    /** Seconds of the run so far, including those before it was resumed; null without a time limit. */
    elapsedSeconds: () => (Number.isFinite(seconds) ? elapsed() : null),
    /**
     * Records the duration of the last step in seconds. A step that does not fit into the remaining time is
     * not started.
     */
    stepTook(took: number) {
      stepSeconds = took;
    },
    /**
     * Starts a validation of `batches` batches; if undefined, of as many as time allows. Call `isEnough`
     * after each batch.
     */
    validationBudget(given: number | undefined) {
      const begunAt = now();
      const took = () => (now() - begunAt) / 1000;
      let batches = 0;
      let isCut = false;
      return {
        isEnough: () => {
          batches += 1;
          isCut = given === undefined ? took() >= VALIDATION_SHARE * seconds : batches >= given;
          return isCut;
        },
        /** Number of batches of all later validations; undefined if time does not limit the run. */
        end() {
          validationSeconds = Math.max(validationSeconds, took());
          return { batches: Number.isFinite(seconds) ? batches : undefined, isCut };
        },
      };
    },
    /** Doubles the time limit of a run, at most twice; returns false if it was already doubled twice. */
    extend() {
      if (!(seconds < most)) return false;
      seconds *= 2;
      return true;
    },
  };
}

/** 0 has no multiples. */
const isMultiple = (step: number, every: number) => every > 0 && step % every === 0;

/** At the multiples of `every` (0 for never), or `count` times over the run, by the completed share. */
function occasions(
  every: number | undefined,
  count: number,
  begun: number,
): (step: number, share: number) => boolean {
  if (every !== undefined) return (step) => isMultiple(step, every);
  const passedAt = (share: number) => Math.floor(share * count + 1e-9);
  let passed = passedAt(begun);
  return (_step, share) => {
    const now = passedAt(share);
    const isNew = now > passed;
    passed = Math.max(passed, now);
    return isNew;
  };
}

/**
 * The step at which the run ends unless time ends it earlier: from `steps` or `epochs`; never, if only time
 * is limited.
 *
 * @param batchesPerEpoch steps of one epoch
 */
export function stepLimit(options: RunTimes, batchesPerEpoch: number): number {
  checkOptions('stepLimit', options, TIME_KINDS, true);
  checkKind('stepLimit', 'batchesPerEpoch', batchesPerEpoch, 'number');
  const { steps, epochs } = options;
  return Math.min(
    steps ?? Number.POSITIVE_INFINITY,
    epochs === undefined ? Number.POSITIVE_INFINITY : epochs * batchesPerEpoch,
  );
}
