import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCorpus, type TokenSource, type TokenUnit } from '@unrolled/data';
import { defaultCacheDirectory, type OpenCorpusOptions, openCorpus } from '@unrolled/data/node';
import fc from 'fast-check';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type CorpusFile, readUtf8 } from '../src/text/corpus-files';
import { createTokenizer } from '../src/text/tokenizer';
import { rejectionOf } from './support';

const folder = mkdtempSync(join(tmpdir(), 'unrolled-corpus-'));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
let cache = '';
beforeEach(() => {
  cache = join(folder, `cache-${count++}`);
});

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

const all = (tokens: TokenSource) => tokens.read(0, tokens.length);
const caches = () => readdirSync(cache);

/** Opens with a cache, whatever the size, and gives all that there is to know. */
async function read(files: readonly string[], options: OpenCorpusOptions = {}) {
  const corpus = await openCorpus(files, { cacheDirectory: cache, memoryLimit: 0, ...options });
  const { symbols, firstPositions } = corpus;
  const ids = all(corpus.tokens);
  await corpus.close();
  return { ids, symbols, firstPositions, isNew: corpus.cache?.isNew, files: corpus.files };
}

function expected(text: string, unit?: TokenUnit) {
  const { tokens, symbols, firstPositions } = createCorpus(text, { unit });
  return { ids: all(tokens), symbols: [...symbols], firstPositions };
}

const units = ['character', 'byte', 'word'] as const;
const verse = "The whale's song —\r\n  naïve, 고래의 노래 🐋\0end\n";

describe('a cached corpus', () => {
  test.each(units)('equals the corpus in memory, built or found, in %ss', async (unit) => {
    const path = file('verse.txt', verse.repeat(50));
    expect(await read([path], { unit })).toMatchObject({ ...expected(verse.repeat(50), unit), isNew: true });
    expect(await read([path], { unit })).toMatchObject({ ...expected(verse.repeat(50), unit), isNew: false });
    expect(await read([path], { unit, memoryLimit: 1e6 })).toMatchObject({
      ...expected(verse.repeat(50), unit),
      isNew: undefined,
    });
    expect(caches()).toHaveLength(1);
  });

  test('reads any range', async () => {
    const path = file('range.txt', verse);
    const corpus = await openCorpus([path], { cacheDirectory: cache, memoryLimit: 0 });
    const { ids } = expected(verse);
    fc.assert(
      fc.property(fc.nat(ids.length), fc.nat(ids.length), (a, b) => {
        const [start, end] = [Math.min(a, b), Math.max(a, b)];
        expect(corpus.tokens.read(start, end)).toEqual(ids.slice(start, end));
      }),
    );
    expect(() => corpus.tokens.read(0, ids.length + 1)).toThrow('a range within');
    await corpus.close();
  });

  test('is as wide as its ids need: 300 characters, 70,000 characters', async () => {
    for (const size of [256, 257, 300, 65_537, 70_000]) {
      const every = Array.from({ length: size }, (_, index) =>
        String.fromCodePoint(0x20000 - 0x8000 + index),
      );
      const text = 'a'.repeat(100) + every.join('') + every.reverse().join('');
      const { ids, symbols } = await read([file('wide.txt', text)]);
      expect(symbols).toHaveLength(size + 1);
      expect(ids.map((id) => symbols[id]!.codePointAt(0)!)).toEqual(
        Int32Array.from(text.match(/./gsu)!, (character) => character.codePointAt(0)!),
      );
      expect(caches()).toHaveLength(1);
    }
  });

  test('joins its files in the order given, words across them too', async () => {
    const paths = [file('one.txt', '\ufeffhalf a wo'), file('two.txt', '\ufeffrd\n')];
    expect(await read(paths, { unit: 'word' })).toMatchObject(expected('half a word\n', 'word'));
    expect(await read([...paths].reverse())).toMatchObject(expected('rd\nhalf a wo'));
    expect(await read(paths, { unit: 'byte' })).toMatchObject(expected('\ufeffhalf a wo\ufeffrd\n', 'byte'));
  });

  test('is built again if a file has changed, even to the same size and time', async () => {
    const path = file('changing.txt', 'first version');
    utimesSync(path, 1000, 1000);
    expect((await read([path])).isNew).toBe(true);
    expect((await read([path])).isNew).toBe(false);
    const other = file('other.txt', 'Other version');
    copyFileSync(other, path);
    utimesSync(path, 1000, 1000);
    expect(await read([path])).toMatchObject({ ...expected('Other version'), isNew: true });
    appendFileSync(path, '!');
    expect(await read([path])).toMatchObject({ ...expected('Other version!'), isNew: true });
    expect(caches()).toHaveLength(1);
  });

  test('is built again if it is damaged in any place', async () => {
    const path = file('damaged.txt', verse);
    await read([path]);
    const name = join(cache, caches()[0]!);
    const good = readFileSync(name);
    for (let position = 0; position < good.length; position += 7) {
      const bad = Buffer.from(good);
      bad[position]! ^= 1;
      writeFileSync(name, bad);
      expect(await read([path])).toMatchObject({ ...expected(verse), isNew: true });
    }
    for (const length of [0, 1, 43, 44, 60, good.length - 1]) {
      truncateSync(name, length);
      expect(await read([path])).toMatchObject({ ...expected(verse), isNew: true });
    }
    writeFileSync(name, Buffer.concat([good, Buffer.from('more')]));
    expect(await read([path])).toMatchObject({ ...expected(verse), isNew: true });
    expect(readFileSync(name)).toEqual(good);
    expect(caches()).toHaveLength(1);
  });

  test('that several processes build at once is complete', async () => {
    const path = file('busy.txt', verse.repeat(100));
    const results = await Promise.all(Array.from({ length: 5 }, () => read([path])));
    for (const result of results) expect(result).toMatchObject(expected(verse.repeat(100)));
    expect(caches()).toHaveLength(1);
    expect((await read([path])).isNew).toBe(false);
  });

  test('stays readable while another process replaces it', async () => {
    const path = file('replaced.txt', 'before');
    const corpus = await openCorpus([path], { cacheDirectory: cache, memoryLimit: 0 });
    writeFileSync(path, 'something else');
    await read([path]);
    expect(all(corpus.tokens)).toEqual(expected('before').ids);
    await corpus.close();
  });

  test('clears away what was left unfinished a day ago, and nothing else', async () => {
    mkdirSync(cache);
    for (const name of ['old.tokens.1.tmp', 'new.tokens.2.tmp', 'old.txt'])
      writeFileSync(join(cache, name), '');
    for (const name of ['old.tokens.1.tmp', 'old.txt']) utimesSync(join(cache, name), 1000, 1000);
    await read([file('fresh.txt', 'abc')]);
    expect(caches().filter((name) => !/^[0-9a-f]+\.tokens$/.test(name))).toEqual([
      'new.tokens.2.tmp',
      'old.txt',
    ]);
  });

  test('reports its progress, and stops at its signal without leaving files', async () => {
    const path = file('long.txt', verse.repeat(50_000));
    const told: number[] = [];
    const controller = new AbortController();
    const onProgress = (bytes: number) => {
      told.push(bytes);
      if (told.length === 2) controller.abort();
    };
    const stopped = openCorpus([path], {
      cacheDirectory: cache,
      signal: controller.signal,
      memoryLimit: 0,
      onProgress,
    });
    await expect(stopped).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    expect(told).toEqual([expect.closeTo(2 ** 20, -2), expect.closeTo(2 ** 21, -2)]);
    expect(caches()).toEqual([]);
  });
});

describe('where pieces end does not matter', () => {
  const hard = fc.string({
    unit: fc.constantFrom('a', 'é', 'e\u0301', "'", ' ', '\r\n', '가', '🐋', '\ufeff', '\0'),
    minLength: 1,
    maxLength: 300,
  });

  /** A file that comes in pieces of the given sizes, over and over. */
  function inPieces(bytes: Uint8Array, sizes: readonly number[]): CorpusFile {
    return {
      given: 'pieces.txt',
      path: 'pieces.txt',
      stamp: undefined,
      async *chunks() {
        const buffer = new Uint8Array(64);
        for (let start = 0, index = 0; start < bytes.length; index++) {
          const piece = bytes.subarray(start, start + sizes[index % sizes.length]!);
          buffer.fill(0xff).set(piece); // Each piece overwrites the one before, as readers do.
          yield buffer.subarray(0, piece.length);
          start += piece.length;
        }
      },
    };
  }

  const sizes = fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 5 });

  test('to what the text becomes', async () => {
    await fc.assert(
      fc.asyncProperty(hard, sizes, fc.constantFrom(...units), async (text, sizes, unit) => {
        const tokenizer = createTokenizer(unit);
        const ids: number[] = [];
        const bytes = new TextEncoder().encode(`\ufeff${text}`);
        for await (const piece of readUtf8(inPieces(bytes, sizes))) ids.push(...tokenizer.encode(piece));
        ids.push(...tokenizer.finish());
        const whole = expected(text, unit);
        expect(Int32Array.from(ids)).toEqual(whole.ids);
        expect(tokenizer.symbols()).toEqual(whole.symbols);
        expect(tokenizer.firstPositions()).toEqual(whole.firstPositions);
        expect(tokenizer.size).toBe(whole.symbols.length);
      }),
    );
  });

  test('to where ill-formed UTF-8 is found', async () => {
    const byte = fc.constantFrom(0x41, 0x80, 0xbf, 0xc1, 0xc3, 0xe0, 0xed, 0xf0, 0xf4, 0xff);
    const messages = async (file: CorpusFile) => {
      try {
        for await (const _ of readUtf8(file));
        return 'none';
      } catch (error) {
        // The advice behind it looks at the piece in which the place is.
        return /^.* at byte offset \d+|.*/.exec((error as Error).message)![0];
      }
    };
    await fc.assert(
      fc.asyncProperty(hard, fc.array(byte, { maxLength: 8 }), sizes, async (text, tail, sizes) => {
        const bytes = Uint8Array.from([...new TextEncoder().encode(text), ...tail]);
        expect(await messages(inPieces(bytes, sizes))).toBe(await messages(inPieces(bytes, [64])));
        expect(await messages(inPieces(bytes, sizes))).toBe(await messages(inPieces(bytes, [1])));
      }),
    );
  });
});

describe('which files', () => {
  const list = (...files: string[]) => read(files).then(({ files, symbols }) => ({ files, symbols }));

  test('patterns find theirs, sorted; a name that looks like one is a name', async () => {
    mkdirSync(join(folder, 'texts/deep'), { recursive: true });
    const [b, a, ten, odd] = [
      file('texts/deep/b.txt', 'b'),
      file('texts/a.txt', 'a'),
      file('texts/10.txt', '0'),
      file('texts/[x].txt', 'x'),
    ];
    file('texts/note.md', 'm');
    expect((await list(join(folder, 'texts/**/*.txt'))).files).toEqual([ten, odd, a, b]);
    expect((await list(join(folder, 'texts/deep/*'), join(folder, 'texts/1*.{txt,md}'))).files).toEqual([
      b,
      ten,
    ]);
    expect(await list(odd, a, a)).toEqual({ files: [odd, a, a], symbols: ['x', 'a'] });
  });

  test('a pattern without files, a missing one, a folder', async () => {
    const none = join(folder, 'nothing/**/*.txt');
    expect(await rejectionOf(list(none))).toBe(
      `openCorpus: expected files that match ${none}, got none: use ** for any number of folders, and * for part of a name`,
    );
    expect(await rejectionOf(list(join(folder, 'missing.txt')))).toContain('missing.txt, got no such file');
    expect(await rejectionOf(list(folder))).toBe(
      `openCorpus: expected a readable file at ${folder}, got a folder: name the files in the folder: '${folder}/**/*.txt'`,
    );
    expect(await rejectionOf(openCorpus([]))).toBe(
      'openCorpus: expected at least one file, got an array of 0: pass the paths as an array',
    );
    expect(await rejectionOf(list(file('abc.txt', 'abc'), join(folder, 'abc.txt', 'below')))).toContain(
      'a path in which a part is not a folder',
    );
  });

  test('empty ones, beside others too', async () => {
    for (const [name, content] of [
      ['empty.txt', ''],
      ['mark.txt', '\ufeff'],
    ] as const) {
      const path = file(name, content);
      expect(await rejectionOf(list(file('full.txt', 'full'), path))).toBe(
        `openCorpus: expected a text in ${path}, got an empty file: leave out the file`,
      );
    }
    expect((await read([file('mark.txt', '\ufeff')], { unit: 'byte' })).ids.length).toBe(3);
  });

  test('that are not UTF-8, the offset counted over the whole file', async () => {
    const long = Buffer.concat([Buffer.alloc(3_000_001, 'é'), Buffer.from([0xe9])]);
    const path = file('latin1.txt', long.subarray(1));
    expect(await rejectionOf(list(path))).toContain(
      'got byte 0xa9 at byte offset 0: correct that byte, since the rest is UTF-8, or save the file as UTF-8, or read it with the unit byte',
    );
    const late = file('late.txt', Buffer.concat([Buffer.alloc(3_000_000, 'é'), Buffer.from([0xe9, 0x20])]));
    expect(await rejectionOf(list(late))).toBe(
      `openCorpus: expected valid UTF-8 in ${late}, got byte 0xe9 at byte offset 3000000: correct that byte, since the rest is UTF-8, or save the file as UTF-8, or read it with the unit byte`,
    );
    const end = file('end.txt', Buffer.from('바다 위로 달이').subarray(0, -1));
    expect(await rejectionOf(list(end))).toContain(
      'got byte 0xec at byte offset 17: correct that byte, since the rest is UTF-8',
    );
    const cut = file('cut.txt', Buffer.from('가').subarray(0, 2));
    expect(await rejectionOf(list(cut, file('rest.txt', 'abc')))).toContain('byte 0xea at byte offset 0');
    expect(caches()).toEqual([]);
    expect((await read([path], { unit: 'byte' })).ids.length).toBe(long.length - 1);
  });

  test('one that changes while it is read', async () => {
    const path = file('growing.txt', verse.repeat(50_000));
    let grown = false;
    const onProgress = () => {
      if (!grown) appendFileSync(path, 'more');
      grown = true;
    };
    expect(await rejectionOf(read([path], { onProgress }))).toBe(
      `openCorpus: expected ${path} not to change while it is read, got a file that changed: run again when the file is complete`,
    );
    expect(caches()).toEqual([]);
  });

  test.runIf(process.platform === 'linux')('where the system makes none (Linux)', async () => {
    const cacheDirectory = '/proc/unrolled/cache';
    expect(await rejectionOf(read([file('text.txt', 'abc')], { cacheDirectory }))).toBe(
      `openCorpus: expected a writable directory for token caches at ${cacheDirectory}, got a path that does not exist: choose another cache directory, or free space in this one`,
    );
  });

  test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'without permission (not as root, who has it)',
    async () => {
      const path = file('locked.txt', 'abc');
      chmodSync(path, 0);
      expect(await rejectionOf(list(path))).toContain('got no permission to read it');
    },
  );

  test('options that are none', async () => {
    expect(await rejectionOf(read([file('abc.txt', 'abc')], { unit: 'syllable' as never }))).toContain(
      "openCorpus: expected unit 'character', 'byte' or 'word', got \"syllable\"",
    );
  });
});

describe('standard input', () => {
  async function* stream(text: string): AsyncGenerator<Uint8Array> {
    const bytes = Buffer.from(text);
    for (let start = 0; start < bytes.length; start += 1000) yield bytes.subarray(start, start + 1000);
  }

  test('stays in memory while it is small', async () => {
    const standardInput = stream(verse);
    expect(await read(['-'], { standardInput, memoryLimit: 1000 })).toMatchObject(expected(verse));
    expect(() => caches()).toThrow('ENOENT');
  });

  test.each(units)('goes through a file without a name when it is large, in %ss', async (unit) => {
    const options = {
      cacheDirectory: cache,
      memoryLimit: 5000,
      unit,
      standardInput: stream(verse.repeat(400)),
    };
    const corpus = await openCorpus(['-'], options);
    expect(caches()).toEqual([]);
    expect(corpus.cache).toBeUndefined();
    expect(all(corpus.tokens)).toEqual(expected(verse.repeat(400), unit).ids);
    await corpus.close();
  });

  test('stands where it is named among files', async () => {
    const [a, b] = [file('a.txt', 'a'), file('b.txt', 'b')];
    const { ids, symbols, files } = await read([b, '-', a], { standardInput: stream('c') });
    expect(Array.from(ids, (id) => symbols[id]).join('')).toBe('bca');
    expect(files).toEqual([b, '-', a]);
  });

  test('is refused when it is empty or not UTF-8', async () => {
    expect(await rejectionOf(read(['-'], { standardInput: stream('') }))).toBe(
      'openCorpus: expected a text in standard input, got an empty file: leave out the file',
    );
    const latin1 = (async function* () {
      yield Buffer.from([0x41, 0xe9]);
    })();
    expect(await rejectionOf(read(['-'], { standardInput: latin1 }))).toContain(
      'valid UTF-8 in standard input, got byte 0xe9 at byte offset 1',
    );
  });
});

describe('a cache directory', () => {
  afterEach(() => vi.restoreAllMocks());

  test('with a file of that name', async () => {
    const path = file('text.txt', 'abc');
    const expectedRoom = (directory: string) =>
      `openCorpus: expected a writable directory for token caches at ${directory}, got a file in place of a folder: choose another cache directory, or free space in this one`;
    for (const cacheDirectory of [path, join(path, 'below')])
      expect(await rejectionOf(read([path], { cacheDirectory }))).toBe(expectedRoom(cacheDirectory));
  });

  test.runIf(process.platform === 'linux')('where the system makes none (Linux)', async () => {
    const cacheDirectory = '/proc/unrolled/cache';
    expect(await rejectionOf(read([file('text.txt', 'abc')], { cacheDirectory }))).toBe(
      `openCorpus: expected a writable directory for token caches at ${cacheDirectory}, got a path that does not exist: choose another cache directory, or free space in this one`,
    );
  });

  test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'without permission (not as root, who has it)',
    async () => {
      mkdirSync(cache, { mode: 0o500 });
      expect(await rejectionOf(read([file('text.txt', 'abc')]))).toContain(
        'got no permission to write there',
      );
    },
  );

  test('on a full disk is left as it was', async () => {
    const path = file('text.txt', verse);
    const handle = await open(path);
    const prototype: FileHandle = Object.getPrototypeOf(handle);
    await handle.close();
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    const append = vi.spyOn(prototype, 'appendFile');
    for (const room of [0, 1, 2]) {
      for (let block = 0; block < room; block++) append.mockResolvedValueOnce(undefined);
      append.mockRejectedValueOnce(full);
      expect(await rejectionOf(read([path]))).toContain(`at ${cache}, got a full disk`);
      expect(caches()).toEqual([]);
    }
    expect(await read([path])).toMatchObject(expected(verse));
  });

  test('is by default where the system keeps caches', () => {
    vi.stubEnv('XDG_CACHE_HOME', '/var/caches');
    expect(defaultCacheDirectory()).toBe(join('/var/caches', 'unrolled'));
    vi.stubEnv('XDG_CACHE_HOME', 'relative');
    expect(defaultCacheDirectory()).toMatch(/unrolled/);
    expect(defaultCacheDirectory()).not.toContain('relative');
    vi.unstubAllEnvs();
  });
});
