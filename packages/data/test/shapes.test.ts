/**
 * Files in the shapes that sources write, with made-up numbers: 40 days of one share in each. Whatever the
 * shape, the newest day, its close and the number of rows come out; where a file leaves something open it is
 * refused, and the advice helps.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CsvFileOptions, readCsvFile } from '@unrolled/data/node';
import { afterAll, describe, expect, test } from 'vitest';
import { encode } from './encode';
import { days, german, iso, last, table } from './shapes/days';
import { programs } from './shapes/programs';
import { sources } from './shapes/sources';
import { rejectionOf } from './support';

const folder = mkdtempSync(join(tmpdir(), 'unrolled-shapes-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(text: string, encoding = 'utf-8'): string {
  const path = join(folder, 'shape.csv');
  writeFileSync(path, encode(text, encoding));
  return path;
}

test.each([...sources, ...programs])(
  '$source',
  async ({ text, encoding, options, newest, scale = 1, target = 'Close' }) => {
    const read = await readCsvFile(fileOf(text, encoding), { ...options, requiredColumns: [target] });
    expect(read.dates?.at(-1)).toBe(newest ?? iso(last));
    expect(read.column(target).at(-1)).toBeCloseTo(
      scale === 1 ? last.close : Math.round(last.close * scale),
      6,
    );
    expect(read.rowCount).toBe(options?.missing ? days.length - 3 : days.length);
    expect(read.findings.some(({ kind }) => kind === 'encoding')).toBe(
      encoding !== undefined && !encoding.startsWith('utf'),
    );
  },
);

describe('what a file leaves open is refused, and the advice helps', () => {
  const quoted = (value: number) => `"${german(value, 3)}"`;
  const long = table(
    'unique_id,ds,y',
    days,
    (day) => `A,${iso(day)},${day.close}\nB,${iso(day)},${2 * day.close}`,
  );
  const below = `${table('date,close,Name', days.slice(0, 20), (day) => `${iso(day)},${day.close},AAA`)}${table('', days.slice(20), (day) => `${iso(day)},${day.close},BBB`)}`;
  const refused: [string, string, CsvFileOptions, RegExp, CsvFileOptions, number][] = [
    [
      'commas before three digits in every cell',
      table('"Date","Close"', days, (day) => `"${iso(day)}",${quoted(day.close)}`),
      {},
      /`decimalSeparator: ','`/,
      { decimalSeparator: ',' },
      last.close,
    ],
    [
      'the same, as thousands',
      table('"Date","Close"', days, (day) => `"${iso(day)}",${quoted(day.close)}`),
      {},
      /`decimalSeparator: '\.'`/,
      { decimalSeparator: '.' },
      Math.round(last.close * 1000),
    ],
    [
      'no header, and not the usual order',
      table('', days, (day) => [iso(day), day.volume, day.close].join(',')),
      {},
      /name the 3 columns, as in `columns: \['date', 'c2', 'c3'\]`/,
      { columns: ['date', 'volume', 'Close'] },
      last.close,
    ],
    [
      'the long format',
      long,
      { requiredColumns: ['y'] },
      /column "unique_id": A, B.*`series: 'A'`/,
      { series: 'A' },
      last.close,
    ],
    [
      'one ticker below the other',
      below,
      {},
      /column "Name", one after the other: AAA, BBB.*`series: 'AAA'`/,
      { series: 'BBB' },
      last.close,
    ],
    [
      'the same, one share under two names',
      below,
      {},
      /`seriesColumn: ''`/,
      { seriesColumn: '' },
      last.close,
    ],
    [
      'empty cells',
      table('Date,Close', days, (day, at) => `${iso(day)},${at === 3 ? '' : day.close}`),
      {},
      /on line 5, got an empty cell.*`missing: 'drop-rows'`/,
      { missing: 'drop-rows' },
      last.close,
    ],
  ];
  test.each(refused)('%s', async (_, text, options, advice, follow, price) => {
    const all = { requiredColumns: ['Close'], ...options };
    expect(await rejectionOf(readCsvFile(fileOf(text), all))).toMatch(advice);
    const read = await readCsvFile(fileOf(text), { ...all, ...follow });
    expect(read.dates?.at(-1)).toBe(iso(last));
    expect(read.column(all.requiredColumns[0]!).at(-1)).toBeCloseTo(price, 6);
  });

  test('an encoding that nothing in the file tells', async () => {
    const text = table('Dátum;Kőrös;Zárás', days, (day) => `${iso(day)};x;${day.close}`);
    const path = fileOf(text, 'windows-1250');
    const message = await rejectionOf(readCsvFile(path, { requiredColumns: ['Zárás'] }));
    expect(message).toMatch(/name its encoding/);
    const read = await readCsvFile(path, { requiredColumns: ['Zárás'], encoding: 'windows-1250' });
    expect(read.column('Zárás').at(-1)).toBe(last.close);
  });
});

describe('what is no CSV is refused, saying what it is', () => {
  const others: [string, string | Uint8Array, RegExp][] = [
    [
      'a page',
      '<!DOCTYPE html>\n<html><head><title>Log in</title></head></html>',
      /an HTML page with the title "Log in"/,
    ],
    ['a page without a type', '\n  <table><tr><td>1</td></tr></table>', /an HTML page that begins "<table>/],
    ['JSON', '{"Information": "The rate limit is 25 requests a day."}', /JSON that begins/],
    ['JSON of rows', '[{"date":"2026-11-25","close":1}]', /JSON/],
    ['JSON of numbers', '[[1704067200,1,2],[1704153600,2,3]]', /JSON/],
    ['XML', '<?xml version="1.0"?><prices/>', /XML/],
    ['a pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n', /Git LFS/],
    ['a message', 'Exceeded the daily hits limit\n', /the text "Exceeded the daily hits limit"/],
    ['a zip', Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0), /a zip archive or a spreadsheet/],
    ['a gzip', Uint8Array.of(0x1f, 0x8b, 8, 0, 0), /a gzip file .*gunzip/],
    ['an old workbook', Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0, 0xa1), /an old Excel/],
    ['Parquet', new TextEncoder().encode('PAR1....'), /Parquet/],
    ['a PDF', new TextEncoder().encode('%PDF-1.7'), /a PDF/],
  ];
  test.each(others)('%s', async (_, content, message) => {
    const path = join(folder, 'other.csv');
    writeFileSync(path, content);
    expect(await rejectionOf(readCsvFile(path))).toMatch(message);
  });

  test("MetaTrader's headings are no tags", async () => {
    const path = fileOf('<TABLE>,<HIGH>\n1,2\n');
    expect(await rejectionOf(readCsvFile(path))).toMatch(/HTML/);
    expect((await readCsvFile(fileOf('<DATE>,<CLOSE>\n2026-11-25,2\n'))).column('close')).toEqual(
      Float64Array.of(2),
    );
  });
});
