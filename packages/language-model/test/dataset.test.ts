import {
  contiguousBatches,
  createCorpus,
  sliceTokens,
  type TokenSource,
  trainSubwords,
} from '@unrolled/data';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Cut, prepareDataset } from '../src/text/dataset';

const prepare = (text: string, cut: Cut) => prepareDataset(createCorpus(text), cut);
const all = (tokens: TokenSource) => tokens.read(0, tokens.length);
const cut = { validation: 0.25, sequenceLength: 4, batchSize: 2 };

describe('the parts of a text', () => {
  test('validation is the end of the text, after one character of context', () => {
    const { vocabulary, train, validation } = prepare('abcabcabcabcabca', cut);
    expect(vocabulary.tokens).toEqual(['a', 'b', 'c']);
    expect(vocabulary.decode(all(train))).toBe('abcabcabcabc');
    expect(vocabulary.decode(all(validation.tokens))).toBe('cabca');
  });

  test('a character outside the basic plane is one character', () => {
    const { vocabulary, train, validation } = prepare('🐋a🐋a🐋a🐋a🐋a🐋a🐋a🐋a', cut);
    expect(train.length).toBe(12);
    expect(vocabulary.decode(all(validation.tokens))).toBe('a🐋a🐋a');
    expect(vocabulary.size).toBe(2);
  });

  test('there is an unknown token only where validation has characters that training lacks', () => {
    expect(prepare('abababababababab', cut).vocabulary.unknownId).toBeUndefined();
    const { vocabulary, validation } = prepare('abababababababxy', cut);
    expect(validation.unknownTokens).toBe(2);
    expect(vocabulary.unknownId).toBe(2);
    expect([...all(validation.tokens)]).toEqual([1, 0, 1, 2, 2]);
  });

  test('a batch has fewer rows where the text has no room for more', () => {
    expect(prepare('ab'.repeat(500), { ...cut, batchSize: 50 }).batchSize).toBe(50);
    expect(prepare('ab'.repeat(20), { ...cut, batchSize: 50 }).batchSize).toBe(7);
  });

  test('what is left out of the validation set is less than a token a row; its batches use up the rest', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 40, max: 3000 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 20 }),
        fc.double({ min: 0.01, max: 0.4, noNaN: true }),
        (length, batchSize, sequenceLength, share) => {
          const text = 'ab'.repeat(length).slice(0, length);
          const data = prepare(text, { batchSize, sequenceLength, validation: share });
          const { validation } = data;
          const used = validation.tokens.length - 1;
          const batches = contiguousBatches(validation.tokens, {
            batchSize: validation.batchSize,
            sequenceLength: validation.sequenceLength,
            lastBatch: 'short',
          });
          expect(batches.tokenCount).toBe(used);
          expect(length - data.train.length - used).toBeLessThan(validation.batchSize);
          expect(validation.batchSize).toBeLessThanOrEqual(batchSize);
          expect(data.batchSize * sequenceLength).toBeLessThan(data.train.length);
        },
      ),
    );
  });

  test('a tenth of a text of a million characters is validated on whole, but for a few', () => {
    const text = 'ab'.repeat(557_697); // as long as tinyshakespeare
    const { validation } = prepare(text, { validation: 0.1, sequenceLength: 50, batchSize: 50 });
    expect(validation.limitedFrom).toBeUndefined();
    expect(111_539 - (validation.tokens.length - 1)).toBeLessThanOrEqual(5);
  });

  test('the test set is the end, and validation goes before it', () => {
    const { vocabulary, train, validation, test } = prepare('abcabcabcabcabcabcda', { ...cut, test: 0.2 });
    expect(vocabulary.decode(all(train))).toBe('abcabcabcab');
    expect(vocabulary.decode(all(validation.tokens))).toBe('bcabca');
    expect(vocabulary.decode(all(test!.tokens))).toBe('abc<UNK>a');
    expect([validation.unknownTokens, test!.unknownTokens]).toEqual([0, 1]);
    expect(prepare('abcabcabcabcabca', cut).test).toBeUndefined();
  });

  test('parts are contiguous, and together the whole', () => {
    const shares = fc.double({ min: 0.01, max: 0.4, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 60, max: 500 }), shares, shares, (length, validation, test) => {
        const corpus = createCorpus('abcdefg'.repeat(80).slice(0, length));
        const parts = prepareDataset(corpus, { validation, test, sequenceLength: 3, batchSize: 1 });
        const ids = [parts.train, sliceOff(parts.validation.tokens), sliceOff(parts.test!.tokens)];
        expect(ids.flatMap((part) => [...all(part)])).toEqual([...all(corpus.tokens)]);
      }),
    );
  });

  test('a limit takes the first of the validation set, and says so', () => {
    const { validation } = prepare('ab'.repeat(500), { ...cut, validationLimit: 100 });
    expect(validation.limitedFrom).toBe(250);
    expect(validation.tokens.length).toBe(101);
    expect(
      prepare('ab'.repeat(500), { ...cut, validationLimit: 250 }).validation.limitedFrom,
    ).toBeUndefined();
  });

  test.each([
    ['character', 1],
    ['byte', 0.5],
    ['word', 2.5],
  ] as const)('a %s of the validation set has %d characters', (unit, characters) => {
    const text = unit === 'byte' ? 'éé'.repeat(100) : 'abcd '.repeat(100);
    const { validation, vocabulary } = prepareDataset(createCorpus(text, { unit }), cut);
    expect(validation.charactersPerToken).toBeCloseTo(characters, 1);
    expect(vocabulary.unit).toBe(unit);
  });

  test('words that come once in the training set are unknown, and all beyond 10,000', () => {
    const words = Array.from({ length: 12_000 }, (_, index) => `w${index}`);
    const text = `${[...words, ...words].join(' ')} once at the end`;
    const { vocabulary } = prepareDataset(createCorpus(text, { unit: 'word' }), { ...cut, validation: 1e-4 });
    expect(vocabulary.size).toBe(10_000);
    const known = (limits: Partial<Cut>) =>
      prepareDataset(createCorpus('a b a b c a b a b a b', { unit: 'word' }), { ...cut, ...limits })
        .vocabulary.tokens;
    expect(known({})).toEqual([' ', 'a', 'b', '<UNK>']);
    expect(known({ minimumCount: 1 })).toEqual([' ', 'a', 'b', 'c']);
    expect(known({ vocabularySize: 2 })).toEqual([' ', '<UNK>']);
  });
});

/** Without the token of context. */
const sliceOff = (tokens: TokenSource) => sliceTokens(tokens, 1, tokens.length);

describe('texts that are refused', () => {
  test('too short: the number of characters in the message is the one that is enough', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0.01, max: 0.9, noNaN: true }),
        (sequenceLength, validation) => {
          const settings = { validation, sequenceLength, batchSize: 3 };
          const needed = Number(
            /at least (\d+) characters/.exec(messageOf(() => prepare('a', settings)))![1],
          );
          const text = 'ab'.repeat(needed);
          expect(prepare(text.slice(0, needed), settings).batchSize).toBe(1);
          expect(() => prepare(text.slice(0, needed - 1), settings)).toThrow('at least');
        },
      ),
    );
  });

  test.each([
    [
      'aaaaaaaaaaaaaaaa',
      '[unrolled/language-model] prepareDataset: expected at least two distinct characters in the training set, got "a" alone: use another text: with one character there is nothing to learn',
    ],
    [
      'aaaaaaaaaaaaaaab',
      '[unrolled/language-model] prepareDataset: expected at least two distinct characters in the training set, got "a" alone: use more text',
    ],
    [
      'abc',
      '[unrolled/language-model] prepareDataset: expected a text of at least 7 characters (one window of sequenceLength 4 and the character after it, beside validation 0.25 of the text), got 3: use more text, or reduce sequenceLength',
    ],
  ])('%j', (text, message) => {
    expect(messageOf(() => prepare(text, cut))).toBe(message);
  });
});

test('limits of a vocabulary of bytes, and shares that leave nothing, are refused', () => {
  const bytes = createCorpus('abcabcabcabcabcabc', { unit: 'byte' });
  expect(messageOf(() => prepareDataset(bytes, { ...cut, vocabularySize: 100 }))).toBe(
    '[unrolled/language-model] vocabularySize: expected no such option with unit byte, got 100: omit the option: the vocabulary of bytes always has 256 tokens',
  );
  expect(messageOf(() => prepareDataset(bytes, { ...cut, minimumCount: 2 }))).toContain('minimumCount');
  expect(messageOf(() => prepareDataset(bytes, { ...cut, test: 0.75 }))).toBe(
    '[unrolled/language-model] test: expected shares of validation and test that leave tokens for training, got 0.25 and 0.75',
  );
  expect(messageOf(() => prepareDataset(bytes, { ...cut, test: 0.7 }))).toContain(
    'beside validation 0.25 and test 0.7 of the text',
  );
  expect(messageOf(() => prepareDataset(createCorpus('aaaaaaaaaaaaaaaa', { unit: 'byte' }), cut))).toContain(
    'at least two distinct bytes in the training set, got "a" alone',
  );
});

test('a text of characters is not read as the subwords that happen to have them', () => {
  const vocabulary = trainSubwords(['abcabcabcabcabcabc'], { size: 4, base: 'character' });
  expect(messageOf(() => prepareDataset(createCorpus('abcabcabcabcabcabc'), { ...cut, vocabulary }))).toBe(
    '[unrolled/language-model] the text: expected a model of characters, bytes or words to read files, got a model of subwords: encode the texts with vocabulary.encode, and pass their ids',
  );
});

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing was thrown';
}
