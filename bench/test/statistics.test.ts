import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uniform } from '../src/inputs';
import { fastest, LEAST_VALUES, median, medianInterval, medianOf, pairedRatio } from '../src/statistics';

describe('median', () => {
  it('is the middle value, or the mean of the two', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeNaN();
  });

  it('ignores the rounds that a configuration sat out', () => {
    expect(medianOf([5, undefined, 1, 3, undefined])).toBe(3);
  });
});

describe('pairedRatio', () => {
  it('does not change if a slow moment affects both', () => {
    // Twice as fast in every round, though the medians are 4 and 1.
    expect(pairedRatio([2, 4, 40], [1, 2, 20])).toBe(2);
    expect(pairedRatio([2, 40, undefined], [1, 20, 1])).toBe(2);
  });

  it('is null without a common round', () => {
    expect(pairedRatio([1, undefined], [undefined, 1])).toBeNull();
    expect(pairedRatio([], [])).toBeNull();
  });

  it('is 1 against itself and the inverse the other way round', () => {
    const times = fc.array(fc.double({ min: 0.01, max: 1000, noNaN: true }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(times, (rounds) => {
        expect(pairedRatio(rounds, rounds)).toBe(1);
        const doubled = rounds.map((time) => 2 * time);
        expect(pairedRatio(doubled, rounds)).toBeCloseTo(2, 12);
        expect(pairedRatio(rounds, doubled)).toBeCloseTo(0.5, 12);
      }),
    );
  });
});

describe('fastest', () => {
  it('takes the smallest median and skips what did not run', () => {
    const rows = [
      { threads: 1, rounds: [3, 3, 1] },
      { threads: 2, rounds: [2, 2, 9] },
      { threads: 3, rounds: [undefined] },
    ];
    expect(fastest(rows)?.threads).toBe(2);
    expect(fastest(rows.slice(2))).toBeUndefined();
  });
});

describe('medianInterval', () => {
  const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

  it('lies between the order statistics of the table', () => {
    // Hollander and Wolfe: the ranks of the 95 % interval of the sign test.
    expect(medianInterval(upTo(6))).toEqual({ median: 3.5, lower: 1, upper: 6 });
    expect(medianInterval(upTo(10))).toEqual({ median: 5.5, lower: 2, upper: 9 });
    expect(medianInterval(upTo(20))).toEqual({ median: 10.5, lower: 6, upper: 15 });
    expect(medianInterval(upTo(40))).toEqual({ median: 20.5, lower: 14, upper: 27 });
  });

  it('is infinite where there are too few values', () => {
    expect(LEAST_VALUES).toBe(6);
    expect(medianInterval(upTo(5))).toEqual({ median: 3, lower: -Infinity, upper: Infinity });
    expect(medianInterval([])).toEqual({ median: Number.NaN, lower: -Infinity, upper: Infinity });
  });

  it('does not depend on the order', () => {
    expect(medianInterval([3, 6, 1, 5, 2, 4])).toEqual(medianInterval(upTo(6)));
  });

  it('holds the true median about 19 times in 20', () => {
    const draw = uniform(3);
    const samples = Array.from({ length: 2000 }, () => Array.from({ length: 40 }, draw));
    const holding = samples.filter((values) => {
      const { lower, upper } = medianInterval(values);
      return lower <= 0.5 && upper >= 0.5;
    });
    // Exactly 96.2 % for 40 values.
    expect(holding.length / samples.length).toBeGreaterThan(0.945);
    expect(holding.length / samples.length).toBeLessThan(0.978);
  });
});
