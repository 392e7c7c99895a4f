import { describe, expect, test } from 'vitest';
import { inWords, listed, quoted, refuser, UnrolledError, visible } from '../src/index';

describe('visible', () => {
  test.each([
    ['a\u001b]0;title\u0007b', 'a\\u001b]0;title\\u0007b'],
    ['\u009b31m red', '\\u009b31m red'],
    ['over\rwritten\u0008', 'over\\u000dwritten\\u0008'],
    ['invoice\u202efdp.exe', 'invoice\\u202efdp.exe'],
    ['\u2066a\u2069 \u200f \u061c', '\\u2066a\\u2069 \\u200f \\u061c'],
    ['one\u2028two\u0000', 'one\\u2028two\\u0000'],
  ])('%j → %s', (text, shown) => expect(visible(text)).toBe(shown));

  test('leaves tabs, line feeds and every language as they are', () => {
    const text = 'a\tb\nc é 한국어 العربية עברית 👩‍👩‍👧 ñ';
    expect(visible(text)).toBe(text);
  });
});

test('a big integer is told from a number', () => expect([inWords(1n), inWords(1)]).toEqual(['1n', '1']));

describe('quoted', () => {
  test('escapes as JSON, and what JSON leaves raw', () => {
    expect(quoted('a "b"\n\u001b[2J\u202e\u009b')).toBe('"a \\"b\\"\\n\\u001b[2J\\u202e\\u009b"');
  });

  test.each(['x'.repeat(78), 'x'.repeat(79), 'x'.repeat(1e6), '\u0000'.repeat(50), '👩'.repeat(60)])(
    'has at most 80 characters',
    (text) => {
      const shown = quoted(text);
      expect(shown.length).toBeLessThanOrEqual(80);
      expect(JSON.parse(shown).replace(/…$/, '')).toBe(
        text.slice(0, JSON.parse(shown).replace(/…$/, '').length),
      );
      expect(shown.endsWith('…"')).toBe(text.length !== 78);
    },
  );
});

test('an error shows what came from outside as visible text, and keeps it as it was', () => {
  const path = 'prices\u001b[8m.csv';
  try {
    refuser('data')('readCsv', { expected: `a file at ${path}`, got: 'none' });
  } catch (error) {
    expect(error).toBeInstanceOf(UnrolledError);
    expect((error as UnrolledError).message).toBe(
      '[unrolled/data] readCsv: expected a file at prices\\u001b[8m.csv, got none',
    );
    expect((error as UnrolledError).expected).toContain(path);
  }
});

test('a message stays short, whatever came from outside; the fields keep it', () => {
  const name = 'x'.repeat(5000);
  expect(listed([name, 'y'])).toBe(`${'x'.repeat(79)}…, y`);
  const error = new UnrolledError('errors', 'test', { expected: name, got: name, remedy: name });
  expect(error.message.length).toBeLessThan(1600);
  expect(error.expected).toBe(name);
});
