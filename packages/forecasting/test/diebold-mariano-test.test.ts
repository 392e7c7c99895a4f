import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normalTwoSided, studentTwoSided } from '../src/distributions';
import { type DieboldMarianoOptions, dieboldMarianoSentence, dieboldMarianoTest } from '../src/index';
import { expectClose, fixture, messageOf, type Numbers, normals, number } from './support';

const tails = fixture<{
  values: number[];
  student: { degrees: number; expected: Numbers }[];
  normal: Numbers;
}>('distributions');

describe("SciPy's tail probabilities", () => {
  test.each(tails.student)("Student's t with $degrees degrees of freedom", ({ degrees, expected }) => {
    expectClose(
      tails.values.map((value) => studentTwoSided(value, degrees)),
      expected,
      1e-9,
    );
  });

  test('the normal distribution', () => {
    expectClose(
      tails.values.map((value) => normalTwoSided(value)),
      tails.normal,
      1e-10,
    );
  });

  test('are 1 at 0, 0 at infinity, and alike on both sides', () => {
    for (const tail of [normalTwoSided, (t: number) => studentTwoSided(t, 7)]) {
      expect([tail(0), tail(Number.POSITIVE_INFINITY), tail(Number.NEGATIVE_INFINITY)]).toEqual([1, 0, 0]);
      expect(tail(-1.7)).toBe(tail(1.7));
      expect(tail(1e200)).toBe(0);
    }
  });

  test('fall from 1 to 0 as the statistic grows, at every number of degrees', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), (degrees) => {
        const values = Array.from({ length: 60 }, (_, index) => studentTwoSided(index / 8, degrees));
        for (const [index, value] of values.entries()) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThan(index === 0 ? 1.1 : values[index - 1]! * (1 + 1e-12));
        }
      }),
      { numRuns: 30 },
    );
  });
});

type Result = Required<Pick<DieboldMarianoOptions, 'loss' | 'kernel' | 'correction'>> & {
  expected: Record<'statistic' | 'pValue' | 'variance' | 'meanDifference', Numbers>;
};
const { cases } = fixture<{
  cases: { n: number; horizon: number; model: Numbers; baseline: Numbers; results: Result[] }[];
}>('diebold_mariano');

describe.each(cases)(
  "R's formula in NumPy: $n errors, horizon $horizon",
  ({ horizon, model, baseline, results }) => {
    test.each(results)('$loss loss, $kernel, correction $correction', ({ expected, ...options }) => {
      const result = dieboldMarianoTest(model.values, baseline.values, { horizon, ...options });
      for (const name of ['statistic', 'pValue', 'variance', 'meanDifference'] as const) {
        expectClose([result[name]], expected[name], 1e-8);
      }
      expect(result.kernel).toBe(options.kernel);
    });
  },
);

describe('verdicts', () => {
  const noise = normals(300, 7);
  const small = noise.map((error) => error * 0.7);

  test('are better, worse or undecided, at 5 % unless told otherwise', () => {
    expect(dieboldMarianoTest(small, noise, { horizon: 1 }).verdict).toBe('better');
    expect(dieboldMarianoTest(noise, small, { horizon: 1 }).verdict).toBe('worse');
    const other = dieboldMarianoTest(normals(300, 8), noise, { horizon: 1 });
    expect(other.verdict).toBe('undecided');
    const lenient = dieboldMarianoTest(normals(300, 8), noise, { horizon: 1, significance: 0.999 });
    expect(lenient.verdict).not.toBe('undecided');
  });

  test('swapping the two swaps the verdict', () => {
    const errors = fc.array(fc.tuple(number, number), { minLength: 4, maxLength: 40 });
    fc.assert(
      fc.property(errors, fc.integer({ min: 1, max: 3 }), (rows, horizon) => {
        const [model, baseline] = [rows.map(([a]) => a), rows.map(([, b]) => b)];
        const there = dieboldMarianoTest(model, baseline, { horizon });
        const back = dieboldMarianoTest(baseline, model, { horizon });
        expect(there.statistic).toBe(back.statistic === 0 ? 0 : -back.statistic);
        expect(there.pValue).toBe(back.pValue);
        expect(there.pValue).toBeGreaterThanOrEqual(0);
        expect(there.pValue).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('of the same forecasts, and of errors alike in size, nothing can be told', () => {
    const same = { statistic: 0, pValue: 1, meanDifference: 0, verdict: 'undecided' };
    expect(dieboldMarianoTest(noise, noise, { horizon: 3 })).toMatchObject(same);
    expect(
      dieboldMarianoTest(
        noise,
        noise.map((error) => -error),
        { horizon: 1 },
      ),
    ).toMatchObject(same);
    expect(dieboldMarianoTest([0, 0], [0, 0], { horizon: 1 })).toMatchObject(same);
  });

  test.each([
    [2, 1, 0.5, 'undecided'],
    [3, 1, 0.25, 'undecided'],
    [5, 1, 2 ** -4, 'undecided'],
    [6, 1, 2 ** -5, 'better'],
    [20, 5, 2 ** -3, 'undecided'],
    [30, 5, 2 ** -5, 'better'],
  ])(
    'of %d losses, %d ahead, that differ by one amount only the signs count: p = %d',
    (n, horizon, pValue, verdict) => {
      const model = Array.from({ length: n }, (_, i) => (i % 2 ? 1 : -1));
      const baseline = model.map((error) => 2 * error);
      expect(dieboldMarianoTest(model, baseline, { horizon })).toMatchObject({
        statistic: Number.NEGATIVE_INFINITY,
        ...{ pValue, verdict },
      });
      // A constant but for rounding is one.
      const rounded = baseline.map((error, i) => error * (1 + 1e-12 * i));
      expect(dieboldMarianoTest(model, rounded, { horizon }).pValue).toBe(pValue);
    },
  );

  test('of two rows no difference is significant, however alike their differences are', () => {
    expect(dieboldMarianoTest([1, 1], [2, 2.0001], { horizon: 1 })).toMatchObject({
      pValue: 0.5,
      verdict: 'undecided',
    });
  });

  test('a rectangular variance below 0 gives way to Bartlett weights', () => {
    // Losses that swing up and down have a covariance at lag 1 of almost −γ₀.
    const model = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? 1 : 3));
    const baseline = new Array<number>(20).fill(2);
    const result = dieboldMarianoTest(model, baseline, {
      horizon: 2,
      loss: 'absolute',
      kernel: 'rectangular',
    });
    expect(result).toMatchObject({ kernel: 'bartlett', pValue: 1, verdict: 'undecided' });
    const shifted = dieboldMarianoTest(
      model,
      baseline.map((error) => error + 0.5),
      { horizon: 2, loss: 'absolute', kernel: 'rectangular' },
    );
    expect(shifted.kernel).toBe('bartlett');
    expect(shifted.variance).toBeGreaterThan(0);
    expect(shifted).toEqual(
      dieboldMarianoTest(
        model,
        baseline.map((error) => error + 0.5),
        {
          horizon: 2,
          loss: 'absolute',
          kernel: 'bartlett',
        },
      ),
    );
  });

  test.each([
    [1, 50],
    [3, 50],
    [5, 100],
    [10, 50],
    [10, 100],
  ])('find about 5 %% of equal forecasts different, %d ahead on %d rows', (horizon, n) => {
    // Errors of forecasts h ahead: sums of h innovations, of which neighbours share h − 1.
    const errors = (seed: number) => {
      const innovations = normals(n + horizon - 1, seed);
      return Float64Array.from({ length: n }, (_, i) =>
        innovations.subarray(i, i + horizon).reduce((sum, one) => sum + one, 0),
      );
    };
    const rejected = Array.from({ length: 400 }, (_, seed) =>
      dieboldMarianoTest(errors(2 * seed + 1000), errors(2 * seed + 1001), { horizon }),
    ).filter(({ verdict }) => verdict !== 'undecided');
    // Binomial(400, 0.05): 20 ± 3 · 4.4.
    expect(rejected.length).toBeGreaterThan(6);
    expect(rejected.length).toBeLessThan(34);
  });

  test('several ahead are by t with two degrees of freedom a frequency, of which long horizons leave few', () => {
    const degrees = (n: number, horizon: number) =>
      dieboldMarianoTest(normals(n, 1), normals(n, 2), { horizon }).degrees;
    expect([degrees(50, 2), degrees(125, 2), degrees(50, 10), degrees(50, 25), degrees(3, 2)]).toEqual([
      6, 10, 4, 2, 2,
    ]);
    expect(degrees(50, 1)).toBe(49);
  });

  test("Daniell's variance is the mean of the periodogram at the lowest frequencies", () => {
    // cos(2πt/n) has all of its power, n/4 in units of the periodogram here, at the first one.
    const n = 64;
    const wave = Array.from({ length: n }, (_, t) => 2 + Math.cos((2 * Math.PI * t) / n));
    const { variance } = dieboldMarianoTest(wave, new Array(n).fill(0), {
      ...{ horizon: 2, loss: 'absolute', kernel: 'daniell' },
    });
    expect(variance).toBeCloseTo(n / 4 / 4 / n, 12);
  });
});

test.each([
  [
    0.7,
    'The LSTM beats the naive forecast: its errors are significantly smaller (Diebold–Mariano test on squared errors, n = 300, p < 0.001).',
  ],
  [
    1.4,
    'The LSTM does not beat the naive forecast: its errors are significantly larger (Diebold–Mariano test on squared errors, n = 300, p < 0.001).',
  ],
  [
    -1,
    'Cannot tell whether the LSTM beats the naive forecast: their errors are the same in size (Diebold–Mariano test on squared errors, n = 300, p = 1.000).',
  ],
])('errors %d times as large: %s', (factor, sentence) => {
  const noise = normals(300, 7);
  const result = dieboldMarianoTest(
    noise.map((error) => error * factor),
    noise,
    { horizon: 1 },
  );
  expect(dieboldMarianoSentence(result, { model: 'the LSTM' })).toBe(sentence);
});

test('refusals', () => {
  expect(messageOf(() => dieboldMarianoTest([1e200, 1], [1e200, 2], { horizon: 1 }))).toContain(
    'dieboldMarianoTest: expected loss differences of finite numbers, got NaN at index 0',
  );
  expect(messageOf(() => dieboldMarianoTest([1, 2, 3], [1, 2, 3], { horizon: 3 }))).toBe(
    'dieboldMarianoTest: expected at least 4 errors for a horizon of 3, got 3: compare over a longer period',
  );
  expect(messageOf(() => dieboldMarianoTest([1], [1], { horizon: 1 }))).toContain('at least 2 errors');
  expect(messageOf(() => dieboldMarianoTest([1, 2], [1], { horizon: 1 }))).toContain(
    'as many in baselineErrors as in modelErrors, 2, got 1',
  );
  expect(messageOf(() => dieboldMarianoTest([1, 2], [1, 3], { horizon: 1, significance: 5 }))).toContain(
    'a significance in (0, 1), got 5',
  );
  expect(
    messageOf(() => dieboldMarianoTest([1, 2], [1, 3], { horizon: 1, loss: 'square' as never })),
  ).toContain("loss 'squared' or 'absolute'");
  expect(
    messageOf(() => dieboldMarianoTest([1, 2], [1, 3], { horizon: 1, kernel: 'parzen' as never })),
  ).toContain("kernel 'rectangular', 'bartlett' or 'daniell'");
});
