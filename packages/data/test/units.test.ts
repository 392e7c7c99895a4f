import { byteVocabulary, createVocabulary, vocabularyFromJSON, vocabularyOf } from '@unrolled/data';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageOf } from './support';

const text = fc.string({ unit: 'binary', minLength: 1 });
/** Texts in which words are long, and often broken by what does not belong to them. */
const prose = fc.string({
  unit: fc.constantFrom('a', 'é', 'e\u0301', '9', "'", '’', ' ', '\n', '-', '가', '🐋', '\ufeff', '\0'),
  minLength: 1,
  maxLength: 200,
});

describe('words', () => {
  test.each([
    ["Don't stop, naïve 42nd!", ["Don't", ' ', 'stop', ',', ' ', 'naïve', ' ', '42nd', '!']],
    ["'tis the sailors' l’été", ["'", 'tis', ' ', 'the', ' ', 'sailors', "'", ' ', 'l’été']],
    ['a\r\n\r\nb\t c', ['a', '\r\n\r\n', 'b', '\t ', 'c']],
    ['배가 왔다.', ['배가', ' ', '왔다', '.']],
    ['🐋🐋...', ['🐋', '🐋', '.', '.', '.']],
    ["x''y", ['x', "'", "'", 'y']],
  ])('of %j', (value, words) => {
    expect(createVocabulary('x', { unit: 'word' }).split(value)).toEqual(words);
  });

  test('end after 64 code points at most', () => {
    const words = createVocabulary('x', { unit: 'word' }).split('e'.repeat(150) + ' '.repeat(65));
    expect(words.map((word) => word.length)).toEqual([64, 64, 22, 64, 1]);
  });

  test('decode ∘ encode is the identity', () => {
    fc.assert(
      fc.property(fc.oneof(text, prose), (value) => {
        const vocabulary = createVocabulary(value, { unit: 'word' });
        expect(vocabulary.split(value).join('')).toBe(value);
        const again = vocabularyFromJSON(JSON.parse(JSON.stringify(vocabulary)));
        expect(again.unit).toBe('word');
        expect(again.decode(vocabulary.encode(value))).toBe(value);
        expect(again.encode(value)).toEqual(vocabulary.encode(value));
      }),
    );
  });

  test('that are missing are named, or the unknown token', () => {
    const known = createVocabulary('the ship', { unit: 'word' });
    expect(messageOf(() => known.encode('the whale'))).toContain("got 'whale' at position 2");
    const vocabulary = createVocabulary('the ship', { unit: 'word', unknown: true });
    expect(vocabulary.decode(vocabulary.encode('the whale'))).toBe('the <UNK>');
  });
});

describe('limits', () => {
  const verse = 'the whale and the ship and the sea';

  test('a minimum count leaves the rarer tokens out', () => {
    const options = { unit: 'word', unknown: true, minimumCount: 2 } as const;
    const vocabulary = createVocabulary(verse, options);
    expect(vocabulary.tokens).toEqual(['the', ' ', 'and', '<UNK>']);
    expect(vocabulary.decode(vocabulary.encode(verse))).toBe('the <UNK> and the <UNK> and the <UNK>');
  });

  test('a maximum size keeps the commonest, of equals the first, in the order asked for', () => {
    const sized = (maximumSize: number, more = {}) =>
      createVocabulary(verse, { unit: 'word', unknown: true, maximumSize, ...more }).tokens;
    expect(sized(5)).toEqual(['the', ' ', 'whale', 'and', '<UNK>']);
    expect(sized(5, { order: 'code-point' })).toEqual([' ', 'and', 'the', 'whale', '<UNK>']);
    expect(sized(2)).toEqual([' ', '<UNK>']);
    expect(sized(99)).toHaveLength(7);
    expect(createVocabulary('aab', { maximumSize: 1 }).tokens).toEqual(['a']);
  });

  test('that make no sense are refused', () => {
    const limited = (limits: object) => messageOf(() => createVocabulary(verse, { unit: 'word', ...limits }));
    expect(limited({ minimumCount: 9 })).toBe(
      'createVocabulary: expected a text in which some token occurs 9 times, got no such token: reduce minimumCount',
    );
    expect(limited({ minimumCount: 0 })).toContain('minimumCount');
    expect(limited({ maximumSize: 0 })).toContain('maximumSize to be a positive integer');
    expect(limited({ maximumSize: 1, unknown: true })).toContain('at least 2');
  });
});

describe('bytes', () => {
  const vocabulary = byteVocabulary();

  test('are 256 tokens, ASCII by its characters', () => {
    expect(vocabulary.size).toBe(256);
    expect(new Set(vocabulary.tokens).size).toBe(256);
    expect(vocabulary.id('a')).toBe(97);
    expect(vocabulary.token(0xe9)).toBe('<0xE9>');
    expect(vocabulary.has('\n')).toBe(true);
    expect(vocabulary.has('é')).toBe(false);
    expect(vocabulary.split('é!')).toEqual(['<0xC3>', '<0xA9>', '!']);
    expect(vocabulary.encode(['<0xC3>', '<0xA9>'])).toEqual(vocabulary.encode('é'));
  });

  test('decode ∘ encode is the identity, at once and one by one, a byte order mark included', () => {
    fc.assert(
      fc.property(fc.oneof(text, prose), (value) => {
        const again = vocabularyFromJSON(JSON.parse(JSON.stringify(vocabulary)));
        const ids = again.encode(value);
        expect(again.decode(ids)).toBe(value);
        const decoder = again.decoder();
        expect(Array.from(ids, (id) => decoder.write(id)).join('') + decoder.end()).toBe(value);
      }),
    );
  });

  test('one by one, a character comes with its last byte; what never becomes one is U+FFFD', () => {
    const decoder = vocabulary.decoder();
    expect(Array.from(vocabulary.encode('a가'), (id) => decoder.write(id))).toEqual(['a', '', '', '가']);
    expect(decoder.write(0xe9)).toBe('');
    expect(decoder.write(0x41)).toBe('\ufffdA');
    expect(decoder.write(0xf0) + decoder.end()).toBe('\ufffd');
    expect(vocabulary.decode([0xff, 0x41])).toBe('\ufffdA');
  });

  test('refuse what is no byte, and another set of 256', () => {
    expect(messageOf(() => vocabulary.decode([256]))).toContain(
      'vocabulary: expected an id in 0 … 255, got 256',
    );
    expect(messageOf(() => vocabulary.decoder().write(-1))).toContain('got -1');
    expect(messageOf(() => vocabularyFromJSON({ unit: 'byte', tokens: ['a'] }))).toContain(
      'the 256 tokens of byteVocabulary()',
    );
    expect(messageOf(() => vocabularyFromJSON({ unit: 'syllable', tokens: ['a'] }))).toContain(
      "a unit of 'character', 'byte', 'word' or 'subword', got \"syllable\"",
    );
    expect(messageOf(() => createVocabulary('a', { unit: 'byte' as never }))).toContain('byteVocabulary()');
    expect(messageOf(() => vocabularyOf(['a'], { unit: 'byte' as never }))).toContain('byteVocabulary()');
  });
});

test('a decoder of characters or words gives each token as it is', () => {
  const vocabulary = createVocabulary('the ship', { unit: 'word' });
  const decoder = vocabulary.decoder();
  expect(Array.from(vocabulary.encode('the ship'), (id) => decoder.write(id))).toEqual(['the', ' ', 'ship']);
  expect(decoder.end()).toBe('');
});
