/**
 * Dropout between layers and inside recurrent cells. A mask is a function of (seed, time), or of the seed
 * alone for the variational kind (Gal and Ghahramani, 2016), so the step-by-step path and the whole-sequence
 * path drop the same units. Kept units are divided by the keep probability, so the expected value is the same
 * with and without dropout.
 */

import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import { isTakingGradients } from '@unrolled/kernels';
import { attentionPlaces } from './attention/places';
import { checkCell, checkRate, checkStep } from './checks';
import {
  type AnyCell,
  type Cell,
  type Context,
  inputKindOf,
  isUnsaid,
  type NoParams,
  type NoState,
  nameOf,
  type StepContext,
  sharedWith,
} from './contract';
import { builtIn } from './identity';
import { maskSequence } from './masks';
import { deriveSeed, random } from './random';
import { checkOptions, refuse } from './refuse';
import { mapTree, tidy } from './tree';
import { stepThrough, unrollPart } from './unroll';

export interface DropoutOptions {
  /** The length of the vectors. It may be omitted in a `stack`. */
  readonly size?: number | undefined;
  /** The share of units that is dropped, in [0, 1). */
  readonly rate: number;
  /** One mask for all time steps; default false, a new one at each. */
  readonly variational?: boolean | undefined;
}

const DROPOUT_OPTIONS: OptionKinds<DropoutOptions> = {
  size: 'positive integer?',
  rate: 'number',
  variational: 'boolean?',
};

/**
 * A part without parameters or state that drops units in training. Put it between the parts of a stack.
 * Without `size` it takes the output size of the part before it, or at the start of the stack the input size
 * of the part after it.
 *
 * The `context` of `unroll` determines whether it drops units; `train` passes a context to `lossOf`.
 *
 * @throws UnrolledError if the rate is outside [0, 1), if it has no size and is not in a stack, or if
 *   gradients are computed without a context, because nothing would be dropped
 */
export function dropout(options: DropoutOptions): Cell<NoParams, NoState> {
  checkOptions('dropout', options, DROPOUT_OPTIONS);
  const { size, rate, variational = false } = options;
  checkRate('dropout', 'rate', rate);
  if (size === undefined) return unsized(options);
  const cell: Cell<NoParams, NoState> = {
    name: 'dropout',
    inputSize: size,
    outputSize: size,
    init: () => ({}),
    zeroState: () => ({}),
    step(_params, input, _state, context) {
      checkStep(cell, input);
      return { output: tidy(() => dropStep(input, rate, variational, context)), state: {} };
    },
  };
  return builtIn(cell, {
    structure: { type: 'dropout', size, rate, variational },
    unroll: (_params, inputs, _state, { context, lengths } = {}) => ({
      output: tidy(() => dropSequence(maskSequence(inputs, lengths), rate, variational, context)),
      state: {},
    }),
  });
}

/** Dropout whose size `stack` sets. Reading the size earlier throws. */
function unsized(options: DropoutOptions): Cell<NoParams, NoState> {
  const refuseSize = (): never =>
    refuse('dropout', {
      expected: 'size, the length of the vectors',
      got: 'none',
      remedy: 'pass dropout({ size, rate }); it may be omitted only in a stack, next to a part with a size',
    });
  const cell: Cell<NoParams, NoState> = {
    name: 'dropout',
    get inputSize() {
      return refuseSize();
    },
    get outputSize() {
      return refuseSize();
    },
    init: () => ({}),
    zeroState: () => ({}),
    step: refuseSize,
  };
  return builtIn(cell, {
    get structure() {
      return refuseSize();
    },
    sized: (size) => dropout({ ...options, size }),
  });
}

export interface DropoutWrapperOptions {
  /** Rate of input dropout; default 0. */
  readonly input?: number | undefined;
  /** Rate of dropout on the previous state that the cell reads, except its entry `c`; default 0. */
  readonly state?: number | undefined;
  /** Rate of output dropout; default 0. */
  readonly output?: number | undefined;
  /** One mask for all time steps; default false. */
  readonly variational?: boolean | undefined;
}

const WRAPPER_OPTIONS: OptionKinds<DropoutWrapperOptions> = {
  input: 'number?',
  state: 'number?',
  output: 'number?',
  variational: 'boolean?',
};

/**
 * A cell with dropout on its input, its recurrent state and its output (TF1's `DropoutWrapper`, Keras's
 * `dropout` and `recurrent_dropout`). An LSTM's `c` is never dropped. The returned state is not dropped
 * either, so it can be carried on. With state dropout the sequence runs step by step.
 *
 * @throws UnrolledError if a rate is outside [0, 1), or input dropout is requested for a cell that reads ids
 */
export function dropoutWrapper<P, S>(cell: Cell<P, S>, options: DropoutWrapperOptions): Cell<P, S> {
  checkCell('dropoutWrapper', cell);
  checkOptions('dropoutWrapper', options, WRAPPER_OPTIONS);
  const { input = 0, state: stateRate = 0, output: outputRate = 0, variational = false } = options;
  checkRate('dropoutWrapper', 'input', input);
  checkRate('dropoutWrapper', 'state', stateRate);
  checkRate('dropoutWrapper', 'output', outputRate);
  if (inputKindOf(cell) === 'ids') {
    refuse('dropoutWrapper', {
      expected: 'a cell that reads vectors',
      got: 'a cell that reads ids',
      remedy: 'put an embedding before it',
    });
  }

  if (stateRate > 0 && attentionPlaces(cell as AnyCell).length > 0) {
    refuse('dropoutWrapper', {
      expected: 'no state dropout of a cell with attention, whose state contains the source',
      got: nameOf(cell as AnyCell),
      remedy:
        'put dropoutWrapper around the cell inside: attentionWrapper(dropoutWrapper(cell, { state }), …)',
    });
  }

  const dropState = (state: S, context: StepContext | undefined) =>
    stateRate === 0
      ? state
      : mapTree(state, (tensor, path) =>
          /(^|\.)c$/.test(path)
            ? tensor
            : dropStep(tensor as Tensor2D, stateRate, variational, forSite(context, 1)),
        );

  const wrapped: Cell<P, S> = {
    name: `dropoutWrapper(${nameOf(cell as AnyCell)})`,
    ...sharedWith(cell),
    step: (params, x, state, context) =>
      tidy(() => {
        const dropped = dropStep(x, input, variational, forSite(context, 0));
        const next = cell.step(params, dropped, dropState(state, context), forSite(context, 3));
        return {
          output: dropStep(next.output, outputRate, variational, forSite(context, 2)),
          state: next.state,
        };
      }),
  };
  return builtIn(wrapped, {
    structure: {
      type: 'dropoutWrapper',
      part: cell as AnyCell,
      input,
      state: stateRate,
      output: outputRate,
      variational,
    },
    unroll(params, inputs, state, unrollOptions = {}) {
      if (stateRate > 0) return stepThrough(wrapped, params, inputs, state, unrollOptions);
      const { context } = unrollOptions;
      const dropped = dropSequence(inputs, input, variational, forSite(context, 0));
      const inner = { ...unrollOptions, context: forSite(context, 3) };
      const next = unrollPart(cell, params, dropped, state, inner);
      return {
        output: dropSequence(next.output, outputRate, variational, forSite(context, 2)),
        state: next.state,
      };
    },
  });
}

/**
 * A context with a seed of its own for each place of dropout in a part, so that their masks are independent.
 */
export function forSite<C extends Context>(context: C | undefined, site: number): C | undefined {
  return context?.training ? { ...context, seed: deriveSeed(context.seed, site) } : context;
}

/**
 * Whether units are dropped. Throws if there is no context while gradients are computed, because that is
 * training.
 */
function acts<C extends Context>(rate: number, context: C | undefined): context is C & { training: true } {
  if (rate > 0 && isUnsaid(context) && isTakingGradients()) {
    refuse('dropout', {
      expected: 'a context, because gradients are being computed',
      got: 'none',
      remedy:
        'pass the context of lossOf: unroll(model, params, inputs, { context }); { training: false } disables dropout',
    });
  }
  return rate > 0 && context?.training === true;
}

/** Drops units of one step's vectors if the context is one of training. */
export function dropStep(
  x: Tensor2D,
  rate: number,
  variational: boolean,
  context: StepContext | undefined,
): Tensor2D {
  if (!acts(rate, context)) return tf.clone(x);
  const mask = new Float32Array(x.size);
  fillMask(mask, rate, maskSeed(context.seed, variational ? undefined : context.time));
  return tf.mul(x, tf.tensor(mask, x.shape)) as Tensor2D;
}

function dropSequence(
  x: Tensor3D,
  rate: number,
  variational: boolean,
  context: Context | undefined,
): Tensor3D {
  if (!acts(rate, context)) return tf.clone(x);
  return tf.mul(x, maskOfSequence(x.shape, rate, variational, context.seed)) as Tensor3D;
}

/** [B, T, n] (variational: [B, 1, n]) whose step t is the mask of `dropStep` at time t. */
function maskOfSequence(
  [batchSize, steps, size]: readonly number[],
  rate: number,
  variational: boolean,
  seed: number,
): Tensor {
  const shape: [number, number, number] = [batchSize!, variational ? 1 : steps!, size!];
  const [, times] = shape;
  const mask = new Float32Array(batchSize! * times * size!);
  const draws = new Float32Array(batchSize! * size!);
  for (let time = 0; time < times; time++) {
    fillMask(draws, rate, maskSeed(seed, variational ? undefined : time));
    for (let row = 0; row < batchSize!; row++) {
      mask.set(draws.subarray(row * size!, (row + 1) * size!), (row * times + time) * size!);
    }
  }
  return tf.tensor(mask, shape);
}

/**
 * The seed of the generator, xoroshiro128+, with which `dropout` draws the mask [B, n] of a time step: the
 * units whose number is below rate · 2³² are dropped.
 *
 * @param seed the seed of the context for one place of dropout in the model
 */
export function dropoutGeneratorSeed(seed: number, time: number, variational: boolean): number {
  return deriveSeed(maskSeed(seed, variational ? undefined : time), 0);
}

const maskSeed = (seed: number, time: number | undefined) => deriveSeed(seed, time === undefined ? -2 : time);

/** 0 for dropped units, 1/(1−rate) for kept ones. */
function fillMask(mask: Float32Array, rate: number, seed: number): void {
  const { uniform } = random(seed);
  const kept = 1 / (1 - rate);
  for (let i = 0; i < mask.length; i++) mask[i] = uniform() < rate ? 0 : kept;
}
