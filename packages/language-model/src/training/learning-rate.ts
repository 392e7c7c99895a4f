import {
  constant,
  cosineDecay,
  exponentialDecay,
  polynomialDecay,
  reduceOnPlateau,
  type Schedule,
  type ScheduleState,
  stepDecay,
} from '@unrolled/training';
import type { TrainingSettings } from '../settings/training-settings';

/** The learning rate of a run, of which some follow the validation losses; the caller keeps the state of these. */
export interface LearningRate {
  readonly initial: ScheduleState | null;
  /**
   * @param step from 1
   * @param share how much of the run was done before this step, 0 … 1
   */
  at(step: number, share: number, state: ScheduleState | null): number;
  /** The state after one more validation loss. */
  observe(state: ScheduleState | null, validationLoss: number): ScheduleState | null;
}

/** The share of a run that a warm-up takes at most: a short run would else be over before it has begun. */
const LONGEST_WARM_UP = 0.1;

/** A run is cut into so many parts for the schedules that follow its share. */
const PARTS = 10_000;

/**
 * Linear and cosine run over the whole run, whether steps or time limit it; step and exponential count epochs. Over the
 * warm-up, which takes at most a tenth of the run, the rate is the schedule's times step / warmUp.
 *
 * @param batchesPerEpoch steps of one epoch
 */
export function learningRateOf(settings: TrainingSettings, batchesPerEpoch: number): LearningRate {
  const { warmUp } = settings;
  const warmth = (step: number, share: number) =>
    Math.min(1, Math.max(step / Math.max(1, warmUp), share / LONGEST_WARM_UP));
  if (settings.schedule === 'plateau') {
    const { learningRate, decayFactor: factor, plateauPatience: patience, finalLearningRate } = settings;
    const plateau = reduceOnPlateau({ learningRate, factor, patience, minimum: finalLearningRate });
    return {
      initial: plateau.initial,
      at: (step, share, state) => warmth(step, share) * plateau.at(step, state!),
      observe: (state, loss) => plateau.observe(state!, loss),
    };
  }
  const schedule = scheduleOf(settings, batchesPerEpoch);
  return {
    initial: null,
    at: (step, share) => warmth(step, share) * schedule(step, share),
    observe: () => null,
  };
}

function scheduleOf(
  settings: TrainingSettings,
  batchesPerEpoch: number,
): (step: number, share: number) => number {
  const { schedule, learningRate: initial, finalLearningRate: final = initial / 100 } = settings;
  const ofShare = (decay: Schedule) => (_step: number, share: number) => decay(1 + share * PARTS);
  const steps = (epochs: number) => Math.round(epochs * batchesPerEpoch);
  const { decayFactor, decayEvery, decayAfter = 0 } = settings;
  const after = steps(decayAfter);
  switch (schedule) {
    case 'cosine':
      return ofShare(cosineDecay({ initial, final, steps: PARTS }));
    case 'linear':
      return ofShare(polynomialDecay({ initial, final, steps: PARTS }));
    case 'step':
      return stepDecay({
        ...{ initial, after },
        factor: decayFactor ?? 0.5,
        every: Math.max(1, steps(decayEvery ?? 5)),
      });
    case 'exponential':
      return exponentialDecay({
        ...{ initial, after },
        rate: decayFactor ?? 0.97,
        every: Math.max(1, steps(decayEvery ?? 1)),
      });
    default:
      return constant(initial);
  }
}
