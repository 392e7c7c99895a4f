import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type WalkForwardOptions, walkForward as walkForwardOf } from '../src/index';
import { messageOf } from './support';

const options = fc
  .record({
    initial: fc.integer({ min: 1, max: 30 }),
    horizon: fc.integer({ min: 1, max: 6 }),
    stride: fc.integer({ min: 1, max: 8 }),
    window: fc.constantFrom('expanding' as const, 'sliding' as const),
    calibration: fc.nat(10),
    gap: fc.nat(4),
    refitEvery: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constant('never' as const)),
    shorter: fc.nat(5),
    more: fc.nat(60),
    asked: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
  })
  .map(({ shorter, more, asked, ...given }) => {
    const { initial, calibration, gap, horizon, stride } = given;
    const lead = initial + gap + (calibration > 0 ? calibration + gap : 0);
    const rows = lead + horizon + more;
    const fitting = Math.floor(more / stride) + 1;
    const folds = asked === undefined ? undefined : Math.min(asked, fitting);
    return { rows, lead, fitting, ...given, folds, trainingRows: Math.max(1, initial - shorter) };
  });

/** Of what is drawn, the options alone. */
function walkForward(
  rows: number,
  given: WalkForwardOptions & { lead?: number; fitting?: number; rows?: number },
) {
  const { rows: _, lead, fitting, ...options } = given;
  return walkForwardOf(rows, options);
}

const overRandom = (
  check: (given: WalkForwardOptions & { rows: number; lead: number; fitting: number }) => void,
) => fc.assert(fc.property(options, check), { numRuns: 300 });

describe('laws', () => {
  test('there are as many folds as fit, or as were asked for, oldest first', () => {
    overRandom((given) => {
      const folds = walkForward(given.rows, given);
      expect(folds).toHaveLength(given.folds ?? given.fitting);
      expect(folds.map(({ index }) => index)).toEqual(folds.map((_, index) => index));
      for (const [index, { test }] of folds.entries()) {
        expect(test.end - test.start).toBe(given.horizon);
        if (index > 0) expect(test.start - folds[index - 1]!.test.start).toBe(given.stride);
      }
      if (given.folds === undefined) expect(folds[0]!.test.start).toBe(given.lead);
      else expect(folds.at(-1)!.test.end).toBe(given.rows);
    });
  });

  test('what is trained on comes before what is calibrated on, and that before what is tested', () => {
    overRandom((given) => {
      for (const { train, calibration, test } of walkForward(given.rows, given)) {
        const gap = given.gap ?? 0;
        expect(train.start).toBeGreaterThanOrEqual(0);
        expect(train.end).toBeGreaterThan(train.start);
        expect(train.end + gap).toBeLessThanOrEqual(calibration?.start ?? test.start);
        if (calibration) expect(calibration.end + gap).toBe(test.start);
        expect(test.end).toBeLessThanOrEqual(given.rows);
      }
    });
  });

  test('with a stride of at least the horizon no row is tested twice', () => {
    overRandom((given) => {
      const stride = Math.max(given.stride!, given.horizon);
      const rows = given.lead + given.horizon + 20 * stride;
      const folds = walkForward(rows, { ...given, stride, folds: undefined });
      for (const [index, { test }] of folds.slice(1).entries()) {
        expect(test.start).toBeGreaterThanOrEqual(folds[index]!.test.end);
      }
    });
  });

  test('training expands from row 0, or slides with its length; it changes where a model is fitted, nowhere else', () => {
    overRandom((given) => {
      const folds = walkForward(given.rows, given);
      const between = given.lead - given.initial;
      for (const [index, { train, test, refit }] of folds.entries()) {
        expect(refit).toBe(
          given.refitEvery === 'never' ? index === 0 : index % (given.refitEvery as number) === 0,
        );
        if (refit) expect(train.end).toBe(test.start - between);
        else expect(train).toEqual(folds[index - 1]!.train);
        expect(given.window === 'sliding' ? train.end - train.start : train.start).toBe(
          given.window === 'sliding' ? given.trainingRows : 0,
        );
      }
    });
  });
});

test('by default the folds are adjacent, and each has its own fit', () => {
  expect(walkForward(17, { initial: 10, horizon: 3 })).toEqual([
    {
      index: 0,
      train: { start: 0, end: 10 },
      calibration: undefined,
      test: { start: 10, end: 13 },
      refit: true,
    },
    {
      index: 1,
      train: { start: 0, end: 13 },
      calibration: undefined,
      test: { start: 13, end: 16 },
      refit: true,
    },
  ]);
});

test('calibration rows stand between, and move on while the model stays', () => {
  const folds = walkForward(30, { initial: 10, horizon: 5, calibration: 4, gap: 1, refitEvery: 'never' });
  expect(
    folds.map(({ train, calibration, test }) => [
      train.end,
      calibration!.start,
      calibration!.end,
      test.start,
    ]),
  ).toEqual([
    [10, 11, 15, 16],
    [10, 16, 20, 21],
  ]);
});

describe('refusals say how many rows it takes', () => {
  test.each<[number, WalkForwardOptions, string]>([
    [
      12,
      { initial: 10, horizon: 3 },
      'expected at least 13 rows for 1 fold: 10 before the first test, 3 in a test, 3 from fold to fold, got 12: pass more rows',
    ],
    [
      100,
      { initial: 50, horizon: 5, calibration: 20, gap: 2, folds: 6 },
      'expected at least 104 rows for 6 folds',
    ],
    [0, { initial: 1, horizon: 1 }, 'at least 2 rows for 1 fold'],
    [
      20,
      { initial: 5, horizon: 1, window: 'sliding', trainingRows: 6 },
      'trainingRows of at most initial, 5, got 6',
    ],
    [
      20,
      { initial: 5, horizon: 1, window: 'rolling' as never },
      "window 'expanding' or 'sliding', got \"rolling\"",
    ],
    [20, { initial: 0, horizon: 1 }, 'initial to be a positive integer, got 0'],
    [20, { initial: 5, horizon: 1, refitEvery: 0 }, 'refitEvery'],
    [20, { initial: 5, horizon: 1, folds: 1.5 }, 'folds'],
    [20, { initial: 5, horizon: 1, gap: -1 }, 'gap'],
    [2.5, { initial: 5, horizon: 1 }, 'rows'],
  ])('%i rows, %j', (rows, given, message) => {
    expect(messageOf(() => walkForward(rows, given))).toContain(message);
  });
});
