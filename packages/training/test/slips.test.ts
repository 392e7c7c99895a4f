/**
 * Mistakes in the options of `train`, gradients at the limits of float32, and a lost GPU: an UnrolledError on
 * every backend.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { disposeTree } from '@unrolled/cells';
import { UnrolledError } from '@unrolled/errors';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  adam,
  type Checkpoint,
  constant,
  cosineDecay,
  dataOf,
  decodeCheckpoint,
  earlyStopping,
  encodeCheckpoint,
  evaluate,
  exponentialDecay,
  permutation,
  polynomialDecay,
  recurrentSize,
  reduceOnPlateau,
  restoreParams,
  rmsprop,
  type Snapshot,
  sgd,
  stepDecay,
  type TrainRun,
  tokenBatch,
  train,
  warmUp,
} from '../src/index';
import { loadCheckpoint, saveCheckpoint } from '../src/node';
import { complaint, finish, smallRun, withoutLeak } from './support';
import { temporaryFolder } from './temporary-folder';

const started = (options: object) => () =>
  train({ params: {}, ...smallRun({ steps: 1 }), ...options } as never);

describe('clip', () => {
  const remedy = 'pass globalNorm to limit √(Σ g²) over all gradients, or value to limit each element';
  it.each([
    [{ norm: 1 }, '{ norm }'],
    [{ maxNorm: 1 }, '{ maxNorm }'],
    [{ globalNorm: 1, value: 1 }, '{ globalNorm, value }'],
    [{}, 'an object'],
    [{ globalNorm: undefined }, 'an object'],
    [1, '1'],
    ['1', '"1"'],
    [null, 'null'],
    [[1], '{ 0 }'],
  ])('%j is refused', async (clip, got) => {
    expect(await complaint(started({ clip }))).toBe(
      `[unrolled/training] train: expected clip { globalNorm } or { value }, got ${got}: ${remedy}`,
    );
  });

  it.each([
    [{ globalNorm: '1' }, 'clip.globalNorm to be above 0, got "1"'],
    [{ globalNorm: 0 }, 'clip.globalNorm to be above 0, got 0'],
    [{ value: -1 }, 'clip.value to be above 0, got -1'],
    [{ value: Number.NaN }, 'clip.value to be above 0, got NaN'],
  ])('%j has no limit', async (clip, words) => {
    expect(await complaint(started({ clip }))).toBe(
      `[unrolled/training] train: expected ${words}: globalNorm: 1 is usual`,
    );
  });

  it('none, or Infinity, limits nothing', () => {
    for (const clip of [undefined, { globalNorm: Infinity }, { value: Infinity, globalNorm: undefined }])
      started({ clip })();
  });
});

describe('learningRate', () => {
  it.each([
    [undefined, 'none'],
    [null, 'null'],
    ['0.1', '"0.1"'],
    [{}, 'an object'],
    [{ at: () => 1 }, 'an object'],
    [[0.1], 'an array of 1'],
  ])('%j is refused', async (learningRate, got) => {
    expect(await complaint(started({ learningRate }))).toBe(
      `[unrolled/training] train: expected learningRate: a number, or a schedule such as cosineDecay, got ${got}: 0.001 is usual for adam`,
    );
  });

  it.each([Number.NaN, Infinity, -0.1])('%d is refused', async (learningRate) => {
    expect(await complaint(started({ learningRate }))).toBe(
      `[unrolled/training] train: expected learningRate to be a finite number of at least 0, got ${learningRate}: 0.001 is usual for adam`,
    );
  });

  it('may be a number, a function of the step or an adaptive schedule', () => {
    for (const learningRate of [0, 0.1, () => 0.1]) started({ learningRate })();
    const validation = { batches: [1], every: 1 };
    started({ learningRate: reduceOnPlateau({ learningRate: 0.1 }), validation })();
  });
});

describe('gradients whose squares float32 cannot hold', () => {
  /** One step of plain gradient descent at rate 1 with these gradients. */
  async function descended(gradients: number[], clip: object | undefined) {
    const params = gradients.map(() => tf.zeros([1]));
    const run = train({
      params,
      batches: [0],
      lossOf: (own: tf.Tensor[]) => ({
        loss: tf.addN(own.map((value, i) => tf.sum(tf.mul(value, gradients[i]!)))) as tf.Scalar,
      }),
      optimizer: 'sgd',
      learningRate: 1,
      steps: 1,
      clip: clip as never,
    });
    const [step] = await finish(run);
    const moved = run.params.map((value) => 0 - value.dataSync()[0]!);
    disposeTree([params, run.params]);
    return { norm: step!.gradientNorm, moved };
  }

  it.each([
    [[1e25], 1e25],
    [[3e25, -4e25], 5e25],
    [[3e37, 4e37], 5e37],
    [[1e25, 1], 1e25],
    [[3e18, 4e18], 5e18],
    [[3e-20, 4e-20], 5e-20],
    [[3e-30, -4e-30], 5e-30],
    [[0, 0], 0],
  ])('%j have their norm', async (gradients, norm) => {
    await withoutLeak(async () => {
      const result = await descended(gradients, { globalNorm: 1 });
      expect(Math.abs(result.norm - norm)).toBeLessThanOrEqual(2e-6 * norm);
      gradients.forEach((gradient, i) => {
        const clipped = norm > 1 ? gradient / norm : gradient;
        expect(Math.abs(result.moved[i]! - clipped)).toBeLessThanOrEqual(2e-6 * Math.abs(clipped));
      });
    });
  });

  it('are limited by value as others are', async () => {
    await withoutLeak(async () => {
      expect((await descended([1e25, -3e30, 0.5], { value: 2 })).moved).toEqual([2, -2, 0.5]);
    });
  });

  it.each([Number.NaN, Infinity])('but %d is refused', async (gradient) => {
    expect(await complaint(() => descended([1, gradient], { globalNorm: 1 }))).toMatch(/expected a finite/);
  });
});

describe.each(['webgpu', 'webgl'])('on %s, once the device is lost', (name) => {
  let usual = '';
  let isLost = false;

  /** The cpu backend under another name, which returns zeros once its device is lost. */
  beforeEach(async () => {
    usual = tf.getBackend();
    isLost = false;
    await tf.setBackend('cpu');
    const cpu = tf.backend() as unknown as { constructor: new () => object; prototype: object };
    tf.registerBackend(name, () => {
      const backend = new cpu.constructor() as { readSync(dataId: object): Float32Array };
      const read = backend.readSync.bind(backend);
      backend.readSync = (dataId) => {
        const values = read(dataId);
        return isLost ? (values.map(() => 0) as Float32Array) : values;
      };
      return backend as never;
    });
    tf.copyRegisteredKernels('cpu', name);
    await tf.setBackend(name);
  });

  afterEach(async () => {
    await tf.setBackend(usual);
    tf.removeBackend(name);
    for (const { kernelName } of tf.getKernelsForBackend(name)) tf.unregisterKernel(kernelName, name);
  });

  const words = `expected the backend '${name}' with a working device, got zeros for all results, because the device is lost: reload the page or restart the program, and resume from the last checkpoint`;
  const lossOf = ({ a }: { a: tf.Tensor }) => ({ loss: tf.sum(tf.square(tf.sub(a, 2))) as tf.Scalar });
  const options = () => ({
    params: { a: tf.tensor1d([1, 5]) },
    batches: [0],
    lossOf,
    learningRate: 0.1,
    steps: 4,
  });

  it('train reports no loss of 0, and gives no snapshot of zeros', async () => {
    const run = train(options());
    const losses: number[] = [];
    const message = await complaint(async () => {
      for await (const { loss } of run) {
        losses.push(loss);
        if (losses.length === 2) {
          expect(Object.values(run.snapshot().params)[0]!.data.every((value) => value !== 0)).toBe(true);
          isLost = true;
        }
      }
    });
    expect(losses).toHaveLength(2);
    expect(losses[0]).toBe(10);
    expect(message).toMatch(words);
    expect(await complaint(() => run.snapshot())).toBe(`[unrolled/training] snapshot: ${words}`);
    disposeTree(run.params);
  });

  it('evaluate reports none either', async () => {
    const { params, batches } = options();
    expect(await evaluate({ params, lossOf, batches })).toBe(10);
    isLost = true;
    expect(await complaint(() => evaluate({ params, lossOf, batches }))).toBe(
      `[unrolled/training] evaluate: ${words}`,
    );
  });

  it('a real loss of 0, or one that is not finite, is distinguished from it', async () => {
    const params = { a: tf.tensor1d([2, 2]) };
    expect(await evaluate({ params, lossOf, batches: [0] })).toBe(0);
    const message = await complaint(() =>
      finish(train({ ...options(), params: { a: tf.tensor1d([Number.NaN, 0]) } })),
    );
    expect(message).toMatch('expected a finite loss at step 1, got NaN');
  });
});

describe('resume', () => {
  const options = () => ({
    params: () => ({ w: tf.tensor1d([1, 2]) }),
    batches: [0],
    lossOf: ({ w }: { w: tf.Tensor }) => ({ loss: tf.sum(tf.square(w)) as tf.Scalar }),
    learningRate: 0.1,
    steps: 2,
  });
  const snapshot = () => {
    const run = train(options());
    const taken = run.snapshot();
    disposeTree(run.params);
    return taken;
  };

  it('takes a loaded checkpoint as its snapshot', async () => {
    await withoutLeak(async () => {
      const bytes = encodeCheckpoint(snapshot(), { config: { of: 'mine' } });
      const values: unknown[] = [];
      for (const resume of [snapshot(), decodeCheckpoint(bytes)]) {
        const run = train({ ...options(), resume });
        await finish(run);
        values.push([...run.params.w.dataSync()]);
        disposeTree(run.params);
      }
      expect(values[1]).toEqual(values[0]);
    });
  });

  const remedy = 'read a file first: resume: await loadCheckpoint(path), of @unrolled/training/node';
  it.each([
    ['a path', 'runs/last.safetensors', '"runs/last.safetensors"'],
    ['a promise', Promise.resolve(), 'a promise'],
    ['null', null, 'null'],
    ['nothing of it', {}, 'an object without step, epoch, cursor and seed'],
    ['a checkpoint of nothing', { snapshot: undefined }, 'undefined'],
    ['bytes', new Uint8Array(4), 'an object without step, epoch, cursor and seed'],
    ['true', true, 'true'],
  ])('refuses %s', async (_name, resume, got) => {
    await withoutLeak(async () => {
      expect(await complaint(() => train({ ...options(), resume: resume as never }))).toBe(
        `[unrolled/training] train: expected resume: a snapshot, or a checkpoint of loadCheckpoint, got ${got}: ${remedy}`,
      );
    });
  });

  it('refuses parameters, and a snapshot that went through JSON', async () => {
    await withoutLeak(async () => {
      const params = { w: tf.tensor1d([1, 2]) };
      expect(await complaint(() => train({ ...options(), resume: params as never }))).toMatch(remedy);
      disposeTree(params);
      const text = JSON.parse(JSON.stringify(snapshot()));
      expect(await complaint(() => train({ ...options(), resume: text }))).toMatch(
        'a snapshot whose params are not tensor data',
      );
      for (const key of ['params', 'optimizer', 'environment'] as const) {
        const { [key]: _, ...rest } = snapshot();
        expect(await complaint(() => train({ ...options(), resume: rest as never }))).toMatch(remedy);
      }
    });
  });

  it('with another learning rate, clip or optimizer setting is refused, and goes on where that is on purpose', async () => {
    await withoutLeak(async () => {
      const before = snapshot();
      const changes = [{ learningRate: 0.2 }, { clip: { value: 1 } }, { optimizer: adam({ beta2: 0.99 }) }];
      for (const change of changes) {
        const begin = (resume: Snapshot) => train({ ...options(), ...change, resume });
        expect(await complaint(() => begin(before))).toMatch('resume { ...snapshot, hyperparameters: null }');
        const run = begin({ ...before, hyperparameters: null });
        await finish(run);
        expect(run.snapshot().hyperparameters).not.toBeNull();
        disposeTree(run.params);
      }
    });
  });

  it('with a function that gives fewer batches than were used is refused', async () => {
    await withoutLeak(async () => {
      let count = 3;
      const batches = () => Array.from({ length: count }, () => 0);
      const first = train({ ...options(), batches });
      await finish(first);
      count = 1;
      const second = train({ ...options(), batches, steps: 3, resume: first.snapshot() });
      expect(await complaint(() => finish(second))).toBe(
        '[unrolled/training] train: expected at least 2 batches in epoch 1, as many as before the run stopped, got 1: return the same batches for the same epoch from the function of the epoch',
      );
      disposeTree([first.params, second.params]);
    });
  });

  const schedules = {
    constant: [0.1, constant(0.1), constant(0.2)],
    exponential: [
      exponentialDecay({ initial: 0.1, rate: 0.5, every: 10 }),
      exponentialDecay({ initial: 0.1, rate: 0.5, every: 10, after: 0 }),
      exponentialDecay({ initial: 0.1, rate: 0.5, every: 11 }),
    ],
    steps: [
      stepDecay({ initial: 0.1, factor: 0.5, every: 10 }),
      stepDecay({ initial: 0.1, factor: 0.5, every: 10 }),
      stepDecay({ initial: 0.1, factor: 0.5, every: 10, after: 1 }),
    ],
    cosine: [
      cosineDecay({ initial: 0.1, steps: 10 }),
      cosineDecay({ initial: 0.1, steps: 10, final: 0 }),
      cosineDecay({ initial: 0.1, steps: 12 }),
    ],
    polynomial: [
      polynomialDecay({ initial: 0.1, steps: 10 }),
      polynomialDecay({ initial: 0.1, steps: 10, power: 1 }),
      polynomialDecay({ initial: 0.1, steps: 10, power: 2 }),
    ],
    warmUp: [warmUp(3, 0.1), warmUp(3, constant(0.1)), warmUp(4, 0.1)],
    plateau: [
      reduceOnPlateau({ learningRate: 0.1 }),
      reduceOnPlateau({ learningRate: constant(0.1), factor: 0.5 }),
      reduceOnPlateau({ learningRate: 0.1, patience: 2 }),
    ],
    mine: [
      Object.assign((step: number) => 1 / step, { settings: { name: 'mine', power: 1 } }),
      Object.assign((step: number) => 1 / step, { settings: { name: 'mine', power: 1 } }),
      Object.assign((step: number) => 1 / step, { settings: { name: 'mine', power: 2 } }),
    ],
    'a function without settings': [(step: number) => 1 / step, (step: number) => 2 / step, 0.1],
  };
  it.each(Object.entries(schedules))('tells %s from another', async (_name, [first, same, other]) => {
    await withoutLeak(async () => {
      const begin = (learningRate: never, resume?: Checkpoint) => {
        const validation = { batches: [0], every: 1 };
        const run = train({ ...options(), validation, learningRate, resume });
        const bytes = encodeCheckpoint(run.snapshot());
        disposeTree(run.params);
        return decodeCheckpoint(bytes);
      };
      const checkpoint = begin(first as never);
      begin(same as never, checkpoint);
      expect(await complaint(() => begin(other as never, checkpoint))).toMatch('the learning rate');
    });
  });

  it('takes a checkpoint from before the learning rate was in it', async () => {
    await withoutLeak(async () => {
      const { hyperparameters: _, ...before } = snapshot();
      const run = train({
        ...options(),
        learningRate: 0.5,
        resume: decodeCheckpoint(encodeCheckpoint(before)),
      });
      expect(await finish(run)).toHaveLength(2);
      disposeTree(run.params);
    });
  });
});

describe('a plausible mistake gives our error, with a remedy', () => {
  const any = (value: unknown) => value as never;
  const params = { w: [1] };
  const good = { params: {}, lossOf: () => ({ loss: tf.scalar(0) }), batches: [0] };
  const calls: Record<string, [() => unknown, string]> = {
    'train()': [() => train(any(undefined)), 'options to be an object'],
    'no learningRate': [started({ learningRate: undefined }), '0.001 is usual for adam'],
    'clip: 1': [started({ clip: 1 }), 'clip { globalNorm } or { value }, got 1'],
    learning_rate: [started({ learning_rate: 0.1 }), "did you mean 'learningRate'?"],
    batchs: [started({ batchs: [] }), "did you mean 'batches'?"],
    'no lossOf': [started({ lossOf: undefined }), 'lossOf to be a function, got undefined'],
    'no params': [started({ params: undefined }), 'pass model.init(1), or () => model.init(1)'],
    'a model for params': [started({ params: { init: () => 0, name: 'lstm' } }), 'pass model.init(1)'],
    'params as numbers': [started({ params }), "got 1 at 'w.0'"],
    'a promise for params': [started({ params: async () => ({}) }), 'got a promise'],
    'no batches': [started({ batches: undefined }), 'batches as an array'],
    'a generator for batches': [started({ batches: (function* () {})() }), '() => generator()'],
    'a text for batches': [started({ batches: 'abc' }), 'got "abc"'],
    'a length below 0': [started({ batches: { length: -1, at: () => 0 } }), 'batches as an array'],
    'shuffle of a function': [
      started({ batches: () => [0], shuffle: true }),
      'omit shuffle, and shuffle inside the function of the epoch',
    ],
    "shuffle: 'yes'": [started({ shuffle: 'yes' }), 'shuffle to be a boolean'],
    'optimizer: 3': [started({ optimizer: 3 }), 'optimizer to be a string or object'],
    'optimizer: {}': [started({ optimizer: {} }), '{ name, settings, slots, update }'],
    'optimizer: adam': [started({ optimizer: adam }), 'got a function'],
    "optimizer: 'Adam'": [started({ optimizer: 'Adam' }), 'names adam, rmsprop, sgd, got "Adam"'],
    "seed: '1'": [started({ seed: '1' }), 'seed to be a number'],
    'validation as batches': [started({ validation: [0] }), 'validation to be an object'],
    'validation without batches': [started({ validation: { every: 1 } }), 'batches'],
    'validation.evry': [
      started({ validation: { batches: [0], every: 1, evry: 2 } }),
      "did you mean 'every'?",
    ],
    'carry as a model': [
      started({ carry: { zeroState: () => ({}) } }),
      'expected a known option, got "zeroState"',
    ],
    'carry.model as params': [
      started({ carry: { model: {}, batchSize: 1 } }),
      'pass the model that lossOf unrolls',
    ],
    'averaging: true': [started({ averaging: true }), 'averaging to be an object'],
    'averaging.decay: NaN': [started({ averaging: { decay: Number.NaN } }), 'averaging.decay to be a number'],
    'validation.every: 0': [
      started({ validation: { batches: [0], every: 0 } }),
      'validation.every to be a positive integer',
    ],
    "steps: '3'": [started({ steps: '3' }), 'steps to be a number'],
    'epochs: 0.5': [started({ epochs: 0.5 }), 'epochs to be a positive integer'],
    'averaging.decai': [started({ averaging: { decai: 0.9 } }), "did you mean 'decay'?"],
    'signal: a controller': [started({ signal: () => {} }), 'signal to be an AbortSignal'],
    'evaluate()': [() => evaluate(any(undefined)), 'options to be an object'],
    'evaluate without params': [() => evaluate(any({ ...good, params: undefined })), 'params'],
    'evaluate with steps': [() => evaluate(any({ ...good, steps: 3 })), 'got "steps"'],
    'encodeCheckpoint(params)': [() => encodeCheckpoint(any(params)), 'pass run.snapshot()'],
    'saveCheckpoint(path, params)': [() => saveCheckpoint('x', any(params)), 'pass run.snapshot()'],
    'saveCheckpoint(snapshot)': [() => saveCheckpoint(any({}), any('x')), 'path to be a string'],
    'loadCheckpoint()': [() => loadCheckpoint(any(undefined)), 'path to be a string'],
    'decodeCheckpoint(path)': [() => decodeCheckpoint(any('x')), 'bytes to be a Uint8Array'],
    'earlyStopping(3)': [() => earlyStopping(any(3)), 'options to be an object'],
    'earlyStopping(null)': [() => earlyStopping(any(null)), 'options to be an object'],
    'earlyStopping({ patiense })': [() => earlyStopping(any({ patiense: 3 })), "did you mean 'patience'?"],
    'earlyStopping({ state: {} })': [() => earlyStopping({ state: any({}) }), 'pass the result of state()'],
    'update(0.5)': [() => earlyStopping().update(any(0.5)), 'pass the validation loss as a number'],
    'update({ loss: undefined })': [() => earlyStopping().update(any({ step: 1 })), 'loss undefined'],
    'update()': [() => earlyStopping().update(any(undefined)), 'got undefined'],
    'adam({ lr })': [() => adam(any({ lr: 0.1 })), 'the options are beta1'],
    'adam(0.1)': [() => adam(any(0.1)), 'options to be an object'],
    'rmsprop({ rho })': [() => rmsprop(any({ rho: 0.9 })), 'the options are decay'],
    "sgd({ momentum: '0.9' })": [() => sgd(any({ momentum: '0.9' })), 'momentum to be a number'],
    'cosineDecay(0.1)': [() => cosineDecay(any(0.1)), 'options to be an object'],
    'cosineDecay()': [() => cosineDecay(any(undefined)), 'options to be an object'],
    'cosineDecay({ initial })': [() => cosineDecay(any({ initial: 0.1 })), 'steps to be a positive integer'],
    'exponentialDecay({ every })': [
      () => exponentialDecay(any({ initial: 1, every: 2 })),
      'rate to be a number',
    ],
    'stepDecay({ gamma })': [() => stepDecay(any({ initial: 1, every: 2, gamma: 0.1 })), '"gamma"'],
    'polynomialDecay({ powr })': [() => polynomialDecay(any({ initial: 1, steps: 2, powr: 2 })), "'power'"],
    'warmUp(schedule)': [() => warmUp(any(constant(1)), any(3)), 'steps to be a positive integer'],
    'warmUp(3)': [() => warmUp(3, any(undefined)), 'schedule to be a number or function'],
    'reduceOnPlateau(0.1)': [() => reduceOnPlateau(any(0.1)), 'options to be an object'],
    'reduceOnPlateau({})': [() => reduceOnPlateau(any({})), 'learningRate to be a number or function'],
    'restoreParams(model.init(0))': [() => restoreParams({}, any(undefined)), 'params to be an object'],
    'restoreParams(template, tensors)': [() => restoreParams({}, any({ w: 1 })), 'pass snapshot.params'],
    'permutation([1, 2])': [() => permutation(any([1, 2]), 1, 1), 'length to be an integer of at least 0'],
    'permutation(3)': [() => permutation(3, any(undefined), 1), 'seed to be a number'],
    'recurrentSize({})': [() => recurrentSize(any({})), 'cell to be a string'],
    'tokenBatch(ids)': [() => tokenBatch(any(Int32Array.of(1))), 'the batch to be an object'],
    'tokenBatch without steps': [() => tokenBatch(any({ inputs: [], targets: [], batchSize: 1 })), 'steps'],
  };
  it.each(Object.entries(calls))('%s', async (_name, [call, words]) => {
    await withoutLeak(async () => {
      let error: unknown;
      try {
        await call();
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(UnrolledError);
      const { message, remedy } = error as UnrolledError;
      expect(message).toContain(words);
      expect(remedy, message).toBeTruthy();
    });
  });

  it('a function of the epoch that gives no iterable is refused', async () => {
    await withoutLeak(async () => {
      for (const [batches, got] of [
        [async () => [0], 'a promise'],
        [() => undefined, 'undefined'],
        [() => ({ next: () => 0 }), 'an object'],
      ] as const) {
        const run = train({ ...good, batches: any(batches), learningRate: 0.1, steps: 1 });
        expect(await complaint(() => finish(run))).toBe(
          `[unrolled/training] train: expected the function of the epoch to return an iterable or async iterable of batches, got ${got}: make it a generator, function*, or an async one, async function*`,
        );
      }
    });
  });

  it('saveCheckpoint writes nothing for what it refuses', async () => {
    const folder = temporaryFolder();
    await complaint(() => saveCheckpoint(path.join(folder, 'x.safetensors'), any(params)));
    expect(readdirSync(folder)).toEqual([]);
  });

  it('a run whose parameters were disposed too early says so', async () => {
    await withoutLeak(async () => {
      const begun = () =>
        train({ ...good, params: () => ({ w: tf.tensor1d([1]) }), learningRate: 1, steps: 1 });
      const words = 'expected live tensors in run.params and run.averages, got a disposed tensor';
      for (const use of [(run: TrainRun<unknown>) => run.snapshot(), finish]) {
        const run = begun();
        disposeTree(run.params);
        expect(await complaint(() => use(run))).toMatch(words);
      }
      const dead = { w: tf.tensor1d([1]) };
      disposeTree(dead);
      expect(await complaint(() => dataOf(dead))).toMatch('got a disposed tensor, float32 [1]');
    });
  });

  it('earlyStopping() alone only keeps the best', () => {
    const stopping = earlyStopping();
    const seen = [3, 2, 4, Number.NaN].map((loss, step) => stopping.update({ step, loss }));
    expect(seen.map(({ improved }) => improved)).toEqual([true, true, false, false]);
    expect(seen.some(({ stop }) => stop)).toBe(false);
    expect(stopping.best).toEqual({ step: 1, loss: 2 });
  });
});
