import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type BleuOptions,
  type BleuScore,
  bleu,
  type ChrfOptions,
  type ChrfScore,
  chrf,
  corpusBleu,
  corpusChrf,
  sentenceBleu,
  sentenceChrf,
} from '../src/index';
import { fixed } from '../src/text/fixed';
import { expectClose, fixture } from './support';

interface Case {
  case: string;
  hypotheses: string[];
  references: string[][];
  bleu: (BleuScore & { options: BleuOptions })[];
  chrf: (ChrfScore & { options: ChrfOptions })[];
  sentences: { bleu: BleuScore; chrf: ChrfScore }[];
}

/** Every number within rounding of exp and log, every text and count as it stands. */
function expectBleu(found: BleuScore, { score, precisions, brevityPenalty, ...exactly }: BleuScore): void {
  const { score: _score, precisions: _precisions, brevityPenalty: _penalty, ...others } = found;
  expect(others).toEqual(exactly);
  expectClose(found.score, score);
  expectClose(found.brevityPenalty, brevityPenalty);
  precisions.forEach((precision, order) => {
    expectClose(found.precisions[order]!, precision);
  });
}

function expectChrf(found: ChrfScore, { score, ...exactly }: ChrfScore): void {
  expect(found).toEqual({ ...exactly, score: found.score });
  expectClose(found.score, score);
}

describe.each(fixture<{ cases: Case[] }>('texts').cases)('sacreBLEU: $case', (given) => {
  const { hypotheses, references } = given;

  test.each(given.bleu)('BLEU $options', ({ options, ...expected }) => {
    expectBleu(corpusBleu({ hypotheses, references, ...options }), expected);
  });

  test.each(given.chrf)('chrF $options', ({ options, ...expected }) => {
    expectChrf(corpusChrf({ hypotheses, references, ...options }), expected);
  });

  test('sentences', () => {
    given.sentences.forEach((expected, index) => {
      const pair = { hypothesis: hypotheses[index]!, references: references[index]! };
      expectBleu(sentenceBleu(pair), expected.bleu);
      expectChrf(sentenceChrf({ ...pair, wordOrder: 2 }), expected.chrf);
    });
  });
});

const word = fc.constantFrom('a', 'b', 'c', 'mill', 'tide.', '7,5', '(so)', '가나', '水', 'É', '\u{1d54f}');
const text = fc.array(word, { maxLength: 12 }).map((words) => words.join(' '));
const longText = fc.array(word, { minLength: 4, maxLength: 12 }).map((words) => words.join(' '));
const corpus = fc.array(fc.tuple(text, fc.array(text, { minLength: 1, maxLength: 3 })), {
  minLength: 1,
  maxLength: 8,
});
const split = (pairs: [string, string[]][]) => ({
  hypotheses: pairs.map(([hypothesis]) => hypothesis),
  references: pairs.map(([, references]) => references),
});

describe('laws', () => {
  test('what is identical has 100, and a hypothesis has 100 among other references too', () => {
    fc.assert(
      fc.property(longText, text, (same, other) => {
        const pair = { hypotheses: [same], references: [[other, same]] };
        expectClose(corpusChrf(pair).score, 100);
        expectClose(corpusBleu({ hypotheses: [same], references: [same] }).score, 100);
        expectClose(corpusBleu({ ...pair, tokenize: 'none' }).score, 100);
      }),
    );
  });

  test('scores are in 0 … 100, and the order of examples and of references makes no difference', () => {
    fc.assert(
      fc.property(corpus, (pairs) => {
        const turned = pairs.map(
          ([hypothesis, references]) => [hypothesis, [...references].reverse()] as [string, string[]],
        );
        for (const score of [corpusBleu, corpusChrf]) {
          const found = score(split(pairs));
          expect(found.score).toBeGreaterThanOrEqual(0);
          expect(found.score).toBeLessThanOrEqual(100.0000001);
          expect(score(split([...pairs].reverse()))).toEqual(found);
        }
        expect(corpusBleu(split(turned))).toEqual(corpusBleu(split(pairs)));
      }),
    );
  });

  test('halves that are merged, through JSON, are the whole', () => {
    fc.assert(
      fc.property(corpus, fc.nat(8), (pairs, cut) => {
        for (const [make, score] of [
          [() => bleu({ tokenize: 'intl' }), corpusBleu(split2(pairs, { tokenize: 'intl' }))],
          [() => chrf({ wordOrder: 2 }), corpusChrf(split2(pairs, { wordOrder: 2 }))],
        ] as const) {
          const [head, tail] = [make(), make()];
          pairs.forEach(([hypothesis, references], index) => {
            (index < cut ? head : tail).update({ hypothesis, references });
          });
          const whole = make();
          whole.merge(JSON.parse(JSON.stringify(tail.statistics())));
          whole.merge(JSON.parse(JSON.stringify(head.statistics())));
          expect(whole.compute()).toEqual(score);
        }
      }),
    );
  });

  test('n-grams counted by hand', () => {
    // Brute force over one tokenizer: every n-gram of the hypothesis is looked for among those of the
    // reference that are left.
    const matches = (h: string[], r: string[], n: number) => {
      const left = r.slice(n - 1).map((_, i) => r.slice(i, i + n).join(' '));
      return h.slice(n - 1).filter((_, i) => {
        const at = left.indexOf(h.slice(i, i + n).join(' '));
        if (at >= 0) left.splice(at, 1);
        return at >= 0;
      }).length;
    };
    fc.assert(
      fc.property(longText, longText, (hypothesis, reference) => {
        const { counts, totals } = sentenceBleu({ hypothesis, references: reference, tokenize: 'none' });
        const [h, r] = [hypothesis.split(' '), reference.split(' ')];
        expect(counts).toEqual([1, 2, 3, 4].map((n) => matches(h, r, n)));
        expect(totals).toEqual([0, 1, 2, 3].map((less) => h.length - less));
      }),
    );
  });
});

function split2<O>(pairs: [string, string[]][], options: O) {
  return { ...split(pairs), ...options };
}

test('empty statistics change nothing', () => {
  const example = { hypothesis: 'a b c d e', references: ['a b c d', 'b'] };
  for (const make of [bleu, chrf]) {
    const running = make();
    running.update(example);
    const before = running.compute();
    running.merge(make().statistics() as never);
    expect(running.compute()).toEqual(before);
    const other = make();
    other.merge(running.statistics() as never);
    expect(other.compute()).toEqual(before);
  }
});

test('prints ties to the even digit, as Python does', () => {
  expect([6.25, 18.75, 0.125, 2.5, 0.375].map((value) => fixed(value, 1))).toEqual([
    '6.2',
    '18.8',
    '0.1',
    '2.5',
    '0.4',
  ]);
  expect([0.125, 0.375, 12.345, 1.005, 62.5].map((value) => fixed(value, 2))).toEqual([
    '0.12',
    '0.38',
    '12.35',
    '1.00',
    '62.50',
  ]);
  // A value beside a tie is no tie.
  expect([0.15, 0.25, 0.35].map((value) => fixed(value, 1))).toEqual(['0.1', '0.2', '0.3']);
});
