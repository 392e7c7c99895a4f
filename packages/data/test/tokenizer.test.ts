/**
 * Files of Hugging Face tokenizers of every kind: their ids and texts are those of Hugging Face's own
 * library, or the file is refused by the name of what is lacking. On a failure, first make the cases again:
 * `python fixtures/make_tokenizers.py`.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTokenizer } from '@unrolled/data/node';
import { afterAll, beforeAll, expect, test } from 'vitest';

type Json = { model: Record<string, unknown>; [key: string]: unknown };
type Case = { name: string; tokenizer: Json; ids: number[][]; decoded: string[] };

const file = new URL('../../../fixtures/tokenizers/cases.json', import.meta.url);
const { madeBy, texts, cases } = JSON.parse(readFileSync(file, 'utf8')) as {
  madeBy: string;
  texts: string[];
  cases: Case[];
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokenizers-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(tokenizer: object) {
  const path = join(folder, 'tokenizer.json');
  await writeFile(path, JSON.stringify(tokenizer));
  return readTokenizer(path);
}

test.each(cases)(`$name: the ids and texts of ${madeBy}`, async ({ tokenizer, ids, decoded }) => {
  const vocabulary = await read(tokenizer);
  expect(texts.map((text) => [...vocabulary.encode(text)])).toEqual(ids);
  expect(ids.map((own) => vocabulary.decode(own))).toEqual(decoded);
});

const caseOf = (start: string) => cases.find(({ name }) => name.startsWith(start))!.tokenizer;
const [pairs, unigram, pieces] = ['pairs, as', 'Unigram, as', 'WordPiece, as'].map(caseOf) as [
  Json,
  Json,
  Json,
];
const split = { type: 'Split', pattern: { String: ' ' }, invert: true };
const added = { id: 1, content: 'low', special: false, single_word: true };
const lacking: [string, object][] = [
  ['byte_fallback of Unigram', { ...unigram, model: { ...unigram.model, byte_fallback: true } }],
  [
    'continuing_subword_prefix of BPE',
    { ...pairs, model: { ...pairs.model, continuing_subword_prefix: '@@' } },
  ],
  ['BPE without an unk_token', { ...pairs, model: { ...pairs.model, unk_token: null } }],
  [
    'unknown tokens that are merged within a word',
    { ...unigram, pre_tokenizer: { type: 'WhitespaceSplit' } },
  ],
  ['added tokens that are single words', { ...pieces, added_tokens: [added] }],
  [
    'Split with invert and MergedWithNext',
    { ...pairs, decoder: null, pre_tokenizer: { ...split, behavior: 'MergedWithNext' } },
  ],
  [
    'Split without a pattern',
    { ...pairs, decoder: null, pre_tokenizer: { ...split, pattern: null, behavior: 'Isolated' } },
  ],
  [
    'the behavior Odd',
    { ...pairs, decoder: null, pre_tokenizer: { ...split, invert: false, behavior: 'Odd' } },
  ],
  [
    'Unknown PreTokenizer type: UnicodeScripts',
    { ...pairs, decoder: null, pre_tokenizer: { type: 'UnicodeScripts' } },
  ],
  ['a ByteLevel decoder of other tokens', { ...pieces, decoder: { type: 'ByteLevel' } }],
  ['a Metaspace decoder of other tokens', { ...pieces, decoder: { type: 'Metaspace', replacement: '▁' } }],
  ['Unknown Normalizer type: Nmt', { ...pieces, normalizer: { type: 'Nmt' } }],
];

test.each(lacking)('refuses %s', async (words, tokenizer) => {
  await expect(read(tokenizer)).rejects.toThrow(words);
});

test('long texts without a place to split take no longer than others', async () => {
  const long = 'ab'.repeat(100_000);
  for (const behavior of ['MergedWithPrevious', 'MergedWithNext', 'Contiguous'] as const) {
    const vocabulary = await read({
      ...{ ...pairs, normalizer: null, decoder: null, added_tokens: [] },
      pre_tokenizer: { ...split, invert: false, behavior },
      model: { type: 'WordPiece', unk_token: 'u', continuing_subword_prefix: '##', vocab: { u: 0 } },
    });
    expect([...vocabulary.encode(long)]).toEqual([0]);
  }
}, 10_000);
