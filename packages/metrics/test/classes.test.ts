import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  accuracy,
  classificationReport,
  confusionMatrix,
  f1Score,
  matthewsCorrelation,
  mergeConfusionMatrices,
  type PrecisionRecallF1,
  precision,
  recall,
} from '../src/index';
import { expectClose, fixture } from './support';

type Means = 'micro' | 'macro' | 'weighted' | 'binary';
interface Case {
  case: string;
  truth: number[] | string[];
  predicted: number[] | string[];
  labels: number[] | string[];
  positive: number | string | null;
  accuracy: number;
  matthews: number;
  confusion: number[][];
  averages: Record<'0' | '1' | 'NaN', Record<Means | 'classes', (number | null)[]>>;
}

function expectScores(found: PrecisionRecallF1, expected: readonly (number | null)[]): void {
  [found.precision, found.recall, found.f1].forEach((value, index) => {
    const wanted = expected[index]!;
    if (wanted === null) expect(value).toBeNaN();
    else expectClose(value, wanted);
  });
}

describe.each(fixture<{ cases: Case[] }>('classes').cases)('scikit-learn: $case', (given) => {
  const { truth, predicted, labels, positive } = given;
  const matrix = confusionMatrix(truth, predicted, { labels });

  test('confusion matrix, accuracy, Matthews', () => {
    expect(matrix).toEqual({ labels, counts: given.confusion });
    expect(accuracy(truth, predicted)).toBe(given.accuracy);
    expect(matthewsCorrelation(truth, predicted)).toBeCloseTo(given.matthews, 12);
  });

  test('labels that are not given are found in order', () => {
    const found = confusionMatrix(truth, predicted).labels;
    expect(found).toEqual(labels.filter((label) => found.includes(label)));
  });

  test.each(['0', '1', 'NaN'] as const)('a ratio with the denominator 0 as %s', (zero) => {
    const zeroDivision = Number(zero);
    const expected = given.averages[zero];
    const report = classificationReport(matrix, { zeroDivision });
    expect(report.accuracy).toBe(given.accuracy);
    report.classes.forEach((scores, i) => {
      const column = [0, 1, 2].map((row) => expected.classes[row * labels.length + i]!);
      expectScores(scores, column);
    });
    for (const average of ['micro', 'macro', 'weighted'] as const)
      expectScores(report[average], expected[average]);
    const single = (average: Means, options: object) =>
      expectScores(
        {
          precision: precision(truth, predicted, { average, zeroDivision, ...options }),
          recall: recall(truth, predicted, { average, zeroDivision, ...options }),
          f1: f1Score(truth, predicted, { average, zeroDivision, ...options }),
        },
        expected[average],
      );
    single('macro', { labels });
    if (positive !== null) single('binary', { positive });
  });
});

test('a weighted mean without any weight is the plain mean, as in scikit-learn', () => {
  // Class 0, which all examples are, was never said; class 1, which was said, is none of them.
  const options = { average: 'weighted', zeroDivision: Number.NaN } as const;
  expect(precision([0, 0], [1, 1], options)).toBe(0);
  expect(recall([0, 0], [1, 1], options)).toBe(0);
  expect(f1Score([0, 0], [1, 1], options)).toBe(0);
});

const label = fc.integer({ min: 0, max: 3 });
const labelled = fc.array(fc.tuple(label, label), { minLength: 1, maxLength: 40 });
const split = (pairs: [number, number][]) => [pairs.map(([a]) => a), pairs.map(([, b]) => b)] as const;

describe('laws', () => {
  test('scores from their definitions', () => {
    fc.assert(
      fc.property(labelled, (pairs) => {
        const [truth, predicted] = split(pairs);
        const { classes, micro } = classificationReport(confusionMatrix(truth, predicted));
        for (const scores of classes) {
          const hits = pairs.filter(([a, b]) => a === scores.label && b === scores.label).length;
          const said = predicted.filter((b) => b === scores.label).length;
          expect(scores.support).toBe(truth.filter((a) => a === scores.label).length);
          expectClose(scores.precision, said ? hits / said : 0);
          expectClose(scores.recall, scores.support ? hits / scores.support : 0);
          const { precision: p, recall: r } = scores;
          expectClose(scores.f1, p + r ? (2 * p * r) / (p + r) : 0);
        }
        expect(micro.f1).toBe(accuracy(truth, predicted));
      }),
    );
  });

  test('truth and prediction exchanged: precision is recall, F1 and Matthews stay', () => {
    fc.assert(
      fc.property(labelled, (pairs) => {
        const [truth, predicted] = split(pairs);
        const labels = [0, 1, 2, 3];
        const options = { average: 'macro', labels } as const;
        expect(precision(truth, predicted, options)).toBe(recall(predicted, truth, options));
        expect(f1Score(truth, predicted, options)).toBe(f1Score(predicted, truth, options));
        expect(matthewsCorrelation(truth, predicted)).toBeCloseTo(matthewsCorrelation(predicted, truth), 12);
        expect(matthewsCorrelation(truth, truth)).toBe(new Set(truth).size > 1 ? 1 : 0);
      }),
    );
  });

  test('batches that are merged are the whole', () => {
    fc.assert(
      fc.property(labelled, labelled, (head, tail) => {
        const labels = [0, 1, 2, 3];
        const of = (pairs: [number, number][]) => confusionMatrix(...split(pairs), { labels });
        expect(mergeConfusionMatrices([of(head), of(tail)])).toEqual(of([...head, ...tail]));
      }),
    );
  });
});

test('numbers in order of size, texts in order of code points', () => {
  expect(confusionMatrix([10, 9, -1], [10, 9, -1]).labels).toEqual([-1, 9, 10]);
  // U+FF21 stands before U+1D54F, whose first UTF-16 unit is smaller.
  const texts = ['\u{1d54f}', '\uff21', 'b', 'Bb', 'B'];
  expect(confusionMatrix(texts, texts).labels).toEqual(['B', 'Bb', 'b', '\uff21', '\u{1d54f}']);
});

test('labels keep the order in which they are given', () => {
  expect(confusionMatrix([0, 2], [2, 2], { labels: [2, 0, 1] })).toEqual({
    labels: [2, 0, 1],
    counts: [
      [1, 0, 0],
      [1, 0, 0],
      [0, 0, 0],
    ],
  });
});

test('typed arrays', () => {
  expect(accuracy(Int32Array.of(1, 2, 2), Uint8Array.of(1, 2, 1))).toBe(2 / 3);
  expect(f1Score(Float32Array.of(1, 0), Int32Array.of(1, 1))).toBe(2 / 3);
});
