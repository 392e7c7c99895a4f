/** A log that cannot be written any more, as on a full disk. */
import { disposeTree } from '@unrolled/cells';
import { UnrolledError } from '@unrolled/errors';
import { expect, test } from 'vitest';
import { type CheckpointStore, type LogRecord, loadRun, memoryStore, runTraining } from '../src/index';
import { batchSize, idBatches, lossOf, model, type Params, type State } from './support';

type Entry = Omit<LogRecord, 'tokensPerSecond'>;

/** A run of 12 steps whose log takes no record of a step from `fullFrom` on; its records, and its error. */
async function run(store: CheckpointStore, entries: Entry[], fullFrom = Number.POSITIVE_INFINITY) {
  const params = model.init(1);
  try {
    await runTraining<Params, ReturnType<typeof idBatches>[number], State>({
      ...{ params, lossOf, batches: idBatches(6), carry: { model, batchSize }, learningRate: 0.01 },
      ...{ validation: { batches: idBatches(2, 2) }, countOf: ({ inputs }) => inputs.length, seed: 3 },
      ...{ steps: 12, validateEvery: 6, logEvery: 2, store, resume: await loadRun(store) },
      log: {
        rewind: async (step) =>
          void entries.splice(0, entries.length, ...entries.filter((one) => one.step <= step)),
        async add({ tokensPerSecond: _, ...entry }) {
          if (entry.step >= fullFrom) {
            const got = 'a full disk';
            throw new UnrolledError('runs', 'log', {
              expected: 'room',
              got,
              remedy: 'make room',
              code: 'file',
            });
          }
          entries.push(entry);
        },
      },
    });
    return undefined;
  } catch (error) {
    return error as UnrolledError;
  } finally {
    disposeTree(params);
  }
}

test.each([
  ['between validations', 4],
  ['at a validation', 6],
  ['at the end', 12],
])('the run ends with a checkpoint, and goes on as if nothing had been: %s', async (_, step) => {
  const [whole, parted] = [memoryStore(), memoryStore()];
  const [entries, parts]: [Entry[], Entry[]] = [[], []];
  expect(await run(whole, entries)).toBeUndefined();
  const error = await run(parted, parts, step);
  expect(error?.message).toBe(
    `[unrolled/runs] runTraining: expected room, got a full disk after step ${step}: make room; the checkpoint of step ${step} is kept as 'last' in memory`,
  );
  expect(await run(parted, parts)).toBeUndefined();
  expect(parts).toEqual(entries);
  for (const name of ['last', 'best'] as const) expect(parted.bytes(name)).toEqual(whole.bytes(name));
});

test('where the checkpoint has no room either, the one before is named', async () => {
  const store = memoryStore();
  let isFull = false;
  const full: CheckpointStore = {
    ...store,
    save: async (name, checkpoint) => {
      if (isFull) throw new Error('no room');
      await store.save(name, checkpoint);
      isFull = true;
    },
  };
  expect((await run(full, [], 2))?.message).toContain(
    'after step 2: make room; the checkpoint of step 0 is kept',
  );
});
