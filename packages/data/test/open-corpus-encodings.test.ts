import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OpenCorpusOptions, openCorpus } from '@unrolled/data/node';
import { afterAll, describe, expect, test } from 'vitest';
import { type CorpusFile, readUtf8 } from '../src/text/corpus-files';
import { rejectionOf } from './support';

const folder = mkdtempSync(join(tmpdir(), 'unrolled-encodings-'));
const cache = join(folder, 'cache');
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

const caches = () => readdirSync(cache).filter((name) => name.endsWith('.tokens'));

async function read(files: readonly string[], options: OpenCorpusOptions = {}) {
  const corpus = await openCorpus(files, { cacheDirectory: cache, memoryLimit: 0, ...options });
  const { symbols, tokens } = corpus;
  const ids = tokens.read(0, tokens.length);
  await corpus.close();
  return { ids, symbols };
}

describe('other encodings', () => {
  const lines = 'déjà vu — l’été\n여름 밤\n'.repeat(3000);
  const korean = '여름'.repeat(2000);
  const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');

  test('a text with a mark of UTF-16 is read as it says, in pieces', async () => {
    const { ids, symbols } = await read([file('utf16.txt', utf16(lines))]);
    expect(Array.from(ids, (id) => symbols[id]).join('')).toBe(lines);
  });

  test('a text is read by the name of its encoding, and cached apart from others', async () => {
    const before = caches().length;
    const latin1 = file('ete.txt', Buffer.from('un été à la mer\n', 'latin1'));
    const { ids, symbols } = await read([latin1], { encoding: 'latin-1' });
    expect(Array.from(ids, (id) => symbols[id]).join('')).toBe('un été à la mer\n');
    expect(await rejectionOf(read([latin1]))).toContain('expected valid UTF-8');
    const other = await read([latin1], { encoding: 'windows-1251' });
    expect(other.symbols).toContain('й');
    expect(caches()).toHaveLength(before + 2);
    const { symbols: syllables } = await read(
      [
        file(
          'cp949.txt',
          Uint8Array.from({ length: 4 }, (_, at) => [0xbf, 0xa9, 0xb8, 0xa7][at]!),
        ),
      ],
      { encoding: 'cp949' },
    );
    expect(syllables).toEqual(['여', '름']);
  });

  test('a truncated last character is refused, and an unknown encoding', async () => {
    const cut = file('cut-short.txt', Uint8Array.of(0x61, 0xbf));
    expect(await rejectionOf(read([cut], { encoding: 'euc-kr' }))).toContain('a truncated last character');
    expect(await rejectionOf(read([cut], { encoding: 'klingon' }))).toContain('got "klingon"');
    expect(await rejectionOf(read([cut], { encoding: 'euc-kr', unit: 'byte' }))).toContain(
      "no option `encoding` with the unit 'byte'",
    );
    expect(await rejectionOf(read([file('only-a-mark.txt', utf16(''))]))).toContain('an empty file');
  });

  test.each(['NFC', 'NFD'] as const)(
    'characters are brought into %s, wherever the pieces end',
    async (form) => {
      const text = (korean + lines).normalize(form === 'NFC' ? 'NFD' : 'NFC');
      const bytes = new TextEncoder().encode(text);
      for (const size of [1, 5, 4096, 10_000]) {
        const inPieces: CorpusFile = {
          ...{ given: 'pieces.txt', path: 'pieces.txt', stamp: undefined },
          async *chunks() {
            for (let start = 0; start < bytes.length; start += size) yield bytes.slice(start, start + size);
          },
        };
        let pieces = '';
        for await (const piece of readUtf8(inPieces, { normalize: form }))
          pieces += new TextDecoder().decode(piece);
        expect(pieces).toBe(text.normalize(form));
      }
    },
  );
});
