import { refuser } from '@unrolled/errors';
import { expect, test } from 'vitest';
import { checkDatabaseBackend, fitsInWords } from '../src/cli/database-options';
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

test('a database needs a backend with the same bits on every machine', () => {
  const refuse = refuser('forecast');
  for (const backend of ['unrolled', 'cpu'])
    expect(() => checkDatabaseBackend(refuse, 'db', backend)).not.toThrow();
  expect(() => checkDatabaseBackend(refuse, undefined, 'tensorflow')).not.toThrow();
  expect(() => checkDatabaseBackend(refuse, 'db', 'tensorflow')).toThrow(
    /--database: expected the backend unrolled or cpu.*got tensorflow.*use --backend unrolled/,
  );
});

test('says where fits run', () => {
  expect(fitsInWords({ workers: 4 }, 2)).toBe('2 fits in parallel');
  expect(fitsInWords({ workers: 1, database: 'studies' }, 2)).toBe('1 fit in parallel');
  expect(fitsInWords({ workers: 1, database: 'postgres://me@host/db' }, 2)).toMatch(/^2 fits by the workers/);
});
