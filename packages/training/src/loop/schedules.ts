/**
 * Learning rates as plain functions of the step. Steps count from 1, as `train` reports them, so a decay
 * gives its initial rate at step 1; `done = step − 1` below.
 */
import { check } from '../refuse';

/** The learning rate of a step; the first step is 1. */
export type Schedule = (step: number) => number;

/** The same rate always. */
export function constant(rate: number): Schedule {
  return () => rate;
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

/** initial · rate^(max(0, done − after) / every), TF1's `exponential_decay`. */
export function exponentialDecay({ initial, rate, every, after = 0 }: ExponentialDecayOptions): Schedule {
  check.number('exponentialDecay', 'rate', rate, rate > 0 && rate <= 1, 'in (0, 1]');
  check.number('exponentialDecay', 'every', every, every > 0, 'in steps above 0');
  return (step) => initial * rate ** (Math.max(0, step - 1 - after) / every);
}

export interface StepDecayOptions {
  /** The rate of step 1. */
  readonly initial: number;
  /** The rate is multiplied by this at each stair; in (0, 1]. */
  readonly factor: number;
  /** Steps between stairs. */
  readonly every: number;
  /** Steps before the first interval begins; default 0. */
  readonly after?: number;
}

/** initial · factor^⌊max(0, done − after) / every⌋: stairs, such as torch-rnn's halving every five epochs. */
export function stepDecay({ initial, factor, every, after = 0 }: StepDecayOptions): Schedule {
  check.number('stepDecay', 'factor', factor, factor > 0 && factor <= 1, 'in (0, 1]');
  check.count('stepDecay', 'every', every);
  return (step) => initial * factor ** Math.floor(Math.max(0, step - 1 - after) / every);
}

export interface CosineDecayOptions {
  /** The rate of step 1. */
  readonly initial: number;
  /** The rate from step `steps` + 1 on; default 0. */
  readonly final?: number;
  /** How long the decay takes. */
  readonly steps: number;
}

/** Half a cosine from initial to final over `steps` (Loshchilov and Hutter, 2017, without restarts). */
export function cosineDecay({ initial, final = 0, steps }: CosineDecayOptions): Schedule {
  check.count('cosineDecay', 'steps', steps);
  return (step) => {
    const share = Math.min(1, (step - 1) / steps);
    return final + ((initial - final) * (1 + Math.cos(Math.PI * share))) / 2;
  };
}

export interface PolynomialDecayOptions extends CosineDecayOptions {
  /** 1 (default) is a straight line. */
  readonly power?: number;
}

/** final + (initial − final) · (1 − done/steps)^power, TF1's `polynomial_decay`. */
export function polynomialDecay({ initial, final = 0, steps, power = 1 }: PolynomialDecayOptions): Schedule {
  check.count('polynomialDecay', 'steps', steps);
  check.number('polynomialDecay', 'power', power, power > 0, 'above 0');
  return (step) => final + (initial - final) * (1 - Math.min(1, (step - 1) / steps)) ** power;
}

/** A straight line up to the first rate of `schedule`, reached at step `steps`; then `schedule`. */
export function warmUp(steps: number, schedule: number | Schedule): Schedule {
  check.count('warmUp', 'steps', steps);
  const next = typeof schedule === 'number' ? constant(schedule) : schedule;
  return (step) => (step < steps ? (next(1) * step) / steps : next(step - steps + 1));
}
