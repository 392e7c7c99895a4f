/** Cells that each violate the contract in one way. */
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import {
  type AnyPart,
  type Cell,
  glorotUniform,
  type Layer,
  random,
  type UnrollOptions,
  unroll,
} from '../src/index';

export const SIZE = 3;
export type Params = { w: Tensor2D };
export type State = { h: Tensor2D };

/** h' = tanh(h + x·W), output h'. */
export const sound: Cell<Params, State> = {
  name: 'sound',
  inputSize: SIZE,
  outputSize: SIZE,
  init: (seed) => ({ w: tf.tensor2d(glorotUniform([SIZE, SIZE], random(seed)), [SIZE, SIZE]) }),
  zeroState: (batchSize) => ({ h: tf.zeros([batchSize, SIZE]) }),
  step: (params, x, { h }) => {
    const next = tf.tidy(() => nextOf(params, x, h));
    return { output: next, state: { h: tf.clone(next) } };
  },
};
const nextOf = ({ w }: Params, x: Tensor2D, h: Tensor2D) => tf.tanh(tf.add(h, tf.matMul(x, w))) as Tensor2D;

/** An `unroll` of its own, step by step; `heed` selects the options that it follows. */
const ownUnroll =
  (
    heed: (options: UnrollOptions) => UnrollOptions,
    change = (x: Tensor3D): Tensor3D => x,
  ): Layer<Params, State>['unroll'] =>
  (params, inputs, initialState, options = {}) =>
    tf.tidy(() => {
      const run = unroll(sound, params, change(inputs), { ...heed(options), initialState });
      return { output: run.output, state: run.state };
    });

const kept: Record<string, State | Params> = {};
export const cellOf = (changed: Partial<Cell<Params, State>>): AnyPart => ({
  ...sound,
  name: 'wrong',
  ...changed,
});
let draws = 0;

/** Each wrong cell, the check that finds it, and the message. */
export const wrong: [string, AnyPart, string, string][] = [
  [
    'one tensor as output and state',
    cellOf({
      step: (params, x, { h }) => {
        const next = tf.tidy(() => nextOf(params, x, h));
        return { output: next, state: { h: next } };
      },
    }),
    'takes steps that return new tensors and leave no others',
    "got state 'h' of step, which is the same tensor as output: return tf.clone(…) of it as state 'h'",
  ],
  [
    'the input as output',
    cellOf({ step: (_params, x, { h }) => ({ output: x, state: { h: tf.clone(h) } }) }),
    'takes steps that return new tensors and leave no others',
    'got output of step, which is the same tensor as the argument input: return tf.clone(…) of it as output',
  ],
  [
    'the argument state as state',
    cellOf({ step: (params, x, { h }) => ({ output: tf.tidy(() => nextOf(params, x, h)), state: { h } }) }),
    'takes steps that return new tensors and leave no others',
    "got state 'h' of step, which is the same tensor as the argument state 'h'",
  ],
  [
    'a parameter that is read out of its tensor',
    cellOf({
      step: ({ w }, x, { h }) => {
        const next = tf.tidy(() => nextOf({ w: tf.tensor2d(w.dataSync(), [SIZE, SIZE]) }, x, h));
        return { output: next, state: { h: tf.clone(next) } };
      },
    }),
    'has gradients that agree with finite differences',
    'got a gradient of params.w of 0 along a direction, but ',
  ],
  [
    'a parameter as output',
    cellOf({ step: ({ w }, _x, { h }) => ({ output: w, state: { h: tf.clone(h) } }) }),
    'takes steps that return new tensors and leave no others',
    "the same tensor as the argument params 'w'",
  ],
  [
    'a step that disposes the state',
    cellOf({
      step: (params, x, { h }) => {
        const next = sound.step(params, x, { h });
        h.dispose();
        return next;
      },
    }),
    'takes steps that return new tensors and leave no others',
    'got an argument that step disposed: do not dispose arguments',
  ],
  [
    'a step that leaks',
    cellOf({
      step: (params, x, { h }) => {
        const next = nextOf(params, x, h);
        return { output: next, state: { h: tf.clone(next) } };
      },
    }),
    'takes steps that return new tensors and leave no others',
    'got 8 tensors left by 4 steps: wrap the body of step in tf.tidy',
  ],
  [
    'a step that leaks in training alone',
    cellOf({
      step: (params, x, state, context) => {
        if (context?.training) tf.zeros([1]);
        return sound.step(params, x, state);
      },
    }),
    'takes steps that return new tensors and leave no others',
    'got 4 tensors left by 4 steps in training: wrap the body of step in tf.tidy',
  ],
  [
    'a step that keeps a tensor',
    cellOf({
      step: (params, x, state) => {
        tf.keep(tf.zeros([1]));
        return sound.step(params, x, state);
      },
    }),
    'returns none of its arguments, and keeps none',
    'tensors left by unroll: wrap the body of unroll, or of step, in tf.tidy',
  ],
  [
    'init that leaks',
    cellOf({ init: (seed) => ({ w: tf.mul(sound.init(seed).w, 2) }) }),
    'creates new parameters and states in each call, and leaves no other tensors',
    'got 2 tensors left by two calls of init: wrap the body of init in tf.tidy',
  ],
  [
    'zeroState that leaks',
    cellOf({ zeroState: (batchSize) => ({ h: tf.zerosLike(tf.ones([batchSize, SIZE])) as Tensor2D }) }),
    'creates new parameters and states in each call, and leaves no other tensors',
    'got 2 tensors left by two calls of zeroState: wrap the body of zeroState in tf.tidy',
  ],
  [
    'zeroState that hands out one tensor',
    cellOf({
      zeroState: (batchSize) => {
        const old = kept[batchSize] as State | undefined;
        if (!old || old.h.isDisposed) kept[batchSize] = { h: tf.zeros([batchSize, SIZE]) };
        return kept[batchSize] as State;
      },
    }),
    'creates new parameters and states in each call, and leaves no other tensors',
    'got the same tensor from two calls of zeroState: create new tensors in each call of zeroState',
  ],
  [
    'a state without rows',
    cellOf({
      zeroState: () => ({ h: tf.zeros([1, SIZE]) }),
      step: (params, x, { h }) => sound.step(params, x, { h: tf.tile(h, [1, 1]) as Tensor2D }),
    }),
    'creates new parameters and states in each call, and leaves no other tensors',
    "zeroState(3) with 'h' float32 [1, 3]: give each tensor of the state one row for each row of the batch",
  ],
  [
    'an unroll of its own that leaks',
    cellOf({
      unroll: (params, inputs, state, options) => {
        tf.zeros([1]);
        return ownUnroll((given) => given)(params, inputs, state, options);
      },
    }),
    'returns none of its arguments, and keeps none',
    'got 1 tensors left by unroll: wrap the body of unroll',
  ],
  [
    'an unroll of its own that returns the argument state',
    cellOf({
      unroll: (params, inputs, state, options) => {
        const run = ownUnroll((given) => given)(params, inputs, state, options);
        tf.dispose(run.state);
        return { output: run.output, state };
      },
    }),
    'returns none of its arguments, and keeps none',
    "got state 'h' of unroll, which is the same tensor as the argument state 'h'",
  ],
  [
    'an unroll of its own that ignores lengths',
    cellOf({ unroll: ownUnroll(({ lengths: _, ...rest }) => rest) }),
    'stops at each row’s length',
    "at row 1, step 0, past the row's length of 0: follow options.lengths in unroll",
  ],
  [
    'an unroll of its own that ignores reverse',
    cellOf({ unroll: ownUnroll(({ reverse: _, ...rest }) => rest) }),
    'in reverse equals the flipped rows',
    'follow options.reverse in unroll',
  ],
  [
    'an unroll of its own of other numbers',
    cellOf({
      unroll: ownUnroll(
        (given) => given,
        (x) => tf.mul(x, 1.01),
      ),
    }),
    'gives the same fused and step by step',
    'by no options: let unroll compute what step does, with lengths, reverse and context',
  ],
  [
    'NaN from the padding in outputs',
    cellOf({
      unroll: (params, inputs, state, options = {}) =>
        tf.tidy(() => {
          const all = tf.add(
            ownUnroll((given) => given)(params, tf.zerosLike(inputs), state, options).output,
            0,
          );
          const run = ownUnroll((given) => given)(params, inputs, state, options);
          return {
            output: tf.add(run.output, tf.mul(tf.mul(inputs, 0), tf.abs(all))) as Tensor3D,
            state: run.state,
          };
        }),
    }),
    'ignores values past a row’s length',
    "output NaN instead of 0 at row 1, step 0, past the row's length of 0, with NaN in the input past the lengths 6, 0, 4: replace it by tf.where",
  ],
  [
    'another output size',
    cellOf({ outputSize: SIZE + 1 }),
    'gives [B, T, O] and a state of the initial form',
    'got the output of step float32 [3, 3]: return float32 [3, 4]; outputSize is the last size',
  ],
  [
    'a state with another name',
    cellOf({
      step: (params, x, state) => {
        const { output, state: next } = sound.step(params, x, state);
        return { output, state: { hidden: next.h } as never };
      },
    }),
    'gives [B, T, O] and a state of the initial form',
    'got a state of step with hidden float32 [3, 3], where zeroState has h float32 [3, 3]: return a state with the names',
  ],
  [
    'a state of another shape',
    cellOf({
      step: (params, x, state) => {
        const { output, state: next } = sound.step(params, x, state);
        return { output, state: tf.tidy(() => ({ h: tf.tile(next.h, [1, 2]) as Tensor2D })) };
      },
    }),
    'gives [B, T, O] and a state of the initial form',
    'got a state of step with h float32 [3, 6], where zeroState has h float32 [3, 3]',
  ],
  [
    'no state',
    cellOf({ step: (params, x, state) => ({ output: sound.step(params, x, state).output }) as never }),
    'gives [B, T, O] and a state of the initial form',
    'got no state of step: return a state with the names',
  ],
  [
    'an output of integers',
    cellOf({
      step: (params, x, state) => {
        const { output, state: next } = sound.step(params, x, state);
        return { output: tf.tidy(() => tf.cast(output, 'int32')), state: next };
      },
    }),
    'gives [B, T, O] and a state of the initial form',
    'got the output of step int32 [3, 3]: return float32 [3, 3]',
  ],
  [
    'parameters of integers',
    cellOf({
      init: () => ({ w: tf.ones([SIZE, SIZE], 'int32') }),
      step: (params, x, { h }) => sound.step({ w: tf.cast(params.w, 'float32') }, x, { h }),
    }),
    'creates new parameters and states in each call, and leaves no other tensors',
    'got init with a tensor int32 [3, 3]: return it as float32',
  ],
  [
    'init that draws other weights each time',
    cellOf({ init: () => sound.init(draws++) }),
    'initializes equally from the same seed, and differently from another',
    'got two sets of parameters from one seed: draw every number from random(seed)',
  ],
  [
    'init that ignores its seed',
    cellOf({ init: () => sound.init(1) }),
    'initializes equally from the same seed, and differently from another',
    'got the same parameters from two seeds',
  ],
  [
    'steps with noise of their own',
    cellOf({
      step: (params, x, state) => {
        const { output, state: next } = sound.step(params, x, state);
        return { output: tf.tidy(() => tf.add(output, Math.random())), state: next };
      },
    }),
    'returns the same for the same input',
    'got two results for one input: draw random numbers in training from random(context.seed)',
  ],
  [
    'one tensor twice in the state',
    {
      ...sound,
      name: 'wrong',
      zeroState: (batchSize: number) => ({ h: tf.zeros([batchSize, SIZE]), c: tf.zeros([batchSize, SIZE]) }),
      step: (params: Params, x: Tensor2D, { h }: State) => {
        const { output, state } = sound.step(params, x, { h });
        return { output, state: { h: state.h, c: state.h } };
      },
    } as AnyPart,
    'takes steps that return new tensors and leave no others',
    "got state 'c' of step, which is the same tensor as state 'h'",
  ],
  [
    'a state that is drawn',
    cellOf({ zeroState: (batchSize) => ({ h: tf.randomNormal([batchSize, SIZE]) }) }),
    'creates new parameters and states in each call, and leaves no other tensors',
    'got two different states from zeroState: return the same state in each call',
  ],
  [
    'a memory outside the state',
    (() => {
      let calls = 0;
      return cellOf({
        step: (params, x, state) => {
          calls += 1;
          return tf.tidy(() => sound.step(params, tf.mul(x, calls) as Tensor2D, state));
        },
      });
    })(),
    'returns the same for the same input',
    'got two results for one input',
  ],
  [
    'a promise of a step',
    cellOf({ step: (async () => undefined) as never }),
    'gives [B, T, O] and a state of the initial form',
    'got the output of step none: return float32 [3, 3]',
  ],
  [
    'a mean over the rows',
    cellOf({
      step: (params, x, state) =>
        sound.step(
          params,
          tf.tidy(() => tf.add(x, tf.mean(x, 0)) as Tensor2D),
          state,
        ),
    }),
    'computes each row as if it were alone',
    'no mean or sum over the rows',
  ],
  [
    'a gradient that is cut',
    cellOf({
      step: ({ w }, x, state) =>
        sound.step({ w: tf.tensor2d(w.dataSync<'float32'>().slice(), [SIZE, SIZE]) }, x, state),
    }),
    'has gradients that agree with finite differences',
    'without dataSync',
  ],
  [
    'a state that is not all',
    cellOf({
      step: (params, x, { h }) =>
        tf.tidy(() => ({ output: nextOf(params, x, h), state: { h: tf.zerosLike(h) } })),
      unroll: ownUnroll((given) => given),
    }),
    'gives the same fused and step by step',
    'let unroll compute what step does',
  ],
  [
    'a layer without the last steps',
    {
      ...sound,
      name: 'wrong',
      step: undefined as never,
      unroll: (params: Params, inputs: Tensor3D, state: State) =>
        tf.tidy(() => {
          const run = unroll(sound, params, inputs, { initialState: state });
          return { output: tf.slice(run.output, [0, 1]), state: run.state };
        }),
    },
    'gives [B, T, O] and a state of the initial form',
    'expected unroll to return a float32 output [3, 6, 3] or [3, 3], got float32 [3, 5, 3]',
  ],
];
