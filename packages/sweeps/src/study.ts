import { inWords, quoted } from '@unrolled/errors';
import type { Pruner } from './pruners/pruner';
import { checkKind, checkOptions, refuse } from './refuse';
import type { Sampler } from './samplers/sampler';
import { tpeSampler } from './samplers/tpe/tpe';
import { checkSpace, isOfSpace, type SearchSpace } from './space';
import { isEvent, type StudyEvent } from './study-events';
import { compareBy, type Direction, type Report, type TrialRecord } from './trial';

/** Settings of {@link createStudy}. */
export interface StudyOptions {
  readonly space: SearchSpace;
  /** Default `'minimize'`. */
  readonly direction?: Direction;
  /**
   * How many trials there are in all, those of `history` included; default 100, of a grid all of its
   * combinations.
   */
  readonly trials?: number;
  /** Default `tpeSampler()`. */
  readonly sampler?: Sampler;
  /** Default none: every trial runs to its end. */
  readonly pruner?: Pruner;
  /** Gets each event as it happens, before the study continues; its errors are passed on. */
  readonly record?: (event: StudyEvent) => void;
  /**
   * The record of the same study so far. A trial that was asked for and never told is asked for again first.
   */
  readonly history?: readonly StudyEvent[];
}

/**
 * A search, one question at a time: who runs the trials, and where, is the caller's affair. `runStudy` runs
 * them here.
 */
export interface Study {
  readonly direction: Direction;
  /** All trials so far by their number. */
  readonly trials: readonly TrialRecord[];
  /** How many trials there are to make in all. */
  readonly total: number;
  /** The complete trial with the best value; undefined while there is none. */
  readonly best: TrialRecord | undefined;
  /**
   * The next trial to run; undefined where all have been given out, or where the sampler waits for those that
   * run (`isWaiting`).
   */
  ask(): TrialRecord | undefined;
  /** Whether the sampler gives no trial before those that run have ended. */
  readonly isWaiting: boolean;
  /**
   * The number of the trial whose training a trial continues, from the sampler; undefined if it starts its
   * own.
   */
  from(number: number): number | undefined;
  /**
   * Takes a value on a trial's way. `step` is a whole number of at least 0, above that of the report before.
   *
   * @returns whether the trial should continue; false once it was stopped
   */
  report(number: number, step: number, value: number): boolean;
  /**
   * Ends a trial: with the value of its objective, or with the reason why it has none. A trial that was given
   * up at a report ends as `pruned`, with its last report as its value. A value that is not finite ends it as
   * `failed`.
   */
  tell(number: number, outcome: { readonly value: number } | { readonly reason: string }): TrialRecord;
}

interface Trial extends Omit<TrialRecord, 'reports'> {
  readonly reports: readonly Report[];
  readonly isGivenUp: boolean;
}

/**
 * A search over a space.
 *
 * The same sampler, pruner and order of questions and answers give the same study. With grid, random and
 * Sobol's samplers and no pruner the order does not matter: trial n has the same parameters whoever asks.
 *
 * @throws for an empty or contradictory space, and for a history of another space
 */
export function createStudy(options: StudyOptions): Study {
  return followedStudy(options);
}

/** A study of which others make a part: what they did is applied in between, in the order of the record. */
export interface FollowedStudy extends Study {
  /** Applies an event that another process recorded; it is not recorded again. */
  follow(event: StudyEvent): void;
  /** Whether a trial was given up at a report. */
  isGivenUp(number: number): boolean;
  /** Number of trials so far. */
  readonly asked: number;
  /** Whether one of them has not ended. */
  readonly isRunning: boolean;
}

/** {@link createStudy} with a method for the events of others. */
export function followedStudy(options: StudyOptions): FollowedStudy {
  checkOptions('createStudy', options, {
    space: 'object',
    direction: "'minimize' or 'maximize'?",
    trials: 'positive integer?',
    sampler: 'object?',
    pruner: 'object?',
    record: 'function?',
    history: 'array?',
  });
  const { space, direction = 'minimize', sampler = tpeSampler(), pruner, record, history = [] } = options;
  checkSpace('createStudy', space);
  const ofSampler = {
    name: 'string',
    count: 'function?',
    sample: 'function',
    wave: 'positive integer?',
    from: 'function?',
  } as const;
  checkOptions('createStudy', sampler, ofSampler, true);
  if (pruner) checkOptions('createStudy', pruner, { name: 'string', shouldPrune: 'function' }, true);
  const total = Math.min(
    options.trials ?? Number.POSITIVE_INFINITY,
    sampler.count?.(space) ?? options.trials ?? 100,
  );
  const trials: Trial[] = [];
  for (const event of history) {
    checkHistory(isEvent(event), event);
    apply(trials, event, space);
  }
  const waiting = trials.filter(({ state }) => state === 'running').map(({ number }) => number);
  const happens = (event: StudyEvent) => {
    record?.(event);
    apply(trials, event, space);
  };
  // A wave begins when the one before has ended.
  const waits = () =>
    sampler.wave !== undefined &&
    trials.length % sampler.wave === 0 &&
    trials.slice(-sampler.wave).some(({ state }) => state === 'running');
  const running = (scope: string, number: number) => {
    checkKind(scope, 'the number', number, 'integer of at least 0');
    const trial = trials[number];
    if (trial?.state === 'running' && !waiting.includes(number)) return trial;
    const got = trial
      ? `${number}, which ${trial.state === 'running' ? 'waits' : `is ${trial.state}`}`
      : String(number);
    return refuse(scope, {
      expected: 'the number of a running trial',
      got,
      remedy: 'pass one that ask() returned',
    });
  };
  return {
    ...{ direction, total },
    follow(event) {
      checkHistory(isEvent(event), event);
      apply(trials, event, space);
    },
    isGivenUp: (number) => trials[number]?.isGivenUp ?? false,
    get asked() {
      return trials.length;
    },
    get isRunning() {
      return trials.some(({ state }) => state === 'running');
    },
    get trials() {
      return trials.map(publicRecord);
    },
    get best() {
      const complete = trials.filter(({ state }) => state === 'complete');
      const better = compareBy(direction);
      return complete.length
        ? publicRecord(complete.reduce((a, b) => (better(b.value!, a.value!) < 0 ? b : a)))
        : undefined;
    },
    get isWaiting() {
      return trials.length < total && waiting.length === 0 && waits();
    },
    from(number) {
      checkKind('from', 'the number', number, 'integer of at least 0');
      const others = trials.filter((trial) => trial.number !== number).map(publicRecord);
      return sampler.from?.({ space, direction, number, trials: others });
    },
    ask() {
      const again = waiting.shift();
      const number = again ?? trials.length;
      if (again === undefined && (number >= total || waits())) return undefined;
      const others = trials.filter((trial) => trial.number !== number).map(publicRecord);
      const parameters =
        trials[number]?.parameters ?? sampler.sample({ space, direction, number, trials: others });
      if (!isOfSpace(space, parameters)) {
        const remedy = 'let it return an allowed value for each dimension that applies';
        refuse('ask', {
          expected: `parameters of the space from ${sampler.name}`,
          got: inWords(parameters),
          remedy,
        });
      }
      happens({ event: 'asked', number, parameters });
      return publicRecord(trials[number]!);
    },
    report(number, step, value) {
      const trial = running('report', number);
      checkKind('report', 'step', step, 'integer of at least 0');
      if (typeof value !== 'number') checkKind('report', 'value', value, 'number');
      checkRises(step, trial.reports.at(-1)?.step ?? -1);
      if (trial.isGivenUp) return false;
      const reported: TrialRecord = { ...publicRecord(trial), reports: [...trial.reports, { step, value }] };
      const all = trials.map((one) => (one === trial ? reported : publicRecord(one)));
      const pruned = pruner?.shouldPrune({ trial: reported, trials: all, direction }) ?? false;
      happens({ event: 'reported', number, step, value: Number.isFinite(value) ? value : null, pruned });
      return !pruned;
    },
    tell(number, outcome) {
      const trial = running('tell', number);
      checkKind('tell', 'the outcome', outcome, 'object');
      if (!('value' in outcome)) checkKind('tell', 'the reason', outcome.reason, 'string');
      else if (typeof outcome.value !== 'number') checkKind('tell', 'the value', outcome.value, 'number');
      happens({ event: 'told', number, ...endOf(trial, outcome) });
      return publicRecord(trials[number]!);
    },
  };
}

/** Refuses a report of a step that is not above the one before. */
export function checkRises(step: number, last: number): void {
  if (step > last) return;
  const remedy = 'report each step once, in order';
  refuse('report', { expected: `a step above ${last}`, got: String(step), remedy });
}

function endOf(trial: Trial, outcome: { readonly value?: unknown; readonly reason?: string }) {
  if (outcome.reason !== undefined) return { state: 'failed' as const, reason: outcome.reason };
  const last = trial.reports.at(-1)?.value ?? Number.NaN;
  if (trial.isGivenUp) return { state: 'pruned' as const, value: Number.isFinite(last) ? last : null };
  const { value } = outcome;
  if (typeof value === 'number' && Number.isFinite(value)) return { state: 'complete' as const, value };
  return { state: 'failed' as const, reason: `its objective gave ${String(value)}, no finite number` };
}

const publicRecord = ({ isGivenUp, ...trial }: Trial): TrialRecord => trial;

/** Updates the trials after an event. */
function apply(trials: Trial[], event: StudyEvent, space: SearchSpace): void {
  const { number } = event;
  if (event.event === 'asked') {
    const before = trials[number];
    const isNext = before ? before.state === 'running' : number === trials.length;
    checkHistory(isNext && isOfSpace(space, event.parameters), event);
    trials[number] = {
      number,
      parameters: event.parameters,
      state: 'running',
      reports: [],
      isGivenUp: false,
    };
    return;
  }
  const trial = trials[number];
  checkHistory(trial?.state === 'running', event);
  if (event.event === 'reported') {
    const reports = [...trial!.reports, { step: event.step, value: event.value ?? Number.NaN }];
    trials[number] = { ...trial!, reports, isGivenUp: event.pruned };
    return;
  }
  const { state, value, reason } = event;
  trials[number] = {
    ...trial!,
    state,
    ...(value == null ? {} : { value }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function checkHistory(fits: boolean, event: StudyEvent): void {
  if (fits) return;
  const { event: what, number } = Object(event) as Partial<StudyEvent>;
  const got = `${quoted(String(what))} of trial ${number}`;
  refuse('createStudy', {
    expected: 'the record of this study',
    got,
    remedy: 'pass the complete record, in order',
  });
}
