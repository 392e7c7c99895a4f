/** Slips in the options of `train`, gradients at the edge of float32, and a GPU that goes away: in our words, on every backend. */
import * as tf from '@tensorflow/tfjs-core';
import { disposeTree } from '@unrolled/cells';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { evaluate, reduceOnPlateau, train } from '../src/index';
import { complaint, finish, smallRun, withoutLeak } from './support';

const started = (options: object) => () =>
  train({ params: {}, ...smallRun({ steps: 1 }), ...options } as never);

describe('clip', () => {
  const remedy = 'globalNorm limits √(Σ g²) over all gradients, value each number';
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
    expect(await complaint(started({ clip }))).toBe(`[unrolled/training] train: expected ${words}`);
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
      `[unrolled/training] train: expected learningRate: a number, or a schedule such as cosineDecay gives, got ${got}: 0.001 is usual for adam`,
    );
  });

  it.each([Number.NaN, Infinity, -0.1])('%d is refused', async (learningRate) => {
    expect(await complaint(started({ learningRate }))).toBe(
      `[unrolled/training] train: expected learningRate to be a finite number of at least 0, got ${learningRate}`,
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

  /** The cpu backend under another name, which answers zeros once its device is lost. */
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

  const words = `expected the backend '${name}' to have its device, got zeros for all that it computes: it has lost it: load the page or start the program again, and resume from the last checkpoint`;
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

  it('a loss that is 0, or not finite, is told from it', async () => {
    const params = { a: tf.tensor1d([2, 2]) };
    expect(await evaluate({ params, lossOf, batches: [0] })).toBe(0);
    const message = await complaint(() =>
      finish(train({ ...options(), params: { a: tf.tensor1d([Number.NaN, 0]) } })),
    );
    expect(message).toMatch('expected a finite loss at step 1, got NaN');
  });
});
