/** Unusual calls and mistakes: the same result or the same error on every backend. */
import type { Scalar, Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  type AnyPart,
  bidirectional,
  type Cell,
  dense,
  embedding,
  flattenParams,
  gru,
  lastOutput,
  lstm,
  mapTree,
  type RunOptions,
  simpleRnn,
  stack,
  stepper,
  unroll,
} from '../src/index';

const parts: Record<string, AnyPart> = {
  lstm: lstm({ inputSize: 2, units: 3 }),
  gru: gru({ inputSize: 2, units: 3 }),
  'gru reset-before': gru({ inputSize: 2, units: 3, variant: 'reset-before' }),
  simpleRnn: simpleRnn({ inputSize: 2, units: 3 }),
  'lstm of ids': lstm({ inputSize: 2, units: 3, inputKind: 'ids' }),
  dense: dense({ inputSize: 2, units: 3 }),
  embedding: embedding({ vocabularySize: 2, dimension: 3 }),
  lastOutput: lastOutput(lstm({ inputSize: 2, units: 3 })),
  bidirectional: bidirectional(lstm({ inputSize: 2, units: 3 }), gru({ inputSize: 2, units: 3 })),
  stack: stack([lstm({ inputSize: 2, units: 3 }), dense({ inputSize: 3, units: 1 })]),
};
const each = Object.entries(parts);

/** Ones [B, T, 2] (ids: [B, T]). */
function inputsOf(part: AnyPart, batchSize: number, steps: number): Tensor {
  return part.inputKind === 'ids'
    ? tf.ones([batchSize, steps], 'int32')
    : tf.ones([batchSize, steps, part.inputSize]);
}

/** Runs a part in a tidy; returns the values of the output. */
function outputOf(part: AnyPart, inputs: Tensor, options: RunOptions<unknown> = {}): number[] {
  return tf.tidy(() => {
    const { output } = unroll(part as never, part.init(1) as never, inputs as never, options as never);
    return Array.from((output as Tensor).dataSync());
  });
}

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

describe.each(each)('%s', (_name, part) => {
  it('refuses a batch without rows, and rows without steps', () => {
    for (const [batchSize, steps] of [
      [0, 4],
      [2, 0],
      [0, 0],
    ] as const) {
      expect(refusal(() => outputOf(part, inputsOf(part, batchSize, steps)))).toMatch(
        `expected at least one row and one time step, got [${batchSize}, ${steps}`,
      );
    }
  });

  it('takes lengths in any typed array', () => {
    const inputs = inputsOf(part, 3, 4);
    const expected = outputOf(part, inputs, { lengths: [4, 0, 2] });
    for (const Numbers of [Int32Array, Uint8Array, Uint32Array, Float32Array, Float64Array])
      expect(outputOf(part, inputs, { lengths: Numbers.of(4, 0, 2) }), Numbers.name).toEqual(expected);
    inputs.dispose();
  });

  it('refuses lengths in anything else, and says how to make an array of a tensor', () => {
    const remedy = 'pass an array; for a tensor, Array.from(await lengths.data())';
    const cases: [unknown, string][] = [
      [tf.tensor1d([1, 2], 'int32'), `got a tensor [2]: ${remedy}`],
      [new Set([1, 2]), `got an object: ${remedy}`],
      ['12', `got "12": ${remedy}`],
      [2, `got 2: ${remedy}`],
      [null, `got null: ${remedy}`],
      [new DataView(new ArrayBuffer(2)), `got a DataView: ${remedy}`],
      [['1', '2'], 'got "1" at row 0'],
      [BigInt64Array.of(1n, 2n), 'got 1n at row 0'],
      [[1, Number.NaN], 'got NaN at row 1'],
      [Float32Array.of(1, 1.5), 'got 1.5 at row 1'],
      [Int32Array.of(1), 'got a list of 1'],
    ];
    for (const [lengths, got] of cases) {
      const message = refusal(() => outputOf(part, inputsOf(part, 2, 3), { lengths: lengths as number[] }));
      expect(message).toMatch(`expected 2 lengths, each an integer in 0 … 3, ${got}`);
    }
    tf.dispose(cases[0]![0] as Tensor);
  });
});

describe('an initial state', () => {
  const cell = lstm({ inputSize: 2, units: 3 });
  const [h, c] = [tf.zeros([2, 3]), tf.zeros([2, 3])];
  const cases: [string, unknown, string][] = [
    ['without c', { h }, "a state with 'c' float32 [2, 3], got none"],
    ['that is empty', {}, "a state with 'h' float32 [2, 3], got none"],
    ['that is null', null, "a state with 'h' float32 [2, 3], got none"],
    ['that is a tensor', h, "a state with 'h' float32 [2, 3], got none"],
    ['of another batch', { h: tf.zeros([1, 3]), c }, "'h' float32 [2, 3], got float32 [1, 3]"],
    ['of other units', { h, c: tf.zeros([2, 4]) }, "'c' float32 [2, 3], got float32 [2, 4]"],
    ['of another rank', { h: tf.zeros([3]), c }, "'h' float32 [2, 3], got float32 [3]"],
    ['of integers', { h: tf.zeros([2, 3], 'int32'), c }, "'h' float32 [2, 3], got int32 [2, 3]"],
    ['of arrays', { h: [[0, 0, 0]], c }, "'h' float32 [2, 3], got an array of 1"],
  ];

  it.each(cases)('%s is refused', (_, state, message) => {
    const initialState = state as never;
    for (const fused of [undefined, false])
      expect(
        refusal(() => unroll(cell, cell.init(1), tf.ones([2, 4, 2]) as Tensor3D, { initialState, fused })),
      ).toMatch(message);
    expect(refusal(() => cell.step(cell.init(1), tf.ones([2, 2]) as Tensor2D, initialState))).toMatch(
      message,
    );
    expect(refusal(() => stepper(cell, cell.init(1), { batchSize: 2, state: initialState }))).toMatch(
      message,
    );
  });

  it('is named by its place in a model', () => {
    const model = stack([lstm({ inputSize: 2, units: 3 }), gru({ inputSize: 3, units: 4 })]);
    const initialState = [{ h, c }, { h }] as never;
    expect(
      refusal(() => unroll(model, model.init(1), tf.ones([2, 4, 2]) as Tensor3D, { initialState })),
    ).toMatch("stack(lstm, gru): expected a state with '1.h' float32 [2, 4], got float32 [2, 3]");
  });

  it('is checked by the sampler too', () => {
    const model = stack([
      lstm({ inputSize: 2, units: 3, inputKind: 'ids' }),
      dense({ inputSize: 3, units: 2 }),
    ]);
    const state = [{ h: tf.zeros([1, 3]) }, {}] as never;
    expect(refusal(() => stepper(model, model.init(1), { state }))).toMatch("'0.c' float32 [1, 3], got none");
    expect(refusal(() => stepper(model, model.init(1), { batchSize: 0 }))).toMatch('batchSize');
  });
});

describe('a second-order gradient', () => {
  const paths: RunOptions<unknown>[] = [{}, { fused: false }, { lengths: [3, 1] }];

  it.each(each)('through %s is refused by name', (_, part) => {
    const named = /^.unrolled.cells. (lstm|gru|simpleRnn|dense|embedding|stack): /;
    for (const options of paths) {
      const message = refusal(() => {
        const params = part.init(1);
        const { values, lossOf } = lossByParams(part, params, options);
        const normOf = (tensor: Tensor) => tf.sum(tf.square(tf.grad(lossOf)(tensor))) as Scalar;
        tf.grad(normOf)(values[0]!);
      });
      expect(message).toMatch(named);
      expect(message).toMatch(
        'expected a first-order gradient, got a second-order gradient: use finite differences of',
      );
    }
  });

  /** Σ output³ as a function of the part's first parameter. */
  function lossByParams(part: AnyPart, params: unknown, options: RunOptions<unknown>) {
    const inputs = inputsOf(part, 2, 3);
    const values = Object.values(flattenParams(params));
    const lossOf = (tensor: Tensor) => {
      const all = mapTree(params, (value) => (value === values[0] ? tensor : value));
      const { output } = unroll(part as never, all as never, inputs as never, options as never);
      return tf.sum(tf.pow(output as Tensor, 3)) as Scalar;
    };
    return { values, lossOf };
  }

  it('exists for your own cell if its ops have one, also through lastOutput', () => {
    const own: Cell<{ w: Tensor2D }, Record<string, never>> = {
      inputSize: 2,
      outputSize: 2,
      init: () => ({ w: tf.tensor2d([0.3, -0.5, 0.7, 0.2], [2, 2]) }),
      zeroState: () => ({}),
      step: ({ w }, x) => ({ output: tf.matMul(x, w), state: {} }),
    };
    for (const part of [own, lastOutput(own)] as AnyPart[]) {
      for (const options of paths) {
        tf.tidy(() => {
          const { values, lossOf } = lossByParams(part, part.init(1), options);
          const normOf = (tensor: Tensor) => tf.sum(tf.square(tf.grad(lossOf)(tensor))) as Scalar;
          const at = values[0]!;
          const exact = tf.sum(tf.grad(normOf)(at)).dataSync()[0]!;
          const moved = (by: number) => normOf(tf.add(at, by)).dataSync()[0]!;
          const numeric = (moved(1e-2) - moved(-1e-2)) / 2e-2;
          expect(Math.abs(exact - numeric)).toBeLessThan(0.01 * Math.abs(numeric));
        });
      }
    }
  });
});
