/** The tests that every checkpoint store must pass. */
import { mkdir, writeFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { disposeTree } from '@unrolled/cells';
import { type Checkpoint, train } from '@unrolled/training';
import { describe, expect, test } from 'vitest';
import { type CheckpointStore, memoryStore } from '../src/index';
import { folderStore } from '../src/node';
import { temporaryDirectory } from './support';

const at = temporaryDirectory();

function checkpoint(value: number): Checkpoint {
  const params = { x: tf.scalar(value) };
  const run = train({
    ...{ params, batches: [0], lossOf: ({ x }: typeof params) => ({ loss: tf.square(x) as tf.Scalar }) },
    ...{ learningRate: 1, steps: 1 },
  });
  const snapshot = run.snapshot();
  disposeTree([params, run.params]);
  return { snapshot, config: { value } };
}

const stores: [string, () => Promise<CheckpointStore>][] = [
  ['memoryStore', async () => memoryStore()],
  [
    'folderStore',
    async () => {
      await mkdir(at('run'), { recursive: true });
      return folderStore(at('run'));
    },
  ],
];

describe.each(stores)('%s', (_name, open) => {
  test('keeps the last checkpoint of each name', async () => {
    const store = await open();
    expect([await store.load('last'), await store.load('best')]).toEqual([undefined, undefined]);
    for (const value of [1, 2]) await store.save('last', checkpoint(value));
    expect(await store.load('last')).toEqual(checkpoint(2));
    await store.copy('last', 'best');
    await store.save('last', checkpoint(3));
    expect(await store.load('best')).toEqual(checkpoint(2));
    expect((await store.load('last'))!.config).toEqual({ value: 3 });
    expect(store.locationOf('best')).toMatch(/best/);
  });
});

test('a folder that is gone and a file that is no checkpoint are told in words', async () => {
  await expect(folderStore(at('gone')).save('last', checkpoint(1))).rejects.toThrow(/does not exist/);
  await mkdir(at('foreign'));
  await writeFile(at('foreign', 'last.safetensors'), 'not a checkpoint');
  await expect(folderStore(at('foreign')).load('last')).rejects.toThrow(/not a safetensors file/);
  await expect(memoryStore().copy('last', 'best')).rejects.toMatchObject({ code: 'state' });
});
