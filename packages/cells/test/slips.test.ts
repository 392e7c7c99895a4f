/**
 * Plausible mistakes in calls of unroll, stepper and the combining parts: the error is always an
 * UnrolledError with a remedy.
 */
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  bidirectional,
  dense,
  dropoutWrapper,
  embedding,
  gru,
  lastOutput,
  lstm,
  residual,
  stack,
  stepper,
  tiedEmbedding,
  unroll,
} from '../src/index';

const cell = lstm({ inputSize: 2, units: 3 });
const model = stack([cell, dense({ inputSize: 3, units: 2 })]);
const reader = stack([embedding({ vocabularySize: 4, dimension: 2 }), gru({ inputSize: 2, units: 3 })]);
const x = () => tf.ones([2, 4, 2]) as Tensor3D;
const ids = () => tf.ones([2, 4], 'int32') as Tensor2D;

/** A call of any types. */
// biome-ignore lint/suspicious/noExplicitAny: a slip in JavaScript.
const any = (value: unknown): any => value;
const gone = () => {
  const tensor = tf.ones([2, 4, 2]);
  tensor.dispose();
  return tensor;
};

const call = any(unroll);
const slips: [string, () => unknown, string][] = [
  [
    'init without a seed',
    () => any(cell).init(),
    'lstm: expected the seed to be a finite number, got undefined: pass a number',
  ],
  [
    'a stack’s init without a seed',
    () => any(model).init(),
    'stack: expected the seed to be a finite number',
  ],
  [
    'zeroState without a batch size',
    () => any(model).zeroState(),
    'lstm: expected batchSize to be a positive integer, got undefined',
  ],
  [
    'a step without parameters',
    () => any(cell.step)({}, tf.ones([2, 2]), cell.zeroState(2)),
    "lstm: expected parameters with 'kernel' float32 [2, 12], got none",
  ],
  [
    'no arguments',
    () => call(),
    'unroll: expected a cell or layer, with init, zeroState and step or unroll, got undefined: pass a part such as lstm({ inputSize, units })',
  ],
  [
    'the function that makes a cell',
    () => call(lstm, cell.init(1), x()),
    'unroll: expected a cell or layer, with init, zeroState and step or unroll, got a function',
  ],
  ['parameters for the part', () => call(cell.init(1), cell, x()), 'unroll: expected a cell or layer'],
  [
    'no parameters',
    () => call(cell, x()),
    "lstm: expected float32 input [B, T, 2], got none: pass a tensor of the part's inputSize",
  ],
  [
    'inputs before parameters',
    () => call(cell, x(), cell.init(1)),
    'lstm: expected float32 input [B, T, 2], got an object',
  ],
  [
    'an array as inputs',
    () => call(cell, cell.init(1), [[[1, 2]]]),
    'lstm: expected float32 input [B, T, 2], got an array of 1',
  ],
  ['one row without its batch', () => call(cell, cell.init(1), tf.ones([4, 2])), 'got float32 [4, 2]'],
  ['inputs that were disposed', () => call(cell, cell.init(1), gone()), 'got a tensor that was disposed'],
  [
    'ids as floats',
    () => call(reader, reader.init(1), tf.ones([2, 4])),
    'expected int32 ids [B, T], got float32 [2, 4]: pass ids as an int32 tensor',
  ],
  [
    'init itself',
    () => call(cell, cell.init, x()),
    "lstm: expected parameters with 'kernel' float32 [2, 12], got none: pass the result of init of the same model, or the params of lossOf",
  ],
  [
    'parameters of a part of the model',
    () => call(model, cell.init(1), x()),
    "stack(lstm, dense): expected parameters with '0.kernel' float32 [2, 12], got none",
  ],
  [
    'parameters of another model',
    () => call(cell, lstm({ inputSize: 2, units: 4 }).init(1), x()),
    "expected parameters with 'kernel' float32 [2, 12], got float32 [2, 16]",
  ],
  [
    'numbers as parameters',
    () => call(cell, { kernel: [1], recurrentKernel: [1], bias: [1] }, x()),
    "'kernel' float32 [2, 12], got an array of 1",
  ],
  [
    'parameters that were disposed',
    () => {
      const params = cell.init(1);
      params.bias.dispose();
      call(cell, params, x());
    },
    "'bias' float32 [12], got a tensor that was disposed",
  ],
  [
    'a state of a stack’s first part',
    () => call(model, model.init(1), x(), { initialState: { h: tf.zeros([2, 3]) } }),
    "stack(lstm, dense): expected a state with '0.h' float32 [2, 3], got none: pass a state of zeroState or unroll, [{ h, c }, {}], with a row for each row of the input",
  ],
  [
    'a state of other rows',
    () => call(cell, cell.init(1), x(), { initialState: cell.zeroState(1) }),
    "'h' float32 [2, 3], got float32 [1, 3]: pass a state of zeroState or unroll, { h, c }",
  ],
  [
    'the state for the options',
    () => call(cell, cell.init(1), x(), cell.zeroState(2)),
    'unroll(lstm): expected a known option, got "h": the options are initialState, lengths',
  ],
  [
    'state for initialState',
    () => call(cell, cell.init(1), x(), { state: cell.zeroState(2) }),
    'got "state": the options are initialState, lengths, reverse, context, fused',
  ],
  [
    'a misspelt option',
    () => call(cell, cell.init(1), x(), { lenghts: [4, 4] }),
    'got "lenghts": did you mean \'lengths\'?',
  ],
  [
    'lengths for the options',
    () => call(cell, cell.init(1), x(), [4, 4]),
    'unroll(lstm): expected options to be an object, got an array of 2',
  ],
  [
    'null for the options',
    () => call(cell, cell.init(1), x(), null),
    'unroll(lstm): expected options to be an object, got null',
  ],
  [
    'lengths as a tensor',
    () => call(cell, cell.init(1), x(), { lengths: tf.tensor1d([4, 4], 'int32') }),
    'pass an array; for a tensor, Array.from(await lengths.data())',
  ],
  [
    'lengths of steps',
    () => call(cell, cell.init(1), x(), { lengths: 4 }),
    'expected 2 lengths, each an integer in 0 … 4, got 4: pass an array',
  ],
  [
    'reverse as a number',
    () => call(cell, cell.init(1), x(), { reverse: 1 }),
    'unroll(lstm): expected reverse to be a boolean, got 1',
  ],
  [
    'training for the context',
    () => call(cell, cell.init(1), x(), { context: true }),
    'unroll(lstm): expected context to be an object, got true',
  ],
  [
    'a context without a seed',
    () => call(cell, cell.init(1), x(), { context: { training: true } }),
    'unroll(lstm): expected context to be { training: true, seed } or { training: false }, got an object: pass the context that lossOf receives',
  ],
  [
    'a stepper of a layer',
    () => any(stepper)(lastOutput(cell), cell.init(1)),
    'stepper(lastOutput(lstm)): expected a cell, which takes single steps, got lastOutput(lstm), a layer, which reads whole sequences: pass the cell inside it, a stack of cells, or a model without lastOutput; unroll runs a layer',
  ],
  [
    'a stepper of both directions',
    () => any(stepper)(bidirectional(cell, cell), {}),
    'stepper(bidirectional(lstm, lstm)): expected a cell',
  ],
  ['a stepper of nothing', () => any(stepper)(), 'stepper: expected a cell or layer'],
  [
    'a stepper without parameters',
    () => any(stepper)(cell),
    "lstm: expected parameters with 'kernel' float32 [2, 12], got none",
  ],
  [
    'a stepper of a batch in words',
    () => any(stepper)(cell, cell.init(1), { batchSize: '2' }),
    'stepper(lstm): expected batchSize to be a positive integer, got "2"',
  ],
  [
    'a stepper with unroll’s option',
    () => any(stepper)(cell, cell.init(1), { initialState: cell.zeroState(1) }),
    'stepper(lstm): expected a known option, got "initialState": the options are batchSize, room, state, constant, observe',
  ],
  [
    'a step of a cell without a state',
    () => any(cell.step)(cell.init(1), tf.ones([2, 2])),
    "lstm: expected a state with 'h' float32 [2, 3], got none",
  ],
  [
    'a step of a cell without an input',
    () => any(cell.step)(cell.init(1)),
    'lstm: expected input [B, 2], got none',
  ],
  ['bidirectional of one part', () => any(bidirectional)(cell), 'bidirectional: expected a cell or layer'],
  [
    'residual of options',
    () => any(residual)({ inputSize: 2, units: 2 }),
    'residual: expected a cell or layer',
  ],
  ['lastOutput of an output', () => any(lastOutput)(x()), 'lastOutput: expected a cell or layer'],
  [
    'dropoutWrapper of a layer',
    () => any(dropoutWrapper)(bidirectional(cell, cell), { input: 0.1 }),
    'dropoutWrapper: expected a cell, which takes single steps, got bidirectional(lstm, lstm), a layer',
  ],
  [
    'dropoutWrapper of a rate',
    () => any(dropoutWrapper)(cell, 0.1),
    'dropoutWrapper: expected options to be an object, got 0.1',
  ],
  [
    'dropoutWrapper with Keras’s option',
    () => any(dropoutWrapper)(cell, { recurrentDropout: 0.1 }),
    'got "recurrentDropout": the options are input, state, output, variational',
  ],
  [
    'tiedEmbedding of a layer',
    () => any(tiedEmbedding)(bidirectional(cell, cell), { vocabularySize: 4 }),
    'tiedEmbedding: expected a cell, which takes single steps',
  ],
];

it.each(slips)('refuses %s', (_name, body, message) => {
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    let thrown: unknown;
    try {
      body();
    } catch (error) {
      thrown = error;
    }
    expect((thrown as Error)?.name, (thrown as Error)?.stack).toBe('UnrolledError');
    expect((thrown as Error).message).toContain(message);
  });
  expect(tf.memory().numTensors).toBe(before);
});

describe('stepper', () => {
  const given: [string, unknown][] = [
    ['an array', [1, 2]],
    ['doubles', Float64Array.of(1, 2)],
    ['integers', Int32Array.of(1, 2)],
    ['bytes', Uint8Array.of(1, 2)],
  ];
  it.each(given)('takes numbers in %s', (_name, numbers) => {
    const params = cell.init(1);
    const [run, other] = [stepper(cell, params), stepper(cell, params)];
    expect(run.step(any(numbers))).toEqual(other.step(Float32Array.of(1, 2)));
    run.dispose();
    other.dispose();
    tf.dispose(params);
  });

  it.each(given)('takes ids in %s', (_name, numbers) => {
    for (const part of [reader, stack([reader, dense({ inputSize: 3, units: 4 })])]) {
      const params = part.init(1);
      const [run, other] = [stepper(part, params, { batchSize: 2 }), stepper(part, params, { batchSize: 2 })];
      expect(run.step(any(numbers))).toEqual(other.step(Int32Array.of(1, 2)));
      run.gather(Uint8Array.of(1, 1));
      other.gather([1, 1]);
      expect(run.step(any(numbers))).toEqual(other.step([1, 2]));
      run.dispose();
      other.dispose();
      tf.dispose(params);
    }
  });

  it.each([
    ['too few', [1], 'expected an array of 2 numbers, got an array of 1'],
    ['a tensor', tf.tidy(() => tf.zeros([2])), 'expected an array of 2 numbers, got a tensor'],
    ['one number', 1, 'expected an array of 2 numbers, got 1'],
    ['nothing', undefined, 'expected an array of 2 numbers, got undefined'],
    ['text', ['1', '2'], 'expected an array of 2 numbers, got "1" in it'],
  ])('refuses %s', (_name, input, message) => {
    const params = cell.init(1);
    const run = stepper(cell, params);
    expect(() => run.step(any(input))).toThrow(`stepper(lstm): ${message}`);
    run.dispose();
    tf.dispose(params);
  });

  it('refuses ids that are not whole, and rows that are none', () => {
    const params = reader.init(1);
    const run = stepper(reader, params, { batchSize: 2 });
    expect(() => run.step([0.5, 1])).toThrow('expected an array of 2 ids, got 0.5 in it');
    expect(() => run.gather(any(1))).toThrow('expected rows to be an array or typed array, got 1');
    expect(() => run.gather([0, 2])).toThrow('expected at least one row, each in 0 … 1, got 0, 2');
    run.dispose();
    tf.dispose([params, ids()]);
  });
});
