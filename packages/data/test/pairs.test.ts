import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createVocabulary, type TextPair, trainSubwords, vocabularyOf } from '@unrolled/data';
import { openPairs, type ReadPairsOptions, readPairs, readTokenizer } from '@unrolled/data/node';
import { mo, po } from 'gettext-parser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pairs-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function pairsOf(name: string, content: string | Uint8Array, options?: ReadPairsOptions) {
  const pairs: TextPair[] = [];
  for await (const pair of readPairs(await fileOf(name, content), options)) pairs.push(pair);
  return pairs;
}

const texts = (pairs: readonly TextPair[]) => pairs.map(({ source, target }) => [source, target]);

describe('a table', () => {
  test('has one pair on each line; quotes and spaces are text, blank lines are skipped', async () => {
    const pairs = await pairsOf('a.tsv', '\ufeffa "b\t c\r\n\r\nd\te\tmore');
    expect(texts(pairs)).toEqual([
      ['a "b', ' c'],
      ['d', 'e'],
    ]);
    expect(pairs[1]!.place).toBe(`${join(folder, 'a.tsv')}, line 3`);
  });

  test('may end its lines as old files do', async () => {
    const expected = ['ab', 'cd', 'ef'].map((pair) => [...pair]);
    expect(texts(await pairsOf('cr.tsv', 'a\tb\rc\td\r\re\tf\r'))).toEqual(expected);
  });

  test('gives other columns, in another encoding and form', async () => {
    const bytes = Uint8Array.of(0x31, 9, 0xfc, 9, 0x75, 10);
    expect(
      texts(await pairsOf('b.tsv', bytes, { columns: [2, 1], encoding: 'latin1', normalize: 'NFD' })),
    ).toEqual([['u', 'u\u0308']]);
  });

  test('a line longer than a piece that is read stays whole', async () => {
    const long = 'wort '.repeat(500_000);
    expect(
      texts(await pairsOf('long.tsv', `a\tb\n${long}\tc\nd\te\n`)).map(([source]) => source!.length),
    ).toEqual([1, long.length, 1]);
  });

  test.each([
    ['one', 'a\tb\nc\n', {}, 'expected at least 2 columns, separated by tabs, at', 'line 2, got 1'],
    ['empty', 'a\tb\n \tc\n', {}, 'expected two texts at', 'line 2, got an empty source'],
    ['target', 'a\tb\nc\t\n', {}, 'expected two texts at', 'line 2, got an empty target'],
    ['bytes', Uint8Array.of(97, 9, 0xff, 10), {}, 'expected valid UTF-8 in', 'byte 0xff at byte offset 2'],
    ['nothing', '', {}, 'expected a text in', 'an empty file'],
    ['third', 'a\tb\n', { columns: [0, 2] }, 'expected at least 3 columns', 'set the column numbers'],
  ] as const)('%s: one line that names the place', async (name, content, options, ...parts) => {
    const error = await pairsOf(`${name}.tsv`, content, options).catch((caught) => caught);
    for (const part of [...parts, `${name}.tsv`, '[unrolled/data] readPairs: '])
      expect(error.message).toContain(part);
    expect(error.message).not.toContain('\n');
  });

  test('leaves pairs with an empty side out where that is asked for', async () => {
    expect(texts(await pairsOf('c.tsv', 'a\t\nb\tc\n', { emptySide: 'leave-out' }))).toEqual([['b', 'c']]);
  });
});

const PO = `msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "file %s"
msgstr "Datei %s"

#, fuzzy
msgid "unsure"
msgstr "unsicher"

msgid "not yet"
msgstr ""

msgctxt "menu"
msgid "Open\\n"
msgstr "Öffnen\\n"

msgid "%d day"
msgid_plural "%d days"
msgstr[0] "%d Tag"
msgstr[1] "%d Tage"

#~ msgid "gone"
#~ msgstr "weg"
`;
const MESSAGES = [
  ['file %s', 'Datei %s'],
  ['%d day', '%d Tag'],
  ['%d days', '%d Tage'],
  ['Open\n', 'Öffnen\n'],
];

describe('a catalogue', () => {
  const compiled = (charset: string) => {
    const table = po.parse(PO);
    const header = { ...table.headers, 'Content-Type': `text/plain; charset=${charset}` };
    return mo.compile({ ...table, charset, headers: header });
  };

  test('as .po and as .mo has its translations, but no header, fuzzy or obsolete messages', async () => {
    expect(texts(await pairsOf('a.po', PO))).toEqual(MESSAGES);
    const { translations } = mo.parse(compiled('utf-8'));
    expect(Object.keys(translations)).toEqual(['', 'menu']);
    const isUnsure = ([source]: string[]) => source === 'unsure';
    expect(
      texts(await pairsOf('a.mo', compiled('utf-8')))
        .filter((pair) => !isUnsure(pair))
        .sort(),
    ).toEqual([...MESSAGES].sort());
  });

  test('without plural forms has the others', async () => {
    expect(texts(await pairsOf('b.po', PO, { plurals: false }))).toEqual([MESSAGES[0], MESSAGES[3]]);
  });

  test('is read in the charset that its header names', async () => {
    const latin = Buffer.from(PO.replace('UTF-8', 'ISO-8859-1'), 'latin1');
    expect(texts(await pairsOf('latin.po', latin))).toEqual(MESSAGES);
    const pairs = texts(await pairsOf('latin.mo', compiled('iso-8859-1')));
    expect(pairs).toContainEqual(['Open\n', 'Öffnen\n']);
  });

  test.each([
    ['cut.mo', () => compiled('utf-8').subarray(0, 200), 'expected a complete .mo file at', 'truncated'],
    ['head.mo', () => compiled('utf-8').subarray(0, 20), 'expected a complete .mo file at', '20 bytes'],
    ['text.mo', () => Buffer.from(PO), 'expected a complete .mo file at', 'without the signature'],
    [
      'lie.mo',
      () =>
        Buffer.from(compiled('iso-8859-1').toString('latin1').replace('iso-8859-1', 'utf-8     '), 'latin1'),
      'expected valid UTF-8 in',
      'byte 0xd6',
    ],
    ['lie.po', () => Buffer.from(PO, 'latin1'), 'expected valid UTF-8 in', 'byte 0xd6'],
    [
      'odd.po',
      () => Buffer.from(PO.replace('UTF-8', 'klingon')),
      'expected a known charset in the header of',
      'klingon',
    ],
    [
      'lone.po',
      () => Buffer.from('msgid ""\n\nmsgid "x"\nmsgstr "y"\n'),
      'mismatched messages and translations',
    ],
    ['key.po', () => Buffer.from(`${PO}\nmsgidd "x"`), 'expected a well-formed .po file', 'msgidd'],
  ])('%s: one line', async (name, content, ...parts) => {
    const error = await pairsOf(name, content()).catch((caught) => caught);
    for (const part of [...parts, '[unrolled/data] readPairs: ']) expect(error.message).toContain(part);
    expect(error.message).not.toContain('\n');
  });
});

const unit = (...variants: [string, string][]) =>
  `<tu>${variants.map(([language, text]) => `<tuv xml:lang="${language}"><seg>${text}</seg></tuv>`).join('')}</tu>`;
const memory = (body: string, encoding = 'UTF-8') =>
  `<?xml version="1.0" encoding="${encoding}"?>\n<!DOCTYPE tmx SYSTEM "tmx14.dtd">\n<tmx version="1.4"><header/><body>\n${body}\n</body></tmx>`;

describe('a translation memory', () => {
  const languages = ['en', 'de'] as const;

  test('gives the units that have both languages, without the codes in them', async () => {
    const body = [
      unit(
        ['en-US', 'One &amp; <bpt i="1">{\\b <sub>x</sub></bpt><hi>two</hi><ept i="1">}</ept>'],
        ['de', '<![CDATA[Eins & zwei]]>'],
      ),
      unit(['en', 'only']),
      unit(['fr', 'trois'], ['DE-at', 'drei'], ['en', 'three'], ['en', 'third']),
    ].join('\n');
    const pairs = await pairsOf('a.tmx', memory(body), { languages });
    expect(texts(pairs)).toEqual([
      ['One & two', 'Eins & zwei'],
      ['three', 'drei'],
    ]);
    expect(pairs[1]!.place).toContain('a.tmx, line 6');
  });

  test.each(['ISO-8859-1', 'UTF-16'])('is read in its own encoding, %s', async (encoding) => {
    const text = memory(unit(['en', 'open'], ['de', 'öffnen']), encoding);
    const bytes =
      encoding === 'UTF-16' ? Buffer.from(`\ufeff${text}`, 'utf16le') : Buffer.from(text, 'latin1');
    expect(texts(await pairsOf('b.tmx', bytes, { languages }))).toEqual([['open', 'öffnen']]);
  });

  test('prefers the exact language to a regional variant', async () => {
    const variant = (language: string, text: string) =>
      `<tuv xml:lang="${language}"><seg>${text}</seg></tuv>`;
    const body = `<tu>${variant('pt-BR', 'ônibus')}${variant('pt', 'autocarro')}${variant('en-GB', 'coach')}</tu>`;
    const read = async (...languages: [string, string]) =>
      texts(await pairsOf('e.tmx', memory(body), { languages }));
    expect(await read('pt', 'en')).toEqual([['autocarro', 'coach']]);
    expect(await read('pt', 'pt-BR')).toEqual([['autocarro', 'ônibus']]);
  });

  test('of 3 MB is read piece by piece', async () => {
    const body = unit(['en', 'a b c'], ['de', 'd ä f']).repeat(40_000);
    expect(await pairsOf('c.tmx', memory(body), { languages })).toHaveLength(40_000);
  });

  test.each([
    ['broken', memory('<tu>\n<tuv></tu>'), 'expected well-formed XML at', 'line 5'],
    ['cut', memory('').slice(0, -8), 'expected well-formed XML at', 'line 5'],
    ['entity', memory(unit(['en', '&lol;'], ['de', 'x'])), 'expected well-formed XML at', 'line 4'],
    ['none', memory(unit(['fr', 'a'], ['es', 'b'])), 'expected translation units in en and de', '"fr", "es"'],
    ['empty', memory(unit(['en', ' '], ['de', 'b'])), 'line 4, got an empty source', 'leave-out'],
  ])('%s: one line', async (name, content, ...parts) => {
    const error = await pairsOf(`${name}.tmx`, content, { languages }).catch((caught) => caught);
    for (const part of [...parts, `${name}.tmx`]) expect(error.message).toContain(part);
    expect(error.message).not.toContain('\n');
  });

  test('asks for the languages', async () => {
    await expect(pairsOf('d.tmx', memory(''))).rejects.toThrow("set `languages`, such as ['en', 'de']");
  });
});

describe('openPairs', () => {
  const table = Array.from({ length: 300 }, (_, at) => `${'ab'.repeat((at % 7) + 1)}\tx${at}`).join('\n');
  const source = createVocabulary('ab');
  const target = createVocabulary('x0123456789');

  test('encodes in memory, over several files', async () => {
    const paths = [await fileOf('p1.tsv', 'a\tx\n\nab\tx1\n'), await fileOf('p2.tsv', 'b\tx2')];
    const pairs = await openPairs(paths, { source, target });
    expect(pairs).toMatchObject({ length: 3, cache: undefined, files: paths });
    expect(pairs.placeOf(1)).toBe(`${paths[0]}, line 3`);
    expect(pairs.placeOf(2)).toBe(`${paths[1]}, line 1`);
    expect([pairs.at(2).source, pairs.at(2).target]).toEqual([source.encode('b'), target.encode('x2')]);
    expect(() => pairs.at(3)).toThrow('expected a pair in 0 … 2, got 3');
    await pairs.close();
  });

  test('keeps ids in a cache, and makes it again when a file or a vocabulary changes', async () => {
    const cacheDirectory = join(folder, 'cache');
    const path = await fileOf('big.tsv', table);
    const options = { source, target, cacheDirectory, memoryLimit: 100 };
    const opened = async (changed = {}) => {
      const pairs = await openPairs(path, { ...options, ...changed });
      const found = {
        isNew: pairs.cache?.isNew,
        lengths: [...pairs.lengths.source],
        last: [...pairs.at(pairs.length - 1).target],
      };
      await pairs.close();
      return found;
    };
    const first = await opened();
    expect(first).toEqual({
      isNew: true,
      lengths: Array.from({ length: 300 }, (_, at) => 2 * ((at % 7) + 1)),
      last: [...target.encode('x299')],
    });
    expect(await opened()).toEqual({ ...first, isNew: false });
    expect((await opened({ target: createVocabulary('0123456789x') })).isNew).toBe(true);
    const [name] = (await readdir(cacheDirectory)).sort();
    const cache = await readFile(join(cacheDirectory, name!));
    cache[3]! ^= 1;
    await writeFile(join(cacheDirectory, name!), cache);
    await writeFile(path, `${table}\nab\tx`);
    expect(await opened()).toMatchObject({ isNew: true, last: [0] });
  });

  test.each([
    ['a\tx\nc\tx', "got 'c' (U+0063) at position 0 of the source at"],
    [`${table}\na\t`, 'line 301, got an empty target'],
    ['\n\n', 'got none'],
  ])('refuses in one line, and leaves nothing half-written', async (content, message) => {
    const cacheDirectory = join(folder, 'none');
    const path = await fileOf('bad.tsv', content);
    await expect(openPairs(path, { source, target, cacheDirectory, memoryLimit: 1 })).rejects.toThrow(
      message,
    );
    expect(await readdir(cacheDirectory)).toEqual([]);
  });

  test('sides of more than 65,536 ids, and subwords, are pairs like others', async () => {
    const subwords = trainSubwords('ab ab', { size: 260 });
    const path = await fileOf('wide.tsv', `${'ab'.repeat(40_000)}\tab ab\na\tb`);
    const pairs = await openPairs(path, { source, target: subwords });
    expect(pairs.at(0).source).toHaveLength(80_000);
    expect(subwords.decode(pairs.at(0).target)).toBe('ab ab');
    expect(pairs.placeOf(1)).toContain('line 2');
    await pairs.close();
  });
});

describe('readTokenizer', () => {
  const tokenizer = {
    version: '1.0',
    added_tokens: [
      {
        id: 6,
        content: '</s>',
        special: true,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
      },
    ],
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
    post_processor: null,
    decoder: { type: 'ByteLevel' },
    model: {
      type: 'BPE',
      unk_token: null,
      vocab: { a: 0, b: 1, Ġ: 2, Ã: 3, '©': 4, ab: 5 },
      merges: [['a', 'b']],
    },
  };

  test('reads a tokenizer.json as a vocabulary', async () => {
    const vocabulary = await readTokenizer(await fileOf('tokenizer.json', JSON.stringify(tokenizer)));
    expect(vocabulary).toMatchObject({ unit: 'subword', size: 7, endOfSequenceId: 6, unknownId: undefined });
    const ids = vocabulary.encode('ab aé', { appendEndOfSequence: true });
    expect([...ids]).toEqual([5, 2, 0, 3, 4, 6]);
    expect(vocabulary.decode(ids, { stopAtEndOfSequence: true })).toBe('ab aé');
    const decoder = vocabulary.decoder();
    expect(Array.from(ids.subarray(0, 5), (id) => decoder.write(id))).toEqual(['ab', ' ', 'a', '', 'é']);
    expect(() => vocabulary.toJSON()).toThrow('store its tokenizer.json');
  });

  test.each([
    ['{', 'expected a Hugging Face tokenizer at'],
    ['{"a":1}', 'got JSON without a model'],
    ['{"model":{"type":"BPE","vocab":{"a":1000000000},"merges":[]}}', 'one of them with the id 1000000000'],
    ['{"model":{"type":"BPE","vocab":[1000000000],"merges":[]}}', 'one of them with the id 1000000000'],
    ['{"model":{"type":"Odd"}}', 'expected a Hugging Face tokenizer at'],
  ])('refuses %s', async (content, message) => {
    await expect(readTokenizer(await fileOf('odd.json', content))).rejects.toThrow(message);
  });

  test('a vocabulary of words is no subword vocabulary', () => {
    expect(vocabularyOf(['a'], { unit: 'word' }).unit).toBe('word');
  });
});
