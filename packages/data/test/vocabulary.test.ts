import { createVocabulary, vocabularyFromJSON, vocabularyOf } from '@unrolled/data';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageOf } from './support';

/** Any text of code points: lone surrogates are not, and no UTF-8 file has them. */
const text = fc.string({ unit: 'binary', minLength: 1 });

describe('order', () => {
  test('is that of first appearance, then the special tokens', () => {
    expect(createVocabulary('hihello').tokens).toEqual(['h', 'i', 'e', 'l', 'o']);
    expect(createVocabulary('ba', { endOfSequence: true, unknown: '?' }).tokens).toEqual([
      'b',
      'a',
      '<EOS>',
      '?',
    ]);
  });

  test('by code point is not that of UTF-16 units', () => {
    // U+FF5E is above the surrogates that stand for U+1F600.
    expect(createVocabulary('😀～b', { order: 'code-point' }).tokens).toEqual(['b', '～', '😀']);
    expect(createVocabulary(['ab', 'a', 'b', 'a'], { order: 'code-point' }).tokens).toEqual(['a', 'ab', 'b']);
  });

  test('does not depend on the text when it is by code point', () => {
    fc.assert(
      fc.property(text, (value) => {
        const reversed = Array.from(value).reverse().join('');
        const options = { order: 'code-point' } as const;
        expect(createVocabulary(reversed, options).tokens).toEqual(createVocabulary(value, options).tokens);
      }),
    );
  });
});

describe('encode and decode', () => {
  test('decode ∘ encode is the identity', () => {
    fc.assert(
      fc.property(text, fc.boolean(), (value, appendEndOfSequence) => {
        const vocabulary = createVocabulary(value, { endOfSequence: '<EOS>', unknown: true });
        const ids = vocabulary.encode(value, { appendEndOfSequence });
        expect(ids.length).toBe(Array.from(value).length + Number(appendEndOfSequence));
        expect(vocabulary.decode(ids, { stopAtEndOfSequence: true })).toBe(value);
      }),
    );
  });

  test("are the lab's: hello over h e l o <EOS>", () => {
    const vocabulary = vocabularyOf(['h', 'e', 'l', 'o', '<EOS>'], { endOfSequence: true });
    expect(vocabulary.size).toBe(5);
    expect([...vocabulary.encode('hello', { appendEndOfSequence: true })]).toEqual([0, 1, 2, 2, 3, 4]);
    expect(vocabulary.decode([1, 2, 2, 3, 4, 0])).toBe('ello<EOS>h');
    expect(vocabulary.decode([1, 2, 2, 3, 4, 0], { stopAtEndOfSequence: true })).toBe('ello');
  });

  test('take lists of tokens', () => {
    const vocabulary = createVocabulary(['the', 'ship', 'the'], { unknown: true });
    expect([...vocabulary.encode(['ship', 'the', 'sea'])]).toEqual([1, 0, 2]);
  });

  test('name a character that the vocabulary lacks', () => {
    const vocabulary = createVocabulary('ab😀');
    expect(messageOf(() => vocabulary.encode('a😀é'))).toBe(
      "encode: expected only tokens of the vocabulary, which has 3, got 'é' (U+00E9) at position 2: remove the token, or create the vocabulary with an unknown token",
    );
    expect(messageOf(() => vocabulary.encode('🙃'))).toContain("'🙃' (U+1F643) at position 0");
    expect(messageOf(() => vocabulary.encode('\n'))).toContain("'\\n' (U+000A) at position 0");
  });

  test('give the unknown token for it when there is one', () => {
    const vocabulary = createVocabulary('ab', { unknown: true });
    expect([...vocabulary.encode('a😀b')]).toEqual([0, vocabulary.unknownId, 1]);
    expect(vocabulary.id('zzz')).toBe(2);
    expect(vocabulary.has('zzz')).toBe(false);
  });

  test('never take a special token out of a text', () => {
    const vocabulary = createVocabulary('<EOS>', { endOfSequence: true });
    expect(vocabulary.encode('<EOS>').length).toBe(5);
    expect(vocabulary.encode('<EOS>')).not.toContain(vocabulary.endOfSequenceId);
  });

  test('refuse what they cannot do', () => {
    const vocabulary = createVocabulary('ab');
    expect(messageOf(() => vocabulary.decode([0, 2]))).toContain(
      'vocabulary: expected an id in 0 … 1, got 2',
    );
    expect(messageOf(() => vocabulary.decode([-1]))).toContain('got -1');
    expect(messageOf(() => vocabulary.encode('a', { appendEndOfSequence: true }))).toContain(
      'endOfSequence: true',
    );
    expect(messageOf(() => vocabulary.decode([0], { stopAtEndOfSequence: true }))).toContain(
      'endOfSequence: true',
    );
    expect(messageOf(() => vocabulary.id('c'))).toContain("'c' (U+0063)");
    expect(messageOf(() => vocabulary.encode(7 as never))).toContain('got 7');
  });

  test('are quick on millions of characters and thousands of tokens', () => {
    const syllables = Array.from({ length: 11_172 }, (_, index) => String.fromCodePoint(0xac00 + index)).join(
      '',
    );
    const long = syllables.repeat(150); // 1.7 million characters, 5 MB of UTF-8
    const start = performance.now();
    const vocabulary = createVocabulary(long);
    const ids = vocabulary.encode(long);
    expect(performance.now() - start).toBeLessThan(2000);
    expect(vocabulary.size).toBe(11_172);
    expect(ids.at(-1)).toBe(11_171);
    expect(vocabulary.decode(ids)).toBe(long);
  });
});

describe('creation', () => {
  test('refuses texts and tokens that make no vocabulary', () => {
    expect(messageOf(() => createVocabulary(''))).toBe(
      'createVocabulary: expected a text, got an empty text: pass a text of at least one character',
    );
    expect(messageOf(() => createVocabulary('a$', { endOfSequence: '$' }))).toContain("got '$' (U+0024)");
    expect(messageOf(() => createVocabulary('a', { order: 'random' as never }))).toContain('"random"');
    expect(messageOf(() => vocabularyOf([]))).toContain('at least one token');
    expect(messageOf(() => vocabularyOf(['a', '']))).toContain('at least one character');
    expect(messageOf(() => vocabularyOf(['a', 'b', 'a']))).toContain("'a' (U+0061) twice");
    expect(messageOf(() => vocabularyOf(['a'], { endOfSequence: '#', unknown: '#' }))).toContain('for both');
    expect(messageOf(() => vocabularyOf('abc' as never))).toContain('createVocabulary');
  });

  test('gives something that cannot be changed', () => {
    const vocabulary = createVocabulary('ab');
    expect(() => (vocabulary.tokens as string[]).push('c')).toThrow(TypeError);
    (vocabulary.toJSON().tokens as string[]).push('c');
    expect(vocabulary.size).toBe(2);
  });
});

describe('JSON', () => {
  test('round trips', () => {
    fc.assert(
      fc.property(text, fc.boolean(), fc.boolean(), (value, endOfSequence, unknown) => {
        const vocabulary = createVocabulary(value, { endOfSequence, unknown });
        const again = vocabularyFromJSON(JSON.parse(JSON.stringify(vocabulary)));
        expect(again.tokens).toEqual(vocabulary.tokens);
        expect(again.endOfSequenceId).toBe(vocabulary.endOfSequenceId);
        expect(again.unknownId).toBe(vocabulary.unknownId);
      }),
    );
  });

  test.each([
    [null, 'got null'],
    [[], 'got []'],
    [{ tokens: 'ab' }, 'whose `tokens` is an array of strings'],
    [{ tokens: ['a', 1] }, 'whose `tokens` is an array of strings'],
    [{ tokens: [] }, 'at least one token'],
    [{ tokens: ['a', 'a'] }, 'twice'],
    [{ tokens: ['a'], endOfSequence: 'b' }, 'special tokens that are also in `tokens`, got "b"'],
    [{ tokens: ['a'], unknown: null }, 'special tokens that are also in `tokens`, got null'],
    [{ tokens: ['a'], size: 1 }, 'only the keys unit, tokens, endOfSequence and unknown, got ["size"]'],
  ])('is refused when it is %j', (json, message) => {
    expect(messageOf(() => vocabularyFromJSON(json))).toContain(message);
  });
});
