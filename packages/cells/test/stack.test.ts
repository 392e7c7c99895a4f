/** Stacks: what follows lastOutput, lists of any length, dropout without a size, and models of any kind by type. */
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  type AnyPart,
  bidirectional,
  type Cell,
  type Context,
  dense,
  describe as describeModel,
  dropout,
  dropoutWrapper,
  embedding,
  flattenParams,
  gru,
  isManyToOne,
  type Layer,
  type LstmParams,
  lastOutput,
  lstm,
  type ManyToMany,
  type ManyToOne,
  modelFrom,
  type NoState,
  parameterShapes,
  residual,
  type StackStructure,
  simpleRnn,
  stack,
  stepper,
  structureOf,
  type UnrollOptions,
  unflattenParams,
  unroll,
} from '../src/index';
import { contractChecks } from '../src/testing';

const B = 4;
const T = 5;
const LENGTHS = [5, 0, 2, 1];
const vectors = () => tf.randomNormal([B, T, 3], 0, 1, 'float32', 1) as Tensor3D;
const ids = () => tf.randomUniformInt([B, T], 0, 6, 1) as Tensor2D;

/** The message of the UnrolledError that `body` throws. */
function refusal(body: () => unknown): string {
  try {
    tf.tidy(() => void body());
  } catch (error) {
    expect((error as Error).name, (error as Error).stack).toBe('UnrolledError');
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

/** A body in a tidy, after which no tensor is left. */
const clean = (body: () => void) => () => {
  const before = tf.memory().numTensors;
  tf.tidy(body);
  expect(tf.memory().numTensors).toBe(before);
};

/** A many-to-one layer of a user's own: the mean over the steps, [B, T, 4] → [B, 4]. */
const meanOverSteps: Layer<Record<string, never>, NoState, 'vectors', Tensor2D> = {
  name: 'meanOverSteps',
  inputSize: 4,
  outputSize: 4,
  init: () => ({}),
  zeroState: () => ({}),
  unroll: (_params, inputs, _state, { lengths } = {}) => ({
    output: tf.tidy(() => {
      const [rows, steps] = inputs.shape;
      const counts = lengths ?? Array<number>(rows).fill(steps);
      const valid = counts.flatMap((length) => Array.from({ length: steps }, (_, time) => +(time < length)));
      const mask = tf.tensor3d(valid, [rows, steps, 1], 'bool');
      const sum = tf.sum(tf.where(mask, inputs, tf.zerosLike(inputs)), 1);
      return tf.div(
        sum,
        tf.tensor2d(
          counts.map((count) => Math.max(1, count)),
          [rows, 1],
        ),
      ) as Tensor2D;
    }),
    state: {},
  }),
};

const first = lstm({ inputSize: 3, units: 4 });
const second = gru({ inputSize: 4, units: 4 });
const head = dense({ inputSize: 4, units: 2, activation: 'tanh' });
const wide = dense({ inputSize: 4, units: 4 });
const table = embedding({ vocabularySize: 6, dimension: 3 });
const both = bidirectional(lstm({ inputSize: 3, units: 2 }), gru({ inputSize: 3, units: 2 }));

/** Stacks that go on after lastOutput, and the same model with lastOutput around the whole. */
const pairs: [string, AnyPart, AnyPart][] = [
  ['lstm, dense', stack([lastOutput(first), head]), lastOutput(stack([first, head]))],
  ['two recurrent parts', stack([first, lastOutput(second), head]), lastOutput(stack([first, second, head]))],
  ['two dense parts', stack([lastOutput(first), wide, head]), lastOutput(stack([first, wide, head]))],
  ['ids', stack([table, lastOutput(first), head]), lastOutput(stack([table, first, head]))],
  ['both directions', stack([lastOutput(both), head]), lastOutput(stack([both, head]))],
  [
    'dropout and a residual',
    stack([lastOutput(first), dropout({ rate: 0.5 }), residual(wide), head]),
    lastOutput(stack([first, dropout({ size: 4, rate: 0.5 }), residual(wide), head])),
  ],
  [
    'a stack after it',
    stack([lastOutput(first), stack([wide, head])]),
    lastOutput(stack([first, stack([wide, head])])),
  ],
  [
    'within a stack',
    stack([stack([lastOutput(first), wide]), head]),
    lastOutput(stack([stack([first, wide]), head])),
  ],
  [
    'a stack inside',
    stack([lastOutput(stack([first, second])), head]),
    lastOutput(stack([stack([first, second]), head])),
  ],
  ['nothing after it', stack([first, lastOutput(second)]), lastOutput(stack([first, second]))],
];

const optionsOf: [string, UnrollOptions][] = [
  ['whole rows', {}],
  ['lengths', { lengths: LENGTHS }],
  ['reverse', { lengths: LENGTHS, reverse: true }],
  ['step by step', { lengths: LENGTHS, fused: false }],
];

describe.each(pairs)('%s after lastOutput', (_name, model, whole) => {
  const run = (part: AnyPart, params: unknown, options: UnrollOptions) => {
    const inputs = part.inputKind === 'ids' ? ids() : vectors();
    return unroll(part, params, inputs as never, options);
  };
  const numbers = (tensor: Tensor) => Array.from(tensor.dataSync());

  it.each(optionsOf)('is the last output of the whole: %s', (_asked, options) => {
    clean(() => {
      const params = model.init(3);
      const same = unflattenParams(whole.init(0), flattenParams(params) as never);
      const [own, other] = [run(model, params, options), run(whole, same, options)];
      expect(own.output.shape).toEqual([B, model.outputSize]);
      numbers(own.output).forEach((value, i) => {
        expect(value).toBeCloseTo(numbers(other.output)[i]!, 6);
      });
      const [states, others] = [flattenParams(own.state), flattenParams(other.state)];
      expect(Object.keys(states)).toEqual(Object.keys(others));
      for (const path of Object.keys(states)) expect(numbers(states[path]!)).toEqual(numbers(others[path]!));
    })();
  });

  it('has the gradients of the whole', () => {
    clean(() => {
      const params = flattenParams(model.init(3));
      const gradientsOf = (part: AnyPart) => {
        const template = part.init(0);
        const lossOf = (...tensors: Tensor[]) => {
          const tree = unflattenParams(
            template,
            Object.fromEntries(Object.keys(params).map((path, i) => [path, tensors[i]!])),
          );
          const options = { lengths: LENGTHS, context: { training: false } } as const;
          return tf.sum(tf.square(run(part, tree, options).output)) as Scalar;
        };
        return tf.grads(lossOf)(Object.values(params)).map(numbers);
      };
      const [own, other] = [gradientsOf(model).flat(), gradientsOf(whole).flat()];
      own.forEach((value, i) => {
        expect(value).toBeCloseTo(other[i]!, 5);
      });
    })();
  });

  it('is known as such, also from its description', () => {
    expect([isManyToOne(model), isManyToOne(whole)]).toEqual([true, true]);
    const again = modelFrom(JSON.parse(JSON.stringify(describeModel(model))));
    expect(again.name).toBe(model.name);
    expect(isManyToOne(again)).toBe(true);
    expect(parameterShapes(again)).toEqual(parameterShapes(whole));
    tf.tidy(() => {
      const params = model.init(2);
      expect(numbers(run(again, params, {}).output)).toEqual(numbers(run(model, params, {}).output));
    });
  });
});

const contracted: Record<string, AnyPart> = {
  'lstm, gru, lastOutput, dropout, dense': stack([first, lastOutput(second), dropout({ rate: 0.4 }), head]),
  'a layer of a user’s own that gives one output a row': stack([first, meanOverSteps, head]),
  'lastOutput alone': stack([lastOutput(first)]),
  'layers of a list': stack(Array.from({ length: 3 }, () => second)),
};
describe.each(Object.entries(contracted))('%s', (_name, part) => {
  it.each(contractChecks(part).map(({ name, check }) => [name, check] as const))('%s', (_check, check) => {
    const before = tf.memory().numTensors;
    check();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('a stack that cannot go on after lastOutput', () => {
  const last = lastOutput(first);
  const remedy = 'put lastOutput around the last part that reads a sequence';
  const cases: [string, () => unknown, string][] = [
    [
      'a recurrent part after it',
      () => stack([last, second] as AnyPart[]),
      `only cells without a state, such as dense and dropout, after part 0 (lastOutput(lstm)), which gives one output a row, [B, O], got gru: ${remedy}`,
    ],
    ['a second one', () => stack([last, lastOutput(second)] as AnyPart[]), `got lastOutput(gru): ${remedy}`],
    ['a bidirectional part', () => stack([last, bidirectional(second, second)] as AnyPart[]), remedy],
    ['a stack with a recurrent part', () => stack([last, stack([wide, second])] as AnyPart[]), remedy],
    [
      'a recurrent part after a stack that ends',
      () => stack([stack([last, wide]), second] as AnyPart[]),
      remedy,
    ],
    ['a wrapped recurrent part', () => stack([last, residual(second)] as AnyPart[]), remedy],
    [
      'a recurrent part after a layer of a user’s own, which is known when it runs',
      () => {
        const part = stack([first, meanOverSteps, second] as AnyPart[]);
        unroll(part, part.init(1), vectors());
      },
      `after a part that gives one output a row, [B, O], got gru: ${remedy}`,
    ],
    ...([lastOutput, (part) => bidirectional(part, part), residual] as ((part: never) => AnyPart)[]).map(
      (wrap): [string, () => unknown, string] => [
        `${wrap.name || 'both directions'} of a layer of a user’s own that gives one output a row`,
        () => {
          const part = wrap(meanOverSteps as never);
          unroll(part, part.init(1), tf.ones<tf.Rank.R3>([2, 3, 4]));
        },
        'got meanOverSteps, which gives one a row, [B, O]: put lastOutput around the whole instead',
      ],
    ),
    [
      'lastOutput twice',
      () => lastOutput(last as never),
      'lastOutput: expected a part that gives an output at every step',
    ],
    [
      'a residual of it',
      () => residual(lastOutput(second) as never),
      'which gives one a row, [B, O]: put lastOutput around the whole',
    ],
    [
      'both directions of it',
      () => bidirectional(last as never, last as never),
      'put lastOutput around the whole',
    ],
    [
      'a stepper of it',
      () => stepper(last as never, {} as never),
      'stepper(lastOutput(lstm)): expected a cell, which takes single steps',
    ],
    [
      'dropoutWrapper around it',
      () => dropoutWrapper(last as never, { input: 0.1 }),
      'dropoutWrapper: expected a cell',
    ],
  ];
  it.each(cases)('%s', (_name, body, message) => expect(refusal(body)).toContain(message));

  it('is refused in a description too', () => {
    const { version, model } = describeModel(stack([last, wide]));
    const parts = [...(model as StackStructure<unknown>).parts, describeModel(second).model];
    expect(refusal(() => modelFrom({ version, model: { ...model, parts } }))).toContain(
      'model: only cells without a state',
    );
  });

  it('is no type', () => {
    // @ts-expect-error a recurrent part needs the time axis
    expect(() => stack([last, second])).toThrow();
    // @ts-expect-error so does one inside a stack
    expect(() => stack([last, wide, stack([wide, second])])).toThrow();
    // @ts-expect-error so does a second lastOutput
    expect(() => stack([last, lastOutput(second)])).toThrow();
    // @ts-expect-error both directions need the time axis
    expect(() => bidirectional(last, last)).toThrow();
    // @ts-expect-error a stack has a part
    expect(() => stack([])).toThrow();
  });
});

describe('a stack of a list', () => {
  it(
    'takes layers from a loop, and a head',
    clean(() => {
      const layers = Array.from({ length: 3 }, (_, i) => lstm({ inputSize: i === 0 ? 3 : 4, units: 4 }));
      const model = stack([...layers, dense({ inputSize: 4, units: 2 })]);
      const params = model.init(1);
      expectTypeOf(params).toEqualTypeOf<
        [...LstmParams[], { readonly kernel: Tensor2D; readonly bias?: Tensor1D }]
      >();
      const { output, state } = unroll(model, params, vectors(), { lengths: LENGTHS });
      expectTypeOf(output).toEqualTypeOf<Tensor3D>();
      expect([output.shape, state.length]).toEqual([[B, T, 2], 4]);
      const tuple = stack([layers[0]!, layers[1]!, layers[2]!, dense({ inputSize: 4, units: 2 })]);
      const other = unroll(tuple, params as never, vectors(), { lengths: LENGTHS });
      expect(Array.from(output.dataSync())).toEqual(Array.from(other.output.dataSync()));
    }),
  );

  it(
    'knows its types, ids and one output a row among them',
    clean(() => {
      const layers = [gru({ inputSize: 3, units: 3 }), gru({ inputSize: 3, units: 3 })];
      const plain = stack(layers);
      expectTypeOf(plain).toHaveProperty('step');
      expectTypeOf(plain.zeroState(1)).toEqualTypeOf<{ readonly h: Tensor2D }[]>();
      const model = stack([
        table,
        ...layers,
        lastOutput(gru({ inputSize: 3, units: 3 })),
        dense({ inputSize: 3, units: 2 }),
      ]);
      const { output } = unroll(model, model.init(1), ids());
      expectTypeOf(output).toEqualTypeOf<Tensor2D>();
      expect(output.shape).toEqual([B, 2]);
      const mixed: AnyPart[] = [first, head];
      const run = unroll(stack(mixed), stack(mixed).init(1), vectors());
      expect(run.output.shape).toEqual([B, T, 2]);
    }),
  );

  it('is not changed by a change of the list', () => {
    const list = [second, second];
    const model = stack(list);
    list.push(second);
    expect((structureOf(model) as StackStructure<unknown>).parts).toHaveLength(2);
    expect(Object.keys(parameterShapes(model)).at(-1)).toBe('1.recurrentBias');
  });

  it('refuses what is no list of parts', () => {
    const listOf = (list: unknown) => refusal(() => stack(list as AnyPart[]));
    expect(listOf([])).toContain('stack: expected a list of at least one part, got none: give stack([lstm(');
    expect(listOf(undefined)).toContain('got undefined');
    expect(listOf(first)).toContain('got an object');
    expect(listOf([first, undefined])).toContain('stack: part 1: expected a cell or layer, with init');
    expect(listOf([lstm])).toContain(
      'stack: part 0: expected a cell or layer, with init, zeroState and step or unroll, got a function',
    );
    expect(listOf([first, gru({ inputSize: 5, units: 2 })])).toContain('part 1 (gru) to read vectors of 4');
  });
});

describe('dropout without a size', () => {
  const drop = dropout({ rate: 0.5 });
  const sizesOf = (part: AnyPart): unknown[] => {
    const structure = structureOf(part)!;
    if (structure.type === 'dropout') return [structure.size];
    if (structure.type === 'stack') return structure.parts.flatMap(sizesOf);
    return structure.type === 'bidirectional'
      ? [...sizesOf(structure.forward), ...sizesOf(structure.backward)]
      : 'part' in structure
        ? sizesOf(structure.part)
        : [];
  };
  const cases: [string, AnyPart, number[]][] = [
    ['between parts', stack([first, drop, second, drop, head, drop]), [4, 4, 2]],
    ['twice', stack([first, drop, drop, head]), [4, 4]],
    ['first, by the part after it', stack([drop, first]), [3]],
    ['first and second', stack([drop, drop, first]), [3, 3]],
    ['after an embedding', stack([table, drop, first]), [3]],
    ['after a residual', stack([first, residual(second), drop]), [4]],
    ['after both directions', stack([both, drop, lastOutput(second), drop, head]), [4, 4]],
    ['in a residual', residual(stack([second, drop])), [4]],
    ['in both directions', bidirectional(stack([drop, first]), stack([first, drop])), [3, 4]],
    ['in a stack in a stack', stack([first, stack([drop, second])]), [4]],
  ];
  it.each(cases)('takes its neighbour’s: %s', (_name, part, sizes) => {
    expect(sizesOf(part)).toEqual(sizes);
    expect(modelFrom(describeModel(part)).name).toBe(part.name);
  });

  it(
    'drops what the same with a size drops',
    clean(() => {
      const sized = stack([first, dropout({ size: 4, rate: 0.5, variational: true }), head]);
      const model = stack([first, dropout({ rate: 0.5, variational: true }), head]);
      const options = { context: { training: true, seed: 3 } } as const;
      const [one, other] = [model, sized].map(
        (part) => unroll(part, part.init(1), vectors(), options).output,
      );
      expect(Array.from(one!.dataSync())).toEqual(Array.from(other!.dataSync()));
    }),
  );

  const remedy =
    'give dropout({ size, rate }); only in a stack, beside a part with a size, it may be left out';
  const refused: [string, () => unknown, string][] = [
    ['alone', () => unroll(drop, {}, vectors()), remedy],
    ['alone by steps', () => stepper(drop, {}), remedy],
    ['with no part beside it', () => stack([drop, drop]), remedy],
    ['in a wrapper', () => lastOutput(drop), remedy],
    ['described', () => describeModel(drop), remedy],
    [
      'on ids',
      () => stack([drop, table]),
      'stack: expected dropout among vectors, got dropout of the ids that embedding reads: put dropout after embedding',
    ],
    [
      'with a size of 0',
      () => dropout({ size: 0, rate: 0.5 }),
      'dropout: expected size to be a positive integer',
    ],
    ['with an unknown option', () => dropout({ rate: 0.5, sise: 3 } as never), "did you mean 'size'?"],
    ['without a rate', () => dropout({} as never), 'dropout: expected rate to be a number, got undefined'],
  ];
  it.each(refused)('is refused %s', (_name, body, message) => expect(refusal(body)).toContain(message));
});

describe('dropout without a context', () => {
  const drop = dropout({ rate: 0.5 });
  const own: Cell<LstmParams, { h: Tensor2D; c: Tensor2D }> = {
    ...first,
    name: 'own',
    step: (params, x, state, context) => {
      const next = first.step(params, x, state, context);
      const dropped = dropout({ size: 4, rate: 0.5 }).step({}, next.output, {}, context);
      return { output: dropped.output, state: next.state };
    },
  };
  const parts: Record<string, AnyPart> = {
    'in a stack': stack([first, drop, head]),
    'after lastOutput': stack([lastOutput(first), drop, head]),
    'in both directions': bidirectional(stack([drop, first]), first),
    'of a wrapper’s output': dropoutWrapper(first, { output: 0.5 }),
    'of a wrapper’s state': dropoutWrapper(first, { state: 0.5 }),
    'in a cell of a user’s own': own,
  };
  const gradient = (part: AnyPart, context?: Context) =>
    tf.tidy(() => {
      const params = part.init(1);
      const loss = (x: Tensor) => tf.sum(unroll(part, params, x as Tensor3D, { context }).output) as Scalar;
      return Array.from(tf.grad(loss)(vectors()).dataSync());
    });

  it.each(Object.entries(parts))('is refused while gradients are taken: %s', (_name, part) => {
    expect(refusal(() => gradient(part))).toContain(
      'dropout: expected a context that says whether units are dropped while gradients are taken, got none: pass on the one that lossOf is given, unroll(model, params, inputs, { context }); { training: false } drops nothing',
    );
    const off = gradient(part, { training: false });
    expect(gradient(part, { training: true, seed: 1 })).not.toEqual(off);
  });

  it(
    'drops nothing where no gradient is taken, nor at a rate of 0',
    clean(() => {
      const [on, off] = [stack([first, drop, head]), stack([first, dropout({ rate: 0 }), head])];
      const [output, plain] = [on, off].map((part) => unroll(part, part.init(1), vectors()).output);
      expect(Array.from(output!.dataSync())).toEqual(Array.from(plain!.dataSync()));
      expect(gradient(off)).toHaveLength(B * T * 3);
    }),
  );
});

describe('models of any kind', () => {
  const models = {
    small: lastOutput(lstm({ inputSize: 3, units: 2 })),
    deep: stack([first, lastOutput(second), dropout({ rate: 0.1 }), head]),
    both: stack([lastOutput(both), head]),
  };

  it(
    'run from a record, by types that infer',
    clean(() => {
      for (const model of Object.values(models)) {
        const { output } = unroll(model, model.init(1), vectors(), { lengths: LENGTHS });
        expectTypeOf(output).toEqualTypeOf<Tensor2D>();
        expect(output.shape).toEqual([B, 2]);
      }
    }),
  );

  it(
    'fit one type for one output a row',
    clean(() => {
      const classify = (model: ManyToOne, x: Tensor3D): Tensor2D => unroll(model, model.init(1), x).output;
      for (const model of Object.values(models)) expect(classify(model, vectors()).shape).toEqual([B, 2]);
      const ofIds: ManyToOne<'ids'> = stack([table, lastOutput(first), head]);
      expectTypeOf(unroll(ofIds, ofIds.init(1), ids()).output).toEqualTypeOf<Tensor2D>();
      // @ts-expect-error it gives an output at every step
      const notOne: ManyToOne = stack([first, head]);
      // @ts-expect-error it reads ids
      const notVectors: ManyToOne = ofIds;
      expect([notOne, notVectors].map(isManyToOne)).toEqual([false, true]);
    }),
  );

  it(
    'fit one type for one output a step',
    clean(() => {
      const tag = (model: ManyToMany, x: Tensor3D): Tensor3D => unroll(model, model.init(1), x).output;
      const taggers = [
        stack([first, head]),
        simpleRnn({ inputSize: 3, units: 2 }),
        both,
        stack([both, head]),
      ];
      for (const model of taggers) expect(tag(model, vectors()).shape).toEqual([B, T, model.outputSize]);
      const ofIds: ManyToMany<'ids'> = stack([table, first]);
      expect(unroll(ofIds, ofIds.init(1), ids()).output.shape).toEqual([B, T, 4]);
      // @ts-expect-error it gives one output a row
      const notMany: ManyToMany = lastOutput(first);
      expect(isManyToOne(notMany)).toBe(true);
    }),
  );

  it('step from a list', () => {
    const before = tf.memory().numTensors;
    for (const cell of [first, simpleRnn({ inputSize: 3, units: 4 })]) {
      const params = cell.init(1);
      const run = stepper(cell, params);
      expect(run.step([1, 2, 3])).toHaveLength(4);
      run.dispose();
      tf.dispose(params);
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('keep the types of the one that is given', () => {
    expectTypeOf(unroll(first, first.init(1), vectors()).state.c).toEqualTypeOf<Tensor2D>();
    function lossOf<P, S>(model: Layer<P, S, 'vectors', Tensor2D>, params: P, x: Tensor3D): Tensor2D {
      return unroll(model, params, x).output;
    }
    expectTypeOf(lossOf).toBeFunction();
    // @ts-expect-error parameters of another model
    expect(() => unroll(first, head.init(1), vectors())).toThrow(
      "lstm: expected parameters with 'kernel' float32 [3, 16]",
    );
  });
});
