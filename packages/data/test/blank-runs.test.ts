import { readCsv } from '@unrolled/data';
import { describe, expect, test } from 'vitest';
import { withoutBlankRuns } from '../src/csv/blank-runs';

describe('long runs of blank lines', () => {
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
  ])('%s leave the rows on their lines', (_, pieces, lines) => {
    expect([...readCsv(pieces.join('')).lines]).toEqual(lines);
  });

  test('short ones stay as they are', () => {
    const lines = ['a', ...Array<string>(1000).fill(''), 'b'];
    expect(withoutBlankRuns(lines).lines).toBe(lines);
  });

  test('five megabytes of them are left out before anything is made of them', () => {
    const { lines, lineOf } = withoutBlankRuns(['a', ...Array<string>(5 * 2 ** 20).fill(''), 'b']);
    expect(lines).toHaveLength(1002);
    expect(lineOf(1)).toBe(1);
    expect(lineOf(1002)).toBe(5 * 2 ** 20 + 2);
  });
});
