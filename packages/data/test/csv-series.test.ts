import { readCsv, readCsvSeries } from '@unrolled/data';
import { describe, expect, test } from 'vitest';
import { messageOf } from './support';

const day = (at: number) => `2026-11-${String(at).padStart(2, '0')}`;
const days = [2, 3, 4, 5, 6];
const inTurn = `id,ds,y\n${days.map((at) => `A,${day(at)},${at}\nB,${day(at)},${10 * at}`).join('\n')}\n`;
const below = `ds,y,id\n${[1, 10].map((scale, which) => days.map((at) => `${day(at)},${scale * at},${'AB'[which]}`).join('\n')).join('\n')}\n`;

describe('several series in one file', () => {
  test.each([
    ['in turn', inTurn],
    ['one after the other', below],
    ['under a name that says nothing', below.replace('id', 'x')],
    ['numbered', inTurn.replaceAll('A,', '1,').replaceAll('B,', '2,')],
  ])('%s are read each', (_, text) => {
    const all = readCsvSeries(text, { requiredColumns: ['y'] });
    expect(all.map(({ name, table }) => [/[A1]/.test(name!), table.rowCount, table.column('y')[0]])).toEqual([
      [true, 5, 2],
      [false, 5, 20],
    ]);
    expect(all[0]!.table.ignoredColumns).toEqual([]);
    expect(all[0]!.column).toBe(text.includes('id') ? 'id' : 'x');
    expect(all[1]!.table.lines[0]).toBe(text.split('\n').findIndex((line) => /,20(,|$)/.test(line)) + 1);
  });

  test('keep their names as texts, even if some names are numbers', () => {
    const text = inTurn.replaceAll('A,', '001,').replaceAll('B,', 'B-17,');
    for (const options of [{}, { seriesColumn: 'id' }]) {
      const all = readCsvSeries(text, options);
      expect(all.map(({ name, table }) => [name, table.columns, table.findings])).toEqual([
        ['001', ['y'], []],
        ['B-17', ['y'], []],
      ]);
    }
  });

  test('is refused where one is wanted, naming the column; one or some can be chosen', () => {
    expect(messageOf(() => readCsv(inTurn))).toBe(
      'readCsv: expected one series, got 2 series in column "id": A, B: choose one (`series: \'A\'`), or read all of them with readCsvSeries',
    );
    expect([...readCsv(inTurn, { series: 'B' }).column('y')]).toEqual([20, 30, 40, 50, 60]);
    expect(readCsvSeries(inTurn, { series: ['B', 'A'] }).map(({ name }) => name)).toEqual(['B', 'A']);
    expect(messageOf(() => readCsv(inTurn, { series: 'C' }))).toContain(
      'expected a series "C" in column "id", got A, B',
    );
    expect(messageOf(() => readCsv('a\n1\n', { series: 'C' }))).toContain('(`seriesColumn`)');
    expect(messageOf(() => readCsv('a\n1\n', { seriesColumn: 'z' }))).toContain('expected a column "z"');
  });

  test('one ticker after the other is several series or one under a new name: the user says which', () => {
    const after = `ds,y,ticker\n${days.map((at) => `${day(at)},${at},A`).join('\n')}\n${days.map((at) => `${day(at + 10)},${at},B`).join('\n')}\n`;
    expect(messageOf(() => readCsvSeries(after))).toContain(
      '2 series in column "ticker", one after the other: A, B',
    );
    expect(readCsv(after, { seriesColumn: '' }).rowCount).toBe(10);
    expect(readCsvSeries(after, { seriesColumn: 'ticker' })).toHaveLength(2);
    // A note is no ticker.
    expect(readCsv(after.replace('ticker', 'note')).rowCount).toBe(10);
    // Without dates as well.
    expect(messageOf(() => readCsv(after.replace(/\d{4}-\d\d-\d\d/g, 'x')))).toContain('one after the other');
  });

  test('a date that comes twice by mistake makes no series', () => {
    const text = `Date,Close,Note\n${days.map((at) => `${day(at)},${at},${at === 3 ? 'late' : ''}`).join('\n')}\n${day(6)},7,\n`;
    expect(messageOf(() => readCsv(text))).toContain('got 2026-11-06 on lines 6 and 7');
    expect(readCsv(text, { duplicates: 'keep-last' }).rowCount).toBe(5);
  });
});
