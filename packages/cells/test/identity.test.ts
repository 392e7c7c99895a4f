/** A part that was made by changing a built-in one runs its own `step`, on every backend and path. */
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import {
  type AnyCell,
  type AnyLayer,
  type AnyPart,
  bidirectional,
  dense,
  disposeTree,
  dropoutWrapper,
  embedding,
  gru,
  lastOutput,
  lstm,
  parameterShapes,
  residual,
  simpleRnn,
  stack,
  stepper,
  structureOf,
  tiedEmbedding,
  unroll,
} from '../src/index';
import { contractChecks } from '../src/testing';

const SIZE = 4;

/** Half of the cell's output, so that no test can confuse the two. */
const halved = (cell: AnyCell): AnyCell['step'] => {
  const { step } = cell;
  return (...args) => {
    const { output, state } = step(...args);
    return { output: tf.mul(output, 0.5) as Tensor2D, state };
  };
};

/** The same change in four ways. */
const changes: Record<string, (cell: AnyCell) => AnyCell> = {
  'a spread': (cell) => ({ ...cell, step: halved(cell) }),
  'an heir': (cell) => Object.create(cell, { step: { value: halved(cell), enumerable: true } }),
  'a proxy': (cell) => {
    const step = halved(cell);
    return new Proxy(cell, { get: (target, key) => (key === 'step' ? step : Reflect.get(target, key)) });
  },
  'a part with its step replaced': (cell) => Object.assign(cell, { step: halved(cell) }),
};

const cells: Record<string, () => AnyCell> = {
  lstm: () => lstm({ inputSize: SIZE, units: SIZE }),
  gru: () => gru({ inputSize: SIZE, units: SIZE }),
  simpleRnn: () => simpleRnn({ inputSize: SIZE, units: SIZE }),
  dense: () => dense({ inputSize: SIZE, units: SIZE }),
  'a stack': () => stack([lstm({ inputSize: SIZE, units: SIZE }), dense({ inputSize: SIZE, units: SIZE })]),
  'a residual': () => residual(gru({ inputSize: SIZE, units: SIZE })),
  'a dropoutWrapper': () => dropoutWrapper(lstm({ inputSize: SIZE, units: SIZE }), { input: 0.5 }),
};

const table = embedding({ vocabularySize: 3, dimension: SIZE });

/** Where a cell can be used, with a function that computes the output from that of the plain cell. */
const places: Record<string, (cell: AnyCell) => AnyPart> = {
  alone: (cell) => cell,
  'in a stack': (cell) => stack([cell]),
  'before a layer in a stack': (cell) => stack([cell, dense({ inputSize: SIZE, units: 2 })]),
  'after a layer in a stack': (cell) => stack([lstm({ inputSize: SIZE, units: SIZE }), cell]),
  'both ways': (cell) => bidirectional(cell, lstm({ inputSize: SIZE, units: SIZE })),
  'in a residual': (cell) => residual(cell),
  'in a dropoutWrapper': (cell) => dropoutWrapper(cell, { output: 0.2 }),
  'in lastOutput': (cell) => lastOutput(cell),
  'in a tied embedding': (cell) => tiedEmbedding(cell, { vocabularySize: 3 }),
};

const idsOrVectors = (part: AnyPart): Tensor =>
  part.inputKind === 'ids'
    ? tf.tensor2d([0, 1, 2, 1, 1, 0], [2, 3], 'int32')
    : tf.reshape(tf.linspace(-1, 1, 2 * 3 * SIZE), [2, 3, SIZE]);

const outputOf = (part: AnyPart, params: unknown, options = {}): number[] => {
  const { output } = unroll(part as AnyLayer, params, idsOrVectors(part) as never, options);
  return Array.from((output as Tensor).dataSync());
};

const INFERENCE = { context: { training: false } } as const;

const gradientOf = (part: AnyPart, params: unknown) => {
  const loss = (inputs: Tensor) =>
    tf.sum(tf.square(unroll(part as AnyLayer, params, inputs as never, INFERENCE).output)) as tf.Scalar;
  return Array.from(tf.grad(loss)(idsOrVectors(part)).dataSync());
};

const cases = Object.keys(cells).flatMap((cell) =>
  Object.keys(changes).flatMap((change) =>
    Object.keys(places).map((place) => [change, cell, place] as const),
  ),
);

it.each(cases)('%s of %s computes its own step %s', (change, name, place) => {
  tf.tidy(() => {
    const changed = changes[change]!(cells[name]!());
    // A user-defined cell with the same numbers, which has only what the contract requires.
    const { init, zeroState } = cells[name]!();
    const own: AnyCell = {
      name: 'own',
      inputSize: SIZE,
      outputSize: SIZE,
      init,
      zeroState,
      step: halved(cells[name]!()),
    };
    const part = places[place]!(changed);
    const params = part.init(3);
    expect(structureOf(changed)).toBeUndefined();
    const expected = outputOf(places[place]!(own), params);
    expect(outputOf(part, params)).toEqual(expected);
    const plain = outputOf(places[place]!(cells[name]!()), params);
    expect(Math.max(...plain.map((value, i) => Math.abs(value - expected[i]!)))).toBeGreaterThan(1e-4);
    if (part.inputKind !== 'ids')
      expect(gradientOf(part, params)).toEqual(gradientOf(places[place]!(own), params));
  });
});

it.each(Object.keys(changes))(
  '%s is stepped as it says, where the sampler would serve the original',
  (change) => {
    const built = () => lstm({ inputSize: SIZE, units: SIZE });
    const modelOf = (cell: AnyCell) => stack([table, cell, dense({ inputSize: SIZE, units: 3 })]);
    const model = modelOf(changes[change]!(built()));
    const params = model.init(1);
    const run = stepper(model, params);
    const ids = Int32Array.of(2, 0, 1);
    const stepped = Array.from(ids, (id) => Array.from(run.step(Int32Array.of(id)))).flat();
    const whole = tf.tidy(() => {
      const { output } = unroll(model, params, tf.tensor2d(ids, [1, 3], 'int32'), { fused: false });
      return Array.from(output.dataSync());
    });
    expect(stepped).toEqual(whole);
    const original = stepper(modelOf(built()), params as never);
    expect(stepped.slice(0, 3)).not.toEqual(Array.from(original.step(Int32Array.of(2))));
    for (const each of [run, original]) each.dispose();
    disposeTree(params);
  },
);

it('is inherited neither by a spread copy nor by a derived object, which compute the same', () => {
  tf.tidy(() => {
    const cell = lstm({ inputSize: SIZE, units: 3 });
    const params = cell.init(2);
    for (const copy of [{ ...cell }, Object.create(cell) as typeof cell]) {
      expect(structureOf(copy)).toBeUndefined();
      expect(outputOf(copy, params)).toEqual(outputOf(cell, params, { fused: false }));
    }
  });
});

it('holds for the contract checks: they call the step that was written', () => {
  let calls = 0;
  const cell = lstm({ inputSize: 3, units: 2 });
  const counted: typeof cell = {
    ...cell,
    step: (...args) => {
      calls += 1;
      return cell.step(...args);
    },
  };
  for (const { name, check } of contractChecks(counted)) {
    calls = 0;
    check();
    expect([name, calls > 0]).toEqual([name, !/^(initializes|creates)/.test(name)]);
  }
});

it('of a layer ends when its unroll is replaced', () => {
  tf.tidy(() => {
    const layer = bidirectional(lstm({ inputSize: SIZE, units: 2 }), lstm({ inputSize: SIZE, units: 2 }));
    const params = layer.init(1);
    const before = outputOf(stack([layer]), [params]);
    const { unroll: original } = layer;
    Object.assign(layer, {
      unroll: (...args: Parameters<typeof original>) => {
        const { output, state } = original(...args);
        return { output: tf.neg(output) as Tensor3D, state };
      },
    });
    expect(structureOf(layer)).toBeUndefined();
    expect(outputOf(stack([layer]), [params])).toEqual(before.map((value) => -value));
    expect(parameterShapes(layer)).toEqual(
      parameterShapes(
        bidirectional(lstm({ inputSize: SIZE, units: 2 }), lstm({ inputSize: SIZE, units: 2 })),
      ),
    );
  });
});

it('calls methods of a class as methods', () => {
  class Doubling {
    readonly inputSize = 2;
    readonly outputSize = 2;
    readonly factor = 2;
    init() {
      return { factor: tf.scalar(this.factor) };
    }
    zeroState(batchSize: number) {
      return { h: tf.zeros([batchSize, this.outputSize]) };
    }
    step({ factor }: { factor: Tensor }, input: Tensor2D, { h }: { h: Tensor }) {
      if (this.factor !== 2) throw new Error('lost its object');
      return { output: tf.mul(input, factor) as Tensor2D, state: { h: tf.clone(h) } };
    }
  }
  const wraps: ((cell: AnyCell) => AnyPart)[] = [
    residual,
    lastOutput,
    (cell: AnyCell) => dropoutWrapper(cell, { input: 0.1 }),
  ];
  for (const wrap of wraps) {
    tf.tidy(() => {
      const part = wrap(new Doubling() as AnyCell) as AnyLayer;
      const { output } = unroll(part, part.init(0), tf.ones([1, 2, 2]) as never);
      expect(Math.max(...(output as Tensor).dataSync())).toBe(wrap === wraps[0] ? 3 : 2);
    });
  }
});
