import type { OptionKinds } from '@unrolled/errors';
import {
  type AdaptiveSchedule,
  constant,
  cosineDecay,
  exponentialDecay,
  polynomialDecay,
  reduceOnPlateau,
  type Schedule,
  type ScheduleState,
  stepDecay,
} from '@unrolled/training';
import { checkKind, checkOptions } from './refuse';

/**
 * The learning rate of a run: a number; a function of the step (from 1) and of the share of the run, 0 … 1,
 * completed before it; or a rate that follows the validation losses.
 */
export type LearningRate =
  | number
  | (((step: number, share: number) => number) & Pick<Schedule, 'settings'>)
  | AdaptiveLearningRate;

/**
 * A learning rate that depends on the validation losses, such as `reduceOnPlateau`. The run stores its state.
 */
export interface AdaptiveLearningRate extends Omit<AdaptiveSchedule, 'at'> {
  at(step: number, state: ScheduleState, share: number): number;
}

export type ScheduleName = 'constant' | 'step' | 'exponential' | 'linear' | 'cosine' | 'plateau';

/** A schedule by name, with its options. */
export interface ScheduleSettings {
  /** The highest rate, which is reached at the end of the warm-up. */
  readonly learningRate: number;
  readonly schedule: ScheduleName;
  /** The final rate of cosine and linear, default `learningRate` / 100; the minimum of plateau, default 0. */
  readonly finalLearningRate?: number;
  /** The factor of step, exponential and plateau; default 0.5, 0.97 and 0.5. */
  readonly decayFactor?: number;
  /** Epochs between decays of step (default 5) and exponential (default 1). */
  readonly decayEvery?: number;
  /** Epochs before the first decay of step and exponential; default 0. */
  readonly decayAfter?: number;
  /** Validations without a lower loss before plateau reduces the rate; default 3. */
  readonly plateauPatience?: number;
  /** Steps in which the learning rate rises from 0, at most a tenth of the run; default 0 for none. */
  readonly warmUp?: number;
}

const KINDS: OptionKinds<ScheduleSettings> = {
  learningRate: 'number',
  schedule: "'constant', 'step', 'exponential', 'linear', 'cosine' or 'plateau'",
  finalLearningRate: 'number?',
  decayFactor: 'number?',
  decayEvery: 'number?',
  decayAfter: 'number?',
  plateauPatience: 'positive integer?',
  warmUp: 'number?',
};

/** The options of a schedule, apart from the learning rate and the warm-up. */
export const SCHEDULE_SETTINGS = {
  constant: [],
  step: ['decayFactor', 'decayEvery', 'decayAfter'],
  exponential: ['decayFactor', 'decayEvery', 'decayAfter'],
  linear: ['finalLearningRate'],
  cosine: ['finalLearningRate'],
  plateau: ['decayFactor', 'plateauPatience', 'finalLearningRate'],
} as const satisfies Record<ScheduleName, readonly (keyof ScheduleSettings)[]>;

/** Maximum share of a run for the warm-up; otherwise a short run could consist of it. */
const LONGEST_WARM_UP = 0.1;

/** Number of sections of a run for schedules that depend on the completed share. */
const PARTS = 10_000;

/**
 * Creates the learning rate that settings describe. Linear and cosine extend over the whole run, whether
 * steps or time limit it. Step and exponential count epochs. During the warm-up, at most a tenth of the run,
 * the schedule's rate is multiplied by step / warmUp.
 *
 * @param batchesPerEpoch number of steps of one epoch
 */
export function learningRateOf(settings: ScheduleSettings, batchesPerEpoch: number): LearningRate {
  checkOptions('learningRateOf', settings, KINDS);
  checkKind('learningRateOf', 'batchesPerEpoch', batchesPerEpoch, 'number');
  const { warmUp = 0, schedule: name } = settings;
  const keys = ['learningRate', 'schedule', ...SCHEDULE_SETTINGS[name]] as const;
  const recorded = {
    ...Object.fromEntries(keys.map((key) => [key, settings[key] ?? null])),
    warmUp,
    batchesPerEpoch,
  };
  const warmth = (step: number, share: number) =>
    Math.min(1, Math.max(step / Math.max(1, warmUp), share / LONGEST_WARM_UP));
  if (settings.schedule === 'plateau') {
    const { learningRate, decayFactor: factor, plateauPatience: patience, finalLearningRate } = settings;
    const plateau = reduceOnPlateau({ learningRate, factor, patience, minimum: finalLearningRate });
    return {
      ...plateau,
      settings: recorded,
      at: (step, state, share) => warmth(step, share) * plateau.at(step, state),
    };
  }
  const schedule = scheduleOf(settings, batchesPerEpoch);
  const rate = (step: number, share: number) => warmth(step, share) * schedule(step, share);
  return Object.assign(rate, { settings: recorded });
}

function scheduleOf(
  settings: ScheduleSettings,
  batchesPerEpoch: number,
): (step: number, share: number) => number {
  const { schedule, learningRate: initial, finalLearningRate: final = initial / 100 } = settings;
  const ofShare = (decay: Schedule) => (_step: number, share: number) => decay(1 + share * PARTS);
  const steps = (epochs: number) => Math.round(epochs * batchesPerEpoch);
  const { decayFactor, decayEvery, decayAfter = 0 } = settings;
  const every = (epochs: number) => Math.max(1, steps(decayEvery ?? epochs));
  const after = steps(decayAfter);
  switch (schedule) {
    case 'cosine':
      return ofShare(cosineDecay({ initial, final, steps: PARTS }));
    case 'linear':
      return ofShare(polynomialDecay({ initial, final, steps: PARTS }));
    case 'step':
      return stepDecay({ initial, after, factor: decayFactor ?? 0.5, every: every(5) });
    case 'exponential':
      return exponentialDecay({ initial, after, rate: decayFactor ?? 0.97, every: every(1) });
    default:
      return constant(initial);
  }
}
