import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  averagePrecision,
  brierScore,
  type CalibrationError,
  calibrationError,
  rocAuc,
  topKAccuracy,
} from '../src/index';
import { expectClose, fixture, type Numbers } from './support';

interface Calibration {
  bins: number;
  expected: Numbers;
  maximum: Numbers;
  confidence: Numbers;
  accuracy: Numbers;
  sizes: number[];
}
interface Fixture {
  binary: ({ case: string; truth: number[]; scores: Numbers; calibration: Calibration[] } & Record<
    'rocAuc' | 'averagePrecision' | 'brierScore',
    Numbers
  >)[];
  several: ({
    case: string;
    truth: number[];
    scores: Numbers;
    topK: { k: number; expected: Numbers }[];
    calibration: Calibration[];
  } & Record<'rocAucMacro' | 'rocAucWeighted' | 'brierScore', Numbers>)[];
}

const { binary, several } = fixture<Fixture>('probabilities');
const near = (found: number, { values }: Numbers) => expect(found).toBeCloseTo(values[0]!, 11);

function expectCalibration({ expected, maximum, bins }: CalibrationError, wanted: Calibration): void {
  near(expected, wanted.expected);
  near(maximum, wanted.maximum);
  const filled = bins.filter(({ count }) => count > 0);
  expect(bins).toHaveLength(wanted.bins);
  expect(filled.map(({ count }) => count)).toEqual(wanted.sizes);
  filled.forEach((bin, index) => {
    expectClose(bin.confidence, wanted.confidence.values[index]!);
    expectClose(bin.accuracy, wanted.accuracy.values[index]!);
  });
}

describe.each(binary)('scikit-learn, two classes: $case', (given) => {
  const { truth } = given;
  const scores = Float64Array.from(given.scores.values);

  test('ROC, average precision, Brier', () => {
    near(rocAuc(truth, scores), given.rocAuc);
    near(averagePrecision(truth, scores), given.averagePrecision);
    near(brierScore(truth, scores), given.brierScore);
  });

  test.each(given.calibration)('calibration in $bins bins', (wanted) => {
    expectCalibration(calibrationError(truth, scores, { bins: wanted.bins }), wanted);
  });
});

describe.each(several)('scikit-learn, several classes: $case', (given) => {
  const { truth } = given;
  const scores = Float64Array.from(given.scores.values);
  const columns = given.scores.shape[1]!;
  const rows = truth.map((_, row) => [...scores.subarray(row * columns, (row + 1) * columns)]);

  test.each([
    ['one array', scores],
    ['rows', rows],
  ] as const)('%s', (_form, form) => {
    near(rocAuc(truth, form), given.rocAucMacro);
    near(rocAuc(truth, form, { average: 'weighted' }), given.rocAucWeighted);
    near(brierScore(truth, form), given.brierScore);
    for (const { k, expected } of given.topK) near(topKAccuracy(truth, form, { k }), expected);
    for (const wanted of given.calibration) {
      expectCalibration(calibrationError(truth, form, { bins: wanted.bins }), wanted);
    }
  });
});

/** At least one example of each class; few scores, so that there are ties. */
const examples = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: -4, max: 4 })), {
    minLength: 0,
    maxLength: 30,
  })
  .map((pairs) => [[0, 1], [1, -1], ...pairs] as [number, number][]);
const split = (pairs: [number, number][]) => [pairs.map(([a]) => a), pairs.map(([, b]) => b)] as const;

describe('laws', () => {
  test('the area counted pair by pair', () => {
    fc.assert(
      fc.property(examples, (pairs) => {
        const [truth, scores] = split(pairs);
        let [won, all] = [0, 0];
        for (const [a, score] of pairs) {
          for (const [b, other] of pairs) {
            if (a !== 1 || b !== 0) continue;
            all += 1;
            won += score > other ? 1 : score === other ? 0.5 : 0;
          }
        }
        expect(rocAuc(truth, scores)).toBe(won / all);
      }),
    );
  });

  test('the area depends on the order alone, and turns over with the scores', () => {
    fc.assert(
      fc.property(examples, (pairs) => {
        const [truth, scores] = split(pairs);
        const area = rocAuc(truth, scores);
        for (const map of [Math.exp, Math.atan, (x: number) => 3 * x ** 3 - 7]) {
          expect(rocAuc(truth, scores.map(map))).toBe(area);
          expect(averagePrecision(truth, scores.map(map))).toBe(averagePrecision(truth, scores));
        }
        expectClose(
          rocAuc(
            truth,
            scores.map((x) => -x),
          ),
          1 - area,
        );
        const columns = scores.flatMap((x) => [-x, x]);
        expect(rocAuc(truth, columns)).toBe(area);
      }),
    );
  });

  test('perfect, chance and wrong', () => {
    expect(rocAuc([0, 0, 1, 1], [1, 2, 3, 4])).toBe(1);
    expect(rocAuc([0, 0, 1, 1], [5, 5, 5, 5])).toBe(0.5);
    expect(rocAuc([1, 1, 0, 0], [1, 2, 3, 4])).toBe(0);
    expect(averagePrecision([0, 0, 1, 1], [1, 2, 3, 4])).toBe(1);
    expect(averagePrecision([0, 1, 0, 1], [5, 5, 5, 5])).toBe(0.5);
  });

  test('bins take every example once, at the edges too, and their gaps are the error', () => {
    const probability = fc.oneof(
      fc.integer({ min: 0, max: 20 }).map((i) => i / 20),
      fc.double({ min: 0, max: 1, noNaN: true }),
    );
    const rows = fc.array(fc.tuple(fc.integer({ min: 0, max: 1 }), probability), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 30 }), (pairs, count) => {
        const [truth, said] = split(pairs);
        const { bins, expected, maximum } = calibrationError(truth, said, { bins: count });
        let sum = 0;
        for (const [index, { lower, upper, count: size, confidence, accuracy }] of bins.entries()) {
          const inside = said.filter((p) => (p > lower || index === 0) && p <= upper).length;
          expect(size).toBe(inside);
          if (size === 0) continue;
          sum += size * Math.abs(confidence - accuracy);
          expect(maximum + 1e-12).toBeGreaterThanOrEqual(Math.abs(confidence - accuracy));
        }
        expect(expected).toBeCloseTo(sum / pairs.length, 12);
      }),
    );
  });

  test('an edge belongs to the bin below it, what is just above to the next', () => {
    const binsOf = (said: number[], bins: number) =>
      calibrationError(
        said.map(() => 0),
        said,
        { bins },
      ).bins.map(({ count }) => count);
    for (const count of [3, 7, 10, 15, 49, 100, 1000]) {
      const edges = Array.from({ length: count }, (_, i) => (i + 1) / count);
      expect(new Set(binsOf(edges, count))).toEqual(new Set([1]));
      const above = edges.map((_, i) => (i / count) * (1 + 2 ** -52) + 2 ** -60);
      expect(new Set(binsOf(above, count))).toEqual(new Set([1]));
    }
    expect(binsOf([0, 0.5], 2)).toEqual([2, 0]);
  });

  test('a certain right forecast has no loss, a certain wrong one an infinite loss', () => {
    expect(brierScore([0, 1], [0, 1])).toBe(0);
    expect(brierScore([0, 1], [1, 0])).toBe(1);
    expect(brierScore([0, 1], [1, 0, 0, 1])).toBe(0);
    expect(
      brierScore(
        [0, 1],
        [
          [0, 1],
          [1, 0],
        ],
      ),
    ).toBe(2);
    expect(calibrationError([0, 1], [0, 1]).expected).toBe(0);
    expect(calibrationError([0, 1], [1, 0]).expected).toBe(1);
  });

  test('scores that are all the same are not all right', () => {
    expect(topKAccuracy([0, 1, 2], new Float32Array(9), { k: 1 })).toBe(1 / 3);
    expect(topKAccuracy([0, 1, 2], new Float32Array(9), { k: 2 })).toBe(2 / 3);
  });
});
