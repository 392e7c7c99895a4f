import { readCsv } from '@unrolled/data';
import { expect, test } from 'vitest';

test.each([
  ['at the start', ['\n'.repeat(5000), 'Date,Close\n2020-01-01,1\n2020-01-02,2\n'], [5002, 5003]],
  ['below the header', ['Date,Close\n', '\r\n'.repeat(5000), '2020-01-01,1\n2020-01-02,2\n'], [5002, 5003]],
  ['between rows', ['Date,Close\n2020-01-01,1\n', ' \n'.repeat(5000), '2020-01-02,2\n'], [2, 5003]],
  ['at the end', ['Date,Close\n2020-01-01,1\n2020-01-02,2\n', '\n'.repeat(5000)], [2, 3]],
  [
    'twice',
    ['Date,Close\n', '\n'.repeat(2000), '2020-01-01,1\n', '\n'.repeat(3000), '2020-01-02,2'],
    [2002, 5003],
  ],
])('long runs of blank lines %s leave the rows on their lines', (_, pieces, lines) => {
  expect([...readCsv(pieces.join('')).lines]).toEqual(lines);
});
