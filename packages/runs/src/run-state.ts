import type { EarlyStoppingState, Json, ScheduleState } from '@unrolled/training';
import type { LossHistoryState } from './loss-history';

/** A sum that becomes a mean. */
export interface Sum {
  readonly sum: number;
  readonly count: number;
}

/**
 * The state of a run beside its weights, optimizer and place in the data; together they are all that it goes on
 * from. Plain JSON, the same for the same run: only a run that time limits has a time in it.
 */
export interface RunState {
  readonly elapsedSeconds: number | null;
  /** The sum of `countOf` over all steps; 0 without it. */
  readonly tokens: number;
  /** The best validation loss so far, its step, and the validations since. */
  readonly stopping: EarlyStoppingState;
  /** Of a learning rate that follows the validation losses. */
  readonly schedule: ScheduleState | null;
  /** Of the last step; null before the first. */
  readonly lastStep: {
    readonly epoch: number;
    readonly learningRate: number;
    readonly gradientNorm: number;
  } | null;
  /** Training losses since the last validation, and since the last record of the log. */
  readonly sinceValidation: Sum;
  readonly sinceLog: Sum;
  /** The mean between the last two validations. */
  readonly trainLoss: number | null;
  /** Of these weights; null when it was not measured. */
  readonly validationLoss: number | null;
  /** The run was stopped after a step whose validation is still to come. */
  readonly isValidationDue: boolean;
  readonly history: LossHistoryState;
}

/** The state of a run that has not begun. */
export function initialState(schedule: ScheduleState | null): RunState {
  return {
    elapsedSeconds: null,
    tokens: 0,
    stopping: { best: null, waited: 0 },
    schedule,
    lastStep: null,
    sinceValidation: { sum: 0, count: 0 },
    sinceLog: { sum: 0, count: 0 },
    trainLoss: null,
    validationLoss: null,
    isValidationDue: false,
    history: { interval: 1, train: [], validation: [] },
  };
}

type Check = (value: unknown) => boolean;
const isNumber: Check = (value) => typeof value === 'number';
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const recordOf =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(checks).every(([name, check]) => check((value as Record<string, unknown>)[name]));
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const isSum = recordOf({ sum: isNumber, count: isNumber });
const isPoint = listOf(isNumber);

const isState = recordOf({
  elapsedSeconds: orNull(isNumber),
  tokens: isNumber,
  stopping: recordOf({ best: orNull(recordOf({ step: isNumber, loss: isNumber })), waited: isNumber }),
  schedule: orNull(recordOf({})),
  lastStep: orNull(recordOf({ epoch: isNumber, learningRate: isNumber, gradientNorm: isNumber })),
  sinceValidation: isSum,
  sinceLog: isSum,
  trainLoss: orNull(isNumber),
  validationLoss: orNull(isNumber),
  isValidationDue: (value) => typeof value === 'boolean',
  history: recordOf({ interval: isNumber, train: listOf(isPoint), validation: listOf(isPoint) }),
});

/** Whether a value out of a file has the form of a {@link RunState}. */
export function isRunState(value: unknown): value is RunState & Json {
  return isState(value);
}
