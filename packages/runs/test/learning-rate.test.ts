import { describe, expect, test } from 'vitest';
import {
  type AdaptiveLearningRate,
  learningRateOf,
  SCHEDULE_SETTINGS,
  type ScheduleSettings,
} from '../src/index';

const base: ScheduleSettings = { schedule: 'cosine', learningRate: 1 };
/** The rate of a step in a run of 100 steps, 10 an epoch. */
const ratesOf = (changes: Partial<ScheduleSettings>, ...steps: number[]) => {
  const rate = learningRateOf({ ...base, ...changes }, 10) as (step: number, share: number) => number;
  return steps.map((step) => Number(rate(step, (step - 1) / 100).toPrecision(6)));
};

describe('the learning rate', () => {
  test('of the default falls along half a cosine to a hundredth', () => {
    expect(ratesOf({}, 1, 51, 101)).toEqual([1, 0.505, 0.01]);
    expect(ratesOf({ finalLearningRate: 0 }, 1, 51, 101)).toEqual([1, 0.5, 0]);
  });

  test('of linear is a line over the run', () => {
    expect(ratesOf({ schedule: 'linear', finalLearningRate: 0.5 }, 1, 51, 101)).toEqual([1, 0.75, 0.5]);
  });

  test('of step and exponential counts epochs', () => {
    expect(ratesOf({ schedule: 'step' }, 1, 50, 51, 101)).toEqual([1, 1, 0.5, 0.25]);
    expect(ratesOf({ schedule: 'step', decayFactor: 0.1, decayEvery: 0.5, decayAfter: 1 }, 11, 16)).toEqual([
      1, 0.1,
    ]);
    expect(ratesOf({ schedule: 'exponential', decayFactor: 0.25, decayAfter: 1 }, 1, 11, 16, 21)).toEqual([
      1, 1, 0.5, 0.25,
    ]);
  });

  test('of plateau follows the validation losses down to its least', () => {
    const plateau = { schedule: 'plateau', plateauPatience: 1, finalLearningRate: 0.3 } as const;
    const rate = learningRateOf({ ...base, ...plateau }, 10) as AdaptiveLearningRate;
    let state = rate.initial;
    const rates = [2, 3, 3, 1].map((loss) => {
      state = rate.observe(state, loss);
      return rate.at(1, state, 0);
    });
    expect(rates).toEqual([1, 0.5, 0.3, 0.3]);
  });

  test('rises over the warm-up, whatever follows', () => {
    expect(ratesOf({ schedule: 'constant', warmUp: 4 }, 1, 2, 4, 5)).toEqual([0.25, 0.5, 1, 1]);
    expect(ratesOf({ schedule: 'constant', warmUp: 1000 }, 1, 6, 11, 12)).toEqual([0.001, 0.5, 1, 1]);
  });

  test('of a schedule changes with every setting that it takes', () => {
    const settings = { finalLearningRate: 0.4, decayFactor: 0.6, decayEvery: 2, decayAfter: 3 };
    for (const schedule of ['step', 'exponential', 'linear', 'cosine'] as const)
      for (const name of Object.keys(settings) as (keyof typeof settings)[]) {
        const isTaken = (SCHEDULE_SETTINGS[schedule] as readonly string[]).includes(name);
        const changed = ratesOf({ schedule, [name]: settings[name] }, 21, 41, 61, 81, 100);
        const plain = ratesOf({ schedule }, 21, 41, 61, 81, 100);
        expect(changed.join() !== plain.join(), `${name} of ${schedule}`).toBe(isTaken);
      }
  });
});
