import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  choice,
  float,
  gridSampler,
  integer,
  randomSampler,
  type Sampler,
  type SearchSpace,
  sobolSampler,
  type TrialRecord,
  tpeSampler,
} from '../src';
import { applies, valueAt } from '../src/space';

const SPACE: SearchSpace = {
  cell: choice(['rnn', 'lstm', 'gru']),
  layers: integer(1, 3),
  learningRate: float(1e-4, 1e-1, { log: true }),
  units: integer(8, 64, { step: 8 }),
  dropout: float(0, 0.5, { step: 0.1, when: { layers: [2, 3] } }),
  forgetBias: float(0, 2, { when: { cell: 'lstm' } }),
};
const request = (number: number, trials: readonly TrialRecord[] = []) =>
  ({ space: SPACE, direction: 'minimize', number, trials }) as const;

const history = (count: number): TrialRecord[] =>
  Array.from({ length: count }, (_, number) => ({
    ...{ number, parameters: randomSampler({ seed: 9 }).sample(request(number)), reports: [] },
    ...(number % 7 === 6 ? { state: 'running' } : { state: 'complete', value: Math.sin(number) }),
  }));

describe.each<[string, Sampler]>([
  ['random', randomSampler({ seed: 3 })],
  ['sobol', sobolSampler({ seed: 3 })],
  ['tpe', tpeSampler({ seed: 3 })],
  ['tpe, one by one', tpeSampler({ seed: 3, multivariate: false, startupTrials: 0 })],
])('%s', (_, sampler) => {
  it('gives values of the space, conditional ones where they apply, and the same again', () => {
    for (const count of [0, 1, 5, 40]) {
      const trials = history(count);
      const parameters = sampler.sample(request(count, trials));
      expect(sampler.sample(request(count, trials))).toEqual(parameters);
      for (const [name, dimension] of Object.entries(SPACE)) {
        expect(name in parameters, name).toBe(applies(dimension, parameters));
        const value = parameters[name];
        if (value === undefined) continue;
        if (dimension.kind === 'choice') expect(dimension.values).toContain(value);
        else {
          expect(value).toBeGreaterThanOrEqual(dimension.low);
          expect(value).toBeLessThanOrEqual(dimension.high);
          const step = dimension.step ?? (dimension.kind === 'integer' ? 1 : undefined);
          const steps = ((value as number) - dimension.low) / (step ?? 1);
          if (step) expect(Math.abs(steps - Math.round(steps))).toBeLessThan(1e-9);
        }
      }
    }
  });
});

describe('a grid', () => {
  it('has every combination once, conditional ones only where they apply', () => {
    const { learningRate: _, ...rest } = SPACE;
    const space = { ...rest, forgetBias: float(0, 2, { step: 1, when: { cell: 'lstm' } }) };
    const sampler = gridSampler();
    // 8 units; layers 1, or 2 and 3 with 6 dropouts: 13; cells rnn and gru, or lstm with 3 biases: 5.
    expect(sampler.count!(space)).toBe(8 * 13 * 5);
    const all = Array.from({ length: 520 }, (_, number) =>
      JSON.stringify(sampler.sample({ ...request(number), space })),
    );
    expect(new Set(all).size).toBe(520);
  });
  it('wants steps, and not too many', () => {
    expect(() => gridSampler().count!(SPACE)).toThrow(/steps of "learningRate".*choice of values/);
    const many = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`n${index}`, integer(0, 9)]));
    expect(() => gridSampler().count!(many)).toThrow(/at most 100000 combinations/);
  });
});

it('positions reach both ends of every range, each value equally often', () => {
  fc.assert(
    fc.property(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 1, max: 40 }), (low, count) => {
      const dimension = integer(low, low + count - 1);
      const values = Array.from({ length: count * 4 }, (_, index) =>
        valueAt(dimension, (index + 0.5) / (count * 4)),
      );
      expect(values).toEqual(Array.from({ length: count * 4 }, (_, index) => low + Math.floor(index / 4)));
    }),
    { numRuns: 30 },
  );
  expect(valueAt(float(1e-4, 1, { log: true }), 0.5)).toBeCloseTo(1e-2, 12);
  expect(valueAt(integer(1, 1000, { log: true }), 0.9999999)).toBe(1000);
});

it('tpe finds the good part of a space sooner than draws', () => {
  const space = { x: float(-10, 10), y: float(-10, 10), kind: choice(['a', 'b', 'c']) };
  const worth = ({ x, y, kind }: Readonly<Record<string, unknown>>) =>
    ((x as number) - 3) ** 2 + ((y as number) + 5) ** 2 + (kind === 'b' ? 0 : 20);
  const bestOf = (sampler: Sampler) => {
    const trials: TrialRecord[] = [];
    for (let number = 0; number < 60; number++) {
      const parameters = sampler.sample({ space, direction: 'minimize', number, trials });
      trials.push({ number, parameters, state: 'complete', reports: [], value: worth(parameters) });
    }
    return Math.min(...trials.map(({ value }) => value!));
  };
  const seeds = [1, 2, 3, 4, 5];
  const mean = (make: (seed: number) => Sampler) =>
    seeds.reduce((sum, seed) => sum + bestOf(make(seed)), 0) / 5;
  expect(mean((seed) => tpeSampler({ seed }))).toBeLessThan(0.5 * mean((seed) => randomSampler({ seed })));
});

describe('refusals', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['an empty choice', () => choice([]), /different texts.*at least one/],
    ['the same value twice', () => choice([1, 2, 1]), /1 at index 2/],
    ['ends the wrong way round', () => float(2, 1), /high of the range at least 2, the lowest/],
    ['a fraction as an end', () => integer(0.5, 3), /low of the range to be an integer/],
    ['the log of 0', () => float(0, 1, { log: true }), /above 0, with log/],
    ['log and step', () => integer(1, 9, { log: true, step: 2 }), /log or step/],
    ['a step of 0', () => float(0, 1, { step: 0 }), /step of the range to be above 0/],
    ['an unknown option', () => float(0, 1, { logarithmic: true } as never), /logarithmic/],
    ['no weight of the prior', () => tpeSampler({ priorWeight: 0 }), /priorWeight to be above 0/],
  ])('%s', (_, call, message) => expect(call).toThrow(message));
});
