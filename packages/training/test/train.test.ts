import * as tf from '@tensorflow/tfjs-core';
import {
  bidirectional,
  type Context,
  disposeTree,
  dropout,
  flattenParams,
  gru,
  lstm,
  stack,
} from '@unrolled/cells';
import { describe, expect, it } from 'vitest';
import { type Carry, evaluate, type TrainStep, train } from '../src/index';
import {
  batchSize,
  complaint,
  finish,
  idBatches,
  lossOf,
  lossOfLayer,
  model,
  type SmallOptions,
  smallRun,
  withoutLeak,
} from './support';

const carry = { model, batchSize };
const valuesOf = (tree: unknown) =>
  Object.values(flattenParams(tree)).map((tensor) => Array.from(tensor.dataSync()));

/** Trains the small model with `options`, disposes of everything, and returns what was observed. */
async function trained(options: SmallOptions) {
  const params = model.init(3);
  const run = train({ params, ...smallRun(options) });
  disposeTree(params);
  const seen = await finish(run);
  const values = valuesOf(run.params);
  disposeTree(run.params);
  return { seen, values, losses: seen.map(({ loss }) => loss) };
}

describe('train', () => {
  it('lowers the loss, and counts steps and epochs from 1', async () => {
    await withoutLeak(async () => {
      const { seen, losses } = await trained({ epochs: 25, learningRate: 0.1 });
      expect(seen.map(({ step }) => step)).toEqual(Array.from({ length: 75 }, (_, index) => index + 1));
      expect(seen.slice(0, 4).map(({ epoch }) => epoch)).toEqual([1, 1, 1, 2]);
      expect(losses[0]).toBeGreaterThan(1.3);
      expect(losses[0]).toBeLessThan(2);
      expect(losses.at(-1)).toBeLessThan(0.5);
    });
  });

  it('yields the loss before the update', async () => {
    await withoutLeak(async () => {
      const params = { x: tf.scalar(3) };
      const run = train({
        params,
        batches: [null],
        lossOf: ({ x }) => ({ loss: tf.square(x) as tf.Scalar }),
        optimizer: 'sgd',
        learningRate: 0.25,
        steps: 3,
      });
      const seen: TrainStep[] = [];
      for await (const step of run) seen.push(step);
      expect(seen).toEqual([
        { step: 1, epoch: 1, loss: 9, gradientNorm: 6, learningRate: 0.25 },
        { step: 2, epoch: 2, loss: 2.25, gradientNorm: 3, learningRate: 0.25 },
        { step: 3, epoch: 3, loss: 0.5625, gradientNorm: 1.5, learningRate: 0.25 },
      ]);
      expect(run.params.x.dataSync()[0]).toBe(0.375);
      expect(params.x.dataSync()[0]).toBe(3);
      disposeTree([params, run.params]);
    });
  });

  it('gives the same losses and parameters for the same seed, to the last bit', async () => {
    await withoutLeak(async () => {
      const one = await trained({ epochs: 4, shuffle: true });
      expect(await trained({ epochs: 4, shuffle: true })).toMatchObject({
        values: one.values,
        losses: one.losses,
      });
      const other = await trained({ epochs: 4, shuffle: true, seed: 8 });
      expect(other.losses).not.toEqual(one.losses);
    });
  });

  it('draws another order in each epoch, every batch once', async () => {
    const orders: number[][] = [];
    const params = { x: tf.scalar(1) };
    const run = train({
      params,
      batches: { length: 6, at: (index) => index },
      lossOf: ({ x }, batch: number) => {
        orders[Math.floor(orders.flat().length / 6)] ??= [];
        orders.at(-1)!.push(batch);
        return { loss: tf.square(x) as tf.Scalar };
      },
      learningRate: 0.1,
      epochs: 3,
      shuffle: true,
      seed: 1,
    });
    await finish(run);
    disposeTree([params, run.params]);
    for (const order of orders) expect([...order].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(new Set(orders.map(String)).size).toBe(3);
  });

  it('takes batches from a function of the epoch, sync or async', async () => {
    await withoutLeak(async () => {
      const direct = await trained({ epochs: 2 });
      const asked: number[] = [];
      const sync = await trained({
        epochs: 2,
        batches: (epoch: number) => {
          asked.push(epoch);
          return idBatches(3);
        },
      });
      const lazy = await trained({
        epochs: 2,
        batches: async function* () {
          yield* idBatches(3);
        },
      });
      expect(asked).toEqual([1, 2]);
      expect(sync.losses).toEqual(direct.losses);
      expect(lazy.losses).toEqual(direct.losses);
    });
  });

  it('gives every step a new dropout seed, the same in a second run', async () => {
    const contexts: Context[] = [];
    const seen = async () => {
      contexts.length = 0;
      await trained({
        steps: 4,
        lossOf: (params, batch, state, context) => {
          contexts.push(context);
          return lossOf(params, batch, state, context);
        },
      });
      return contexts.map((context) => (context.training ? context.seed : 'none'));
    };
    const first = await seen();
    expect(new Set(first).size).toBe(4);
    expect(await seen()).toEqual(first);
  });

  it('trains through dropout', async () => {
    await withoutLeak(async () => {
      const layer = stack([
        lstm({ inputSize: 5, units: 5, inputKind: 'ids' }),
        dropout({ size: 5, rate: 0.5 }),
      ]);
      const params = layer.init(1);
      const run = train({
        params,
        batches: idBatches(3),
        lossOf: lossOfLayer(layer) as never,
        learningRate: 0.05,
        steps: 3,
      });
      expect((await finish(run)).every(({ loss }) => Number.isFinite(loss))).toBe(true);
      disposeTree([params, run.params]);
    });
  });
});

describe('carry', () => {
  it('hands the state to the next batch, and begins each epoch with zeros', async () => {
    await withoutLeak(async () => {
      const first: number[][] = [];
      await trained({
        epochs: 2,
        carry,
        lossOf: (params, batch, state, context) => {
          first.push(valuesOf(state)[0]!);
          return lossOf(params, batch, state, context);
        },
      });
      const isZero = first.map((values) => values.every((value) => value === 0));
      expect(isZero).toEqual([true, false, false, true, false, false]);
    });
  });

  it('keeps a state alive that is passed on unchanged, and copies a parameter in it', async () => {
    await withoutLeak(async () => {
      const params = { x: tf.tensor1d([1]) };
      const seen: number[] = [];
      const layer = { zeroState: () => ({ same: tf.zeros([1]), parameter: tf.zeros([1]) }) };
      const run = train({
        params,
        batches: [0, 0, 0],
        lossOf: ({ x }, _batch, state) => {
          seen.push(state.parameter.dataSync()[0]!);
          return { loss: tf.sum(tf.square(x)) as tf.Scalar, state: { same: state.same, parameter: x } };
        },
        carry: { model: layer, batchSize: 1 } as Carry<{ same: tf.Tensor; parameter: tf.Tensor }>,
        optimizer: 'sgd',
        learningRate: 0.25,
        epochs: 1,
      });
      await finish(run);
      expect(seen).toEqual([0, 1, 0.5]);
      disposeTree([params, run.params]);
    });
  });

  it('refuses bidirectional layers, shuffling, and a lossOf that gives no state', async () => {
    const params = model.init(1);
    await withoutLeak(async () => {
      const both = bidirectional(gru({ inputSize: 2, units: 2 }), gru({ inputSize: 2, units: 2 }));
      const wrong = { model: both, batchSize } as never;
      expect(await complaint(() => train({ params, ...smallRun({ steps: 1, carry: wrong }) }))).toMatch(
        'a bidirectional layer starts at the end of each batch',
      );
      expect(
        await complaint(() => train({ params, ...smallRun({ steps: 1, carry, shuffle: true }) })),
      ).toMatch('either shuffle or carry, got both');
      const stateless = train({
        params,
        ...smallRun({ steps: 1, carry, lossOf: (p, b, s, c) => ({ loss: lossOf(p, b, s, c).loss }) }),
      });
      expect(await complaint(() => finish(stateless))).toMatch('return { loss, state } when carry is set');
      disposeTree(stateless.params);
    });
    disposeTree(params);
  });
});

describe('clip', () => {
  const clipped = async (clip: object | undefined, gradient: number[]) => {
    const params = { a: tf.zeros([1]), b: tf.zeros([1]) };
    const run = train({
      params,
      batches: [gradient],
      lossOf: ({ a, b }, [ga, gb]: number[]) => ({
        loss: tf.sum(tf.add(tf.mul(a, ga!), tf.mul(b, gb!))) as tf.Scalar,
      }),
      optimizer: 'sgd',
      learningRate: 1,
      steps: 1,
      clip: clip as never,
    });
    const [step] = await finish(run);
    const change = valuesOf(run.params).map(([value]) => 0 - value!);
    disposeTree([params, run.params]);
    return { norm: step!.gradientNorm, change };
  };

  it('by global norm scales all gradients by limit / max(norm, limit), and reports the norm before', async () => {
    await withoutLeak(async () => {
      const { norm, change } = await clipped({ globalNorm: 1 }, [3, -4]);
      expect(norm).toBeCloseTo(5, 6);
      expect(change[0]).toBeCloseTo(0.6, 6);
      expect(change[1]).toBeCloseTo(-0.8, 6);
      expect((await clipped({ globalNorm: 5 }, [3, -4])).change).toEqual([3, -4]);
      expect((await clipped({ globalNorm: 1 }, [0, 0])).change).toEqual([0, 0]);
    });
  });

  it('by value limits each number', async () => {
    await withoutLeak(async () => {
      expect(await clipped({ value: 3.5 }, [3, -4])).toEqual({ norm: 5, change: [3, -3.5] });
      const options = smallRun({ steps: 1, clip: { value: 0 } });
      expect(await complaint(() => train({ params: {} as never, ...options }))).toMatch(
        'expected clip.value to be above 0, got 0',
      );
    });
  });
});

describe('averaging', () => {
  it('is the recursion, beside a training that it does not change, and is what validation measures', async () => {
    await withoutLeak(async () => {
      const steps = 12;
      const plain = await trained({ steps });
      const params = model.init(3);
      const validation = { batches: idBatches(1), every: steps };
      const run = train({ params, ...smallRun({ steps, averaging: { decay: 0.5 }, validation }) });
      const expected = valuesOf(params);
      let loss: number | undefined;
      for await (const { step, validationLoss } of run) {
        const decay = Math.min(0.5, (1 + step) / (10 + step)); // 2/11 at first, 0.5 from step 8 on.
        valuesOf(run.params).forEach((values, index) => {
          expected[index] = expected[index]!.map((a, at) => decay * a + (1 - decay) * values[at]!);
        });
        loss = validationLoss;
      }
      expect(valuesOf(run.params)).toEqual(plain.values);
      valuesOf(run.averages).forEach((values, index) => {
        for (const [at, value] of values.entries()) expect(value).toBeCloseTo(expected[index]![at]!, 5);
      });
      expect(loss).toBe(await evaluate({ params: run.averages!, lossOf, batches: idBatches(1) }));
      disposeTree([params, run.params, run.averages]);
    });
  });

  it.each([1, -0.1])('refuses a decay of %d', async (decay) => {
    const params = model.init(3);
    expect(await complaint(() => train({ params, ...smallRun({ steps: 1, averaging: { decay } }) }))).toBe(
      `[unrolled/training] train: expected averaging.decay in [0, 1), got ${decay}: 0.999 averages about the last thousand steps`,
    );
    disposeTree(params);
  });
});

describe('leaving the loop', () => {
  it('by break, by an error of the consumer, or by its end frees all but the parameters', async () => {
    const params = model.init(1);
    for (const leave of ['break', 'throw', 'end']) {
      await withoutLeak(async () => {
        const run = train({ params, ...smallRun({ steps: 3, carry }) });
        try {
          for await (const { step } of run) {
            if (step === 2 && leave === 'break') break;
            if (step === 2 && leave === 'throw') throw new Error('consumer');
          }
        } catch (error) {
          expect((error as Error).message).toBe('consumer');
        }
        expect(run.snapshot().step).toBe(leave === 'end' ? 3 : 2);
        expect(valuesOf(run.params).flat().every(Number.isFinite)).toBe(true);
        disposeTree(run.params);
      });
    }
    disposeTree(params);
  });

  it('holds no tensor more after many steps than after one', async () => {
    const params = model.init(1);
    const run = train({ params, ...smallRun({ epochs: 10, carry }) });
    const counts = new Set<number>();
    for await (const _ of run) counts.add(tf.memory().numTensors);
    expect(counts.size).toBe(1);
    disposeTree([params, run.params]);
  });

  it('by a signal ends after the current step, also one that comes with the event loop', async () => {
    await withoutLeak(async () => {
      const stop = new AbortController();
      const params = model.init(1);
      const run = train({ params, ...smallRun({ steps: 5, signal: stop.signal }) });
      const seen: number[] = [];
      for await (const { step } of run) {
        seen.push(step);
        if (step === 2) stop.abort();
      }
      expect(seen).toEqual([1, 2]);
      disposeTree(run.params);

      const later = new AbortController();
      setTimeout(() => later.abort(), 1);
      const endless = train({ params, ...smallRun({ steps: Infinity, signal: later.signal }) });
      expect((await finish(endless)).length).toBeGreaterThan(0);
      disposeTree(endless.params);

      const none = train({ params, ...smallRun({ steps: 5, signal: stop.signal }) });
      expect(await finish(none)).toEqual([]);
      disposeTree([params, none.params]);
    });
  });

  it.each(['before', 'after'])('frees what was made when lossOf throws %s its ops', async (when) => {
    await withoutLeak(async () => {
      const params = model.init(1);
      const run = train({
        params,
        ...smallRun({
          steps: 5,
          carry,
          lossOf: (...given) => {
            if (when === 'before') throw new Error('mine');
            lossOf(...given);
            throw new Error('mine');
          },
        }),
      });
      await expect(finish(run)).rejects.toThrow('mine');
      disposeTree([params, run.params]);
    });
  });
});

describe('a number that is not finite', () => {
  it('as the loss stops before the update: the parameters stay the last good ones', async () => {
    await withoutLeak(async () => {
      const good = await trained({ steps: 2, carry });
      const params = model.init(3);
      const batches = idBatches(3);
      const bad = smallRun({
        steps: 5,
        batches,
        carry,
        lossOf: (p, b, s, c) => {
          const { loss, state } = lossOf(p, b, s, c);
          return { loss: b.inputs === batches[2]!.inputs ? (tf.div(loss, 0) as tf.Scalar) : loss, state };
        },
      });
      const run = train({ params, ...bad });
      expect(await complaint(() => finish(run))).toBe(
        '[unrolled/training] train: expected a finite loss at step 3, got Infinity: reduce the learning rate, clip the gradients, or check the data for values that are not finite; run.params are those of step 2',
      );
      expect(valuesOf(run.params)).toEqual(good.values);
      expect(run.snapshot()).toMatchObject({ step: 2, cursor: 2, epoch: 1 });
      disposeTree([params, run.params]);
    });
  });

  it('as a gradient alone does so too', async () => {
    await withoutLeak(async () => {
      const params = { x: tf.tensor1d([0, 1]) };
      // √x at 0: the value is 0, and the derivative is infinite.
      const run = train({
        params,
        batches: [0],
        lossOf: ({ x }) => ({ loss: tf.sum(tf.sqrt(x)) as tf.Scalar }),
        learningRate: 0.1,
        steps: 1,
      });
      expect(await complaint(() => finish(run))).toMatch(/a finite gradient( norm)? at step 1, got Infinity/);
      expect(valuesOf(run.params)).toEqual([[0, 1]]);
      const [m] = Object.values(run.snapshot().optimizer.slots);
      expect([...m!.x!.data]).toEqual([0, 0]);
      disposeTree([params, run.params]);
    });
  });

  it('as a learning rate is refused', async () => {
    const params = model.init(1);
    const run = train({ params, ...smallRun({ steps: 2, learningRate: (step: number) => 1 / (step - 1) }) });
    expect(await complaint(() => finish(run))).toMatch('a finite learning rate of at least 0 at step 1');
    disposeTree([params, run.params]);
  });
});

describe('validation', () => {
  it('leaves the trajectory untouched bit for bit', async () => {
    await withoutLeak(async () => {
      const options = { epochs: 4, carry };
      const without = await trained(options);
      const validation = { batches: idBatches(2), every: 2 };
      const withIt = await trained({ ...options, validation });
      expect(withIt.losses).toEqual(without.losses);
      expect(withIt.values).toEqual(without.values);
      const validated = withIt.seen.filter(({ validationLoss }) => validationLoss !== undefined);
      expect(validated.map(({ step }) => step)).toEqual([2, 4, 6, 8, 10, 12]);
    });
  });

  it('is evaluate with the parameters after the update', async () => {
    await withoutLeak(async () => {
      const params = model.init(1);
      const validation = { batches: idBatches(2), every: 3 };
      const countOf = () => 8;
      const run = train({ params, ...smallRun({ steps: 3, carry, validation, countOf }) });
      const last = (await finish(run)).at(-1)!;
      const again = await evaluate({ params: run.params, lossOf, batches: idBatches(2), carry });
      expect(last.validationLoss).toBe(again);
      expect(last.tokens).toBe(8);
      expect(last.tokensPerSecond).toBeGreaterThan(0);
      disposeTree([params, run.params]);
    });
  });

  it.each([0, 1, 3])(
    'evaluate is rejected by a signal after %i batches, and frees its state',
    async (count) => {
      await withoutLeak(async () => {
        const params = model.init(1);
        const controller = new AbortController();
        const reason = new Error('no longer wanted');
        if (count === 0) controller.abort(reason);
        let evaluated = 0;
        const stopping: typeof lossOf = (...given) => {
          evaluated += 1;
          if (evaluated === count) controller.abort(reason);
          return lossOf(...given);
        };
        const options = { params, lossOf: stopping, batches: idBatches(3), carry, signal: controller.signal };
        await expect(evaluate(options)).rejects.toBe(reason);
        expect(evaluated).toBe(count);
        disposeTree(params);
      });
    },
  );

  it('evaluate weights batches by their count, without dropout, and refuses none', async () => {
    await withoutLeak(async () => {
      const contexts: Context[] = [];
      const options = {
        params: {},
        lossOf: (_params: object, batch: number, _state: undefined, context: Context) => {
          contexts.push(context);
          return { loss: tf.scalar(batch) };
        },
        batches: [1, 4],
      };
      expect(await evaluate(options)).toBe(2.5);
      expect(await evaluate({ ...options, countOf: (batch) => (batch === 1 ? 3 : 1) })).toBe(1.75);
      expect(contexts).toEqual(Array(4).fill({ training: false }));
      expect(await complaint(() => evaluate({ ...options, batches: [] }))).toMatch(
        'at least one batch, got none',
      );
      expect(await complaint(() => evaluate({ ...options, batches: () => [] }))).toMatch(
        'at least one batch',
      );
      expect(await complaint(() => evaluate({ ...options, countOf: () => 0 }))).toMatch('more than 0');
      await expect(
        evaluate({
          params: {},
          carry,
          batches: [0],
          lossOf: () => {
            throw new Error('mine');
          },
        }),
      ).rejects.toThrow('mine');
    });
  });
});

describe('bad options', () => {
  const params = { x: tf.scalar(1) };
  const good = {
    params,
    batches: [0],
    lossOf: ({ x }: typeof params) => ({ loss: tf.square(x) as tf.Scalar }),
    learningRate: 0.1,
    steps: 1,
  };

  it.each([
    [{ steps: undefined }, 'steps or epochs, got neither'],
    [{ steps: 0 }, 'steps to be a positive integer, got 0'],
    [{ epochs: 1.5 }, 'epochs to be a positive integer'],
    [{ batches: [] }, 'at least one batch'],
    [{ batches: 5 as never }, 'batches as an array'],
    [{ params: { x: tf.scalar(1, 'int32') } as never }, "float32 parameters, got int32 at 'x'"],
    [{ validation: { batches: [0], every: 0 } }, 'validation.every to be a positive integer'],
    [
      { learningRate: { initial: {}, at: () => 1, observe: () => ({}) } },
      'validation, which this learning rate',
    ],
  ])('%o are refused at once', async (change, message) => {
    await withoutLeak(async () => {
      expect(await complaint(() => train({ ...good, ...change }))).toMatch(message);
    });
  });

  it.each([
    [{ lossOf: () => ({ loss: tf.scalar(1) }) }, 'a loss that depends on the parameters'],
    [{ lossOf: () => ({ loss: tf.zeros([2]) as never }) }, 'a scalar tensor, got a tensor [2]'],
    [{ lossOf: (async () => ({})) as never }, 'return the loss synchronously'],
    [{ batches: () => [] }, 'at least one batch'],
    [{ batches: { length: 1, at: () => undefined } }, 'a batch at 0 of 1'],
  ])('%o are refused while iterating, and freed', async (change, message) => {
    await withoutLeak(async () => {
      const run = train({ ...good, ...change } as typeof good);
      expect(await complaint(() => finish(run))).toMatch(message);
      disposeTree(run.params);
    });
  });

  it('has the snapshot of step 0 before it has begun, and nothing leaks', async () => {
    await withoutLeak(async () => {
      const run = train({ ...good, averaging: { decay: 0.9 } });
      const before = run.snapshot();
      const stopped = train({ ...good, averaging: { decay: 0.9 }, signal: AbortSignal.abort() });
      await finish(stopped);
      expect(before).toEqual(stopped.snapshot());
      expect(before).toMatchObject({ step: 0, epoch: 1, cursor: 0 });
      await finish(run);
      expect(run.snapshot().step).toBe(1);
      disposeTree([run.params, run.averages, stopped.params, stopped.averages]);
    });
  });
});
