import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Sampler } from '@unrolled/kernels';
import { checkState } from './checks';
import { type AnyCell, type Cell, type InputKind, inputKindOf, nameOf, type StepInput } from './contract';
import { check, refuse } from './refuse';
import { fromSamplerState, fusedSampler, toSamplerState } from './sampling';
import { disposeTree, mapTree, tidy } from './tree';

/** A model that is fed one step at a time: for sampling, or for a stream of measurements. */
export interface Stepper<S> {
  /** One step: B ids, or B·I numbers → B·O numbers, row by row. */
  step(input: Int32Array | Float32Array): Float32Array;
  /** A copy of the state, which the caller owns. */
  state(): S;
  /**
   * Row i goes on from the state that row `rows[i]` had, [B], each in 0 … B − 1: what a beam search does
   * after a step.
   */
  gather(rows: ArrayLike<number>): void;
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
 * Runs a cell step by step with typed arrays in and out. It holds one state; `dispose` frees it. The
 * parameters stay the caller's, unchanged while the stepper lives. On the `unrolled` backend a model of
 * embedding, recurrent and dense parts that reads ids takes its steps in WebAssembly, where a row's numbers
 * do not depend on the other rows, bit for bit.
 *
 * @throws UnrolledError when an input has the wrong kind or length, or the state does not fit
 */
export function stepper<P, S, K extends InputKind = 'vectors'>(
  cell: Cell<P, S, K>,
  params: P,
  { batchSize = 1, state }: StepperOptions<S> = {},
): Stepper<S> {
  check.count(`stepper(${nameOf(cell as AnyCell)})`, 'batchSize', batchSize);
  if (state !== undefined) checkState(cell as AnyCell, state, batchSize);
  const sampler = fusedSampler(cell as AnyCell, params, batchSize);
  return sampler
    ? fusedStepper(cell, sampler, batchSize, state)
    : tensorStepper(cell, params, batchSize, state);
}

function fusedStepper<P, S, K extends InputKind>(
  cell: Cell<P, S, K>,
  sampler: Sampler,
  batchSize: number,
  initialState: S | undefined,
): Stepper<S> {
  if (initialState !== undefined) sampler.reset(toSamplerState(initialState));
  return {
    step(input) {
      checkInput(cell as AnyCell, input, true, batchSize);
      return sampler.step(input);
    },
    state() {
      const template = cell.zeroState(batchSize);
      try {
        return fromSamplerState(template, sampler.state());
      } finally {
        disposeTree(template);
      }
    },
    gather: (rows) => sampler.gather(rows),
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
    gather(rows) {
      checkRows(cell as AnyCell, rows, batchSize);
      const indices = tf.tensor1d(Array.from(rows), 'int32');
      const before = state;
      state = mapTree(before, (tensor) => tf.gather(tensor, indices));
      disposeTree([before, indices]);
    },
    dispose: () => disposeTree(state),
  };
}

function checkInput(cell: AnyCell, input: Int32Array | Float32Array, ids: boolean, size: number): void {
  if (input.length === size && input instanceof (ids ? Int32Array : Float32Array)) return;
  refuse(`stepper(${nameOf(cell)})`, {
    expected: ids ? `an Int32Array of ${size} ids` : `a Float32Array of ${size} numbers`,
    got: `a ${input.constructor.name} of ${input.length}`,
  });
}

function checkRows(cell: AnyCell, rows: ArrayLike<number>, batchSize: number): void {
  const all = Array.from(rows);
  const fits = (row: number) => Number.isInteger(row) && row >= 0 && row < batchSize;
  if (all.length === batchSize && all.every(fits)) return;
  refuse(`stepper(${nameOf(cell)})`, {
    expected: `${batchSize} rows, each in 0 … ${batchSize - 1}`,
    got: all.join(', ') || 'none',
  });
}
