import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Alignment,
  alignCharacters,
  alignTokens,
  alignWords,
  characterErrorRate,
  errorRate,
  exactMatch,
  phonemeErrorRate,
  tokenErrorRate,
  wordErrorRate,
} from '../src/index';
import { expectClose, fixture } from './support';

type Chunk = [operation: string, number, number, number, number];
interface Edits {
  errorRate: number;
  hits: number;
  substitutions: number;
  insertions: number;
  deletions: number;
  alignments: Chunk[][];
}
interface Case {
  case: string;
  hypotheses: string[];
  references: string[];
  words: Edits;
  characters?: Edits;
}

/** Pairs as jiwer's chunks: operations of one kind together, with where they begin and end on both sides. */
function chunksOf({ pairs }: Alignment): Chunk[] {
  const chunks: Chunk[] = [];
  let [r, h] = [0, 0];
  for (const { operation, reference, hypothesis } of pairs) {
    if (chunks.at(-1)?.[0] !== operation) chunks.push([operation, r, r, h, h]);
    if (reference !== undefined) r += 1;
    if (hypothesis !== undefined) h += 1;
    chunks.at(-1)![2] = r;
    chunks.at(-1)![4] = h;
  }
  return chunks;
}

describe.each(fixture<{ cases: Case[] }>('error_rates').cases)('jiwer: $case', (given) => {
  const { hypotheses, references } = given;
  test.each([
    ['words', wordErrorRate, alignWords, given.words],
    ['characters', characterErrorRate, alignCharacters, given.characters],
  ] as const)('%s', (_name, rate, align, expected) => {
    if (!expected) return;
    const { alignments, errorRate: expectedRate, ...counts } = expected;
    const found = rate({ hypotheses, references });
    expect(found).toMatchObject(counts);
    expectClose(found.errorRate, expectedRate);
    const aligned = hypotheses.map((hypothesis, i) =>
      chunksOf(align({ hypothesis, reference: references[i]! })),
    );
    expect(aligned).toEqual(alignments);
  });
});

/** The distance by its definition, for short sequences. */
function distance(a: readonly number[], b: readonly number[]): number {
  if (a.length === 0 || b.length === 0) return a.length + b.length;
  const [head, ...rest] = a;
  const [other, ...others] = b;
  if (head === other) return distance(rest, others);
  return 1 + Math.min(distance(rest, b), distance(a, others), distance(rest, others));
}

const tokens = fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 6 });
const longTokens = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 40 });
const errorsOf = (counts: { substitutions: number; insertions: number; deletions: number }) =>
  counts.substitutions + counts.insertions + counts.deletions;

describe('laws', () => {
  test('as few errors as there can be', () => {
    fc.assert(
      fc.property(tokens, tokens, (reference, hypothesis) => {
        expect(errorsOf(alignTokens({ reference, hypothesis }))).toBe(distance(reference, hypothesis));
      }),
    );
  });

  test('an alignment has every token once, in order, and counts what it shows', () => {
    fc.assert(
      fc.property(longTokens, longTokens, (reference, hypothesis) => {
        const { pairs, ...counts } = alignTokens({ reference, hypothesis });
        const side = (name: 'reference' | 'hypothesis') =>
          pairs.flatMap((pair) => (pair[name] === undefined ? [] : [pair[name]]));
        expect(side('reference')).toEqual(reference);
        expect(side('hypothesis')).toEqual(hypothesis);
        for (const pair of pairs) {
          expect(pair.operation === 'equal').toBe(pair.reference === pair.hypothesis);
        }
        const count = (operation: string) => pairs.filter((pair) => pair.operation === operation).length;
        expect(counts).toMatchObject({
          hits: count('equal'),
          substitutions: count('substitute'),
          insertions: count('insert'),
          deletions: count('delete'),
        });
      }),
    );
  });

  test('no error exactly where both are equal, and as many errors the other way round', () => {
    fc.assert(
      fc.property(longTokens, longTokens, (a, b) => {
        const found = alignTokens({ reference: a, hypothesis: b });
        expect(found.errorRate === 0).toBe(String(a) === String(b));
        expect(alignTokens({ reference: a, hypothesis: [...a] }).errorRate).toBe(0);
        expect(errorsOf(alignTokens({ reference: b, hypothesis: a }))).toBe(errorsOf(found));
      }),
    );
  });

  test('units, halves and token lists agree', () => {
    const words = fc.array(fc.constantFrom('HH', 'AH0', 'L', 'OW1'), { maxLength: 8 });
    fc.assert(
      fc.property(fc.array(fc.tuple(words, words), { minLength: 2, maxLength: 6 }), (pairs) => {
        const hypotheses = pairs.map(([hypothesis]) => hypothesis);
        const references = pairs.map(([, reference]) => reference);
        const texts = {
          hypotheses: hypotheses.map((w) => w.join(' ')),
          references: references.map((w) => w.join('  ')),
        };
        const expected = tokenErrorRate({ hypotheses, references });
        expect(wordErrorRate(texts)).toEqual(expected);
        expect(phonemeErrorRate(texts)).toEqual(expected);
        const [head, tail] = [errorRate({ unit: 'word' }), errorRate({ unit: 'word' })];
        texts.hypotheses.forEach((hypothesis, i) => {
          (i % 2 ? head : tail).update({ hypothesis, references: texts.references[i]! });
        });
        head.merge(JSON.parse(JSON.stringify(tail.statistics())));
        expect(head.compute()).toEqual(expected);
      }),
    );
  });
});

test('of several pronunciations the closest counts, the first of those as close', () => {
  const found = phonemeErrorRate({
    hypotheses: ['T AH M AA T OW', 'R UW T'],
    references: [
      ['T AH M EY T OW', 'T AH M AA T OW'],
      ['R AW T', 'R UW T S'],
    ],
  });
  expect(found).toEqual({
    errorRate: 1 / 9,
    sentenceErrorRate: 0.5,
    hits: 8,
    substitutions: 1,
    insertions: 0,
    deletions: 0,
  });
});

test('an insertion is an error as much as a substitution', () => {
  const references = [['a c x y', 'a b'], 'e f', 'g'];
  expect(wordErrorRate({ hypotheses: ['a b x y', 'e f', 'g'], references })).toEqual({
    errorRate: 1 / 7,
    sentenceErrorRate: 1 / 3,
    hits: 6,
    substitutions: 1,
    insertions: 0,
    deletions: 0,
  });
});

test('an empty reference: the insertions, as in jiwer; among others they count beside the rest', () => {
  expect(wordErrorRate({ hypotheses: ['two words'], references: [''] }).errorRate).toBe(2);
  expect(wordErrorRate({ hypotheses: [''], references: [' '] }).errorRate).toBe(0);
  expect(wordErrorRate({ hypotheses: ['two words', 'a b'], references: ['', 'a b'] }).errorRate).toBe(1);
  expect(wordErrorRate({ hypotheses: [''], references: ['a b'] }).errorRate).toBe(1);
});

test('a tab and a line break separate words', () => {
  expect(wordErrorRate({ hypotheses: ['a\tb\nc'], references: ['a b c'] }).errorRate).toBe(0);
});

test('a character is a code point, and case counts unless it is left out', () => {
  expect(characterErrorRate({ hypotheses: ['\u{1d54f}é'], references: ['\u{1d550}é'] })).toMatchObject({
    substitutions: 1,
    hits: 1,
  });
  const pair = { hypotheses: ['Größe'], references: ['GRÖßE'] };
  expect(characterErrorRate(pair).substitutions).toBe(3);
  expect(characterErrorRate({ ...pair, lowercase: true }).errorRate).toBe(0);
  const other = { hypotheses: ['STRASSE'], references: ['straße'], lowercase: true };
  expect(characterErrorRate(other)).toMatchObject({ substitutions: 1, insertions: 1 });
});

test('ids in typed arrays', () => {
  const found = tokenErrorRate({ hypotheses: [Int32Array.of(1, 2, 3)], references: [Int32Array.of(1, 3)] });
  expect(found).toMatchObject({ errorRate: 0.5, insertions: 1 });
});

test('2,000 tokens a side', () => {
  const reference = Int32Array.from({ length: 2000 }, (_, i) => i % 7);
  const hypothesis = Int32Array.from({ length: 2000 }, (_, i) => (i % 11) % 7);
  const { pairs, hits, substitutions, deletions } = alignTokens({ reference, hypothesis });
  expect(hits + substitutions + deletions).toBe(2000);
  expect(pairs.filter((pair) => pair.operation === 'equal')).toHaveLength(hits);
});

test('exact match', () => {
  const hypotheses = ['grey goose', 'ferry', 'Mill'];
  const references = ['grey goose', ['boat', 'ferry'], 'mill'];
  expect(exactMatch({ hypotheses, references })).toBe(2 / 3);
  expect(exactMatch({ hypotheses, references, lowercase: true })).toBe(1);
});
