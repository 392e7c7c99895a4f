import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createVocabulary } from '@unrolled/data';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { filesToScore } from '../src/node';

const text = '바다 위로 달이 뜨고 café 배는';
let place: string;
beforeAll(async () => {
  place = await mkdtemp(path.join(tmpdir(), 'unrolled-files-to-score-'));
});
afterAll(() => rm(place, { recursive: true, force: true }));

test.each([
  ['NFC', 'NFD'],
  ['NFD', 'NFC'],
] as const)('a model of letters in the form %s reads a file in the form %s', async (learned, written) => {
  const vocabulary = createVocabulary(text.normalize(learned));
  const file = path.join(place, `${written}.txt`);
  await writeFile(file, text.normalize(written));
  const lines: string[] = [];
  const [read] = await filesToScore([file], { vocabulary, warn: (line) => lines.push(line) });
  expect(read!.symbols(0, read!.tokens.length).join('')).toBe(text.normalize(learned));
  expect(lines).toEqual([`${file}: converted to ${learned}, as in the model's training text`]);
  await read!.close();
});

test('a file with letters that the model lacks in every form is refused', async () => {
  const vocabulary = createVocabulary('배는');
  const file = path.join(place, 'other.txt');
  await writeFile(file, '달이'.normalize('NFD'));
  await expect(filesToScore([file], { vocabulary, warn: () => {} })).rejects.toThrow(
    'expected characters that the model has seen',
  );
});
