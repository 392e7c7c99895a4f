import * as tf from '@tensorflow/tfjs-core';
import { describe as describeModel, disposeTree, tensorsOf } from '@unrolled/cells';
import { decodeCheckpoint, loadModel, reduceOnPlateau } from '@unrolled/training';
import { describe, expect, test } from 'vitest';
import {
  type CheckpointName,
  type CheckpointStore,
  type LogRecord,
  learningRateOf,
  loadRun,
  memoryStore,
  type RunOptions,
  runTraining,
} from '../src/index';
import { batchSize, idBatches, lossOf, model, type Params, type State } from './support';

type Options = RunOptions<Params, ReturnType<typeof idBatches>[number], State>;

interface Changes extends Partial<Options> {
  readonly onStep?: (step: number) => void;
  /** The bytes of the last checkpoint of a run to go on with. */
  readonly from?: Uint8Array;
}

/** A store that also lists what it was given, by the step. */
async function recordingStore(heard: string[], from: Uint8Array | undefined) {
  const store = memoryStore();
  if (from) await store.save('last', decodeCheckpoint(from));
  const saved: { step: number; bytes: Uint8Array }[] = [];
  const recording: CheckpointStore = {
    ...store,
    async save(name: CheckpointName, checkpoint) {
      await store.save(name, checkpoint);
      const { step } = checkpoint.snapshot;
      saved.push({ step, bytes: store.bytes(name)! });
      const { validationLoss } = (checkpoint.config as { run: { validationLoss: number | null } }).run;
      heard.push(`save ${step}${validationLoss === null ? ' unmeasured' : ''}`);
    },
    async copy(from, to) {
      await store.copy(from, to);
      heard.push(`copy ${from} to ${to}`);
    },
  };
  return { store: recording, saved, bytes: store.bytes };
}

/** Runs and lists what the listener heard, what the store was given, and the records of the log. */
async function record({ onStep = () => {}, from, ...changes }: Changes = {}) {
  const heard: string[] = [];
  const log: Omit<LogRecord, 'tokensPerSecond'>[] = [];
  const { store, saved, bytes } = await recordingStore(heard, from);
  const before = tf.memory().numTensors;
  const params = model.init(1);
  const outcome = await runTraining<Params, ReturnType<typeof idBatches>[number], State>({
    ...{ params, lossOf, batches: idBatches(6), carry: { model, batchSize }, learningRate: 0.01 },
    ...{ validation: { batches: idBatches(2, 2) }, countOf: ({ inputs }) => inputs.length, seed: 3 },
    ...{ steps: 6, validateEvery: 2, sampleEvery: 3, config: { app: 'test' }, model: describeModel(model) },
    ...{ store, resume: await loadRun(store) },
    log: {
      rewind: async () => {},
      add: async ({ tokensPerSecond, ...entry }) => void log.push(entry),
    },
    listener: {
      stepped: ({ step }) => onStep(step),
      validated: ({ step, improved }) => heard.push(`validated ${step}${improved ? '' : ', no better'}`),
      extended: () => heard.push('extended'),
      sample: (step) => void heard.push(`sample ${step}`),
    },
    ...changes,
  });
  disposeTree(params);
  expect(tf.memory().numTensors).toBe(before);
  return { heard, saved, log, outcome, bytes };
}

/** A rate that does not change float32 weights. */
const still = { learningRate: 1e-30, steps: 20, validateEvery: 1, sampleEvery: 0 };

describe('a run', () => {
  test('saves before its first step and after every validation, and leaves no tensor behind', async () => {
    const { heard, outcome } = await record();
    const best = outcome.history.validation().map(({ loss }, at, all) => {
      return all.slice(0, at).every((earlier) => loss < earlier.loss);
    });
    const after = (step: number, isBest: boolean) => [
      ...[`save ${step}`, ...(isBest ? ['copy last to best'] : [])],
      `validated ${step}${isBest ? '' : ', no better'}`,
    ];
    expect(heard).toEqual([
      ...['save 0 unmeasured', ...after(2, true), 'sample 3'],
      ...[...after(4, best[1]!), ...after(6, best[2]!)],
    ]);
    expect(outcome).toMatchObject({ steps: 6, interrupted: false, stoppedEarly: false });
    expect(outcome.history.train().map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(outcome.trainLoss).toBeCloseTo(
      (outcome.history.train()[4]!.loss + outcome.history.train()[5]!.loss) / 2,
      12,
    );
    expect(outcome.tokensPerSecond).toBeGreaterThan(0);
  });

  test('also saves and logs at the intervals that were set', async () => {
    const { heard, log } = await record({
      ...{ steps: 7, validateEvery: 4, sampleEvery: 0, checkpointEvery: 3, logEvery: 2 },
    });
    expect(heard.filter((event) => event.startsWith('save'))).toEqual([
      ...['save 0 unmeasured', 'save 3 unmeasured', 'save 4'],
      ...['save 6 unmeasured', 'save 7'],
    ]);
    expect(log.map(({ step }) => step)).toEqual([2, 4, 6, 7]);
    expect(log.map(({ tokens }) => tokens)).toEqual([40, 80, 120, 140]);
    expect(log.map(({ validationLoss }) => validationLoss !== undefined)).toEqual([false, true, false, true]);
  });

  test('without validation keeps the last state alone', async () => {
    const { heard, log, outcome } = await record({ validation: undefined, countOf: undefined, logEvery: 3 });
    expect(heard).toEqual(['save 0 unmeasured', 'sample 3', 'save 6 unmeasured']);
    expect(outcome).toMatchObject({ steps: 6, best: undefined, tokensPerSecond: undefined });
    expect(log.map(({ step, tokens }) => [step, tokens])).toEqual([
      [3, undefined],
      [6, undefined],
    ]);
  });

  test('counts epochs by the batches', async () => {
    expect((await record({ steps: undefined, epochs: 2 })).outcome.steps).toBe(12);
  });

  test('that is interrupted keeps the state of its last step', async () => {
    const controller = new AbortController();
    const onStep = (step: number) => step === 3 && controller.abort();
    const { heard, outcome } = await record({ signal: controller.signal, onStep });
    expect(heard.at(-1)).toBe('save 3 unmeasured');
    expect(outcome).toMatchObject({ steps: 3, interrupted: true, best: { step: 2 } });
  });

  test('that is interrupted during a validation discards its loss', async () => {
    const controller = new AbortController();
    const onStep = (step: number) => step === 2 && controller.abort();
    const { heard, outcome } = await record({ signal: controller.signal, onStep });
    expect(heard).toEqual(['save 0 unmeasured', 'save 2 unmeasured']);
    expect(outcome).toMatchObject({ steps: 2, interrupted: true, best: undefined });
  });

  test('that is interrupted before its first step has a checkpoint too', async () => {
    const { heard, outcome } = await record({ signal: AbortSignal.abort() });
    expect(heard).toEqual(['save 0 unmeasured']);
    expect(outcome).toMatchObject({ steps: 0, trainLoss: undefined, best: undefined });
  });

  test('that stops improving ends after its patience, and later with more patience', async () => {
    const first = await record({ ...still, patience: 2 });
    expect(first.heard.at(-1)).toBe('validated 3, no better');
    expect(first.outcome).toMatchObject({ steps: 3, stoppedEarly: true, best: { step: 1 } });
    const from = first.saved.at(-1)!.bytes;
    const again = await record({ ...still, patience: 2, from });
    expect(again.heard).toEqual([]);
    const longer = await record({ ...still, patience: 4, from });
    expect(longer.outcome).toMatchObject({ steps: 5, stoppedEarly: true });
  });

  test('limited by time is extended twice while it misses its goal', async () => {
    const limits = { steps: undefined, seconds: 0.05, validateEvery: 1000, sampleEvery: 0 };
    const missed = await record({ ...limits, goal: 0 });
    expect(missed.heard.filter((event) => event === 'extended')).toHaveLength(2);
    const reached = await record({ ...limits, goal: 100 });
    expect(reached.heard).not.toContain('extended');
  });
});

describe('a resumed run equals a run that never stopped', () => {
  const long = { steps: 8, validateEvery: 4, checkpointEvery: 3, logEvery: 2, sampleEvery: 0 };
  const rates = { learningRate: 0.01 };
  test.each<[string, Changes]>([
    ['a cosine', { learningRate: learningRateOf({ ...rates, schedule: 'cosine', warmUp: 2 }, 6) }],
    ['averaged weights', { averaging: { decay: 0.9 } }],
    ['a plateau', { learningRate: reduceOnPlateau({ learningRate: 1e-30, patience: 1 }) }],
    ['shuffled batches', { carry: undefined, shuffle: true }],
  ])('%s', async (_name, changes) => {
    const all = { ...long, ...changes };
    const whole = await record(all);
    for (const { step, bytes } of whole.saved.filter((checkpoint) => [3, 4].includes(checkpoint.step))) {
      const rest = await record({ ...all, from: bytes });
      expect(rest.saved, `from step ${step}`).toEqual(whole.saved.filter((later) => later.step > step));
      expect(rest.log.length).toBeGreaterThan(1);
      expect(rest.log).toEqual(whole.log.filter((line) => line.step > step));
      expect(rest.outcome.history.state()).toEqual(whole.outcome.history.state());
      expect(rest.outcome.best).toEqual(whole.outcome.best);
    }
  });

  test.each([4, 5])('also when Ctrl-C stopped it, after step %i', async (stop) => {
    const whole = await record(long);
    const controller = new AbortController();
    const onStep = (step: number) => step === stop && controller.abort();
    const first = await record({ ...long, signal: controller.signal, onStep });
    const rest = await record({ ...long, from: first.saved.at(-1)!.bytes });
    expect(rest.saved.at(-1)).toEqual(whole.saved.at(-1));
    expect([...first.log, ...rest.log]).toEqual(whole.log);
  });

  test('a time limit includes the time before the resume', async () => {
    const limits = { steps: undefined, seconds: 3600, validateEvery: 1000, sampleEvery: 0 };
    const controller = new AbortController();
    const onStep = (step: number) => step === 3 && controller.abort();
    const first = await record({ ...limits, signal: controller.signal, onStep });
    const store = memoryStore();
    await store.save('last', decodeCheckpoint(first.saved.at(-1)!.bytes));
    const resume = (await loadRun(store))!;
    expect(resume.state.elapsedSeconds).toBeGreaterThan(0);
    const spent = { ...resume, state: { ...resume.state, elapsedSeconds: 3600 } };
    expect((await record({ ...limits, store, resume: spent })).outcome.steps).toBe(3);
  });

  test('and its log is rewound, its checkpoints made to agree', async () => {
    const whole = await record({ ...long, validateEvery: 2 });
    const at = (step: number) => decodeCheckpoint(whole.saved.find((saved) => saved.step === step)!.bytes);
    const log: number[] = [];
    const following = { rewind: async (step: number) => void log.push(step), add: async () => {} };
    // From the best checkpoint: the last one becomes its copy.
    const store = memoryStore();
    await store.save('last', at(6));
    await store.save('best', at(4));
    const best = await loadRun(store, 'best');
    const signal = AbortSignal.abort();
    await record({ ...long, store, resume: best, log: following, signal });
    expect((await loadRun(store))!.snapshot.step).toBe(4);
    // From a last checkpoint that is the best one: the process was killed before it made the copy.
    await store.save('last', at(2));
    await record({ ...long, store, resume: await loadRun(store), log: following, signal });
    expect(store.bytes('best')).toEqual(store.bytes('last'));
    expect(log).toEqual([4, 2]);
  });
});

test('a checkpoint without the state of a run is refused', async () => {
  const { saved } = await record();
  const { snapshot, config } = decodeCheckpoint(saved.at(-1)!.bytes);
  const store = memoryStore();
  expect(await loadRun(store)).toBeUndefined();
  expect((await loadRun(store, 'best')) === undefined).toBe(true);
  for (const [run, got] of [
    [undefined, 'got none'],
    [{ tokens: 1 }, 'got a damaged state of a run'],
  ] as const) {
    await store.save('last', { snapshot, config: { ...(config as object), run } as never });
    await expect(loadRun(store)).rejects.toMatchObject({
      code: 'format',
      message: expect.stringContaining(`expected the state of a run in 'last' in memory, ${got}`),
    });
  }
});

test('every checkpoint is a model that can be loaded, with the config of the run', async () => {
  const { bytes } = await record({ averaging: { decay: 0.5 } });
  for (const name of ['last', 'best'] as const) {
    const trained = loadModel(bytes(name)!);
    expect(trained.details).toMatchObject({ app: 'test' });
    const { snapshot } = decodeCheckpoint(bytes(name)!);
    expect(tensorsOf(trained.params).map((tensor) => tensor.dataSync())).toEqual(
      Object.values(snapshot.averaging!.params).map(({ data }) => data),
    );
    disposeTree(trained.params);
  }
});

test('validation changes no bit of the training', async () => {
  const often = await record({ steps: 12, sampleEvery: 0, validateEvery: 1 });
  const once = await record({ steps: 12, sampleEvery: 0, validateEvery: 12 });
  const snapshotOf = ({ saved }: typeof often) => decodeCheckpoint(saved.at(-1)!.bytes).snapshot;
  expect(often.heard.filter((event) => event.startsWith('validated'))).toHaveLength(12);
  expect(once.heard.filter((event) => event.startsWith('validated'))).toHaveLength(1);
  expect(snapshotOf(often)).toEqual(snapshotOf(once));
  expect(often.outcome.history.train()).toEqual(once.outcome.history.train());
});

test('a number that is not finite ends the run, and the error names the checkpoint that is kept', async () => {
  const bad: Options['lossOf'] = (params, batch, state, context) => {
    const { loss, state: next } = lossOf(params, batch, state, context);
    return { loss: tf.div(loss, batch === batches[3] ? 0 : 1) as tf.Scalar, state: next };
  };
  const batches = idBatches(6);
  await expect(record({ batches, lossOf: bad, advice: 'be careful' })).rejects.toMatchObject({
    code: 'not-finite',
    message:
      "[unrolled/runs] runTraining: expected a finite loss at step 4, got Infinity after step 3: be careful; the checkpoint of step 2 is kept as 'last' in memory",
  });
  const validation = { batches: idBatches(1), lossOf: () => ({ loss: tf.scalar(Number.NaN) }) };
  await expect(
    record({ validation: { ...validation, carry: undefined }, carry: undefined }),
  ).rejects.toMatchObject({
    code: 'not-finite',
    message: expect.stringMatching(
      /a finite validation loss, got NaN after step 2: reduce the learning rate.* of step 0 is kept/,
    ),
  });
});

test('a limit in epochs counts the batches that a function declares, as those of shuffledBatches do', async () => {
  const { steps } = await runTraining({
    ...{ params: () => ({ x: tf.scalar(1) }), learningRate: 0.1, epochs: 3, store: memoryStore() },
    batches: Object.assign(() => [1, 2, 3], { batchesPerEpoch: 3 }),
    lossOf: ({ x }: { x: tf.Scalar }) => ({ loss: tf.square(x) as tf.Scalar }),
  });
  expect(steps).toBe(9);
});

test.each<[Partial<Options>, string]>([
  [{ steps: undefined }, 'steps, epochs or seconds, got none of them'],
  [{ steps: 0 }, 'steps to be a positive integer'],
  [{ seconds: 0 }, 'seconds above 0'],
  [
    { epochs: 1, batches: () => idBatches(1) },
    'if batches is a function without batchesPerEpoch, got epochs',
  ],
  [{ patience: 0 }, 'patience to be a positive integer'],
  [{ patience: 1, validation: undefined }, 'the option validation, which patience requires'],
  [{ goal: 1, validation: undefined }, 'the option validation, which the goal requires'],
  [
    { learningRate: reduceOnPlateau({ learningRate: 1 }), validation: undefined },
    'the option validation, which this learning rate requires',
  ],
  [{ config: { run: 1 } }, "a config without the key 'run'"],
])('%o is refused', async (changes, message) => {
  const before = tf.memory().numTensors;
  const params = { x: tf.scalar(1) };
  const options = {
    ...{ params, batches: [0], lossOf: ({ x }: typeof params) => ({ loss: tf.square(x) as tf.Scalar }) },
    ...{ learningRate: 1, steps: 1, store: memoryStore(), validation: { batches: [0] }, ...changes },
  };
  await expect(runTraining(options as never)).rejects.toThrow(message);
  disposeTree(params);
  expect(tf.memory().numTensors).toBe(before);
});

describe('a run that goes on', () => {
  const rates = {
    'a number': [0.01, 0.02],
    'a schedule by name': [
      learningRateOf({ schedule: 'cosine', learningRate: 0.01 }, 6),
      learningRateOf({ schedule: 'linear', learningRate: 0.01 }, 6),
    ],
    'one that follows the losses': [
      reduceOnPlateau({ learningRate: 0.01 }),
      reduceOnPlateau({ learningRate: 0.01, factor: 0.1 }),
    ],
    'a number, then a function': [0.01, () => 0.01],
  } as const;
  test.each(Object.entries(rates))(
    'is refused another learning rate: %s',
    async (_name, [learningRate, other]) => {
      const { bytes } = await record({ learningRate, steps: 2 });
      const from = bytes('last');
      await record({ learningRate, from, steps: 4 });
      const store = memoryStore();
      await store.save('last', decodeCheckpoint(from!));
      const resume = await loadRun(store);
      const begin = (changes: Partial<Options>) =>
        runTraining<Params, ReturnType<typeof idBatches>[number], State>({
          ...{
            params: () => model.init(1),
            lossOf,
            batches: idBatches(6),
            carry: { model, batchSize },
            seed: 3,
          },
          ...{ validation: { batches: idBatches(2, 2) }, steps: 4, learningRate: other, store, resume },
          ...changes,
        });
      const before = tf.memory().numTensors;
      await expect(begin({})).rejects.toThrow('the learning rate');
      const snapshot = { ...resume!.snapshot, hyperparameters: null };
      expect((await begin({ resume: { ...resume!, snapshot } })).steps).toBe(4);
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  test.each([
    ['a path', 'runs/1'],
    ['a checkpoint', { snapshot: {}, config: null }],
    ['null', null],
  ])('is refused %s for what loadRun gives', async (_name, resume) => {
    const begin = record({ resume: resume as never });
    await expect(begin).rejects.toThrow('resume: a run of loadRun');
    await expect(begin).rejects.toThrow('pass resume: await loadRun(store)');
  });
});

test('a run frees what it asks for: parameters, and batches that are made when it asks', async () => {
  const ids = idBatches(6);
  const made: tf.Tensor[] = [];
  const at = (index: number) => {
    const x = tf.tensor2d(ids[index]!.inputs, [batchSize, 5], 'int32');
    made.push(x);
    return { ...ids[index]!, x };
  };
  const before = tf.memory().numTensors;
  await runTraining<Params, ReturnType<typeof at>, State>({
    ...{ params: () => model.init(1), batches: { length: 6, at }, carry: { model, batchSize } },
    ...{
      validation: {
        batches: function* () {
          for (let i = 0; i < 2; i++) yield at(i);
        },
      },
      validateEvery: 2,
    },
    lossOf: (params, batch, state, context) => {
      expect(batch.x.isDisposed).toBe(false);
      return lossOf(params, batch, state, context);
    },
    ...{ learningRate: 0.01, steps: 5, store: memoryStore() },
  });
  expect(made.length).toBeGreaterThan(9);
  expect(tf.memory().numTensors).toBe(before);
});
