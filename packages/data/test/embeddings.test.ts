import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vocabularyOf } from '@unrolled/data';
import { type ReadEmbeddingsOptions, readEmbeddings } from '@unrolled/data/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'embeddings-'));
});
afterAll(() => rm(folder, { recursive: true }));

const vocabulary = vocabularyOf(['the', 'café', 'x y', 'unseen', '1'], { unit: 'word' });

async function read(content: string | Uint8Array, options?: ReadEmbeddingsOptions) {
  const path = join(folder, 'vectors.txt');
  await writeFile(path, content);
  return readEmbeddings(path, vocabulary, options);
}
const row = (values: Float32Array, id: number, dimension = 2) =>
  Array.from(values.subarray(id * dimension, (id + 1) * dimension));

describe('readEmbeddings', () => {
  test('keeps the rows of a vocabulary, with spaces inside words, doubles and other words left', async () => {
    const found = await read('other 9 9\nthe 1 -2\nx y .5 1e-1\nthe 7 7\ncafé 0.25 3\n1 4 5\n');
    expect(found).toMatchObject({ dimension: 2, found: 4, missing: [3], rows: 6, doubles: 1 });
    expect([0, 1, 2, 4].map((id) => row(found.values, id))).toEqual([
      [1, -2],
      [0.25, 3],
      [0.5, Math.fround(0.1)],
      [4, 5],
    ]);
  });

  test('reads word2vec, with its first line, spaces at the ends of rows and bytes that are no UTF-8', async () => {
    const bytes = Buffer.concat([
      Buffer.from('3 2\r\nthe 1 2 \r\n'),
      Buffer.of(0xff, 0xfe),
      Buffer.from(' 3 4 \r\n1 5 6 '),
    ]);
    const found = await read(bytes);
    expect(found).toMatchObject({ dimension: 2, found: 2, rows: 3 });
    expect(row(found.values, 4)).toEqual([5, 6]);
  });

  test('draws what is missing with the spread of what was found, the same for the same seed', async () => {
    const content = 'the 11 9\n1 9 11\n';
    const [one, same, other] = [await read(content), await read(content), await read(content, { seed: 2 })];
    expect(one.values).toEqual(same.values);
    expect(row(one.values, 3)).not.toEqual(row(other.values, 3));
    expect(row(one.values, 3)).not.toEqual(row(one.values, 2));
    const drawn = one.missing.flatMap((id) => row(one.values, id));
    // The numbers found have the mean 10 and the variance 1.
    for (const value of drawn) expect(Math.abs(value - 10)).toBeLessThanOrEqual(Math.sqrt(3));
  });

  test('reads rows over the ends of pieces', async () => {
    const filler = Array.from({ length: 60_000 }, (_, n) => `word${n} ${n} ${n / 2}.5\n`).join('');
    const found = await read(`the 1 2\n${filler}café 3 4`);
    expect(found.rows).toBe(60_002);
    expect(row(found.values, 1)).toEqual([3, 4]);
  });

  test.each([
    ['fewer columns', 'the 1 2\nof 1\n', {}, 'expected a word and 2 numbers in row 2 of', 'got 1'],
    ['more columns', 'the 1 2\nof 0.5 1.5 2.5\n', {}, 'a word and 2 numbers in row 2', 'got 3'],
    [
      'another width',
      'the 0.1 0.2 0.3\n',
      { dimension: 2 },
      'a word and 2 numbers in row 1',
      'set `dimension`',
    ],
    [
      'another width by its first line',
      '1 3\nthe 1 2 3',
      { dimension: 2 },
      'a word and 2 numbers in row 1',
      'got 3',
    ],
    ['no numbers', 'the\n', {}, 'a word and at least 1 numbers in row 1', 'got 0'],
    ['what is no number', 'of 1 2\nthe 1 two\n', {}, 'row 2', '"two" as number 2'],
    ['a number that is not decimal', 'the 0x10 2\n', {}, 'row 1', '"0x10" as number 1'],
    ['columns between tabs', 'the\t1\t2\n', {}, 'row 1', 'or pass a table of embeddings separated by spaces'],
    ['an infinite number', 'the 1 1e39\n', {}, 'row 1', '"1e39" as number 2'],
    ['a file truncated', '3 2\nthe 1 2\n', {}, 'expected 3 rows', 'got 1'],
    ['a compressed file', Uint8Array.of(0x1f, 0x8b, 8, 0), {}, 'text in', 'decompress the file first'],
    ['a binary file', 'the 1 2\nof \0\0', {}, 'text in', 'binary=False'],
    ['none of the tokens', 'The 1 2\n', {}, 'one of 5 tokens', 'none of the tokens in 1 rows'],
    ['an empty file', '', {}, 'expected a text in', 'an empty file'],
  ])('refuses %s in one line', async (_, content, options, expected, got) => {
    const { name, message } = await read(content, options).catch((error) => error);
    expect(name).toBe('UnrolledError');
    expect(message).toContain(expected);
    expect(message).toContain(got);
    expect(message).not.toContain('\n');
  });

  test('refuses a file that is not there, and an unknown option', async () => {
    await expect(readEmbeddings(join(folder, 'none.txt'), vocabulary)).rejects.toThrow('a readable file at');
    await expect(read('the 1 2', { dimensions: 2 } as never)).rejects.toThrow('dimensions');
  });
});
