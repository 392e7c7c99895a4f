import { expect, test } from 'vitest';
import { csvCell, escapeMarkup } from '../src/index';

test.each([
  ['=cmd()', "'=cmd()"],
  ['+1+2', "'+1+2"],
  ['-x', "'-x"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['=1,"2"', '"\'=1,""2"""'],
  ['-5', '-5'],
  ['+1.5e3', '+1.5e3'],
  [-5, '-5'],
  ['a=b', 'a=b'],
  ['2020-01-01', '2020-01-01'],
  [undefined, ''],
  [Number.NaN, ''],
])('%j is written as %s', (cell, written) => expect(csvCell(cell)).toBe(written));

test('markup has no control characters', () => {
  expect(escapeMarkup('<b>\u001b[31m"')).toBe('&lt;b&gt;\\u001b[31m&quot;');
});
