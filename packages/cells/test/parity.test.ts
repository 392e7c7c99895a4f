/**
 * Random built-in layers, sizes, lengths and directions. NaN, infinity or invalid ids are put past the
 * lengths, in the states of rows without a step, and in the gradients that come from there. The backend's own
 * path must give the outputs, states and gradients of the steps with clean padding.
 */
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  type AnyPart,
  bidirectional,
  dense,
  embedding,
  flattenParams,
  gru,
  lastOutput,
  lstm,
  mapTree,
  random,
  residual,
  simpleRnn,
  stack,
  tiedEmbedding,
  unroll,
} from '../src/index';

type Make = (inputSize: number, units: number) => AnyPart;

const MAKERS: Record<string, Make> = {
  lstm: (inputSize, units) => lstm({ inputSize, units }),
  'lstm of ids': (inputSize, units) => lstm({ inputSize, units, inputKind: 'ids' }),
  'lstm with peepholes': (inputSize, units) => lstm({ inputSize, units, peepholes: true }),
  gru: (inputSize, units) => gru({ inputSize, units }),
  'gru reset-before': (inputSize, units) => gru({ inputSize, units, variant: 'reset-before' }),
  simpleRnn: (inputSize, units) => simpleRnn({ inputSize, units }),
  'simpleRnn relu': (inputSize, units) => simpleRnn({ inputSize, units, activation: 'relu' }),
  dense: (inputSize, units) => dense({ inputSize, units, activation: 'tanh' }),
  embedding: (inputSize, units) => embedding({ vocabularySize: inputSize, dimension: units }),
  stack: (inputSize, units) => stack([lstm({ inputSize, units }), gru({ inputSize: units, units })]),
  'stack with a head': (inputSize, units) =>
    stack([simpleRnn({ inputSize, units, inputKind: 'ids' }), dense({ inputSize: units, units: 2 })]),
  bidirectional: (inputSize, units) => bidirectional(lstm({ inputSize, units }), gru({ inputSize, units })),
  residual: (inputSize) => residual(lstm({ inputSize, units: inputSize })),
  tiedEmbedding: (inputSize, units) =>
    tiedEmbedding(gru({ inputSize: units, units }), { vocabularySize: inputSize }),
  lastOutput: (inputSize, units) => lastOutput(lstm({ inputSize, units })),
};

/** The length of each row, at least one row and one step. */
const shapes = fc
  .record({ steps: fc.integer({ min: 1, max: 9 }), batchSize: fc.integer({ min: 1, max: 7 }) })
  .chain(({ steps, batchSize }) =>
    fc.record({
      steps: fc.constant(steps),
      lengths: fc.array(fc.integer({ min: 0, max: steps }), { minLength: batchSize, maxLength: batchSize }),
    }),
  );

const cases = fc.record({
  name: fc.constantFrom(...Object.keys(MAKERS)),
  inputSize: fc.integer({ min: 1, max: 9 }),
  units: fc.integer({ min: 1, max: 13 }),
  shape: shapes,
  reverse: fc.boolean(),
  fused: fc.constantFrom(undefined, false),
  poison: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
});

type Case = typeof cases extends fc.Arbitrary<infer C> ? C : never;

/** Irregular numbers, the same for the same shape. */
const numbers = (shape: readonly number[]): Tensor => {
  const { normal } = random(shape.length * 1000 + tf.util.sizeFromShape([...shape]));
  const values = Float32Array.from({ length: tf.util.sizeFromShape([...shape]) }, () => normal() * 0.7);
  return tf.tensor(values, [...shape]);
};

/**
 * A bool tensor, 1 where `counts` is true for a row and a step, in the shape [B, T, 1, …] of the given rank.
 */
function where(rank: number, lengths: readonly number[], steps: number): Tensor {
  const valid = lengths.flatMap((length) => Array.from({ length: steps }, (_, time) => +(time < length)));
  return tf.tensor(valid, [lengths.length, steps, ...Array<number>(rank - 2).fill(1)], 'bool');
}

/** The tensor unchanged, with `poison` as its gradient past the lengths. */
function poisonGradient(output: Tensor, { shape, poison }: Case): Tensor {
  if (output.rank !== 3) return output;
  const op = tf.customGrad((x) => ({
    value: tf.clone(x as Tensor),
    gradFunc: (dy: Tensor) => tf.where(where(3, shape.lengths, shape.steps), dy, tf.fill(dy.shape, poison)),
  }));
  return op(output);
}

/**
 * Output, states of the rows with steps, and the gradients of a sum of both with respect to parameters,
 * states and inputs.
 */
function results(part: AnyPart, given: Case, poisoned: boolean): Record<string, Tensor> {
  const { lengths, steps } = given.shape;
  const { reverse, poison } = given;
  const ids = part.inputKind === 'ids';
  const batchSize = lengths.length;
  const valid = where(ids ? 2 : 3, lengths, steps);
  const clean = ids
    ? tf.tensor2d(
        Array.from({ length: batchSize * steps }, (_, i) => (i * 7 + 3) % part.inputSize),
        [batchSize, steps],
        'int32',
      )
    : numbers([batchSize, steps, part.inputSize]);
  const padding = tf.cast(tf.fill(clean.shape, ids ? -1 : poison), clean.dtype);
  const inputs = poisoned ? tf.where(valid, clean, padding) : clean;
  const runs = (rank: number) =>
    tf.tensor(
      lengths.map((length) => +(length > 0)),
      [batchSize, ...Array<number>(rank - 1).fill(1)],
      'bool',
    );
  const params: unknown = mapTree(part.init(3) as unknown, (tensor) => numbers(tensor.shape));
  const state: unknown = mapTree(part.zeroState(batchSize) as unknown, (tensor) => {
    const own = numbers(tensor.shape);
    return poisoned ? tf.where(runs(own.rank), own, tf.fill(own.shape, poison)) : own;
  });
  const trees = { params, state, ...(ids ? {} : { inputs }) };
  const flat = flattenParams(trees);
  const outcome: Record<string, Tensor> = {};
  const gradients = tf.grads((...tensors: Tensor[]) => {
    const of = Object.fromEntries(Object.keys(flat).map((path, i) => [path, tensors[i]!]));
    const own = mapTree(trees, (_, path) => of[path]!);
    const result = unroll(part as never, own.params as never, (own.inputs ?? inputs) as never, {
      initialState: own.state as never,
      lengths,
      reverse,
      fused: poisoned ? given.fused : false,
    });
    const output = result.output as Tensor;
    outcome.output = tf.keep(tf.clone(output));
    const seen = poisoned ? poisonGradient(output, given) : output;
    const terms = Object.entries(flattenParams(result.state)).map(([path, tensor]) => {
      const counts = tf.where(runs(tensor.rank), tensor, tf.zerosLike(tensor));
      outcome[`state ${path}`] = tf.keep(tf.clone(counts));
      return tf.sum(tf.mul(tensor, numbers(tensor.shape)));
    });
    return tf.addN([tf.sum(tf.mul(seen, numbers(output.shape))), ...terms]) as Scalar;
  })(Object.values(flat));
  Object.keys(flat).forEach((path, i) => {
    outcome[`gradient of ${path}`] = gradients[i]!;
  });
  return outcome;
}

it('gives what the steps give, whatever stands in the padding', () => {
  const before = tf.memory().numTensors;
  fc.assert(
    fc.property(cases, (given) => {
      const kept: Tensor[] = [];
      tf.tidy(() => {
        const part = MAKERS[given.name]!(given.inputSize, given.units);
        const expected = results(part, given, false);
        const got = results(part, given, true);
        kept.push(...Object.values(expected), ...Object.values(got));
        expect(Object.keys(got)).toEqual(Object.keys(expected));
        for (const [name, tensor] of Object.entries(expected)) {
          const [want, have] = [tensor.dataSync<'float32'>(), got[name]!.dataSync<'float32'>()];
          const size = want.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
          let worst = 0;
          want.forEach((value, i) => {
            const off = Math.abs(value - have[i]!);
            worst = off <= worst ? worst : off; // NaN counts as the worst.
          });
          expect(worst / size, name).toBeLessThan(2e-5);
        }
      });
      tf.dispose(kept);
    }),
    { numRuns: 60, seed: 17 },
  );
  expect(tf.memory().numTensors).toBe(before);
});
