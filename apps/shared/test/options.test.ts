import { expect, test } from 'vitest';
import { inOptions } from '../src/cli/options';

test.each([
  ['give a lower `learningRate`', 'give a lower --learning-rate'],
  ["drop such rows (`missing: 'drop-rows'`)", 'drop such rows (--missing drop-rows)'],
  ["say which (`order: 'a' or 'b'`)", 'say which (--order a or b)'],
  ["name them (`columns: ['date', 'c2']`)", 'name them (--columns date,c2)'],
  ["(`series: 'Crédit Agricole'`), (`series: ''`)", "(--series 'Crédit Agricole'), (--series '')"],
  ["(`decimalSeparator: ','`)", '(--decimal-separator ,)'],
  ['`a b` and 5 ` stay', '`a b` and 5 ` stay'],
])('%s', (message, typed) => {
  expect(inOptions(message)).toBe(typed);
});
