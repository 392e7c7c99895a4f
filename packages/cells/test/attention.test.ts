/** The rest of attention besides its numbers: sources, bridges, alignments, descriptions, and errors. */
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import {
  type AnyPart,
  alignmentPaths,
  attend,
  attentionWrapper,
  bidirectional,
  constantStatePaths,
  conv1d,
  dense,
  describe,
  dropoutWrapper,
  embedding,
  encode,
  encoderDecoder,
  flattenParams,
  gru,
  lstm,
  modelFrom,
  parameterShapes,
  paramsFrom,
  pixelSteps,
  residual,
  simpleRnn,
  stack,
  stepper,
  tiedEmbedding,
  unflattenParams,
  unroll,
  unrollWithAlignments,
} from '../src/index';
import { clean, refusal } from './support';

const both = bidirectional(lstm({ inputSize: 3, units: 2 }), lstm({ inputSize: 3, units: 3 }));
const decoder = stack([
  embedding({ vocabularySize: 7, dimension: 3 }),
  attentionWrapper(lstm({ inputSize: 3 + 4, units: 5 }), {
    ...{ memorySize: 5, score: 'additive', inputFeeding: true, attentionUnits: 4 },
  }),
  dense({ inputSize: 4, units: 7 }),
]);
const model = encoderDecoder(both, decoder);
const source = () => tf.randomNormal([3, 6, 3], 0, 1, 'float32', 3) as Tensor3D;
const targets = () => tf.tensor2d([1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5], [3, 4], 'int32');
const SOURCES = [6, 2, 0];

const spread = (tensor: Tensor) => Array.from(tensor.dataSync());

it(
  'gives shares that sum to 1 over the real positions, and nothing to a source without any',
  clean(() => {
    const params = model.init(1);
    const initialState = encode(model, params, source(), { lengths: SOURCES });
    const { alignments, output } = unrollWithAlignments(model, params, targets(), {
      ...{ initialState, lengths: [4, 3, 4] },
    });
    expect(alignments.shape).toEqual([3, 4, 6]);
    const sums = spread(tf.sum(alignments, 2));
    const expected = [1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0];
    sums.forEach((sum, i) => {
      expect(sum).toBeCloseTo(expected[i]!, 5);
    });
    expect(spread(tf.slice(alignments, [1, 0, 2], [1, 4, 4])).every((share) => share === 0)).toBe(true);
    const plain = unroll(model, params, targets(), { initialState, lengths: [4, 3, 4] });
    expect(tf.max(tf.abs(tf.sub(plain.output, output))).dataSync()[0]).toBeLessThan(1e-5);
  }),
);

it(
  'lets nothing through that stands past the source’s lengths, and has the gradients of finite differences',
  clean(() => {
    const params = model.init(2);
    const flat = flattenParams(params);
    const names = Object.keys(flat);
    const x = source();
    const valid = tf.tensor3d([1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [3, 6, 1], 'bool');
    const padded = tf.where(valid, x, tf.fill([3, 6, 3], Number.NaN)) as Tensor3D;
    const lossOf = (from: Tensor3D, given: Record<string, Tensor>) => {
      const own = unflattenParams(params, given);
      const initialState = encode(model, own, from, { lengths: SOURCES });
      const { output, state } = unroll(model, own, targets(), { initialState });
      return tf.add(tf.sum(tf.mul(output, output)), tf.sum(state[1].cell.c)) as tf.Scalar;
    };
    const gradientsAt = (from: Tensor3D) =>
      tf.grads((...all) => {
        const given = Object.fromEntries(names.map((name, i) => [name, all[i + 1]!]));
        return lossOf(all[0] as Tensor3D, given);
      })([from, ...names.map((name) => flat[name]!)]);
    const [ofSource, ...gradients] = gradientsAt(x);
    gradientsAt(padded).forEach((gradient, i) => {
      expect(spread(gradient)).toEqual(spread([ofSource!, ...gradients][i]!));
    });
    const epsilon = 4e-3;
    names.forEach((name, i) => {
      const direction = tf.randomNormal(flat[name]!.shape, 0, 1, 'float32', i + 1);
      const at = (by: number) =>
        lossOf(x, { ...flat, [name]: tf.add(flat[name]!, tf.mul(direction, by)) }).dataSync()[0]!;
      const numeric = (at(epsilon) - at(-epsilon)) / (2 * epsilon);
      const exact = tf.sum(tf.mul(gradients[i]!, direction)).dataSync()[0]!;
      expect(Math.abs(numeric - exact), name).toBeLessThan(1e-2 * Math.max(1, Math.abs(exact)));
    });
  }),
);

const first = (encoder: AnyPart, other: AnyPart, bridge: 'dense' | 'copy' | 'zero' | 'learned') => {
  const whole = encoderDecoder(encoder as typeof both, other as typeof decoder, { bridge });
  const params = whole.init(4);
  return flattenParams(encode(whole, params, source(), { lengths: SOURCES }));
};

it(
  'bridges any encoder to any decoder, and copies where sizes fit',
  clean(() => {
    const deep = stack([
      bidirectional(gru({ inputSize: 3, units: 2 }), gru({ inputSize: 3, units: 2 })),
      lstm({ inputSize: 4, units: 5 }),
    ]);
    const shapes = (flat: Record<string, Tensor>) => Object.values(flat).map(({ shape }) => shape[1]);
    const other = stack([gru({ inputSize: 3, units: 6 }), dense({ inputSize: 6, units: 2 })]);
    for (const bridge of ['dense', 'zero', 'learned'] as const)
      expect(shapes(first(deep, other, bridge))).toEqual([6]);
    const wide = stack([gru({ inputSize: 3, units: 4 }), lstm({ inputSize: 4, units: 5 })]);
    const { state } = unroll(deep, encoderDecoder(deep, wide, { bridge: 'copy' }).init(4).encoder, source(), {
      lengths: SOURCES,
    });
    const copied = first(deep, wide, 'copy');
    expect(spread(copied['0.h']!)).toEqual(
      spread(tf.concat([state[0].forward.h, state[0].backward.h], 1) as Tensor2D),
    );
    expect(spread(copied['1.c']!)).toEqual(spread(state[1].c));
    expect(refusal(() => encoderDecoder(deep, other, { bridge: 'copy' }))).toMatch(
      /expected encoder states \{ h: 6 \}.* got \{ h: 4 \}, \{ h: 5, c: 5 \}: use bridge: 'dense'/,
    );
    const stateless = dense({ inputSize: 3, units: 5 });
    expect(refusal(() => encoderDecoder(stateless, other))).toMatch(/'learned' or 'zero'/);
    expect(shapes(first(stateless, other, 'learned'))).toEqual([6]);
  }),
);

it(
  'is a model as data, with the same numbers',
  clean(() => {
    const inner = stack([
      attentionWrapper(gru({ inputSize: 3, units: 5 }), { memorySize: 5, score: 'scaled' }),
    ]);
    for (const given of [model, encoderDecoder(both, inner, { bridge: 'learned' })] as (typeof model)[]) {
      const again = modelFrom(JSON.parse(JSON.stringify(describe(given)))) as typeof given;
      const params = given.init(5);
      expect(describe(again)).toEqual(describe(given));
      const values = Object.entries(flattenParams(params)).map(([path, tensor]) => {
        return [path, { shape: tensor.shape, data: tensor.dataSync<'float32'>() }] as const;
      });
      expect(values.map(([path, { shape }]) => [path, shape])).toEqual(
        Object.entries(parameterShapes(given)),
      );
      const own = paramsFrom(again, Object.fromEntries(values));
      const run = (one: typeof given) =>
        one.inputKind === 'ids'
          ? unroll(one, own, targets(), { initialState: encode(one, own, source()) }).output
          : encode(one, own, source());
      expect(flattenParams(run(again))).toBeDefined();
      const numbers = (tree: unknown) => Object.values(flattenParams(tree)).map(spread);
      expect(numbers(run(again))).toEqual(numbers(run(given)));
    }
    const damaged = describe(model) as unknown as { model: { decoder: { parts: { memorySize: number }[] } } };
    damaged.model.decoder.parts[1]!.memorySize = 4;
    expect(refusal(() => modelFrom(damaged))).toMatch(/memorySize 5/);
  }),
);

it(
  'names the places of the state’s parts inside any part that contains the wrapper',
  clean(() => {
    expect(constantStatePaths(model)).toEqual(['1.memory', '1.valid', '1.keys']);
    expect(alignmentPaths(model)).toEqual(['1.alignments']);
    const inner = attentionWrapper(gru({ inputSize: 3, units: 3 }), {
      memorySize: 3,
      score: 'dot',
      attentionUnits: 3,
    });
    const nested = stack([
      residual(dropoutWrapper(inner, { output: 0.1 })),
      dense({ inputSize: 3, units: 2 }),
    ]);
    expect(constantStatePaths(nested)).toEqual(['0.memory', '0.valid']);
    expect(constantStatePaths(lstm({ inputSize: 1, units: 1 }))).toEqual([]);
    const tied = tiedEmbedding(stack([inner, simpleRnn({ inputSize: 3, units: 3 })]), { vocabularySize: 6 });
    const state = attend(tied, tied.init(1), source(), { lengths: SOURCES });
    expect(alignmentPaths(tied).map((path) => flattenParams(state)[path]!.shape)).toEqual([[3, 6]]);
    const { output } = unroll(tied, tied.init(1), tf.zeros([3, 2], 'int32'), { initialState: state });
    expect(output.shape).toEqual([3, 2, 6]);
  }),
);

it(
  'attends to the positions that an encoder with a stride leaves of a row',
  clean(() => {
    const own = attentionWrapper(lstm({ inputSize: 3, units: 5 }), { memorySize: 4, score: 'general' });
    const encoder = conv1d({ inputSize: 3, filters: 4, kernelSize: 2, stride: 2 });
    const strided = encoderDecoder(encoder, own, { bridge: 'zero' });
    const params = strided.init(3);
    const long = tf.randomNormal<tf.Rank.R3>([2, 6, 3], 0, 1, 'float32', 2);
    const short = tf.slice(long, [1, 0, 0], [1, 4, 3]);
    const read = tf.ones<tf.Rank.R3>([2, 3, 3]);
    const all = unroll(strided, params, read, {
      initialState: encode(strided, params, long, { lengths: [6, 4] }),
    });
    const alone = unroll(strided, params, tf.ones<tf.Rank.R3>([1, 3, 3]), {
      initialState: encode(strided, params, short),
    });
    const row = spread(tf.slice(all.output, [1, 0, 0], [1, 3, 9]));
    for (const [n, value] of spread(alone.output).entries()) expect(row[n]).toBeCloseTo(value, 5);
  }),
);

it(
  'takes single steps from a source as unroll does',
  clean(() => {
    const params = model.init(6);
    const initialState = encode(model, params, source(), { lengths: SOURCES });
    const { output } = unroll(model, params, targets(), { initialState });
    const steps = stepper(model, params, { batchSize: 3, state: initialState });
    const ids = targets().arraySync() as number[][];
    for (let time = 0; time < 4; time++) {
      const logits = steps.step(ids.map((row) => row[time]!));
      const own = spread(tf.slice(output, [0, time, 0], [3, 1, 7]));
      logits.forEach((value, i) => {
        expect(value).toBeCloseTo(own[i]!, 5);
      });
    }
    steps.gather([1, 1, 0]);
    steps.dispose();
  }),
);

it('refuses what does not fit, and says what would', () => {
  const cell = lstm({ inputSize: 7, units: 5 });
  const wrapped = attentionWrapper(cell, { memorySize: 4 });
  const params = wrapped.init(1);
  const inputs = tf.zeros<tf.Rank.R3>([2, 3, 7]);
  const seer = encoderDecoder(pixelSteps({ inputSize: 4 }), wrapped, { bridge: 'zero' });
  const cases: [() => unknown, RegExp][] = [
    [() => attentionWrapper(cell, { memorySize: 4, score: 'dot' }), /memorySize 5.*score 'general'/],
    [() => attentionWrapper(cell, { memorySize: 4, score: 'luong' as 'dot' }), /score 'additive', 'dot'/],
    [() => attentionWrapper(cell, { memorySize: 4, units: 3 }), /units only with the score 'additive'/],
    [
      () => attentionWrapper(cell, { memorySize: 4, activation: 'relu' }),
      /attentionUnits together with activation/,
    ],
    [() => attentionWrapper(cell, { memorySize: 8, inputFeeding: true }), /inputSize: I \+ 8/],
    [
      () =>
        attentionWrapper(gru({ inputSize: 9, units: 2, inputKind: 'ids' }), {
          memorySize: 2,
          inputFeeding: true,
        }),
      /put an embedding before it/,
    ],
    [() => unroll(wrapped, params, inputs), /a state with a source.*attend\(model, params, memory/],
    [() => stepper(wrapped, params).step(new Float32Array(7)), /a state with a source/],
    [() => attend(wrapped, params, tf.zeros([2, 3, 5])), /a source float32 \[B, S, 4\]/],
    [() => attend(wrapped, params, tf.zeros([2, 0, 4])), /at least one row and one position/],
    [() => attend(cell, cell.init(1), tf.zeros([2, 3, 4])), /a model with an attentionWrapper/],
    [() => attend(wrapped, params, tf.zeros([2, 3, 4]), { lengths: [1, 4] }), /0 … 3/],
    [() => dropoutWrapper(wrapped, { state: 0.1 }), /dropoutWrapper around the cell inside/],
    [() => encoderDecoder(both, wrapped), /memorySize 5, the encoder's outputSize/],
    [() => encode(wrapped as never, params as never, inputs), /a model of encoderDecoder/],
    [
      () => encode(seer, seer.init(1), tf.ones<tf.Rank.R4>([1, 2, 2, 4]), { lengths: [1] }),
      /neither lengths/,
    ],
    [() => encode(model, model.init(1), inputs), /float32 input \[B, T, 3\]/],
    [() => unrollWithAlignments(cell, cell.init(1), inputs), /one attentionWrapper/],
    [
      () => {
        const state = attend(wrapped, params, tf.zeros([2, 3, 4]));
        return unroll(wrapped, params, inputs, {
          initialState: { ...state, keys: tf.zeros<tf.Rank.R3>([2, 2, 5]) },
        });
      },
      /a source \[2, S, 4\] with a mask and keys of the same S/,
    ],
    [
      () => unroll(wrapped, params, inputs, { initialState: attend(wrapped, params, tf.zeros([1, 3, 4])) }),
      /\[2, any, 4\]|\[2, 5\]/,
    ],
  ];
  const before = tf.memory().numTensors;
  for (const [call, words] of cases) expect(refusal(call)).toMatch(words);
  expect(tf.memory().numTensors).toBe(before);
  for (const tensor of [inputs, ...Object.values(flattenParams(params))]) tensor.dispose();
});
