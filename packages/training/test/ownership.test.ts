/**
 * Ownership of tensors: the run frees tensors that are created when it requests a batch; tensors created
 * earlier belong to the caller.
 */
import * as tf from '@tensorflow/tfjs-core';
import { disposeTree, random } from '@unrolled/cells';
import { describe, expect, it } from 'vitest';
import { type Batches, evaluate, restoreParams, train } from '../src/index';
import { complaint, finish, withoutLeak } from './support';

interface Batch {
  readonly x: tf.Tensor;
  readonly factor?: tf.Tensor;
}
const COUNT = 4;
const values = (index: number) => [index + 1, 0.5 * index - 1];
const fresh = (index: number): Batch => ({ x: tf.tensor1d(values(index)) });

const lossOf = ({ w }: { w: tf.Tensor }, { x, factor }: Batch) => ({
  loss: tf.mean(tf.square(tf.sub(tf.mul(w, x), factor ?? 1))) as tf.Scalar,
});

/** Sources whose tensors all belong to the run. */
const owned: Record<string, () => Batches<Batch>> = {
  'at(index)': () => ({ length: COUNT, at: fresh }),
  'at(index) that makes more than it gives': () => ({
    length: COUNT,
    at: (index) => ({ x: tf.cast(tf.tensor1d(values(index)), 'float32') }),
  }),
  'at(index) that gives some of them by a function': () => ({
    length: COUNT,
    at: (index) => {
      const hidden = tf.tensor1d(values(index));
      return {
        get x() {
          return hidden;
        },
      };
    },
  }),
  'an array made by a function': () => () => [0, 1, 2, 3].map(fresh),
  'a generator': () =>
    function* () {
      for (let index = 0; index < COUNT; index++) yield fresh(index);
    },
  'a generator that makes more than it gives': () =>
    function* () {
      for (let index = 0; index < COUNT; index++) {
        yield { x: tf.cast(tf.tensor1d(values(index)), 'float32') };
      }
    },
  'a generator that makes all at first': () =>
    function* () {
      yield* [0, 1, 2, 3].map(fresh);
    },
  'a generator that is one ahead': () =>
    function* () {
      let next = fresh(0);
      for (let index = 0; index < COUNT; index++) {
        const batch = next;
        next = fresh(index + 1);
        yield batch;
      }
    },
  'a generator that gives one tensor in every batch': () =>
    function* () {
      const factor = tf.scalar(1);
      for (let index = 0; index < COUNT; index++) yield { ...fresh(index), factor };
    },
  'a function whose call makes a tensor of every other batch': () => () => {
    const factor = tf.scalar(1);
    return (function* () {
      for (let index = 0; index < COUNT; index++) {
        yield index % 2 === 0 ? { ...fresh(index), factor } : fresh(index);
      }
    })();
  },
  'an async generator': () =>
    async function* () {
      for (let index = 0; index < COUNT; index++) {
        await Promise.resolve();
        yield fresh(index);
      }
    },
  'an async generator that is one ahead, and frees what it did not give': () =>
    async function* () {
      let next: Batch | undefined;
      try {
        for (let index = 0; index < COUNT; index++) {
          await Promise.resolve();
          const batch: Batch = next ?? fresh(index);
          next = fresh(index + 1);
          yield batch;
        }
      } finally {
        if (next) disposeTree(next);
      }
    },
  'promises of batches': () => () => [0, 1, 2, 3].map(async (index) => fresh(index)) as never,
};

async function untilEnd(batches: Batches<Batch>, change: object = {}) {
  const run = train({
    params: () => ({ w: tf.tensor1d([0.3, -0.2]) }),
    lossOf,
    batches,
    learningRate: 0.1,
    epochs: 2,
    ...change,
  });
  try {
    return (await finish(run)).map(({ loss, validationLoss }) => [loss, validationLoss]);
  } finally {
    disposeTree(run.params);
  }
}

describe.each(Object.entries(owned))('%s', (_name, make) => {
  it('leaves no tensor in train, validation and evaluate, and gives what an array gives', async () => {
    await withoutLeak(async () => {
      const array = [0, 1, 2, 3].map(fresh);
      const wanted = await untilEnd(array, { validation: { batches: array, every: 3 } });
      expect(await untilEnd(make(), { validation: { batches: make(), every: 3 } })).toEqual(wanted);
      const params = { w: tf.tensor1d([0.3, -0.2]) };
      const loss = await evaluate({ params, lossOf, batches: array });
      expect(await evaluate({ params, lossOf, batches: make() })).toBe(loss);
      disposeTree([array, params]);
    });
  });

  it.each(['break', 'consumer throws', 'lossOf throws', 'not finite', 'signal', 'steps', 'enough'])(
    'leaves none when the loop is left: %s',
    async (how) => {
      await withoutLeak(async () => {
        const stop = new AbortController();
        let asked = 0;
        const options = {
          params: () => ({ w: tf.tensor1d([0.3, -0.2]) }),
          batches: make(),
          lossOf: (own: { w: tf.Tensor }, batch: Batch) => {
            asked += 1;
            if (how === 'lossOf throws' && asked === 2) throw new Error('mine');
            const { loss } = lossOf(own, batch);
            return { loss: how === 'not finite' && asked === 2 ? (tf.div(loss, 0) as tf.Scalar) : loss };
          },
          learningRate: 0.1,
          epochs: how === 'steps' ? undefined : 2,
          steps: how === 'steps' ? 2 : undefined,
          signal: stop.signal,
        };
        if (how === 'enough') {
          const params = options.params();
          const { batches } = options;
          await evaluate({ params, lossOf, batches, isEnough: () => true });
          disposeTree(params);
          return;
        }
        const run = train(options);
        try {
          for await (const { step } of run) {
            if (step < 2) continue;
            if (how === 'break') break;
            if (how === 'consumer throws') throw new Error('mine');
            if (how === 'signal') stop.abort();
          }
        } catch (error) {
          expect(String(error)).toMatch(/mine|finite/);
        }
        disposeTree(run.params);
      });
    },
  );

  it('holds as many tensors after every step', async () => {
    const counts: number[] = [];
    await withoutLeak(async () => {
      const run = train({
        params: () => ({ w: tf.tensor1d([0.3, -0.2]) }),
        ...{ lossOf, batches: make(), learningRate: 0.1, epochs: 3 },
      });
      for await (const { step } of run) if (step % COUNT === 2) counts.push(tf.memory().numTensors);
      disposeTree(run.params);
    });
    expect(new Set(counts).size).toBe(1);
  });
});

describe('what stays the caller’s', () => {
  const sources: Record<string, (old: readonly Batch[]) => Batches<Batch>> = {
    'an array': (old) => old,
    'at(index)': (old) => ({ length: COUNT, at: (index) => old[index] }),
    'a function': (old) => () => old,
    'a generator': (old) =>
      function* () {
        yield* old;
      },
    'an async generator': (old) =>
      async function* () {
        yield* old;
      },
    'partly: a new x beside an old factor': (old) => ({
      length: COUNT,
      at: (index) => ({ ...fresh(index), factor: old[index]!.factor! }),
    }),
  };
  it.each(Object.entries(sources))('%s of tensors from before', async (_name, source) => {
    await withoutLeak(async () => {
      const old = [0, 1, 2, 3].map((index) => ({ ...fresh(index), factor: tf.scalar(index) }));
      await untilEnd(source(old), { validation: { batches: source(old), every: 2 } });
      for (const [index, { x, factor }] of old.entries()) {
        expect([...x.dataSync()]).toEqual(values(index));
        expect(factor.dataSync()[0]).toBe(index);
      }
      disposeTree(old);
    });
  });

  it('kept tensors, of at(index) and of a generator, kept there or in lossOf', async () => {
    const kept: tf.Tensor[] = [];
    const keeping = (index: number): Batch => {
      kept[index] ??= tf.keep(tf.tensor1d(values(index)));
      return { x: kept[index] };
    };
    await withoutLeak(async () => {
      await untilEnd({ length: COUNT, at: keeping });
      await untilEnd(function* () {
        for (let index = 0; index < COUNT; index++) yield keeping(index);
      });
      expect(kept.map((tensor) => [...tensor.dataSync()])).toEqual([0, 1, 2, 3].map(values));
      disposeTree(kept.splice(0));
      const keep = (own: { w: tf.Tensor }, batch: Batch) => {
        kept.push(tf.keep(batch.x));
        return lossOf(own, batch);
      };
      await untilEnd({ length: COUNT, at: fresh }, { lossOf: keep, epochs: 1 });
      expect(kept.map((tensor) => [...tensor.dataSync()])).toEqual([0, 1, 2, 3].map(values));
      disposeTree(kept);
    });
  });

  it('variables', async () => {
    await withoutLeak(async () => {
      const made: tf.Variable[] = [];
      await untilEnd({
        length: COUNT,
        at: (index) => {
          made.push(tf.variable(tf.tensor1d(values(index))));
          return { x: made.at(-1)! };
        },
      });
      expect(made.every((variable) => !variable.isDisposed)).toBe(true);
      disposeTree(made);
    });
  });
});

describe('a batch of any form', () => {
  class Pair {
    constructor(
      readonly x: tf.Tensor,
      readonly ids = new Int32Array(3),
    ) {}
  }
  const forms: Record<string, (x: tf.Tensor) => unknown> = {
    'a tensor': (x) => x,
    'a tuple with a number': (x) => [7, x],
    'nested records and arrays': (x) => ({ a: [{ b: [x, tf.scalar(1)] }], empty: null, none: undefined }),
    'a map': (x) => new Map<string, unknown>([['x', [x, tf.scalar(2)]]]),
    'a set': (x) => new Set([x]),
    'an object of a class': (x) => new Pair(x),
    'one that holds itself': (x) => {
      const batch: Record<string, unknown> = { x };
      batch.self = batch;
      return batch;
    },
  };
  it.each(Object.entries(forms))('%s is freed', async (_name, form) => {
    const tensors: tf.Tensor[] = [];
    const at = (index: number) => {
      tensors.push(tf.tensor1d(values(index)));
      return form(tensors.at(-1)!);
    };
    const generator = async function* () {
      for (let index = 0; index < COUNT; index++) {
        await null;
        yield at(index);
      }
    };
    for (const batches of [{ length: COUNT, at }, generator] as Batches<Batch>[]) {
      await withoutLeak(async () => {
        const { length } = tensors;
        await untilEnd(batches, {
          lossOf: ({ w }: { w: tf.Tensor }) => ({ loss: tf.sum(tf.mul(w, tensors.at(-1)!)) }),
        });
        expect(tensors.length - length).toBe(2 * COUNT);
      });
      expect(tensors.every(({ isDisposed }) => isDisposed)).toBe(true);
    }
  });
});

it('what the body of the loop makes, and a generator gives again and again, stays the caller’s', async () => {
  const before = tf.memory().numTensors;
  const pool: tf.Tensor[] = [tf.tensor1d(values(0))];
  const run = train({
    params: () => ({ w: tf.tensor1d([1, 2]) }),
    *batches() {
      for (let index = 0; index < COUNT; index++)
        for (const x of pool.slice(-2)) yield { x, factor: tf.scalar(index) };
    },
    lossOf,
    ...{ learningRate: 0.01, epochs: 2 },
  });
  for await (const { step } of run) if (step % 3 === 0) pool.push(tf.tensor1d(values(step)));
  expect(pool.every(({ isDisposed }) => !isDisposed)).toBe(true);
  expect(tf.memory().numTensors).toBe(before + pool.length + 1);
  disposeTree([pool, run.params]);
});

it('random sources leave the caller’s tensors alone, and no other', async () => {
  for (let seed = 1; seed <= 40; seed++) {
    await withoutLeak(async () => {
      const draws = random(seed);
      const draw = (limit: number) => Math.floor(draws.uniform() * limit);
      const pool = Array.from({ length: 3 }, () => tf.tensor1d([draws.uniform(), draws.uniform()]));
      const keepers: tf.Tensor[] = [];
      const count = 1 + draw(5);
      const make = (): unknown => {
        const tensor = (): tf.Tensor => {
          const kind = draw(4);
          if (kind === 0) return pool[draw(pool.length)]!;
          const made = tf.tensor1d([draws.uniform(), 1]);
          if (kind === 1) keepers.push(tf.keep(made));
          return made;
        };
        return { x: tensor(), more: Array.from({ length: draw(3) }, tensor), part: { of: tensor() } };
      };
      const generate = function* () {
        for (let index = 0; index < count; index++) yield make();
      };
      const kinds = [
        { length: count, at: make },
        generate,
        async function* () {
          yield* generate();
        },
        () => Array.from({ length: count }, make),
      ];
      const kind = draw(kinds.length);
      const batches = kinds[kind] as Batches<Batch>;
      const shuffle = kind === 0 && draw(2) === 0;
      await untilEnd(batches, { epochs: undefined, steps: 1 + draw(2 * count + 1), shuffle });
      const params = { w: tf.tensor1d([1, 2]) };
      const enough = draw(3) + 1;
      let used = 0;
      await evaluate({ params, lossOf, batches, isEnough: () => ++used >= enough });
      expect([...pool, ...keepers].some(({ isDisposed }) => isDisposed)).toBe(false);
      disposeTree([pool, keepers, params]);
    });
  }
});

describe('an iterator', () => {
  it.each([1, 2, COUNT])(
    'that is left after %i steps gets return(), once, and not when it is used up',
    async (steps) => {
      let returned = 0;
      let given = 0;
      const batches = () => ({
        [Symbol.iterator]: () => ({
          next: () =>
            given < COUNT ? { done: false, value: fresh(given++) } : { done: true, value: undefined },
          return: () => {
            returned += 1;
            return { done: true, value: undefined };
          },
        }),
      });
      await withoutLeak(() => untilEnd(batches as never, { epochs: undefined, steps }));
      expect(returned).toBe(1);
      given = 0;
      await withoutLeak(() => untilEnd(batches as never, { epochs: 1 }));
      expect(returned).toBe(1);
    },
  );

  it('that throws gets none, and its error arrives', async () => {
    await withoutLeak(async () => {
      const batches = function* (): Generator<Batch> {
        yield fresh(0);
        tf.scalar(1);
        throw new Error('mine');
      };
      await expect(untilEnd(batches)).rejects.toThrow('mine');
      const at = (index: number) => {
        if (index === 1) throw new Error('mine');
        return fresh(index);
      };
      await expect(untilEnd({ length: 2, at })).rejects.toThrow('mine');
    });
  });
});

describe('a disposed tensor', () => {
  const remedy =
    'create reused tensors before the run, or tf.keep them: the run frees tensors that are created while it requests a batch';
  it.each(['train', 'evaluate'])('in a batch is refused by %s', async (scope) => {
    await withoutLeak(async () => {
      const cache = new Map<number, Batch>();
      const at = (index: number) => {
        if (!cache.has(index)) cache.set(index, fresh(index));
        return cache.get(index);
      };
      const params = { w: tf.tensor1d([0, 0]) };
      const batches = { length: COUNT, at };
      const twice = async () => {
        if (scope === 'train') return untilEnd(batches);
        await evaluate({ params, lossOf, batches });
        return evaluate({ params, lossOf, batches });
      };
      expect(await complaint(twice)).toBe(
        `[unrolled/training] ${scope}: expected live tensors in a batch, got a disposed tensor, float32 [2]: ${remedy}`,
      );
      const dead = fresh(0);
      disposeTree(dead);
      expect(await complaint(() => untilEnd([{ x: dead.x }]))).toMatch(remedy);
      disposeTree(params);
    });
  });

  it('in params is refused', async () => {
    const params = { w: tf.tensor1d([1]) };
    params.w.dispose();
    expect(await complaint(() => untilEnd([], { params, batches: [fresh(0)] }))).toMatch(
      'live tensors in params, got a disposed tensor',
    );
  });
});

describe('params', () => {
  const options = { lossOf, batches: [{ x: tf.tensor1d(values(1)) }], learningRate: 0.1, steps: 2 };

  it('from a function are the run’s, and the function is called once', async () => {
    await withoutLeak(async () => {
      let calls = 0;
      const make = () => {
        calls += 1;
        return { w: tf.add(tf.tensor1d([0.25, 1]), 0.25) };
      };
      const tree = tf.tidy(make);
      const direct = train({ ...options, params: tree });
      const run = train({ ...options, params: make, averaging: { decay: 0.5 } });
      const losses = await Promise.all([finish(direct), finish(run)]);
      expect(losses[1]).toEqual(losses[0]);
      expect(calls).toBe(2);
      disposeTree([tree, direct.params, run.params, run.averages]);
    });
  });

  it('that a function only passes on, or keeps, stay the caller’s', async () => {
    await withoutLeak(async () => {
      const old = { w: tf.tensor1d([1, 2]) };
      const kept: tf.Tensor[] = [];
      const runs = [
        train({ ...options, params: () => old }),
        train({
          ...options,
          params: () => {
            kept.push(tf.keep(tf.tensor1d([1, 2])));
            return { w: kept[0]! };
          },
        }),
      ];
      for (const run of runs) await finish(run);
      expect([...old.w.dataSync(), ...kept[0]!.dataSync()]).toEqual([1, 2, 1, 2]);
      disposeTree([old, kept, runs.map(({ params }) => params)]);
    });
  });

  it('restoreParams frees the template that a function makes', async () => {
    await withoutLeak(async () => {
      const w = { shape: [2], data: Float32Array.of(3, 4) };
      const restored = restoreParams(() => ({ w: tf.zeros([2]) }), { w });
      expect([...restored.w.dataSync()]).toEqual([3, 4]);
      expect(await complaint(() => restoreParams(() => ({ v: tf.zeros([2]) }), { w }))).toMatch(
        "parameter 'v'",
      );
      disposeTree(restored);
    });
  });

  it('are freed where the options, the snapshot or the function itself is refused', async () => {
    await withoutLeak(async () => {
      const run = train({ ...options, params: () => ({ w: tf.tensor1d([1, 2]) }) });
      const resume = run.snapshot();
      disposeTree(run.params);
      const other = () => ({ w: tf.tensor1d([1, 2, 3]) });
      expect(await complaint(() => train({ ...options, params: other, resume }))).toMatch("parameter 'w'");
      const ids = () => ({ w: tf.tensor1d([1], 'int32') });
      expect(await complaint(() => train({ ...options, params: ids }))).toMatch("got int32 at 'w'");
      const broken = () => {
        tf.scalar(1);
        throw new Error('mine');
      };
      expect(() => train({ ...options, params: broken as never })).toThrow('mine');
      const mixed = () => ({ w: tf.tensor1d([1, 2]), name: 'w' });
      expect(await complaint(() => train({ ...options, params: mixed as never }))).toMatch("at 'name'");
    });
  });
});

it('types are inferred from params and batches of every form', async () => {
  await withoutLeak(async () => {
    const common = { learningRate: 0.1, epochs: 1 };
    const params = () => ({ w: tf.tensor1d([1, 2]) });
    const runs = [
      train({
        params,
        batches: { length: 2, at: (index) => ({ x: tf.tensor1d(values(index)) }) },
        lossOf: ({ w }, { x }) => ({ loss: tf.sum<tf.Scalar>(tf.square(tf.sub(w, x))) }),
        ...common,
      }),
      train({
        params,
        batches: (epoch) => [{ x: tf.tensor1d(values(epoch)) }],
        lossOf: ({ w }, { x }) => ({ loss: tf.sum<tf.Scalar>(tf.square(tf.sub(w, x))) }),
        ...common,
      }),
      train({
        params,
        batches: async function* (epoch) {
          yield { x: tf.tensor1d(values(epoch)) };
        },
        lossOf: ({ w }, { x }) => ({ loss: tf.sum<tf.Scalar>(tf.square(tf.sub(w, x))) }),
        ...common,
      }),
    ];
    for (const run of runs) {
      await finish(run);
      const kernel: tf.Tensor1D = run.params.w;
      kernel.dispose();
    }
  });
});
