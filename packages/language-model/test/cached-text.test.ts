import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createCorpus } from '@unrolled/data';
import { openCorpus } from '@unrolled/data/node';
import { memoryStore } from '@unrolled/runs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Dataset,
  DEFAULTS,
  prepareDataset,
  type TrainingSettings,
  trainLanguageModel,
} from '../src/index';
import { wordsText } from './support/texts';

const settings: TrainingSettings = {
  ...DEFAULTS,
  ...{ layers: 1, units: 8, embedding: 0, dropout: 0.1, learningRate: 0.01 },
  ...{ batchSize: 7, sequenceLength: 9, steps: 12, validateEvery: 4, sampleEvery: 0 },
};

let place: string;
beforeAll(async () => {
  place = await mkdtemp(path.join(tmpdir(), 'unrolled-language-model-'));
});
afterAll(() => rm(place, { recursive: true, force: true }));

/** Every loss of a run, and the bytes of each of its checkpoints. */
async function run(dataset: Dataset) {
  const seen: unknown[] = [];
  const store = memoryStore();
  await trainLanguageModel({
    dataset,
    settings,
    store: {
      ...store,
      async save(name, checkpoint) {
        await store.save(name, checkpoint);
        seen.push(store.bytes(name));
      },
    },
    listener: {
      stepped: ({ step, loss }) => seen.push([step, loss]),
      validated: ({ validationLoss }) => seen.push(validationLoss),
    },
  });
  return seen;
}

test.each(['character', 'byte', 'word'] as const)(
  'training from a cache is training from memory, to the last bit: %ss',
  async (unit) => {
    const text = `${wordsText(500)}🐋 est né`;
    const file = path.join(place, 'cached.txt');
    await writeFile(file, text);
    const cacheDirectory = path.join(place, 'small');
    const corpus = await openCorpus([file], { unit, cacheDirectory, memoryLimit: 0 });
    expect(corpus.cache).toBeDefined();
    const fromCache = await run(prepareDataset(corpus, settings));
    await corpus.close();
    expect(fromCache).toEqual(await run(prepareDataset(createCorpus(text, { unit }), settings)));
    expect(fromCache.length).toBeGreaterThan(16);
  },
);
