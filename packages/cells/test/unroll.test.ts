import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  bidirectional,
  type Cell,
  dense,
  dropout,
  dropoutWrapper,
  embedding,
  flattenParams,
  gru,
  type LstmParams,
  type LstmState,
  lastOutput,
  lstm,
  mapTree,
  residual,
  simpleRnn,
  splitDirections,
  stack,
  stepper,
  tensorsOf,
  tiedEmbedding,
  unflattenParams,
  unroll,
} from '../src/index';

const message = (body: () => unknown): string => {
  try {
    body();
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
};

/** Runs `body` in a tidy, and checks that no tensor remains. */
const clean = (body: () => void) => () => {
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    body();
  });
  expect(tf.memory().numTensors).toBe(before);
};

describe('unroll', () => {
  const cell = lstm({ inputSize: 3, units: 4 });

  it(
    'starts from zeros when no state is given',
    clean(() => {
      const params = cell.init(1);
      const x = tf.randomNormal([2, 5, 3], 0, 1, 'float32', 1) as Tensor3D;
      const a = unroll(cell, params, x);
      const b = unroll(cell, params, x, { initialState: cell.zeroState(2) });
      expect(a.output.arraySync()).toEqual(b.output.arraySync());
    }),
  );

  it(
    'uses a cell’s own unroll, and its steps with fused: false',
    clean(() => {
      const calls: string[] = [];
      const counted: typeof cell = {
        ...cell,
        step: (...args) => {
          calls.push('step');
          return cell.step(...args);
        },
        unroll: (given, inputs, initialState, options) => {
          calls.push('unroll');
          return unroll(cell, given, inputs, { ...options, initialState });
        },
      };
      const x = tf.ones([1, 2, 3]) as Tensor3D;
      const params = cell.init(1);
      unroll(counted, params, x);
      unroll(counted, params, x, { fused: false });
      unroll(stack([counted]), [params], x);
      unroll(stack([counted]), [params], x, { fused: false });
      expect(calls).toEqual(['unroll', 'step', 'step', 'unroll', 'step', 'step']);
    }),
  );

  it.each([
    [
      () => unroll(cell, cell.init(0), tf.ones([2, 5, 9]) as Tensor3D),
      "[unrolled/cells] lstm: expected float32 input [B, T, 3], got float32 [2, 5, 9]: pass a tensor of the part's inputSize",
    ],
    [
      () => unroll(cell, cell.init(0), tf.ones([2, 5, 3], 'int32') as Tensor3D),
      "[unrolled/cells] lstm: expected float32 input [B, T, 3], got int32 [2, 5, 3]: use tf.cast(input, 'float32')",
    ],
    [
      () => unroll(cell, cell.init(0), tf.ones([2, 3, 3]) as Tensor3D, { lengths: [3, 4] }),
      '[unrolled/cells] lstm: expected 2 lengths, each an integer in 0 … 3, got 4 at row 1: pass the number of valid steps of each row',
    ],
    [
      () => unroll(cell, cell.init(0), tf.ones([2, 3, 3]) as Tensor3D, { lengths: [3] }),
      '[unrolled/cells] lstm: expected 2 lengths, each an integer in 0 … 3, got a list of 1: pass the number of valid steps of each row',
    ],
    [
      () =>
        unroll(
          embedding({ vocabularySize: 4, dimension: 2 }),
          { embeddings: tf.ones([4, 2]) as Tensor2D },
          tf.ones([2, 3]) as Tensor2D,
        ),
      '[unrolled/cells] embedding: expected int32 ids [B, T], got float32 [2, 3]: pass ids as an int32 tensor',
    ],
    [
      () => cell.step(cell.init(0), tf.ones([2, 9]) as Tensor2D, cell.zeroState(2)),
      "[unrolled/cells] lstm: expected input [B, 3], got float32 [2, 9]: pass a tensor of the part's inputSize",
    ],
  ])('refuses what does not fit (%#)', (body, expected) => {
    clean(() => expect(message(body)).toBe(expected))();
  });

  it(
    'passes a gradient through a single step to the layer below',
    clean(() => {
      const layers = stack([lstm({ inputSize: 3, units: 4 }), lstm({ inputSize: 4, units: 4 })]);
      const params = layers.init(1);
      for (const fused of [true, false]) {
        const gradient = tf.grad((x) => tf.sum(unroll(layers, params, x as Tensor3D, { fused }).output));
        expect(gradient(tf.ones([2, 1, 3])).shape).toEqual([2, 1, 3]);
      }
    }),
  );
});

describe('construction', () => {
  it.each([
    [
      () => lstm({ inputSize: 0, units: 4 }),
      'lstm: expected inputSize to be a positive integer, got 0: pass such a value: it has no default',
    ],
    [
      () => gru({ inputSize: 3, units: 2.5 }),
      'gru: expected units to be a positive integer, got 2.5: pass such a value: it has no default',
    ],
    [
      () => lstm({ inputSize: 3, units: 4, cellClip: -1 }),
      'lstm: expected cellClip to be positive, got -1: pass a number that is positive',
    ],
    [
      () => dropout({ size: 3, rate: 1 }),
      'dropout: expected rate in [0, 1), got 1: it is the share of units to drop, not the share to keep',
    ],
    [
      () => stack([lstm({ inputSize: 3, units: 4 }), dense({ inputSize: 5, units: 2 })]),
      'stack: expected part 1 (dense) to read vectors of 4, the output of part 0 (lstm), got vectors of 5: make the sizes equal; only the first part may read ids',
    ],
    [
      () => residual(lstm({ inputSize: 3, units: 4 })),
      'residual(lstm): expected a part whose input and output are vectors of one size, got vectors of 3 in, 4 out: set its projection or units to the input size',
    ],
    [
      () => tiedEmbedding(lstm({ inputSize: 3, units: 4 }), { vocabularySize: 7 }),
      'tiedEmbedding(lstm): expected a body whose input and output are vectors of the same size, got vectors of 3 in, 4 out: set its units, or its projection, to the size of an embedding',
    ],
    [
      () => bidirectional(lstm({ inputSize: 3, units: 4 }), lstm({ inputSize: 2, units: 4 })),
      'bidirectional(lstm, lstm): expected two parts that read the same input, got vectors of 3 and vectors of 2: give both the same inputSize and inputKind',
    ],
  ])('refuses nonsense (%#)', (body, expected) => {
    expect(message(body)).toBe(`[unrolled/cells] ${expected}`);
  });

  it(
    'puts the forget bias into the second quarter of the bias',
    clean(() => {
      const { bias } = lstm({ inputSize: 2, units: 3, forgetBias: 2 }).init(0);
      expect(Array.from(bias.dataSync())).toEqual([0, 0, 0, 2, 2, 2, 0, 0, 0, 0, 0, 0]);
    }),
  );
});

describe('stack', () => {
  it('infers parameters, state and input kind', () => {
    const model = stack([embedding({ vocabularySize: 7, dimension: 3 }), lstm({ inputSize: 3, units: 4 })]);
    type Params = ReturnType<typeof model.init>;
    type State = ReturnType<typeof model.zeroState>;
    expectTypeOf<Params[1]>().toEqualTypeOf<LstmParams>();
    expectTypeOf<State[1]>().toEqualTypeOf<LstmState>();
    expectTypeOf(model.inputKind).toEqualTypeOf<'ids' | undefined>();
    expectTypeOf(model).toHaveProperty('step');
    const both = stack([bidirectional(lstm({ inputSize: 3, units: 4 }), lstm({ inputSize: 3, units: 4 }))]);
    expectTypeOf(both).not.toHaveProperty('step');
  });

  it('is a cell only when all its parts are, and carries state only then', () => {
    const cell = lstm({ inputSize: 3, units: 3 });
    expect('step' in stack([cell, cell])).toBe(true);
    const mixed = stack([cell, bidirectional(cell, cell)]);
    expect('step' in mixed).toBe(false);
    expect(mixed.carriesState).toBe(false);
  });
});

describe('bidirectional', () => {
  it(
    'runs one part forward and one in reverse, each with its own lengths',
    clean(() => {
      const forward = lstm({ inputSize: 3, units: 2 });
      const backward = gru({ inputSize: 3, units: 4 });
      const layer = bidirectional(forward, backward);
      const params = layer.init(3);
      const x = tf.randomNormal([3, 5, 3], 0, 1, 'float32', 2) as Tensor3D;
      const lengths = [5, 1, 3];
      const both = unroll(layer, params, x, { lengths });
      const halves = splitDirections(both.output, 2);
      const ahead = unroll(forward, params.forward, x, { lengths });
      const behind = unroll(backward, params.backward, x, { lengths, reverse: true });
      expect(halves.forward.arraySync()).toEqual(ahead.output.arraySync());
      expect(halves.backward.arraySync()).toEqual(behind.output.arraySync());
      expect(both.state.backward.h.arraySync()).toEqual(behind.state.h.arraySync());
      expect(message(() => splitDirections(both.output, 6))).toContain(
        'expected forwardSize to be an integer in 1 … 5',
      );
    }),
  );
});

describe('lastOutput', () => {
  it(
    'is each row’s output at its last valid step',
    clean(() => {
      const cell = simpleRnn({ inputSize: 2, units: 3 });
      const params = cell.init(5);
      const x = tf.randomNormal([3, 4, 2], 0, 1, 'float32', 3) as Tensor3D;
      const { output } = unroll(cell, params, x, { lengths: [4, 0, 2] });
      const rows = output.arraySync();
      const last = unroll(lastOutput(cell), params, x, { lengths: [4, 0, 2] }).output;
      expectTypeOf(last).toEqualTypeOf<Tensor2D>();
      expect(last.arraySync()).toEqual([rows[0]![3], [0, 0, 0], rows[2]![1]]);
    }),
  );
});

describe('dropout', () => {
  const x = () => tf.ones([50, 8, 40]) as Tensor3D;

  it(
    'drops the rate, scales the rest, and does nothing outside training',
    clean(() => {
      const part = dropout({ size: 40, rate: 0.25 });
      const context = { training: true, seed: 1 } as const;
      const values = Array.from(unroll(part, {}, x(), { context }).output.dataSync());
      const dropped = values.filter((value) => value === 0).length / values.length;
      expect(dropped).toBeCloseTo(0.25, 1);
      expect(new Set(values)).toEqual(new Set([0, Math.fround(1 / 0.75)]));
      expect(unroll(part, {}, x()).output.arraySync()).toEqual(x().arraySync());
    }),
  );

  it(
    'draws at each step, or once for all steps with variational',
    clean(() => {
      const context = { training: true, seed: 2 } as const;
      const distinctSteps = (variational: boolean) => {
        const { output } = unroll(dropout({ size: 40, rate: 0.5, variational }), {}, x(), { context });
        return new Set(tf.unstack(output, 1).map((step) => step.dataSync().join())).size;
      };
      expect(distinctSteps(false)).toBe(8);
      expect(distinctSteps(true)).toBe(1);
    }),
  );

  it(
    'drops differently in different places of one model',
    clean(() => {
      const part = dropout({ size: 40, rate: 0.5 });
      const context = { training: true, seed: 2 } as const;
      const twice = unroll(stack([part, part]), [{}, {}], x(), { context }).output;
      const kept = Array.from(twice.dataSync()).filter((value) => value > 0).length / twice.size;
      expect(kept).toBeCloseTo(0.25, 1);
    }),
  );

  it(
    'never drops c',
    clean(() => {
      const seen: number[] = [];
      const inner = lstm({ inputSize: 40, units: 40 });
      const spy: typeof inner = {
        ...inner,
        step: (params, input, state, context) => {
          seen.push(state.c.dataSync<'float32'>().filter((value) => value === 0).length);
          seen.push(state.h.dataSync<'float32'>().filter((value) => value === 0).length);
          return inner.step(params, input, state, context);
        },
      };
      const ones = mapTree(inner.zeroState(50), (tensor) => tf.onesLike(tensor));
      unroll(dropoutWrapper(spy, { state: 0.5 }), inner.init(0), tf.ones([50, 1, 40]) as Tensor3D, {
        initialState: ones,
        context: { training: true, seed: 3 },
      });
      expect(seen[0]).toBe(0);
      expect(seen[1]! / 2000).toBeCloseTo(0.5, 1);
    }),
  );
});

describe('parameters as a flat record', () => {
  const model = stack([lstm({ inputSize: 3, units: 2, peepholes: true }), dense({ inputSize: 2, units: 4 })]);

  it(
    'goes there and back',
    clean(() => {
      const params = model.init(1);
      const flat = flattenParams(params);
      expect(Object.keys(flat)).toEqual([
        '0.kernel',
        '0.recurrentKernel',
        '0.bias',
        '0.peephole',
        '1.kernel',
        '1.bias',
      ]);
      expect(tensorsOf(unflattenParams(model.init(2), flat))).toEqual(tensorsOf(params));
    }),
  );

  it(
    'refuses another architecture',
    clean(() => {
      const flat = flattenParams(model.init(1));
      const { '0.kernel': _gone, ...missing } = flat;
      expect(message(() => unflattenParams(model.init(0), missing))).toContain(
        "expected a tensor '0.kernel' of shape [3,8]",
      );
      expect(message(() => unflattenParams(model.init(0), { ...flat, extra: tf.scalar(1) }))).toContain(
        'got also extra',
      );
      expect(message(() => unflattenParams(model.init(0), { ...flat, '1.bias': tf.ones([5]) }))).toContain(
        "expected '1.bias' of shape [4], got [5]",
      );
    }),
  );
});

describe('stepper', () => {
  it('gives what unroll gives, one step at a time', () => {
    const before = tf.memory().numTensors;
    const model = stack([
      lstm({ inputSize: 5, units: 4, inputKind: 'ids' }),
      dense({ inputSize: 4, units: 5 }),
    ]);
    const params = model.init(1);
    const ids = tf.tensor2d(
      [
        [0, 3, 4],
        [1, 1, 2],
      ],
      [2, 3],
      'int32',
    );
    const whole = unroll(model, params, ids);
    const run = stepper(model, params, { batchSize: 2 });
    const steps = [
      [0, 1],
      [3, 1],
      [4, 2],
    ].map((step) => run.step(Int32Array.from(step)));
    const expected = tf.transpose(whole.output, [1, 0, 2]);
    expected.dataSync().forEach((value, i) => {
      expect(steps[Math.floor(i / 10)]![i % 10]).toBeCloseTo(value, 5);
    });
    const state = run.state();
    state[0].h.dataSync().forEach((value, i) => {
      expect(value).toBeCloseTo(whole.state[0].h.dataSync()[i]!, 6);
    });
    expect(message(() => run.step(Int32Array.from([1])))).toContain(
      'expected an array of 2 ids, got an array of 1',
    );
    run.dispose();
    for (const tensor of [...tensorsOf(params), ...tensorsOf(state), ...tensorsOf(whole), ids, expected])
      tensor.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('a cell that a user wrote', () => {
  it(
    'needs no name, input kind or unroll, and infers everywhere',
    clean(() => {
      const mine: Cell<{ w: Tensor2D }, { sum: Tensor2D }> = {
        inputSize: 2,
        outputSize: 2,
        init: () => ({ w: tf.eye(2) }),
        zeroState: (batchSize) => ({ sum: tf.zeros([batchSize, 2]) }),
        step: ({ w }, input, { sum }) => {
          const next = tf.add(sum, tf.matMul(input, w)) as Tensor2D;
          return { output: next, state: { sum: tf.clone(next) } };
        },
      };
      const { output, state } = unroll(stack([mine, mine]), [mine.init(0), mine.init(0)], tf.ones([1, 3, 2]));
      expect(output.arraySync()).toEqual([
        [
          [1, 1],
          [3, 3],
          [6, 6],
        ],
      ]);
      expect(state[1].sum.arraySync()).toEqual([[6, 6]]);
    }),
  );
});
