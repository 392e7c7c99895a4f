import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCsvFile, readTextFile } from '@unrolled/data/node';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { invalidUtf8Offset } from '../src/text/utf8';
import { rejectionOf } from './support';

const folder = mkdtempSync(join(tmpdir(), 'unrolled-data-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('readTextFile', () => {
  test('reads UTF-8, without its byte order mark', async () => {
    expect(await readTextFile(file('a.txt', '\ufeff가😀\n'))).toBe('가😀\n');
  });

  test('names the byte at which a file stops being UTF-8', async () => {
    const path = file('latin1.txt', Uint8Array.from([0x61, 0xc3, 0xa9, 0xe9, 0x20]));
    expect(await rejectionOf(readTextFile(path))).toContain(
      `readTextFile: expected valid UTF-8 in ${path}, got byte 0xe9 at byte offset 3: name its encoding`,
    );
  });

  test('finds an invalid byte exactly where the decoder refuses', () => {
    const decodes = (bytes: Uint8Array) => {
      try {
        new TextDecoder('utf-8', { fatal: true }).decode(bytes);
        return true;
      } catch {
        return false;
      }
    };
    const byte = fc.constantFrom(
      0x00,
      0x7f,
      0x80,
      0x8f,
      0x90,
      0x9f,
      0xa0,
      0xbf,
      0xc0,
      0xc2,
      0xe0,
      0xe1,
      0xed,
      0xef,
      0xf0,
      0xf1,
      0xf4,
      0xf5,
      0xff,
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 8 }), fc.array(byte, { maxLength: 8 }), (head, tail) => {
        const bytes = Uint8Array.from([...head, ...tail]);
        const offset = invalidUtf8Offset(bytes);
        expect(offset < 0).toBe(decodes(bytes));
        if (offset >= 0) expect(decodes(bytes.subarray(0, offset))).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  test('refuses files that are empty, missing, or folders', async () => {
    const empty = file('empty.txt', '');
    expect(await rejectionOf(readTextFile(empty))).toBe(
      `readTextFile: expected a text in ${empty}, got an empty file: pass a file that contains text`,
    );
    expect(await rejectionOf(readTextFile(file('bom.txt', '\ufeff')))).toContain('got an empty file');
    expect(await rejectionOf(readTextFile(join(folder, 'none')))).toContain('got no such file');
    expect(await rejectionOf(readTextFile(folder))).toContain('got a folder');
  });
});

describe('readCsvFile', () => {
  test('reads a table and names the path in complaints', async () => {
    expect((await readCsvFile(file('a.csv', 'a,b\n1,2\n'))).columns).toEqual(['a', 'b']);
    const broken = file('b.csv', 'a,b\n1,x\n3,4\n');
    expect(await rejectionOf(readCsvFile(broken))).toBe(
      `readCsvFile: expected a number in column "b" on line 2, got "x" in ${broken}: correct or delete that line`,
    );
    expect(await rejectionOf(readCsvFile(file('c.csv', '')))).toContain('readCsvFile: expected a text in');
  });
});

const shared = process.env.UNROLLED_SHARED_DATA ?? join(import.meta.dirname, '../../../../shared/data');
const stock = join(shared, 'data-02-stock_daily.csv');
const present = await readTextFile(stock).then(
  () => true,
  () => false,
);

test.skipIf(!present)(
  `the lab's own file, ${present ? '' : `absent: no ${stock}, set UNROLLED_SHARED_DATA`}`,
  async () => {
    const prices = await readCsvFile(stock, { order: 'newest-first', requiredColumns: ['close'] });
    expect(prices.columns).toEqual(['Open', 'High', 'Low', 'Volume', 'Close']);
    expect(prices.rowCount).toBe(732);
    expect([...prices.matrix().slice(0, 5)]).toEqual([568.00257, 568.00257, 552.922516, 13100, 558.462551]);
    expect(prices.column('Close').at(-1)).toBe(831.659973);
  },
);
