import type { TrainSettings } from './settings';

const VALIDATIONS = 20;
/** A run limited by time is a short one. */
const VALIDATIONS_IN_TIME = 10;
const SAMPLES = 5;

/** When a run validates, samples and ends. */
export interface Timetable {
  /** How much of the run is done, 0 … 1, when `stepsDone` steps are. */
  share(stepsDone: number): number;
  /** Whether a run ends after this step. */
  isOver(step: number): boolean;
  validatesAfter(step: number): boolean;
  samplesAfter(step: number): boolean;
  /** The step at which the run will end, as far as one can tell now. */
  expectedSteps(stepsDone: number): number;
  /** Doubles the time of a run that is limited by it, twice at most; false when there is no more to be had. */
  extend(): boolean;
}

/**
 * Spreads a run's validations and samples over its steps, or over its time when that is what limits it. Without a limit
 * in time everything is a function of the step, and a run can be repeated exactly.
 *
 * @param stepLimit the step at which the run ends if its time lasts
 * @param now milliseconds, for tests
 */
export function createTimetable(
  settings: Pick<TrainSettings, 'seconds' | 'validateEvery' | 'sampleEvery'>,
  stepLimit: number,
  now: () => number = () => performance.now(),
): Timetable {
  const { validateEvery, sampleEvery } = settings;
  let { seconds = Number.POSITIVE_INFINITY } = settings;
  const most = 4 * seconds;
  const startedAt = now();
  const timeShare = () => (now() - startedAt) / 1000 / seconds;
  const share = (stepsDone: number) => Math.min(1, Math.max(stepsDone / stepLimit, timeShare()));
  const isOver = (step: number) => share(step) >= 1;
  const validations = occasions(validateEvery, settings.seconds ? VALIDATIONS_IN_TIME : VALIDATIONS);
  const samples = occasions(sampleEvery, SAMPLES);
  return {
    share,
    isOver,
    validatesAfter: (step) => validations(step, share(step)) || isOver(step),
    samplesAfter: (step) => samples(step, share(step)) && !isOver(step),
    expectedSteps: (stepsDone) =>
      Math.max(stepsDone, Math.min(stepLimit, Math.round(stepsDone / timeShare()))),
    extend() {
      if (!(seconds < most)) return false;
      seconds *= 2;
      return true;
    },
  };
}

/** Every so many steps, or else `count` times over the run; 0 steps is never. */
function occasions(every: number | undefined, count: number): (step: number, share: number) => boolean {
  if (every !== undefined) return (step) => every > 0 && step % every === 0;
  let passed = 0;
  return (_step, share) => {
    const now = Math.floor(share * count + 1e-9);
    const isNew = now > passed;
    passed = now;
    return isNew;
  };
}
