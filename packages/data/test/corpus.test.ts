import { countCharacters, createCorpus, encodeCorpus, type TokenSource } from '@unrolled/data';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageOf } from './support';

const all = (tokens: TokenSource) => tokens.read(0, tokens.length);
const unit = fc.constantFrom('character', 'byte', 'word');

describe('createCorpus', () => {
  test('numbers symbols by first appearance, and says where that is', () => {
    const { symbols, tokens, firstPositions } = createCorpus('abba🐋a');
    expect(symbols).toEqual(['a', 'b', '🐋']);
    expect([...all(tokens)]).toEqual([0, 1, 1, 0, 2, 0]);
    expect([...firstPositions]).toEqual([0, 1, 4]);
  });

  test('bytes are their own ids; those that do not occur stand nowhere', () => {
    const { symbols, tokens, firstPositions } = createCorpus('ba', { unit: 'byte' });
    expect(symbols).toHaveLength(256);
    expect([...all(tokens)]).toEqual([98, 97]);
    expect([firstPositions[98], firstPositions[97], firstPositions[99]]).toEqual([
      0,
      1,
      Number.POSITIVE_INFINITY,
    ]);
  });

  test('refuses what is no text', () => {
    expect(messageOf(() => createCorpus(''))).toBe(
      'createCorpus: expected a text, got an empty text: pass a text of at least one character',
    );
    expect(messageOf(() => createCorpus(['a'] as never))).toContain('got an array of 1');
  });
});

describe('encodeCorpus', () => {
  test('knows what the training set has, ordered by code point, and nothing else', () => {
    const { vocabulary, tokens } = encodeCorpus(createCorpus('cabcabxax'), 6);
    expect(vocabulary.tokens).toEqual(['a', 'b', 'c', '<UNK>']);
    expect([...all(tokens)]).toEqual([2, 0, 1, 2, 0, 1, 3, 0, 3]);
    expect(encodeCorpus(createCorpus('cabcab'), 3).vocabulary.unknownId).toBeUndefined();
  });

  test('the vocabulary depends on the training set alone; known tokens decode to the text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', ' ', '가', '🐋'), minLength: 1 }),
        fc.string({ unit: 'binary' }),
        unit,
        (start, end, unit) => {
          const trainingTokens = createCorpus(start, { unit }).tokens.length;
          const corpus = createCorpus(`${start}\0${end}`, { unit });
          const { vocabulary, tokens } = encodeCorpus(corpus, trainingTokens);
          const alone = encodeCorpus(createCorpus(start, { unit }), trainingTokens).vocabulary;
          expect(vocabulary.tokens.filter((token) => token !== '<UNK>')).toEqual(alone.tokens);
          expect(vocabulary.decode(tokens.read(0, trainingTokens))).toBe(start);
        },
      ),
    );
  });

  test('limits count the training set only', () => {
    const corpus = createCorpus('the sea the whale the sea whale whale whale', { unit: 'word' });
    const sized = (limits: object) => encodeCorpus(corpus, 11, limits).vocabulary.tokens;
    expect(sized({ minimumCount: 2 })).toEqual([' ', 'sea', 'the', '<UNK>']);
    expect(sized({ maximumSize: 3 })).toEqual([' ', 'the', '<UNK>']);
    expect(sized({ maximumSize: 4 })).toEqual([' ', 'sea', 'the', 'whale']);
    expect(sized({ minimumCount: 1 })).toEqual([' ', 'sea', 'the', 'whale']);
  });

  test('needs a training set', () => {
    const corpus = createCorpus('abc');
    for (const tokens of [0, 4, 1.5])
      expect(messageOf(() => encodeCorpus(corpus, tokens))).toContain('a training set of 1 … 3 tokens');
    expect(messageOf(() => encodeCorpus(corpus, 3, { minimumCount: 2 }))).toContain('reduce minimumCount');
  });
});

test('countCharacters counts code points, in every unit and range', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', minLength: 1 }),
      unit,
      fc.nat(100),
      fc.nat(100),
      (text, unit, a, b) => {
        const corpus = createCorpus(text, { unit });
        const [start, end] = [a, b]
          .map((place) => Math.min(place, corpus.tokens.length))
          .sort((x, y) => x - y);
        const ids = corpus.tokens.read(start!, end!);
        const characters =
          unit === 'byte'
            ? ids.filter((byte) => (byte & 0xc0) !== 0x80).length
            : Array.from(Array.from(ids, (id) => corpus.symbols[id]).join('')).length;
        expect(countCharacters(corpus, start!, end!)).toBe(characters);
        expect(countCharacters(corpus, 0, corpus.tokens.length)).toBe(Array.from(text).length);
      },
    ),
  );
});
