import { describe, expect, test } from 'vitest';
import { DEFAULTS, type TrainingSettings } from '../src/settings/training-settings';
import { learningRateOf } from '../src/training/learning-rate';

const base = { ...DEFAULTS, learningRate: 1, warmUp: 0 } as TrainingSettings;
/** The rate of a step in a run of 100 steps, 10 an epoch. */
const ratesOf = (changes: Partial<TrainingSettings>, ...steps: number[]) => {
  const rate = learningRateOf({ ...base, ...changes }, 10);
  return steps.map((step) => Number(rate.at(step, (step - 1) / 100, rate.initial).toPrecision(6)));
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
    const rate = learningRateOf({ ...base, ...plateau }, 10);
    let state = rate.initial;
    const rates = [2, 3, 3, 1].map((loss) => {
      state = rate.observe(state, loss);
      return rate.at(1, 0, state);
    });
    expect(rates).toEqual([1, 0.5, 0.3, 0.3]);
  });

  test('rises over the warm-up, whatever follows', () => {
    expect(ratesOf({ schedule: 'constant', warmUp: 4 }, 1, 2, 4, 5)).toEqual([0.25, 0.5, 1, 1]);
    expect(ratesOf({ schedule: 'constant', warmUp: 1000 }, 1, 6, 11, 12)).toEqual([0.001, 0.5, 1, 1]);
  });
});
