import type { OptionKinds } from '@unrolled/errors';
import { check, checkKind, checkOptions } from '../refuse';
import type { Json } from './json';
import { type Schedule, scheduleOf, settingsOf } from './schedules';

/** The state of an adaptive schedule: plain data, saved in checkpoints. */
export type ScheduleState = Readonly<Record<string, number | null>>;

/** A learning rate that also depends on the validation losses so far. `train` keeps its state. */
export interface AdaptiveSchedule {
  readonly initial: ScheduleState;
  /** The rate of a step (from 1) in a state. */
  at(step: number, state: ScheduleState): number;
  /** The state after another validation loss. */
  observe(state: ScheduleState, validationLoss: number): ScheduleState;
  /** The settings of the rate, recorded in checkpoints like those of a {@link Schedule}. */
  readonly settings?: Json;
}

export interface ReduceOnPlateauOptions {
  /** The rate or schedule to reduce. */
  readonly learningRate: number | Schedule;
  /** The rate is multiplied by this on a plateau; in (0, 1), default 0.5. */
  readonly factor?: number;
  /** Validations without an improvement before the rate is reduced; default 3. */
  readonly patience?: number;
  /** A loss is an improvement if it is below the best one by more than this; default 0. */
  readonly minimumDelta?: number;
  /** The rate is never reduced below this; default 0. */
  readonly minimum?: number;
}

const KINDS: OptionKinds<ReduceOnPlateauOptions> = {
  learningRate: 'number or function',
  factor: 'number?',
  patience: 'positive integer?',
  minimumDelta: 'number?',
  minimum: 'number?',
};

const STATE: OptionKinds<{ scale: number; waited: number }> = { scale: 'number', waited: 'number' };

/**
 * Reduces the learning rate when the validation loss stops falling (Keras's and PyTorch's
 * `ReduceLROnPlateau`). `train` passes it every validation loss and saves its state in checkpoints. NaN is no
 * improvement.
 */
export function reduceOnPlateau(options: ReduceOnPlateauOptions): AdaptiveSchedule {
  checkOptions('reduceOnPlateau', options, KINDS);
  const { learningRate, factor = 0.5, patience = 3, minimumDelta = 0, minimum = 0 } = options;
  check.number('reduceOnPlateau', 'factor', factor, factor > 0 && factor < 1, 'in (0, 1)');
  const base = scheduleOf('reduceOnPlateau', learningRate);
  const settings = settingsOf(base);
  return {
    ...(settings !== null && {
      settings: { name: 'reduceOnPlateau', learningRate: settings, factor, patience, minimumDelta, minimum },
    }),
    initial: { scale: 1, best: null, waited: 0 },
    at(step, state) {
      checkKind('reduceOnPlateau', 'step', step, 'number');
      const { scale } = stateOf(state);
      const rate = base(step);
      return Math.max(rate * (scale ?? 1), Math.min(minimum, rate));
    },
    observe(state, loss) {
      const { scale, best, waited } = stateOf(state);
      // NaN is a valid loss, although it is not a number by the kind's check.
      if (!Number.isNaN(loss)) checkKind('reduceOnPlateau', 'validationLoss', loss, 'number');
      if (best === null ? !Number.isNaN(loss) : loss < best! - minimumDelta) {
        return { scale: scale!, best: loss, waited: 0 };
      }
      if (waited! + 1 < patience) return { scale: scale!, best: best!, waited: waited! + 1 };
      return { scale: scale! * factor, best: best!, waited: 0 };
    },
  };
}

/** Throws if a state does not come from `initial` or `observe`. */
function stateOf(state: ScheduleState): ScheduleState {
  checkOptions('reduceOnPlateau', state, STATE, true);
  return state;
}
