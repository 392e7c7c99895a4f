/**
 * Learning rates as plain functions of the step. Steps count from 1, as reported by `train`. A decay returns
 * its initial rate at step 1; below, `done = step − 1`.
 */
import type { OptionKinds } from '@unrolled/errors';
import { check, checkKind, checkOptions } from '../refuse';
import type { Json } from './json';

/** The learning rate of a step; the first step is 1. */
export interface Schedule {
  (step: number): number;
  /**
   * The settings of the rate. They are recorded in checkpoints, so that a run does not resume with others by
   * accident. A function of your own may have settings too:
   * `Object.assign((step) => …, { settings: { name: 'mine' } })`.
   */
  readonly settings?: Json;
}

/** The record of a learning rate; null for a function without settings. */
export function settingsOf(learningRate: number | Pick<Schedule, 'settings'>): Json {
  return typeof learningRate === 'number' ? learningRate : (learningRate.settings ?? null);
}

/** A number as a constant schedule. @throws UnrolledError for an invalid rate */
export function scheduleOf(scope: string, learningRate: number | Schedule): Schedule {
  if (typeof learningRate === 'function') return learningRate;
  checkRate(scope, 'learningRate', learningRate);
  return constant(learningRate);
}

function checkRate(scope: string, what: string, rate: number): void {
  check.number(scope, what, rate, Number.isFinite(rate) && rate >= 0, 'to be a finite number of at least 0');
}

/** A schedule that records the function that created it, and its arguments. */
function recorded(name: string, options: object, schedule: (step: number) => number): Schedule {
  return Object.assign(ofSteps(name, schedule), { settings: { name, ...options } });
}

/** A schedule that throws for an invalid step. */
function ofSteps(name: string, schedule: (step: number) => number): (step: number) => number {
  return (step) => {
    checkKind(name, 'step', step, 'number');
    return schedule(step);
  };
}

/** A constant rate. */
export function constant(rate: number): Schedule {
  checkRate('constant', 'rate', rate);
  return Object.assign(
    ofSteps('constant', () => rate),
    { settings: rate },
  );
}

export interface ExponentialDecayOptions {
  /** The rate of step 1. */
  readonly initial: number;
  /** The rate is multiplied by this over `every` steps; in (0, 1]. */
  readonly rate: number;
  /** In steps. */
  readonly every: number;
  /** Steps before the decay begins; default 0. */
  readonly after?: number;
}

const EXPONENTIAL: OptionKinds<ExponentialDecayOptions> = {
  initial: 'number',
  rate: 'number',
  every: 'number',
  after: 'number?',
};

/** initial · rate^(max(0, done − after) / every), TF1's `exponential_decay`. */
export function exponentialDecay(options: ExponentialDecayOptions): Schedule {
  checkOptions('exponentialDecay', options, EXPONENTIAL);
  const { initial, rate, every, after = 0 } = options;
  checkRate('exponentialDecay', 'initial', initial);
  check.number('exponentialDecay', 'rate', rate, rate > 0 && rate <= 1, 'in (0, 1]');
  check.number('exponentialDecay', 'every', every, every > 0, 'in steps above 0');
  return recorded(
    'exponentialDecay',
    { initial, rate, every, after },
    (step) => initial * rate ** (Math.max(0, step - 1 - after) / every),
  );
}

export interface StepDecayOptions {
  /** The rate of step 1. */
  readonly initial: number;
  /** The factor of each interval, in (0, 1]. */
  readonly factor: number;
  /** Steps between stairs. */
  readonly every: number;
  /** Steps before the first interval begins; default 0. */
  readonly after?: number;
}

const STEPS: OptionKinds<StepDecayOptions> = {
  initial: 'number',
  factor: 'number',
  every: 'positive integer',
  after: 'number?',
};

/**
 * initial · factor^⌊max(0, done − after) / every⌋: a step function, such as torch-rnn's halving every five
 * epochs.
 */
export function stepDecay(options: StepDecayOptions): Schedule {
  checkOptions('stepDecay', options, STEPS);
  const { initial, factor, every, after = 0 } = options;
  checkRate('stepDecay', 'initial', initial);
  check.number('stepDecay', 'factor', factor, factor > 0 && factor <= 1, 'in (0, 1]');
  return recorded(
    'stepDecay',
    { initial, factor, every, after },
    (step) => initial * factor ** Math.floor(Math.max(0, step - 1 - after) / every),
  );
}

export interface CosineDecayOptions {
  /** The rate of step 1. */
  readonly initial: number;
  /** The rate from step `steps` + 1 on; default 0. */
  readonly final?: number;
  /** Number of steps of the decay. */
  readonly steps: number;
}

const COSINE: OptionKinds<CosineDecayOptions> = {
  initial: 'number',
  final: 'number?',
  steps: 'positive integer',
};

/** Half a cosine from initial to final over `steps` (Loshchilov and Hutter, 2017, without restarts). */
export function cosineDecay(options: CosineDecayOptions): Schedule {
  checkOptions('cosineDecay', options, COSINE);
  const { initial, final = 0, steps } = options;
  checkRate('cosineDecay', 'initial', initial);
  checkRate('cosineDecay', 'final', final);
  return recorded('cosineDecay', { initial, final, steps }, (step) => {
    const share = Math.min(1, (step - 1) / steps);
    return final + ((initial - final) * (1 + Math.cos(Math.PI * share))) / 2;
  });
}

export interface PolynomialDecayOptions extends CosineDecayOptions {
  /** 1 (default) is a straight line. */
  readonly power?: number;
}

const POLYNOMIAL: OptionKinds<PolynomialDecayOptions> = /* @__PURE__ */ Object.assign(
  { power: 'number?' } as const,
  COSINE,
);

/** final + (initial − final) · (1 − done/steps)^power, TF1's `polynomial_decay`. */
export function polynomialDecay(options: PolynomialDecayOptions): Schedule {
  checkOptions('polynomialDecay', options, POLYNOMIAL);
  const { initial, final = 0, steps, power = 1 } = options;
  checkRate('polynomialDecay', 'initial', initial);
  checkRate('polynomialDecay', 'final', final);
  check.number('polynomialDecay', 'power', power, power > 0, 'above 0');
  return recorded(
    'polynomialDecay',
    { initial, final, steps, power },
    (step) => final + (initial - final) * (1 - Math.min(1, (step - 1) / steps)) ** power,
  );
}

/**
 * Linear from 0 to the first rate of `schedule`, which is reached at step `steps`; from then on `schedule`.
 */
export function warmUp(steps: number, schedule: number | Schedule): Schedule {
  checkKind('warmUp', 'steps', steps, 'positive integer');
  checkKind('warmUp', 'schedule', schedule, 'number or function');
  const next = scheduleOf('warmUp', schedule);
  const rate = (step: number) => (step < steps ? (next(1) * step) / steps : next(step - steps + 1));
  // If a function has no settings, its warm-up has none either.
  return next.settings === undefined
    ? ofSteps('warmUp', rate)
    : recorded('warmUp', { steps, schedule: next.settings }, rate);
}
