import type { EarlyStoppingState, Json, ScheduleState } from '@unrolled/training';
import type { LossHistoryState } from './loss-history';

/** A sum and a count, from which a mean is computed. */
export interface Sum {
  readonly sum: number;
  readonly count: number;
}

/**
 * The state of a run, apart from its weights, optimizer and position in the data. All of these together are
 * needed to resume. Plain JSON, equal for equal runs: only a run limited by time contains a time.
 */
export interface RunState {
  readonly elapsedSeconds: number | null;
  /** The sum of `countOf` over all steps; 0 without `countOf`. */
  readonly tokens: number;
  /** The best validation loss so far, its step, and the number of validations since. */
  readonly stopping: EarlyStoppingState;
  /** For a run with a score: its name, the best so far (as `loss`), and the number of scores since. */
  readonly scoring?: EarlyStoppingState & { readonly name: string };
  /** For a learning rate that follows the validation losses. */
  readonly schedule: ScheduleState | null;
  /** The loss of the last step; null before the first. */
  readonly lastStep: {
    readonly epoch: number;
    readonly learningRate: number;
    readonly gradientNorm: number;
  } | null;
  /** Training losses since the last validation, and since the last log record. */
  readonly sinceValidation: Sum;
  readonly sinceLog: Sum;
  /** The mean training loss between the last two validations. */
  readonly trainLoss: number | null;
  /** The validation loss of these weights; null if it was not measured. */
  readonly validationLoss: number | null;
  /** Whether the run was stopped after a step whose validation is still due. */
  readonly isValidationDue: boolean;
  readonly history: LossHistoryState;
}

/** The state of a run before its start. */
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

/** Marks an entry that may be null. */
class OrNull {
  constructor(readonly form: unknown) {}
}
const orNull = (form: unknown) => new OrNull(form);

/** Marks an entry that may be missing. */
class OrMissing {
  constructor(readonly form: unknown) {}
}
const orMissing = (form: unknown) => new OrMissing(form);

/** An example state: entries have its types, and the entries of a list have the type of its first entry. */
const FORM = {
  ...initialState(null),
  elapsedSeconds: orNull(0),
  stopping: { best: orNull({ step: 0, loss: 0 }), waited: 0 },
  scoring: orMissing({ name: '', best: orNull({ step: 0, loss: 0 }), waited: 0 }),
  schedule: orNull({}),
  lastStep: orNull({ epoch: 0, learningRate: 0, gradientNorm: 0 }),
  trainLoss: orNull(0),
  validationLoss: orNull(0),
  history: { interval: 0, train: [[0]], validation: [[0]], scores: orMissing([[0]]) },
};

function fits(value: unknown, form: unknown): boolean {
  if (form instanceof OrMissing) return value === undefined || fits(value, form.form);
  if (form instanceof OrNull) return value === null || fits(value, form.form);
  if (Array.isArray(form)) return Array.isArray(value) && value.every((entry) => fits(entry, form[0]));
  if (typeof form !== 'object') return typeof value === typeof form;
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(form!).every(([name, entry]) =>
    fits((value as Record<string, unknown>)[name], entry),
  );
}

/** Whether a value from a file has the structure of a {@link RunState}. */
export function isRunState(value: unknown): value is RunState & Json {
  return fits(value, FORM);
}
