import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { prepareDataset } from '../src/dataset';

const cut = { validation: 0.25, sequenceLength: 4, batchSize: 2 };

describe('the parts of a text', () => {
  test('validation is the end of the text, after one character of context', () => {
    const { vocabulary, train, validation } = prepareDataset('abcabcabcabcabca', cut);
    expect(vocabulary.tokens).toEqual(['a', 'b', 'c']);
    expect(vocabulary.decode(train)).toBe('abcabcabcabc');
    expect(vocabulary.decode(validation)).toBe('cabca');
  });

  test('a character outside the basic plane is one character', () => {
    const { vocabulary, train, validation } = prepareDataset('🐋a🐋a🐋a🐋a🐋a🐋a🐋a🐋a', cut);
    expect(train.length).toBe(12);
    expect(vocabulary.decode(validation)).toBe('a🐋a🐋a');
    expect(vocabulary.size).toBe(2);
  });

  test('there is an unknown token only where validation has characters that training lacks', () => {
    expect(prepareDataset('abababababababab', cut).vocabulary.unknownId).toBeUndefined();
    const { vocabulary, validation, unknownCharacters } = prepareDataset('abababababababxy', cut);
    expect(unknownCharacters).toBe(2);
    expect(vocabulary.unknownId).toBe(2);
    expect([...validation]).toEqual([1, 0, 1, 2, 2]);
  });

  test('a batch has fewer rows where the text has no room for more', () => {
    expect(prepareDataset('ab'.repeat(500), { ...cut, batchSize: 50 }).batchSize).toBe(50);
    expect(prepareDataset('ab'.repeat(20), { ...cut, batchSize: 50 }).batchSize).toBe(7);
  });

  test('validation batches use up their ids, and leave little over', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 40, max: 3000 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 20 }),
        fc.double({ min: 0.01, max: 0.4, noNaN: true }),
        (length, batchSize, sequenceLength, share) => {
          const text = 'ab'.repeat(length).slice(0, length);
          const data = prepareDataset(text, { batchSize, sequenceLength, validation: share });
          const { batchSize: rows, sequenceLength: steps } = data.validationShape;
          const used = data.validation.length - 1;
          const kept = length - data.train.length;
          expect(used % (rows * steps)).toBe(0);
          expect(used).toBeGreaterThan(0);
          // Less than one row's rest for each row, and one character of each window.
          expect(kept - used).toBeLessThan(rows * (1 + used / rows / steps));
          expect(data.batchSize * sequenceLength).toBeLessThan(data.train.length);
        },
      ),
    );
  });
});

describe('texts that are refused', () => {
  test('too short: the number of characters in the message is the one that is enough', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0.01, max: 0.9, noNaN: true }),
        (sequenceLength, validation) => {
          const settings = { validation, sequenceLength, batchSize: 3 };
          const needed = Number(
            /at least (\d+) characters/.exec(messageOf(() => prepareDataset('a', settings)))![1],
          );
          const text = 'ab'.repeat(needed);
          expect(prepareDataset(text.slice(0, needed), settings).batchSize).toBe(1);
          expect(() => prepareDataset(text.slice(0, needed - 1), settings)).toThrow('at least');
        },
      ),
    );
  });

  test.each([
    ['', '[unrolled/char-rnn] train: expected a text, got an empty one: give a file with text'],
    [
      'aaaaaaaaaaaaaaaa',
      '[unrolled/char-rnn] train: expected at least two distinct characters in the training part, got "a" alone: with one character there is nothing to learn',
    ],
    [
      'aaaaaaaaaaaaaaab',
      '[unrolled/char-rnn] train: expected at least two distinct characters in the training part, got "a" alone: give more text',
    ],
    [
      'abc',
      '[unrolled/char-rnn] train: expected a text of at least 7 characters (one window of --sequence-length 4 and the character after it, beside --validation 0.25 of the text), got 3: give more text or a smaller --sequence-length',
    ],
  ])('%j', (text, message) => {
    expect(messageOf(() => prepareDataset(text, cut))).toBe(message);
  });
});

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing was thrown';
}
