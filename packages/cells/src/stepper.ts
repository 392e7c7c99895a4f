import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { UnrolledError } from '@unrolled/errors';
import type { Sampler } from '@unrolled/kernels';
import { type AnyCell, type Cell, type InputKind, inputKindOf, nameOf, type StepInput } from './contract';
import { fromSamplerState, fusedSampler, toSamplerState } from './sampler-pieces';
import { disposeTree, mapTree, tidy } from './tree';

/** A model that is fed one step at a time: for sampling, or for a stream of measurements. */
export interface Stepper<S> {
  /** One step: B ids, or B·I numbers → B·O numbers, row by row. */
  step(input: Int32Array | Float32Array): Float32Array;
  /** A copy of the state, which the caller owns. */
  state(): S;
  /** Frees the state that the stepper holds. */
  dispose(): void;
}

export interface StepperOptions<S> {
  /** B; default 1. */
  readonly batchSize?: number;
  /** Where to start, copied; default all zeros. */
  readonly state?: S;
}

/**
 * Runs a cell step by step with typed arrays in and out. It holds one state; `dispose` frees it. The parameters stay
 * the caller's, unchanged while the stepper lives. On the `unrolled` backend a model of embedding, recurrent and dense
 * parts that reads ids takes its steps in WebAssembly when `batchSize` is 1.
 *
 * @throws UnrolledError when an input has the wrong kind or length
 */
export function stepper<P, S, K extends InputKind = 'vectors'>(
  cell: Cell<P, S, K>,
  params: P,
  { batchSize = 1, state }: StepperOptions<S> = {},
): Stepper<S> {
  const sampler = batchSize === 1 ? fusedSampler(cell as AnyCell, params) : undefined;
  return sampler ? fusedStepper(cell, sampler, state) : tensorStepper(cell, params, batchSize, state);
}

function fusedStepper<P, S, K extends InputKind>(
  cell: Cell<P, S, K>,
  sampler: Sampler,
  initialState: S | undefined,
): Stepper<S> {
  if (initialState !== undefined) sampler.reset(toSamplerState(initialState));
  return {
    step(input) {
      checkInput(cell as AnyCell, input, true, 1);
      return sampler.step(input[0]!);
    },
    state() {
      const template = cell.zeroState(1);
      try {
        return fromSamplerState(template, sampler.state());
      } finally {
        disposeTree(template);
      }
    },
    dispose: () => sampler.dispose(),
  };
}

function tensorStepper<P, S, K extends InputKind>(
  cell: Cell<P, S, K>,
  params: P,
  batchSize: number,
  initialState: S | undefined,
): Stepper<S> {
  const ids = inputKindOf(cell as AnyCell) === 'ids';
  const shape = ids ? [batchSize] : [batchSize, cell.inputSize];
  const copy = (tree: S) => mapTree(tree, (tensor) => tf.clone(tensor));
  let state = initialState === undefined ? cell.zeroState(batchSize) : copy(initialState);
  let time = 0;
  return {
    step(input) {
      checkInput(cell as AnyCell, input, ids, tf.util.sizeFromShape(shape));
      const next = tidy(() => {
        const x: Tensor = tf.tensor(input, shape, ids ? 'int32' : 'float32');
        return cell.step(params, x as StepInput<K>, state, { training: false, time: time++ });
      });
      disposeTree(state);
      state = next.state;
      const output = next.output.dataSync<'float32'>().slice();
      next.output.dispose();
      return output;
    },
    state: () => copy(state),
    dispose: () => disposeTree(state),
  };
}

function checkInput(cell: AnyCell, input: Int32Array | Float32Array, ids: boolean, size: number): void {
  if (input.length === size && input instanceof (ids ? Int32Array : Float32Array)) return;
  throw new UnrolledError('cells', `stepper(${nameOf(cell)})`, {
    expected: ids ? `an Int32Array of ${size} ids` : `a Float32Array of ${size} numbers`,
    got: `a ${input.constructor.name} of ${input.length}`,
  });
}
