import * as tf from '@tensorflow/tfjs-core';
import {
  attentionWrapper,
  dense,
  disposeTree,
  embedding,
  encode,
  encoderDecoder,
  gru,
  lastOutput,
  lstm,
  mapTree,
  stack,
  unroll,
} from '@unrolled/cells';
import { type Fallback, onFallback, unregisterUnrolledBackend, useUnrolledBackend } from '@unrolled/kernels';
import { meanSquaredError, sequenceLoss } from '@unrolled/losses';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  adam,
  beamSearchBatch,
  evaluate,
  type LossOf,
  modelLoss,
  type TrainOptions,
  train,
} from '../src/index';
import { complaint, idBatches, withoutLeak } from './support';

const model = stack([
  lstm({ inputSize: 5, units: 16, inputKind: 'ids' }),
  dense({ inputSize: 16, units: 5 }),
]);
const lossOf = modelLoss(model, sequenceLoss);
const byOps: typeof lossOf = (...given) => lossOf(...given);
const batches = idBatches(3).map((batch) => ({ ...batch, batchSize: 2, steps: 4 }));

interface OwnEngine {
  readonly usedBytes: number;
  allocate(bytes: number): number;
  run(): void;
}
const engineOf = () => (tf.backend() as unknown as { engine: OwnEngine }).engine;

beforeEach(async () => {
  await useUnrolledBackend({ threads: 2 });
});
afterEach(() => {
  vi.restoreAllMocks();
  unregisterUnrolledBackend();
});

type Options = TrainOptions<
  ReturnType<typeof model.init>,
  (typeof batches)[0],
  ReturnType<typeof model.zeroState>
>;

const start = (options: Partial<Options> = {}) =>
  train({
    params: () => model.init(1),
    lossOf,
    batches,
    learningRate: 0.01,
    seed: 3,
    steps: 40,
    ...options,
  } as Options);

test('after the first step of a shape no kernel runs by way of tfjs, no tensor is made, and no memory is asked for', async () => {
  const carry = { model, batchSize: 2 };
  const run = start({ carry, averaging: { decay: 0.9 }, clip: { globalNorm: 1 } });
  const steps = run[Symbol.asyncIterator]();
  for (let n = 0; n < 4; n++) await steps.next();
  const kernels = vi.spyOn(tf.engine() as unknown as { runKernelFunc(): void }, 'runKernelFunc');
  const allocations = vi.spyOn(engineOf(), 'allocate');
  const nextId = () => tf.tidy(() => tf.scalar(0).id);
  const [first, { numTensors }] = [nextId(), tf.memory()];
  for (let n = 0; n < 2; n++) await steps.next();
  expect(nextId()).toBe(first + 1);
  expect(kernels).not.toHaveBeenCalled();
  expect(allocations).not.toHaveBeenCalled();
  expect(tf.memory().numTensors).toBe(numTensors);
  // The third batch was the last of the epoch: a new epoch starts with a new state, and allocates nothing
  // else.
  await steps.next();
  expect(kernels.mock.calls.length).toBeLessThan(6);
  await steps.return!();
  disposeTree([run.params, run.averages]);
});

const pairModel = (inputFeeding: boolean) => {
  const cell = gru({ inputSize: 3 + (inputFeeding ? 6 : 0), units: 4 });
  const attending = attentionWrapper(cell, { memorySize: 4, attentionUnits: 6, inputFeeding });
  const decoder = stack([
    embedding({ vocabularySize: 5, dimension: 3 }),
    attending,
    dense({ inputSize: 6, units: 5 }),
  ]);
  return encoderDecoder(lstm({ inputSize: 5, units: 4, inputKind: 'ids' }), decoder);
};

for (const inputFeeding of [false, true]) {
  test(`of an encoder–decoder too${inputFeeding ? ', with input feeding' : ''}`, async () => {
    const pair = pairModel(inputFeeding);
    const ids = (count: number) => Int32Array.from({ length: 2 * count }, (_, n) => (n * n) % 5);
    const batch = {
      source: { values: ids(3), count: 2, length: 3, lengths: [3, 2] },
      target: { inputs: ids(4), targets: ids(4), batchSize: 2, steps: 4, lengths: [4, 1] },
    };
    const run = train({
      ...{ params: () => pair.init(1), batches: [batch], learningRate: 0.01, steps: 9 },
      lossOf: modelLoss(pair, sequenceLoss, { labelSmoothing: 0.1 }),
    });
    const steps = run[Symbol.asyncIterator]();
    for (let n = 0; n < 2; n++) await steps.next();
    const kernels = vi.spyOn(tf.engine() as unknown as { runKernelFunc(): void }, 'runKernelFunc');
    const allocations = vi.spyOn(engineOf(), 'allocate');
    const { numTensors } = tf.memory();
    for (let n = 0; n < 3; n++) await steps.next();
    expect(kernels).not.toHaveBeenCalled();
    expect(allocations).not.toHaveBeenCalled();
    expect(tf.memory().numTensors).toBe(numTensors);
    await steps.return!();
    disposeTree(run.params);
  });
}

test('a search between two steps reads the weights as they are, by plans and by ops', async () => {
  const pair = pairModel(true);
  const ids = Int32Array.from({ length: 8 }, (_, n) => (n * n) % 5);
  const batch = {
    source: { values: ids, count: 2, length: 4 },
    target: { inputs: ids, targets: ids, batchSize: 2, steps: 4 },
  };
  const memory = tf.tensor2d(ids, [2, 4], 'int32');
  const search = (params: ReturnType<typeof pair.init>) => {
    const initialState = encode(pair, params, memory);
    const options = { model: pair, params, initialState, prime: [0], length: 5, width: 3 };
    const found = beamSearchBatch(options).flat();
    disposeTree(initialState);
    return found.map(({ logProbability }) => logProbability);
  };
  const planned = modelLoss(pair, sequenceLoss);
  for (const own of [planned, ((...given) => planned(...given)) as typeof planned]) {
    const run = train({
      ...{ params: () => pair.init(1), batches: [batch], learningRate: 0.05, steps: 4, lossOf: own },
    });
    const seen = new Set<number>();
    for await (const _ of run) {
      const copies = mapTree(run.params, (tensor) => tf.tensor(tensor.dataSync(), tensor.shape));
      const [best] = search(run.params);
      expect(search(copies)[0]).toBe(best);
      seen.add(best!);
      disposeTree(copies);
    }
    expect(seen.size).toBe(4);
    disposeTree(run.params);
  }
  expect(tf.memory().numTensors).toBe(1);
  memory.dispose();
  // Packed weights are freed with the weights.
  expect(engineOf().usedBytes).toBe(0);
});

test('what of an encoder–decoder has no plan is told with its reason', async () => {
  const reasons: string[] = [];
  const quiet = onFallback((fallback) => reasons.push(...fallback.reasons));
  const read = { vocabularySize: 5, dimension: 3 };
  const cell = gru({ inputSize: 3, units: 4 });
  const decoders = [
    stack([
      embedding(read),
      attentionWrapper(cell, { memorySize: 4, score: 'scaled' }),
      dense({ inputSize: 8, units: 5 }),
    ]),
    stack([embedding(read), cell, dense({ inputSize: 4, units: 5 })]),
    stack([attentionWrapper(cell, { memorySize: 4 }), dense({ inputSize: 8, units: 5 })]),
  ];
  const run = async (decoder: (typeof decoders)[number]) => {
    const pair = encoderDecoder(lstm({ inputSize: 5, units: 4, inputKind: 'ids' }), decoder as never);
    const own = train({
      ...{ params: () => pair.init(1), batches: [{}], learningRate: 0.01, steps: 1 },
      lossOf: modelLoss(pair, sequenceLoss) as never,
    });
    await expect(own[Symbol.asyncIterator]().next()).rejects.toThrow();
    disposeTree(own.params);
  };
  for (const decoder of decoders) await run(decoder);
  quiet();
  expect(reasons).toEqual([
    'attention with a scaled score',
    'a decoder without attention',
    'a decoder that reads vectors',
  ]);
});

test('the memory of a plan is not more than the peak of the ops, and is freed with the run', async () => {
  const wide = stack([
    lstm({ inputSize: 5, units: 32, inputKind: 'ids' }),
    lstm({ inputSize: 32, units: 32 }),
    dense({ inputSize: 32, units: 5 }),
  ]);
  const ids = Int32Array.from({ length: 160 }, (_, n) => (n * n) % 5);
  const batch = { inputs: ids, targets: ids, batchSize: 8, steps: 20 };
  const loss = modelLoss(wide, sequenceLoss);
  const peakOf = async (of: typeof loss) => {
    const engine = engineOf();
    const before = engine.usedBytes;
    let peak = 0;
    const { allocate } = engine;
    engine.allocate = function (this: OwnEngine, ...given) {
      const address = allocate.apply(this, given);
      peak = Math.max(peak, this.usedBytes);
      return address;
    };
    const run = train({
      params: () => wide.init(1),
      lossOf: of,
      batches: [batch],
      learningRate: 0.01,
      steps: 3,
    });
    for await (const _ of run);
    disposeTree(run.params);
    engine.allocate = allocate;
    expect(engine.usedBytes).toBe(before);
    return peak - before;
  };
  const planned = await peakOf(loss);
  expect(planned).toBeLessThanOrEqual(await peakOf((...given) => loss(...given)));
});

test('a loss that is not finite changes nothing, and is refused in the same words', async () => {
  const regression = stack([lastOutput(lstm({ inputSize: 1, units: 4 })), dense({ inputSize: 4, units: 1 })]);
  const inputs = tf.ones<tf.Rank.R3>([2, 3, 1]);
  const good = { inputs, targets: tf.ones([2, 1]) };
  const bad = { inputs, targets: tf.fill([2, 1], Number.NaN) };
  const planned = modelLoss(regression, meanSquaredError);
  const messages: string[] = [];
  for (const of of [planned, ((...given) => planned(...given)) as typeof planned]) {
    const run = train({
      params: () => regression.init(1),
      lossOf: of as unknown as LossOf<ReturnType<typeof regression.init>, typeof good, never>,
      batches: [good, bad],
      ...{ learningRate: 0.1, steps: 4 },
    });
    const steps = run[Symbol.asyncIterator]();
    await steps.next();
    const before = run.snapshot();
    messages.push(await complaint(() => steps.next()));
    expect(run.snapshot()).toEqual(before);
    disposeTree(run.params);
  }
  expect(messages[0]).toMatch(/finite loss at step 2, got NaN/);
  expect(messages[0]).toBe(messages[1]);
  disposeTree([good, bad.targets]);
});

test('a batch that does not fit is refused in the words of the ops', async () => {
  const wrong = [{ ...batches[0]!, inputs: Int32Array.of(0, 1, 2, 3, 4, 5, 0, 1) }];
  const of = (loss: typeof lossOf) => async () => {
    const run = start({ lossOf: loss as Options['lossOf'], batches: wrong });
    try {
      for await (const _ of run);
    } finally {
      disposeTree(run.params);
    }
  };
  expect(await complaint(of(lossOf))).toMatch(/ids from 0 to 4, got 5 at position 5/);
  expect(await complaint(of(lossOf))).toBe(await complaint(of(byOps)));
});

test('changes of parameters, threads and backends between two steps take effect', async () => {
  const take = async (of: typeof lossOf) => {
    const run = start({ lossOf: of as Options['lossOf'], averaging: { decay: 0.9 } });
    const steps = run[Symbol.asyncIterator]();
    const losses: number[] = [];
    const step = async () => losses.push((await steps.next()).value!.loss);
    await step();
    const shared = tf.clone(run.params[0].kernel);
    const values = await shared.data();
    await step();
    expect(await shared.data()).toEqual(values); // The value at the time it was cloned.
    const bias = run.params[1].bias as tf.Variable;
    tf.tidy(() => bias.assign(tf.add(bias, 0.5)));
    await step();
    await useUnrolledBackend({ threads: 1 });
    await step();
    await tf.setBackend('cpu');
    // Moves the tensors to another address.
    tf.tidy(() => unroll(model, run.params, tf.zeros([1, 2], 'int32')).output);
    await tf.setBackend('unrolled');
    await step();
    await useUnrolledBackend({ threads: 2 });
    await steps.return!();
    const snapshot = run.snapshot();
    disposeTree([run.params, run.averages, shared]);
    return { losses, params: snapshot.params };
  };
  expect(await take(lossOf)).toEqual(await take(byOps));
});

test('a backend that takes the place of another is noticed, and its memory read', async () => {
  const take = async (of: typeof lossOf) => {
    await useUnrolledBackend({ threads: 1 });
    const losses: number[] = [];
    const run = start({ lossOf: of as Options['lossOf'], steps: 6 });
    for await (const { step, loss } of run) {
      losses.push(loss);
      if (step !== 3) continue;
      await tf.setBackend('cpu');
      unregisterUnrolledBackend();
      await useUnrolledBackend({ threads: 1 });
    }
    disposeTree(run.params);
    return losses;
  };
  expect(await take(lossOf)).toEqual(await take(byOps));
});

test('a step on another backend uses the ops', async () => {
  const told: Fallback[] = [];
  const quiet = onFallback((fallback) => told.push(fallback));
  await tf.setBackend('cpu');
  await withoutLeak(async () => {
    const run = start({ steps: 2 });
    for await (const _ of run);
    disposeTree(run.params);
  });
  expect(told.map(({ reasons }) => reasons)).toEqual([["the backend 'cpu'"]]);
  quiet();
});

test('the hook is told why there is no plan, the console is not', async () => {
  const warn = vi.spyOn(console, 'warn');
  const reasonOf = async (options: Partial<Options>) => {
    const told: Fallback[] = [];
    const quiet = onFallback((fallback) => told.push(fallback));
    for (let run = 0; run < 2; run++) {
      const { params } = await finished(start({ steps: 1, ...options }));
      disposeTree(params);
    }
    quiet();
    return told.map(({ caller, reasons: [reason] }) => `${caller}: ${reason}`);
  };
  const finished = async (run: ReturnType<typeof start>) => {
    for await (const _ of run);
    return run;
  };
  expect(await reasonOf({})).toEqual([]);
  expect(await reasonOf({ lossOf: byOps as Options['lossOf'] })).toEqual([
    'train: a user-defined lossOf, rather than that of modelLoss',
  ]);
  expect(await reasonOf({ optimizer: { ...adam() } })).toEqual(['train: a user-defined optimizer']);
  const peepholes = stack([lstm({ inputSize: 5, units: 5, inputKind: 'ids', peepholes: true })]);
  expect(
    await reasonOf({ params: () => peepholes.init(1), lossOf: modelLoss(peepholes, sequenceLoss) } as never),
  ).toContain('train: lstm with peepholes');
  const changed = { ...lstm({ inputSize: 5, units: 5, inputKind: 'ids' }) };
  expect(
    await reasonOf({
      params: () => changed.init(1),
      lossOf: modelLoss(changed as never, sequenceLoss),
    } as never),
  ).toEqual(['train: lstm, a user-defined part']);
  const start2 = await finished(start({ steps: 1, lossOf: byOps as Options['lossOf'] }));
  disposeTree(start2.params);
  expect(warn.mock.calls.flat().join()).not.toMatch(/op by op/);
});

test('more batch shapes than kept plans give the results of the ops', async () => {
  const ragged = Array.from({ length: 20 }, (_, n) => {
    const ids = Int32Array.from({ length: n + 1 }, (_, place) => (place * place + n) % 5);
    return { inputs: ids, targets: ids, batchSize: 1, steps: n + 1 };
  });
  const take = async (of: typeof lossOf) => {
    const run = start({ lossOf: of as Options['lossOf'], batches: ragged });
    const losses: number[] = [];
    for await (const { loss } of run) losses.push(loss);
    disposeTree(run.params);
    return losses;
  };
  expect(await take(lossOf)).toEqual(await take(byOps));
});

test('evaluate runs by plans as well, its carried state included', async () => {
  const params = model.init(1);
  const carry = { model, batchSize: 2 };
  const kernels = vi.spyOn(tf.engine() as unknown as { runKernelFunc(): void }, 'runKernelFunc');
  const planned = await evaluate({ params, lossOf, batches, carry });
  // Only the zeros of the state.
  expect(kernels.mock.calls.length).toBeLessThan(4);
  expect(planned).toBe(await evaluate({ params, lossOf: byOps, batches, carry }));
  disposeTree(params);
});
