import { readFileSync } from 'node:fs';
import { byteVocabulary, trainSubwords, vocabularyFromJSON } from '@unrolled/data';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

interface Fixture {
  readonly base: 'byte' | 'character';
  readonly size: number;
  readonly minimumCount: number;
  readonly text: string;
  readonly merges: readonly (readonly number[])[];
  readonly encodings: readonly { readonly text: string; readonly ids: readonly number[] }[];
}

/** The file written by `fixtures/make_subwords.py`. */
const fixture = (name: string): Fixture =>
  JSON.parse(readFileSync(new URL(`../../../fixtures/subwords/${name}.json`, import.meta.url), 'utf8'));

describe.each(['characters', 'characters-exhausted', 'bytes'])('as PyPI tokenizers learns %s', (name) => {
  const { base, size, minimumCount, text, merges, encodings } = fixture(name);
  const vocabulary = trainSubwords(text, { base, size, minimumCount });

  test('the same merges in the same order', () => {
    expect(vocabulary.merges).toEqual(merges);
    expect(vocabulary.size).toBe(size);
  });

  test('the same ids of texts that were not trained on', () => {
    for (const { text, ids } of encodings) expect([...vocabulary.encode(text)]).toEqual(ids);
  });
});

const TEXT = 'the cat, the hat\n\tthe  theatre — naïve café 東京 東京 🙂🙂 aaaa aaaaa\u2028x';

describe('trainSubwords', () => {
  const bytes = trainSubwords(TEXT, { size: 300, endOfSequence: true });

  test('decoding gives any text back, as bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer(), (text, seed) => {
        expect(bytes.decode(bytes.encode(text))).toBe(text);
        expect(bytes.decode(bytes.encode(text, { dropout: 0.3, seed }))).toBe(text);
        expect(bytes.encode(bytes.split(text))).toEqual(bytes.encode(text));
      }),
      { numRuns: 200 },
    );
    expect(bytes.decode(bytes.encode(TEXT))).toBe(TEXT);
  });

  test('the order of texts makes no difference, nor that they come apart', () => {
    const lines = ['low lower lowest', 'new newer newest', 'wide wider widest', 'low new wide'];
    const one = trainSubwords(lines, { size: 290 });
    expect(trainSubwords([...lines].reverse(), { size: 290 }).toJSON()).toEqual(one.toJSON());
    expect(one.merges.length).toBeGreaterThan(10);
  });

  test('a decoder writes characters when they have all their bytes', () => {
    const plain = trainSubwords('x', { size: 256 });
    const decoder = plain.decoder();
    expect(Array.from(plain.encode('é🙂'), (id) => decoder.write(id))).toEqual(['', 'é', '', '', '', '🙂']);
    decoder.write(0xe2);
    expect(decoder.end()).toBe('\ufffd');
    expect(plain.tokens).toEqual(byteVocabulary().tokens);
  });

  test('special tokens end a sequence and stand for what is lacking', () => {
    const words = trainSubwords('ab ab ab', {
      size: 8,
      base: 'character',
      endOfSequence: true,
      unknown: true,
    });
    expect(words.tokens).toEqual([' ', 'a', 'b', 'ab', ' ab', '<EOS>', '<UNK>']);
    const ids = words.encode('ab cb', { appendEndOfSequence: true });
    expect([...ids]).toEqual([3, 0, 6, 2, 5]);
    expect(words.split('ab cb')).toEqual(['ab', ' ', 'c', 'b']);
    expect(words.decode(ids, { stopAtEndOfSequence: true })).toBe('ab <UNK>b');
  });

  test('a text that looks like a byte’s name is not mixed up with the byte', () => {
    const names = trainSubwords('<0xFF> <0xFF> <0xFF>'.repeat(5), { size: 400 });
    expect(new Set(names.tokens).size).toBe(names.size);
    expect(names.decode(names.encode('<0xFF>'))).toBe('<0xFF>');
  });

  test('dropout cuts words into more parts, the same ones for the same seed', () => {
    const text = 'the theatre '.repeat(50);
    const [whole, first, again, other] = [
      {},
      { dropout: 0.5 },
      { dropout: 0.5 },
      { dropout: 0.5, seed: 1 },
    ].map((options) => bytes.encode(text, options));
    expect(first).toEqual(again);
    expect(first).not.toEqual(other);
    expect(first!.length).toBeGreaterThan(1.2 * whole!.length);
  });
});

describe('saved', () => {
  const vocabulary = trainSubwords(TEXT, { size: 40, base: 'character', unknown: true });
  const json = vocabulary.toJSON();

  test.each([vocabulary, trainSubwords(TEXT, { size: 280 })])('read again it is the same', (one) => {
    const back = vocabularyFromJSON(JSON.parse(JSON.stringify(one)));
    expect(back.toJSON()).toEqual(one.toJSON());
    expect(back.encode(TEXT)).toEqual(one.encode(TEXT));
  });

  test.each([
    [{ ...json, base: 'word' }, "expected a base of 'byte' or 'character', got \"word\""],
    [{ ...json, merges: 3 }, 'expected an array of merges, got 3'],
    [{ ...json, merges: [[0, 99]] }, 'expected merge 0 to join two tokens before it'],
    [{ ...json, merges: json.merges.slice(1) }, 'to join two tokens before it'],
    [
      { ...json, tokens: [...json.tokens.slice(0, -1), 'zz', '<UNK>'] },
      'the tokens that result from the base',
    ],
    [{ ...json, unit: 'word' }, 'expected only the keys unit, tokens, endOfSequence and unknown'],
    [{ ...json, other: 1 }, 'expected only the keys unit, tokens, base, merges'],
    [{ unit: 'subword', base: 'byte', tokens: [], merges: [[0, 0]] }, 'expected merge 0'],
  ])('what no vocabulary wrote is refused', (changed, message) => {
    expect(() => vocabularyFromJSON(changed)).toThrow(message);
  });

  test('merges that double a token again and again are refused before they fill the memory', () => {
    const merges = Array.from({ length: 60 }, (_, rank) =>
      rank === 0 ? [97, 97] : [255 + rank, 255 + rank],
    );
    const tokens = [
      ...byteVocabulary().tokens,
      ...merges.map((_, rank) => 'a'.repeat(2 ** Math.min(rank + 1, 10))),
    ];
    expect(() => vocabularyFromJSON({ unit: 'subword', base: 'byte', tokens, merges })).toThrow('expected');
  });
});

describe('refused', () => {
  test.each([
    [() => trainSubwords('abc', { size: 100 }), 'expected a size of 256 … 16777216'],
    [() => trainSubwords('', { size: 300 }), 'expected a text'],
    [() => trainSubwords([], { size: 300 }), 'expected a text'],
    [() => trainSubwords(['a', 3 as never], { size: 300 }), 'each text'],
    [
      () => trainSubwords('a', { size: 300, unknown: true }),
      "expected no unknown token with the base 'byte'",
    ],
    [() => trainSubwords('abab', { size: 9, base: 'character', endOfSequence: 'ab' }), "got 'ab'"],
    [
      () => trainSubwords('a', { size: 300 }).encode('a', { dropout: 1 }),
      'expected a dropout in [0, 1), got 1',
    ],
    [() => trainSubwords('a', { size: 3, base: 'character' }).encode('b'), "got 'b' (U+0062) at position 0"],
  ])('%s', (call, message) => {
    expect(call).toThrow(message);
  });
});
