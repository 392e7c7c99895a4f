import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mo } from 'gettext-parser';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  drawingOf,
  type Emoji,
  fetchSource,
  LANGUAGES,
  nearest,
  opinionsOf,
  ownDrawings,
  type Pictures,
  pairedBootstrap,
  phonemesOf,
  type Rasteriser,
  readMessages,
  readNames,
  readVowels,
  reviewsOf,
  SOURCES,
  type Source,
  SYNTHETIC_VOICES,
  scoreNames,
  seen,
  sentencesOf,
  spellingsOf,
  splitByHash,
  splitMessages,
  splitSpellings,
  syntheticSpeech,
  templateOf,
} from '../src';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'example-data-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('fetchSource', () => {
  const made: Source = {
    ...{ client: 'npm', name: '@made-up/words', version: '1.0.0', file: 'made-up-words-1.0.0.tgz' },
    ...{ sha256: '', licence: 'MIT', only: ['package/words'] },
  };
  async function archive(cacheDirectory: string): Promise<Source> {
    await mkdir(join(folder, 'package', 'words'), { recursive: true });
    await mkdir(cacheDirectory, { recursive: true });
    for (const name of ['words/a.txt', 'b.txt']) await writeFile(join(folder, 'package', name), 'hello');
    spawnSync('tar', ['-czf', join(cacheDirectory, made.file), '-C', folder, 'package']);
    const bytes = await readFile(join(cacheDirectory, made.file));
    return { ...made, sha256: createHash('sha256').update(bytes).digest('hex') };
  }

  test('unpacks a file that was put into the cache, what is asked of it, and finds it again', async () => {
    const cacheDirectory = join(folder, 'cache');
    const source = await archive(cacheDirectory);
    const found = await fetchSource(source, { cacheDirectory });
    expect(await readdir(found, { recursive: true })).toEqual(['words', join('words', 'a.txt')]);
    await rm(join(cacheDirectory, made.file));
    expect(await fetchSource(source, { cacheDirectory })).toBe(found);
  });

  test('refuses another file, and one that the client cannot fetch, in one line, and leaves nothing', async () => {
    const cacheDirectory = join(folder, 'other');
    await archive(cacheDirectory);
    const wrong = { ...made, sha256: '0'.repeat(64) };
    await expect(fetchSource(wrong, { cacheDirectory })).rejects.toThrow(
      'expected made-up-words-1.0.0.tgz with the SHA-256',
    );
    await rm(join(cacheDirectory, made.file));
    vi.stubEnv('PATH', '');
    const error = await fetchSource(wrong, { cacheDirectory }).catch((caught) => caught);
    vi.unstubAllEnvs();
    expect(error.message).toContain(
      'expected npm to download made-up-words-1.0.0.tgz, got no npm on this machine',
    );
    expect(error.message).toContain(`copy that file to ${cacheDirectory}`);
    expect(await readdir(cacheDirectory)).toEqual([]);
  });

  test('every source says its hash and its licence', () => {
    for (const source of Object.values(SOURCES)) {
      expect(source.sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(source.file).toContain(source.version);
      expect(source.licence.length).toBeGreaterThan(2);
    }
  });
});

describe('synthetic speech', () => {
  test('has phonemes with a space between, without stress', () => {
    expect(phonemesOf(' f_l_ˈæ_t_b_ɛ_d ɡ_ˌoʊ\n  tʃ_ˈɜː\n')).toBe('f l æ t b ɛ d ɡ oʊ tʃ ɜː');
  });

  test('is tested in a voice that no other part has', () => {
    const { train, validation, test: tested } = SYNTHETIC_VOICES;
    for (const voice of tested) expect([...train, ...validation]).not.toContain(voice);
  });

  test('is refused in one line where there is no eSpeak NG, and nothing stays', async () => {
    const cacheDirectory = join(folder, 'silent');
    vi.stubEnv('PATH', '');
    const error = await syntheticSpeech({ cacheDirectory }).catch((caught) => caught);
    vi.unstubAllEnvs();
    expect(error.message).toMatch(
      /^\[unrolled\/example-data\] (fetch|synthetic-speech): expected .*(eSpeak|espeak)/,
    );
    expect(error.message).not.toContain('\n');
    expect(await readdir(cacheDirectory)).toEqual([]);
  });
});

describe('spellings', () => {
  test('have letters and apostrophes, no stress, and alternates with their word', () => {
    const words = spellingsOf({
      'tomato(2)': 'T AH0 M AA1 T OW2',
      zeal: 'Z IY1 L # old word',
      tomato: 'T AH0 M EY1 T OW2',
      "'bout": 'B AW1 T',
      'a.m.': 'EY1 EH1 M',
      'zeal(2)': 'Z IY0 L',
    });
    expect(
      words.map(({ word, pronunciations }) => [word, pronunciations.map((said) => said.join(' '))]),
    ).toEqual([
      ["'bout", ['B AW T']],
      ['tomato', ['T AH M EY T OW', 'T AH M AA T OW']],
      ['zeal', ['Z IY L']],
    ]);
  });

  test('two of twenty are the test, one is validation', () => {
    const words = Array.from({ length: 45 }, (_, at) => ({ word: String(at), pronunciations: [] }));
    const split = splitSpellings(words);
    expect(split.test.map(({ word }) => word)).toEqual(['1', '2', '21', '22', '41', '42']);
    expect(split.validation.map(({ word }) => word)).toEqual(['0', '20', '40']);
    expect(split.train).toHaveLength(36);
  });
});

describe('messages', () => {
  test('come from a compiled catalogue, once each, without plural forms', async () => {
    const message = (msgid: string, msgstr: string[], plural?: string) => ({
      ...{ msgid, msgstr },
      ...(plural && { msgid_plural: plural }),
    });
    const table = {
      charset: 'utf-8',
      headers: { 'Content-Type': 'text/plain; charset=utf-8' },
      translations: {
        '': {
          '': message('', ['Content-Type: text/plain; charset=utf-8\n']),
          'no such key %qs': message('no such key %qs', ['kein solcher Schlüssel %qs']),
          '%d key': message('%d key', ['%d Schlüssel', '%d Schlüssel'], '%d keys'),
        },
      },
    };
    const file = join(folder, 'made-up.mo');
    await writeFile(file, mo.compile(table));
    expect(await readMessages(file)).toEqual([
      { source: 'no such key %qs', target: 'kein solcher Schlüssel %qs' },
    ]);
  });

  test.each([
    ['key %qs not found', 'Key %<%E%> not  found'],
    ['-Wformat=%d needs %s', '-Wformat=2 needs %.*s'],
    ['%2$s in line 12', '%s in line %lu'],
  ])('%s and %s are of one template', (one, other) => {
    expect(templateOf(one)).toBe(templateOf(other));
  });

  test('a template stays on one side, and the split does not depend on the order', () => {
    const all = Array.from({ length: 300 }, (_, at) => ({
      source: `${'xyz'[at % 3]}${'key '.repeat(1 + (at % 41))}%d`,
      target: String(at),
    }));
    const counts = { test: 30, validation: 20 };
    const split = splitMessages(all, counts);
    expect(split.test.length + split.validation.length + split.train.length).toBe(300);
    expect(split.test.length).toBeGreaterThan(20);
    const templates = Object.values(split).map(
      (part) => new Set(part.map(({ source }: { source: string }) => templateOf(source))),
    );
    for (const template of templates[2]!)
      expect(templates[0]!.has(template) || templates[1]!.has(template)).toBe(false);
    const sorted = (part: readonly { target: string }[]) => part.map(({ target }) => target).sort();
    expect(sorted(splitMessages([...all].reverse(), counts).test)).toEqual(sorted(split.test));
    expect(splitByHash([1, 2, 3], String, { test: 3, validation: 0 }).test).toHaveLength(3);
  });
});

/** Draws what it is told to: an SVG of `3x2:RGBA…` in hexadecimal is these pixels. */
class MadeUp {
  constructor(private readonly svg: string) {
    if (svg.includes('broken'))
      throw new Error('SVG data parsing failed cause an unexpected end of stream\nat 3');
  }
  render() {
    const [, width, height, hex] = /(\d+)x(\d+):([0-9a-f]*)/.exec(this.svg) ?? ['', '1', '1', '00000000'];
    const pixels = new Uint8Array(Buffer.from(hex!, 'hex'));
    return { width: Number(width), height: Number(height), pixels, free() {} };
  }
  free() {}
}
const draw = (svg: string | Uint8Array, size = 1) =>
  drawingOf(MadeUp as unknown as Rasteriser, typeof svg === 'string' ? Buffer.from(svg) : svg, {
    path: 'a.svg',
    size,
  });

test('a drawing of the user’s own that is not there is refused by its name', async () => {
  const nowhere = join(folder, 'nowhere.svg');
  await expect(ownDrawings([nowhere], 32)).rejects.toThrow(
    `expected a drawing in ${nowhere}, got no such file: pass SVG or PNG files`,
  );
});

test('a paired bootstrap says how sure a difference is', () => {
  let state = 1;
  const draw = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  const [first, second] = [0, 1].map((lag) =>
    Array.from({ length: 100 }, (_, at) => Number(at % 4 < 3 - lag)),
  );
  const { difference, ratio } = pairedBootstrap(first!, second!, draw, 1000);
  // The means are 0.75 and 0.5; the differences' standard error is √(0.1875 / 100) = 0.043.
  expect(difference[0]).toBeCloseTo(0.25 - 1.96 * 0.043, 1);
  expect(difference[1]).toBeCloseTo(0.25 + 1.96 * 0.043, 1);
  expect(ratio[0]).toBeLessThan(1.4);
  expect(ratio[1]).toBeGreaterThan(1.6);
});

describe('drawings', () => {
  test('are cut to what is drawn, put on white and made smaller by means', () => {
    const clear = '00000000';
    expect([...draw(`3x2:${clear}ff0000ff0000ffff${clear}${clear}${clear}`, 2)]).toEqual([
      ...[1, 0.5, 0.5, 0.5, 0.5, 1],
      ...[1, 0.5, 0.5, 0.5, 0.5, 1],
    ]);
    expect([...draw(`1x1:00000080`)].map((one) => one.toFixed(2))).toEqual(['0.50', '0.50', '0.50']);
  });

  test.each([
    ['broken', 'got SVG data parsing failed cause an unexpected end of stream: delete'],
    ['1x1:00000000', 'got a truncated or empty drawing'],
    [Uint8Array.of(0x89, 0x50, 1), 'got a truncated or empty drawing'],
    [Uint8Array.of(0xff, 0xfe), 'encoded data was not valid'],
  ])('%s: one line that names the file', (svg, message) => {
    expect(() => draw(svg)).toThrow(message);
    expect(() => draw(svg)).toThrow('expected a drawing in a.svg');
  });

  test('an unknown language is refused', async () => {
    await expect(readNames(folder, 'tlh')).rejects.toThrow('expected a language of en, ko, de');
  });
});

describe('the nearest picture', () => {
  const one = (text: string): Emoji => ({
    text,
    names: Object.fromEntries(
      LANGUAGES.map((language) => [language, `${text} ${language}`]),
    ) as Emoji['names'],
    files: { twemoji: '', openmoji: '', noto: '' },
  });
  const flat = (...rgb: number[]) => new Float32Array(12).map((_, at) => rgb[at % 3]!);
  const pictures: Pictures = {
    emoji: [one('red'), one('blue'), one('dark')],
    of: {
      twemoji: [flat(1, 0, 0), flat(0, 0, 1), flat(0, 0, 0)],
      openmoji: [flat(0.9, 0, 0), flat(0, 0.1, 0.9), flat(0.1, 0.1, 0.1)],
      noto: [flat(0.8, 0.1, 0), flat(0.1, 0, 0.8), flat(0.9, 0, 0.1)],
    },
  };

  test('gives names, which are scored in each language', () => {
    const found = nearest(pictures, { size: 1, isGrey: false });
    expect(found.map(({ text }) => text)).toEqual(['red', 'blue', 'red']);
    const { en, ko } = scoreNames(pictures.emoji, found);
    expect([en.exact, ko.exact]).toEqual([2 / 3, 2 / 3]);
    expect(en.chrf).toBeGreaterThan(60);
    expect(en.chrf).toBeLessThan(100);
  });

  test('may be looked for smaller, and without colour', () => {
    const picture = Float32Array.from({ length: 48 }, (_, at) => (at % 3 === 0 ? 1 : 0));
    expect([...seen(picture, { size: 2, isGrey: false })]).toEqual([1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0]);
    expect(seen(picture, { size: 1, isGrey: true })[0]).toBeCloseTo(0.299);
  });
});

describe('opinions', () => {
  test('sentences of score 0 and doubles are left out', () => {
    const table = '1\t2.5\tA fine film. \r\n2\t-0.4\tA bore\r\n3\t0\tA film\r\n4\t1\tA bore\r\n';
    expect(sentencesOf(table)).toEqual([
      { text: 'A fine film.', score: 2.5, isPositive: true },
      { text: 'A bore', score: -0.4, isPositive: false },
    ]);
  });

  test('of each label every fifth block of reviews is the test, the fourth of 25 validation; a double counts where it stands first', () => {
    const rows = Array.from(
      { length: 100 },
      (_, at) => `"review ""${at === 40 ? 0 : at}"" of\nfilms",${at % 2},imdb`,
    );
    const csv = ['text,label,source', ...rows, 'a sentence,1,rotten_tomatoes'].join('\n');
    const { train, validation, test: held } = reviewsOf(csv, { block: 1 });
    expect(held.map(({ text }) => Number(/\d+/.exec(text)))).toEqual(
      rows.flatMap((_, at) => (Math.floor(at / 2) % 5 === 4 ? [at] : [])),
    );
    expect(validation.map(({ text, isPositive }) => [text, isPositive])).toEqual([
      ['review "6" of\nfilms', false],
      ['review "7" of\nfilms', true],
      ['review "56" of\nfilms', false],
      ['review "57" of\nfilms', true],
    ]);
    expect(train.length).toBe(100 - 1 - held.length - 4);
    const choosing = reviewsOf(csv, { block: 1, choosing: true });
    expect([choosing.train.length, choosing.validation.length]).toEqual([99 - 2 * 20, 20]);
    expect(choosing.test).toEqual(choosing.validation);
  });

  test('a table of the user’s own is split by text', () => {
    const lines = Array.from(
      { length: 40 },
      (_, at) => `${at % 2 ? 'positive' : 'negative'}\ttext ${at}\twith a tab`,
    );
    const {
      train,
      validation,
      test: held,
    } = opinionsOf(`\ufeff${lines.join('\r\n')}\r\n${lines[0]}\n`, 'a.tsv');
    expect([train, validation, held].map(({ length }) => length)).toEqual([32, 4, 4]);
    expect(train[0]!.text).toMatch(/^text \d+\twith a tab$/);
  });
});

test('vowels have their coefficients step by step', () => {
  const rows = Array.from({ length: 12 }, (_, row) => `${row},${row + 0.5}`).join(':');
  const [utterance] = readVowels(`@problemName x\n@data\n${rows}:9\n`, 'x.ts');
  expect(utterance!.speaker).toBe(8);
  expect(Array.from(utterance!.coefficients.subarray(12, 15))).toEqual([0.5, 1.5, 2.5]);
});

test('an archive inside an archive is unpacked too', async () => {
  const [inside, cacheDirectory] = [join(folder, 'inside'), join(folder, 'nested')];
  await mkdir(join(inside, 'made-1'), { recursive: true });
  await mkdir(cacheDirectory);
  await writeFile(join(inside, 'hello.txt'), 'hello');
  spawnSync('tar', ['-czf', join(inside, 'made-1', 'inner.tar.gz'), '-C', inside, 'hello.txt']);
  const file = join(cacheDirectory, 'made-1.tar.gz');
  spawnSync('tar', ['-czf', file, '-C', inside, 'made-1']);
  const sha256 = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  const source = {
    client: 'pip',
    name: 'made',
    version: '1',
    file: 'made-1.tar.gz',
    licence: 'MIT',
  } as const;
  const found = await fetchSource(
    { ...source, sha256, isSource: true, inner: 'inner.tar.gz' },
    { cacheDirectory },
  );
  expect((await readdir(found)).sort()).toEqual(['hello.txt', 'inner.tar.gz']);
});
