import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ConformalKind,
  conformalizedQuantilesFromJSON,
  conformalizeQuantiles,
  coverage,
  splitConformal,
  splitConformalFromJSON,
} from '../src/index';
import { expectClose, fixture, messageOf, type Numbers, normals } from './support';

type Margin = 'absolute' | 'normalised' | 'below' | 'above' | 'quantiles';
type Case = { n: number; level: number } & Record<
  'truth' | 'forecast' | 'lower' | 'upper' | 'scale',
  Numbers
> & {
    expected: Record<Margin, Numbers | null>;
  };

describe.each(fixture<{ cases: Case[] }>('conformal').cases)('NumPy: $n at $level', (given) => {
  const { level, expected } = given;
  const { truth, forecast, lower, upper, scale } = Object.fromEntries(
    (['truth', 'forecast', 'lower', 'upper', 'scale'] as const).map((name) => [name, given[name].values]),
  ) as Record<'truth' | 'forecast' | 'lower' | 'upper' | 'scale', number[]>;
  const check = (name: Margin, margin: () => readonly number[]) => {
    const wanted = expected[name];
    if (wanted === null) expect(messageOf(margin)).toContain('calibration values');
    else expectClose(margin(), wanted);
  };

  test('each kind', () => {
    check('absolute', () => splitConformal({ truth, forecast, level }).above);
    check('normalised', () => splitConformal({ truth, forecast, level, kind: 'normalised', scale }).below);
    check('below', () => splitConformal({ truth, forecast, level, kind: 'signed' }).below);
    check('above', () => splitConformal({ truth, forecast, level, kind: 'signed' }).above);
    check('quantiles', () => conformalizeQuantiles({ truth, lower, upper, level }).margins);
  });
});

describe('the promise', () => {
  const kinds: ConformalKind[] = ['absolute', 'normalised', 'signed'];

  test.each(kinds)('%s holds the calibration values it was made of', (kind) => {
    fc.assert(
      fc.property(fc.integer({ min: 19, max: 80 }), fc.integer({ min: 1, max: 1e6 }), (n, seed) => {
        const errors = normals(n, seed);
        const forecast = new Float64Array(n).fill(10);
        const scale = kind === 'normalised' ? errors.map((_, i) => 1 + (i % 3)) : undefined;
        const truth = forecast.map((value, i) => value + errors[i]!);
        const { interval } = splitConformal({ truth, forecast, level: 0.9, kind, scale });
        const { lower, upper } = interval(forecast, scale);
        expect(coverage(truth, lower, upper)).toBeGreaterThanOrEqual(0.9 - 1e-12);
      }),
    );
  });

  test.each(['absolute', 'signed', 'quantiles'])(
    '%s covers 90 %% of new values, whatever the errors',
    (kind) => {
      let held = 0;
      const rounds = 300;
      for (let round = 0; round < rounds; round++) {
        // Cubed, so that the tails are heavy, and off centre.
        const errors = normals(60, round + 1).map((error) => error ** 3 + 1);
        const zeros = new Float64Array(40);
        const [truth, fresh] = [errors.subarray(0, 40), errors.subarray(40)];
        const ends = (count: number) =>
          [new Float64Array(count).fill(-1), new Float64Array(count).fill(2)] as const;
        const { lower, upper } =
          kind === 'quantiles'
            ? conformalizeQuantiles({ truth, lower: ends(40)[0], upper: ends(40)[1], level: 0.9 }).interval(
                ...ends(20),
              )
            : splitConformal({ truth, forecast: zeros, level: 0.9, kind: kind as ConformalKind }).interval(
                zeros.subarray(0, 20),
              );
        held += coverage(fresh, lower, upper) * 20;
      }
      // (41 · 0.9 rounded up) / 41 = 0.902, for both ends of `signed` 0.902 too; 6,000 draws in groups of 20.
      expect(held / (rounds * 20)).toBeGreaterThan(0.89);
      expect(held / (rounds * 20)).toBeLessThan(0.935);
    },
  );
});

describe('intervals', () => {
  const errors = Array.from({ length: 19 }, (_, index) => index - 4); // −4 … 14

  test('have a margin of their own on each side and for each step', () => {
    const truth = errors.flatMap((error) => [error, 10 * error]);
    const forecast = new Array<number>(38).fill(0);
    const absolute = splitConformal({ truth, forecast, level: 0.9, horizon: 2 });
    expect(absolute.above).toEqual([13, 130]);
    expect(absolute.interval([1, 2, 3, 4])).toEqual({
      lower: Float64Array.of(-12, -128, -10, -126),
      upper: Float64Array.of(14, 132, 16, 134),
    });
    const signed = splitConformal({ truth, forecast, level: 0.9, horizon: 2, kind: 'signed' });
    expect([signed.below, signed.above]).toEqual([
      [4, 40],
      [14, 140],
    ]);
  });

  test('grow with the scale', () => {
    const scale = errors.map((error) => Math.abs(error) + 1);
    const { interval } = splitConformal({
      truth: scale,
      forecast: new Array<number>(19).fill(0),
      level: 0.9,
      kind: 'normalised',
      scale,
    });
    expect(interval([5, 5], [1, 3])).toEqual({ lower: Float64Array.of(4, 2), upper: Float64Array.of(6, 8) });
  });

  test('of quantiles are moved apart or together, and never cross', () => {
    const truth = errors;
    const narrow = conformalizeQuantiles({
      truth,
      lower: truth.map(() => 0),
      upper: truth.map(() => 1),
      level: 0.9,
    });
    expect(narrow.margins).toEqual([12]);
    expect(narrow.interval([0, 2], [1, 4])).toEqual({
      lower: Float64Array.of(-12, -10),
      upper: Float64Array.of(13, 16),
    });
    const wide = conformalizeQuantiles({
      truth,
      lower: truth.map(() => -100),
      upper: truth.map(() => 100),
      level: 0.9,
    });
    expect(wide.margins).toEqual([-87]);
    expect(wide.interval([-100, -1], [100, 3])).toEqual({
      lower: Float64Array.of(-13, 1),
      upper: Float64Array.of(13, 1),
    });
  });

  test('survive JSON', () => {
    const truth = normals(30, 1);
    const forecast = normals(30, 2);
    const conformal = splitConformal({ truth, forecast, level: 0.9, kind: 'signed', horizon: 1 });
    const again = splitConformalFromJSON(JSON.parse(JSON.stringify(conformal)));
    expect(again.interval(forecast)).toEqual(conformal.interval(forecast));
    const quantiles = conformalizeQuantiles({ truth, lower: forecast, upper: forecast, level: 0.9 });
    const quantilesAgain = conformalizedQuantilesFromJSON(JSON.parse(JSON.stringify(quantiles)));
    expect(quantilesAgain.interval(forecast, truth)).toEqual(quantiles.interval(forecast, truth));
  });
});

describe('refusals', () => {
  const few = { truth: normals(8, 1), forecast: normals(8, 2), level: 0.9 };

  test.each([
    [0.9, 'absolute', 9],
    [0.9, 'signed', 19],
    [0.8, 'absolute', undefined],
    [0.95, 'absolute', 19],
    [0.99, 'absolute', 99],
  ] as const)('at the level %d, %s, it takes %s calibration values', (level, kind, needed) => {
    const of = (count: number) => ({ truth: normals(count, 1), forecast: normals(count, 2), level, kind });
    if (needed === undefined) return expect(splitConformal(of(8)).above).toHaveLength(1);
    expect(messageOf(() => splitConformal(of(needed - 1)))).toBe(
      `splitConformal: expected at least ${needed} calibration values for each step at this level, got ${needed - 1}: calibrate on more rows, or lower the level`,
    );
    expect(splitConformal(of(needed)).above).toHaveLength(1);
  });

  test('of quantiles too', () => {
    const { truth, forecast, level } = few;
    expect(
      messageOf(() => conformalizeQuantiles({ truth, lower: forecast, upper: forecast, level })),
    ).toContain('conformalizeQuantiles: expected at least 9 calibration values');
  });

  test.each<[string, () => unknown, string]>([
    ['a level of 90', () => splitConformal({ ...few, level: 90 }), 'a level in (0, 1), got 90'],
    [
      'another kind',
      () => splitConformal({ ...few, kind: 'student' as never }),
      "kind 'absolute', 'normalised' or 'signed'",
    ],
    ['no scale', () => splitConformal({ ...few, kind: 'normalised' }), 'a scale for each forecast, got none'],
    [
      'a scale too many',
      () => splitConformal({ ...few, scale: few.truth }),
      'no scale for the kind absolute, got one',
    ],
    [
      'a scale of 0',
      () => splitConformal({ ...few, kind: 'normalised', scale: new Float64Array(8) }),
      'scales above 0, got 0 at index 0',
    ],
    [
      'half a forecast',
      () => splitConformal({ ...few, horizon: 3 }),
      'whole forecasts of 3 steps, got 8 numbers',
    ],
    [
      'half quantiles',
      () =>
        conformalizeQuantiles({
          truth: few.truth,
          level: few.level,
          lower: few.truth,
          upper: few.truth,
          horizon: 5,
        }),
      'whole forecasts of 5 steps',
    ],
    [
      'no JSON of intervals',
      () => splitConformalFromJSON({ kind: 'signed', level: 0.9, below: [1], above: [] }),
      'as many margins below as above',
    ],
    [
      'a level in JSON',
      () => splitConformalFromJSON({ kind: 'signed', level: 2, below: [1], above: [1] }),
      'a level in (0, 1), got 2',
    ],
    ['nothing', () => splitConformalFromJSON(null), 'got null'],
    [
      'no JSON of quantiles',
      () => conformalizedQuantilesFromJSON({ level: 0.9, margins: ['1'] }),
      'a level and margins',
    ],
  ])('%s', (_, run, message) => {
    expect(messageOf(run)).toContain(message);
  });
});
