import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as metrics from '../src/index';
import { messageOf } from './support';

const { bleu, chrf, errorRate } = metrics;
const pair = { hypotheses: ['a b'], references: ['a b'] };
// Wrong on purpose: what the compiler would refuse.
const any = (value: unknown) => value as never;

test('the largest that is allowed', () => {
  expect(
    metrics.sentenceBleu({ hypothesis: 'a', references: 'a', maxNgramOrder: 32 }).precisions,
  ).toHaveLength(32);
  expect(metrics.calibrationError([0], [0], { bins: 100_000 }).bins).toHaveLength(100_000);
});

test.each([
  ['counts', [1, 2, 3]],
  ['counts', [0, 0, 0, 0.5]],
  ['counts', 4],
  ['examples', -1],
  ['examples', 'var'],
  ['hypothesisLength', 1.5],
  ['references', 'many'],
  ['references', -1],
  ['totals', undefined],
])('statistics with %s %j are refused, and change nothing', (name, wrong) => {
  const running = bleu();
  running.update({ hypothesis: 'a b', references: 'a b' });
  const before = running.statistics();
  const given = { ...bleu().statistics(), [name]: wrong };
  expect(messageOf(() => running.merge(any(given)))).toContain(
    `bleu: expected counts in statistics.${name}, got`,
  );
  expect(running.statistics()).toEqual(before);
});

describe('one line says what is wrong and what to do', () => {
  test.each([
    [
      'an unknown option',
      () => metrics.corpusBleu(any({ ...pair, tokenise: 'intl' })),
      `corpusBleu: expected a known option, got "tokenise": did you mean 'tokenize'?`,
    ],
    [
      'an unknown tokenizer',
      () => metrics.corpusBleu({ ...pair, tokenize: any('14a') }),
      `corpusBleu: expected tokenize '13a', 'none', 'char', 'intl' or 'zh', got "14a": pass one of these values`,
    ],
    [
      'lists that differ',
      () => metrics.corpusChrf({ hypotheses: ['a', 'b'], references: [['a', 'b']] }),
      'corpusChrf: expected as many entries in references as in hypotheses, 2, got 1: pass both in the same order, with one entry for each example',
    ],
    [
      'no example',
      () => metrics.wordErrorRate({ hypotheses: [], references: [] }),
      'wordErrorRate: expected hypotheses of at least one entry, got 0: pass at least one example: the mean of none is undefined',
    ],
    [
      'no reference',
      () => metrics.corpusBleu({ hypotheses: ['a'], references: [[]] }),
      'corpusBleu: expected at least one reference in references[0], got none: leave out this example',
    ],
    [
      'ids for texts',
      () => metrics.exactMatch({ hypotheses: ['a', any([3])], references: ['a', 'b'] }),
      'exactMatch: expected hypotheses[1] to be a text, got an array of 1: decode ids to text first',
    ],
    [
      'a value without its smoothing',
      () => metrics.sentenceBleu({ hypothesis: 'a', references: 'a', smoothValue: 0.1 }),
      `sentenceBleu: expected no smoothValue with smoothMethod 'exp', got 0.1: omit smoothValue, or set smoothMethod to 'floor' or 'add-k'`,
    ],
    [
      'a smoothing of nothing',
      () => metrics.sentenceBleu({ hypothesis: 'a', references: 'a', smoothMethod: 'floor', smoothValue: 0 }),
      'sentenceBleu: expected smoothValue above 0, got 0: pass a number above 0',
    ],
    [
      'too long n-grams of words',
      () => bleu({ maxNgramOrder: 33 }),
      'bleu: expected maxNgramOrder in 1 … 32, got 33: pass a number in 1 … 32',
    ],
    [
      'too many bins',
      () => metrics.calibrationError([0], [0], { bins: 100_001 }),
      'calibrationError: expected bins in 1 … 100,000, got 100001: pass a number in 1 … 100,000',
    ],
    [
      'no example of the class at all',
      () => metrics.rocAuc([0, 0], [0.2, 0.4]),
      'rocAuc: expected examples of class 1 and of others in truth, got no examples of this class: evaluate more examples: the area is undefined without both',
    ],
    [
      'a matrix without examples',
      () => metrics.classificationReport({ labels: [0], counts: [[0]] }),
      'classificationReport: expected a confusion matrix with at least one example, got none: count examples before computing scores',
    ],
    [
      'a text that is none, among references',
      () => metrics.corpusBleu({ hypotheses: ['a'], references: [['a', any(7)]] }),
      'corpusBleu: expected references[0][1] to be a text, got 7: decode ids to text first',
    ],
    [
      'an example with another name',
      () => bleu().update(any({ hypothesis: 'a', reference: 'a' })),
      `bleu: expected a known option, got "reference": did you mean 'references'?`,
    ],
    [
      'rows for other examples',
      () =>
        metrics.rocAuc(
          [0, 1],
          [
            [1, 2],
            [3, 4],
            [5, 6],
            [7, 8],
          ],
        ),
      'rocAuc: expected scores [2] or [2, classes], one row for each truth, got 4 rows: pass both in the same order, with one row for each example',
    ],
    [
      'rows of one',
      () => metrics.brierScore([0, 1], [[0.5], [0.5]]),
      'brierScore: expected rows of at least two probabilities, got 1 in row 0: if there is one score per example, pass one flat array',
    ],
    [
      'one score per example',
      () => metrics.topKAccuracy([0, 1], [0.5, 0.5], { k: 1 }),
      'topKAccuracy: expected a score for each class, got one score per example: pass scores [n, classes]',
    ],
    [
      'another class than 0 and 1',
      () => metrics.rocAuc([0, 2], [0.5, 0.5]),
      'rocAuc: expected a class, 0 … 1, at truth[1], got 2: pass 0 or 1: with one score per example there are two classes',
    ],
    [
      'a class that is no integer',
      () => metrics.rocAuc([0, 0.5], [0.5, 0.5]),
      'rocAuc: expected a class, 0 … 1, at truth[1], got 0.5: pass 0 or 1: with one score per example there are two classes',
    ],
    [
      'a class below 0',
      () => metrics.rocAuc([0, -1], [0.5, 0.5]),
      'rocAuc: expected a class, 0 … 1, at truth[1], got -1: pass 0 or 1: with one score per example there are two classes',
    ],
    [
      'a probability below 0',
      () => metrics.brierScore([0, 1], [0.5, -0.1]),
      'brierScore: expected probabilities in 0 … 1, got -0.1 at row 1: apply softmax or sigmoid to logits first',
    ],
    [
      'a score that is no number, in a row',
      () =>
        metrics.rocAuc(
          [0, 1],
          [
            [1, 2],
            [1, any('2')],
          ],
        ),
      'rocAuc: expected scores of finite numbers, got NaN at row 1: check how this value was computed',
    ],
    [
      'an infinite label',
      () => metrics.accuracy([0, Number.POSITIVE_INFINITY], [0, 1]),
      'accuracy: expected a finite number or a text at truth[1], got Infinity: pass only numbers or only texts as labels',
    ],
    [
      'no labels at all',
      () => metrics.confusionMatrix([0], [0], { labels: [] }),
      'confusionMatrix: expected labels of at least one entry, got 0: pass at least one example: the mean of none is undefined',
    ],
    [
      'too long n-grams',
      () => chrf({ charOrder: 33 }),
      'chrf: expected charOrder in 1 … 32, got 33: pass a number in 1 … 32',
    ],
    [
      'a score before the first example',
      () => bleu().compute(),
      'bleu: expected at least one example, got none: call update before compute',
    ],
    [
      'other settings',
      () => bleu().merge(bleu({ tokenize: 'intl' }).statistics()),
      'bleu: expected statistics with the settings case:mixed|tok:13a|n:4, got "case:mixed|tok:intl|n:4": use the same metric and options for both',
    ],
    [
      'statistics that are none',
      () => chrf().merge({ ...chrf().statistics(), counts: [1, -1] }),
      'chrf: expected counts in statistics.counts, got an array of 2: pass the object that statistics() returned',
    ],
    [
      'an unknown unit',
      () => errorRate({ unit: any('letter') }),
      `errorRate: expected unit 'word', 'character' or 'phoneme', got "letter": pass one of these values`,
    ],
    [
      'NaN among tokens',
      () => metrics.alignTokens({ reference: [1, Number.NaN], hypothesis: [1] }),
      'alignTokens: expected a text or a number at reference[1], got NaN: pass words, phonemes or ids',
    ],
    [
      'sequences too long',
      () =>
        metrics.alignTokens({
          reference: new Int32Array(40_000),
          hypothesis: new Int32Array(40_000).fill(1),
        }),
      'alignTokens: expected sequences whose lengths have a product of at most 1073741824, got 40000 × 40000: compare shorter parts, such as sentences',
    ],
    [
      'numbers and texts',
      () => metrics.accuracy([1, 2], any([1, '2'])),
      'accuracy: expected a number, like the other labels, at predicted[1], got "2": pass only numbers or only texts as labels',
    ],
    [
      'booleans',
      () => metrics.f1Score(any([true]), any([false])),
      'f1Score: expected a finite number or a text at truth[0], got true: pass 1 and 0',
    ],
    [
      'a label that is not given',
      () => metrics.confusionMatrix([0, 7], [0, 1], { labels: [0, 1] }),
      'confusionMatrix: expected one of the 2 labels at truth[1], got 7: add it to labels',
    ],
    [
      'a label twice',
      () => metrics.confusionMatrix([0], [0], { labels: [0, 0] }),
      'confusionMatrix: expected unique labels, got 0 twice: remove one of them',
    ],
    [
      'a matrix of too many classes',
      () =>
        metrics.confusionMatrix(
          Array.from({ length: 5001 }, (_, i) => i),
          new Int32Array(5001),
        ),
      'confusionMatrix: expected at most 5000 classes, got 5001: use accuracy or topKAccuracy, which need no matrix',
    ],
    [
      'several classes as two',
      () => metrics.f1Score([0, 1, 2], [0, 1, 2]),
      `f1Score: expected at most two classes with average 'binary', got 3: set average: 'macro', 'micro' or 'weighted'`,
    ],
    [
      'no positive class',
      () => metrics.recall(['yes', 'no'], ['yes', 'no']),
      'recall: expected the class 1 among the labels, got "no", "yes": set positive to the class whose score you need',
    ],
    [
      'a positive class of a mean',
      () => metrics.precision([0, 1], [0, 1], { average: 'macro', positive: 1 }),
      `precision: expected no option positive with average 'macro', got 1: omit positive: only 'binary' uses it`,
    ],
    [
      'another share of nothing',
      () => metrics.f1Score([0, 1], [0, 1], { zeroDivision: 0.5 }),
      'f1Score: expected zeroDivision of 0, 1 or NaN, got 0.5: pass a number of 0, 1 or NaN',
    ],
    [
      'matrices of other labels',
      () =>
        metrics.mergeConfusionMatrices([
          metrics.confusionMatrix([0], [1]),
          metrics.confusionMatrix([0], [0]),
        ]),
      'mergeConfusionMatrices: expected matrices with the same labels in the same order, got [0] and [0, 1]: set the option labels of confusionMatrix',
    ],
    [
      'lists for a matrix',
      () => metrics.classificationReport(any({ labels: [0], counts: [0] })),
      'classificationReport: expected a confusion matrix { labels, counts } with a row and a column of counts for each label, got an array of 1: pass the result of confusionMatrix(truth, predicted)',
    ],
    [
      'one class only',
      () => metrics.rocAuc([1, 1], [0.2, 0.4]),
      'rocAuc: expected examples of class 1 and of others in truth, got only examples of this class: evaluate more examples: the area is undefined without both',
    ],
    [
      'scores that do not fit',
      () => metrics.rocAuc([0, 1], [0.1, 0.2, 0.3]),
      'rocAuc: expected scores [2] or [2, classes], one row for each truth, got 3 numbers: pass both in the same order, with one row for each example',
    ],
    [
      'a class without a column',
      () => metrics.topKAccuracy([0, 2], [0.1, 0.9, 0.5, 0.5], { k: 1 }),
      'topKAccuracy: expected a class, 0 … 1, at truth[1], got 2: scores have 2 columns',
    ],
    [
      'ragged rows',
      () => metrics.brierScore([0, 1], [[0.5, 0.5], [1]]),
      'brierScore: expected rows of 2 probabilities, as in the first row, got 1 in row 1: if there is one score per example, pass one flat array',
    ],
    [
      'a score that is not finite',
      () => metrics.averagePrecision([0, 1], [0.5, Number.NaN]),
      'averagePrecision: expected scores of finite numbers, got NaN at row 1: check how this value was computed',
    ],
    [
      'no example of the class',
      () => metrics.averagePrecision([0, 0], [0.5, 0.1]),
      'averagePrecision: expected at least one example of class 1 in truth, got none: evaluate more examples: average precision is undefined without this class',
    ],
    [
      'logits for probabilities',
      () => metrics.calibrationError([0, 1], [0.5, 2.5]),
      'calibrationError: expected probabilities in 0 … 1, got 2.5 at row 1: apply softmax or sigmoid to logits first',
    ],
    [
      'rows without a sum of 1',
      () => metrics.brierScore([0, 1], [0.5, 0.5, 0.5, 0.25]),
      'brierScore: expected rows of probabilities whose sum is 1, got the sum 0.75 at row 1: apply softmax or sigmoid to logits first',
    ],
    [
      'all classes',
      () => metrics.topKAccuracy([0, 1], [0.5, 0.5, 0.5, 0.5], { k: 2 }),
      'topKAccuracy: expected k in 1 … 1, got 2: with all classes every example is correct',
    ],
    [
      'several columns where one is meant',
      () => metrics.averagePrecision([0, 1], [0.5, 0.5, 0.5, 0.5]),
      "averagePrecision: expected one score per example, got 2: call the function once for each class, with the class's column of scores, and a truth of 1 for the class and 0 for the others",
    ],
  ])('%s', (_what, run, message) => {
    expect(messageOf(run)).toBe(message);
  });
});

/** The functions' valid arguments, near misses, and arbitrary values. */
const value = fc.oneof(
  fc.anything({ withBigInt: true, withTypedArray: true, withMap: true, withNullPrototype: true }),
  fc.constantFrom<unknown>(
    'a b',
    'intl',
    ['a', 'b'],
    [['a'], ['b']],
    [0, 1],
    [
      [0.5, 0.5],
      [0, 1],
    ],
  ),
  fc.constantFrom<unknown>(
    [1n],
    [
      [1n, 2n],
      [1n, 2n],
    ],
    new Float32Array(2),
    new BigInt64Array(2),
    new Array(2),
    null,
  ),
);
const known = fc.constantFrom(
  ...[
    'hypotheses',
    'references',
    'hypothesis',
    'reference',
    'tokenize',
    'smoothMethod',
    'smoothValue',
    'unit',
  ],
  ...['maxNgramOrder', 'lowercase', 'charOrder', 'labels', 'counts', 'k', 'bins', 'average', 'zeroDivision'],
);
const record = fc.dictionary(known, value, { maxKeys: 4 });
const argument = fc.oneof(value, record);

test('whatever is given, the answer is a value or an error of ours', () => {
  const functions = Object.entries(metrics) as unknown as [string, (...given: unknown[]) => unknown][];
  expect(functions.length).toBeGreaterThan(25);
  const running = ['update', 'merge'].flatMap((method) =>
    [() => bleu(), () => chrf(), () => errorRate({ unit: 'word' })].map(
      (make) => (given: unknown) =>
        (make() as unknown as Record<string, (x: unknown) => unknown>)[method]!(given),
    ),
  );
  const calls = [...functions.map(([, call]) => call), ...running];
  fc.assert(
    fc.property(fc.constantFrom(...calls), fc.array(argument, { maxLength: 3 }), (call, given) => {
      try {
        call(...given);
      } catch (error) {
        if (error instanceof Error && error.name === 'UnrolledError') return;
        throw error;
      }
    }),
    { numRuns: 4000 },
  );
});
