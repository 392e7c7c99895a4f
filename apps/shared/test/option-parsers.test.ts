import { expect, test } from 'vitest';
import {
  choice,
  fraction,
  nonNegativeInteger,
  nonNegativeNumber,
  positiveInteger,
  positiveNumber,
  seed,
} from '../src/cli/option-parsers';

test.each([
  [positiveInteger, ['1', '50', '1e3', ' 7 '], ['0', '-1', '1.5', '', 'x', '0x10', '1_000', 'NaN', '1e999']],
  [nonNegativeInteger, ['0', '3'], ['-1', '0.5']],
  [positiveNumber, ['0.1', '1e-3', '.5', '5.'], ['0', '-1', 'Infinity', '', '1,5']],
  [nonNegativeNumber, ['0', '0.1'], ['-0.1']],
  [fraction, ['0.1', '.999'], ['0', '1', '2']],
  [seed, ['0', '4294967295'], ['4294967296', '-1', '1.5']],
])('%o', (parse, accepted, refused) => {
  for (const text of accepted) expect(parse(text)).toBe(Number(text));
  for (const text of refused) expect(() => parse(text), text).toThrow(/^a /);
});

test('choice accepts only its words', () => {
  const parse = choice('rnn', 'lstm');
  expect(parse('rnn')).toBe('rnn');
  expect(() => parse('RNN')).toThrow('one of rnn, lstm');
});
