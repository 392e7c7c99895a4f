import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { inWords, type OptionKinds } from '@unrolled/errors';
import type { Sampler, Steps } from '@unrolled/kernels';
import { fusedSteps } from './attention/fused-steps';
import { checkParams, checkResult } from './check-tensors';
import { checkCell, checkPart, checkState } from './checks';
import {
  type AnyCell,
  type Cell,
  type InputKind,
  inputKindOf,
  nameOf,
  type ParamsOf,
  type StateOf,
  type StepInput,
} from './contract';
import { checkKind, checkOptions, refuse } from './refuse';
import { fromSamplerState, fusedSampler, toSamplerState } from './sampling';
import { disposeTree, mapTree, tidy } from './tree';

/** Runs a model one step at a time: for sampling, or for a stream of measurements. */
export interface Stepper<S> {
  /**
   * Runs one step of the B rows: B ids, or B·I numbers, in an array or a typed array → B·O numbers, row by
   * row.
   */
  step(input: ArrayLike<number>): Float32Array;
  /** A copy of the state, which the caller owns. */
  state(): S;
  /**
   * Row i continues from the state of row `rows[i]`, each in 0 … B − 1. A beam search calls this after a
   * step. Afterwards B is the length of `rows`, which must be at least 1.
   */
  gather(rows: ArrayLike<number>): void;
  /** Frees the stepper's state. Later steps throw. */
  dispose(): void;
}

export interface StepperOptions<S> {
  /** B; default 1. */
  readonly batchSize?: number | undefined;
  /**
   * Maximum number of rows in `gather`; default B. More rows also work, but the weights are packed again.
   */
  readonly room?: number | undefined;
  /** The initial state, copied; default all zeros. */
  readonly state?: S | undefined;
  /**
   * Constant paths of the state, or prefixes of paths, such as `['memory']` for `memory.keys`. `gather` does
   * not copy them as long as each row continues a row of the same original batch row.
   */
  readonly constant?: readonly string[] | undefined;
  /** Called after each step with its results, [B, …]. The tensors are freed after the call. */
  observe?(result: { readonly output: Tensor2D; readonly state: S }): void;
}

const KINDS: OptionKinds<StepperOptions<unknown>> = {
  batchSize: 'positive integer?',
  room: 'positive integer?',
  state: 'value?',
  constant: 'array?',
  observe: 'function?',
};

/**
 * Runs a cell step by step with numbers as input and output. The stepper holds one state; `dispose` frees it.
 * The caller owns the parameters and must not change them while the stepper exists. On the backend
 * `unrolled`, the steps of a model of embedding, recurrent and dense parts that reads ids run in WebAssembly.
 * A row's results then do not depend on the other rows, bit for bit. The same holds for a decoder with
 * attention, from a state of `attend` or `encode`; its source is not copied for additional rows.
 *
 * @throws UnrolledError if the part cannot run single steps, the parameters or the state do not fit, or an
 *   input has the wrong kind or length
 */
export function stepper<P, S, K extends InputKind = 'vectors'>(
  cell: Cell<P, S, K>,
  params: NoInfer<P>,
  options?: StepperOptions<NoInfer<S>>,
): Stepper<S>;
export function stepper<L extends AnyCell>(
  cell: L,
  params: ParamsOf<L>,
  options?: StepperOptions<StateOf<L>>,
): Stepper<StateOf<L>>;
export function stepper(
  cell: AnyCell,
  params: unknown,
  options: StepperOptions<unknown> = {},
): Stepper<unknown> {
  checkPart('stepper', cell);
  checkCell(`stepper(${nameOf(cell)})`, cell);
  checkOptions(`stepper(${nameOf(cell)})`, options, KINDS);
  const { batchSize = 1, room = 1, state, constant = [] } = options;
  for (const path of constant) checkKind(`stepper(${nameOf(cell)})`, 'each of constant', path, 'string');
  if (state !== undefined) checkState(cell, state, batchSize);
  checkParams(cell, params);
  const sampler = fusedSampler(cell, params, Math.max(batchSize, room));
  if (sampler) return live(cell, fusedStepper(cell, params, sampler, options));
  const steps = fusedSteps(cell, params, state, batchSize, Math.max(batchSize, room));
  return live(cell, steps ? attentionStepper(cell, steps, options) : tensorStepper(cell, params, options));
}

/**
 * A stepper that throws on every call except `dispose` after it was disposed, because its memory may be
 * reused.
 */
function live<S>(cell: AnyCell, own: Stepper<S>): Stepper<S> {
  let isDisposed = false;
  const check = () => {
    if (!isDisposed) return;
    const [expected, got] = ['a stepper that is not disposed', 'a disposed stepper'];
    refuse(`stepper(${nameOf(cell)})`, { expected, got, remedy: 'create another stepper', code: 'state' });
  };
  return {
    step(input) {
      check();
      return own.step(input);
    },
    state() {
      check();
      return own.state();
    },
    gather(rows) {
      check();
      own.gather(rows);
    },
    dispose() {
      if (!isDisposed) own.dispose();
      isDisposed = true;
    },
  };
}

/** Steps of a decoder with attention. Constant tensors stay in place when rows change. */
function attentionStepper(
  cell: AnyCell,
  steps: Steps,
  { state: initialState, observe }: StepperOptions<unknown>,
): Stepper<unknown> {
  const ids = inputKindOf(cell) === 'ids';
  const first = mapTree(initialState, (tensor) => tf.keep(tf.clone(tensor)));
  const state = () => {
    const values = steps.states();
    const { origins } = steps;
    const stays = origins.length === steps.given && origins.every((origin, row) => origin === row);
    return mapTree(first, (tensor, path) => {
      const own = values.get(path);
      if (own) return tf.tensor(own, [origins.length, ...tensor.shape.slice(1)]);
      return stays ? tf.clone(tensor) : tidy(() => tf.gather(tensor, tf.tensor1d(origins, 'int32')));
    });
  };
  return {
    step(input) {
      const { rows } = steps;
      const size = ids ? rows : rows * cell.inputSize;
      const output = steps.step(numbersOf(cell, input, ids, size) as Int32Array | Float32Array);
      if (observe)
        tidy(() => observe({ output: tf.tensor2d(output, [rows, cell.outputSize]), state: state() }));
      return output;
    },
    state,
    gather(from) {
      checkRows(cell, from, steps.rows);
      steps.gather(from);
    },
    dispose() {
      steps.dispose();
      disposeTree(first);
    },
  };
}

function fusedStepper(
  cell: AnyCell,
  params: unknown,
  first: Sampler,
  { batchSize = 1, room: asked = 1, state: initialState, observe }: StepperOptions<unknown>,
): Stepper<unknown> {
  let sampler = first;
  let [rows, room] = [batchSize, Math.max(batchSize, asked)];
  if (room > rows) sampler.gather(Array.from({ length: rows }, (_, row) => row));
  if (initialState !== undefined) sampler.reset(toSamplerState(initialState));
  const state = () => {
    const template = cell.zeroState(rows);
    try {
      return fromSamplerState(template, sampler.state());
    } finally {
      disposeTree(template);
    }
  };
  const widen = (size: number) => {
    const [narrow, before] = [sampler, sampler.state()];
    sampler = fusedSampler(cell, params, size)!;
    narrow.dispose();
    const pad = (values: Float32Array) => {
      const wide = new Float32Array((values.length / rows) * size);
      wide.set(values);
      return wide;
    };
    sampler.reset(before.map(({ h, c }) => ({ h: pad(h), c: c && pad(c) })));
    room = size;
  };
  return {
    step(input) {
      const output = sampler.step(numbersOf(cell, input, true, rows) as Int32Array);
      if (observe)
        tidy(() => observe({ output: tf.tensor2d(output, [rows, cell.outputSize]), state: state() }));
      return output;
    },
    state,
    gather(from) {
      checkRows(cell, from, rows);
      if (from.length > room) widen(from.length);
      sampler.gather(from);
      rows = from.length;
    },
    dispose: () => sampler.dispose(),
  };
}

function tensorStepper<P, S, K extends InputKind>(
  cell: Cell<P, S, K>,
  params: P,
  { batchSize = 1, state: initialState, constant = [], observe }: StepperOptions<S>,
): Stepper<S> {
  const ids = inputKindOf(cell as AnyCell) === 'ids';
  const copy = (tree: S) => mapTree(tree, (tensor) => tf.clone(tensor));
  const isConstant = (path: string) =>
    constant.some((start) => path === start || path.startsWith(`${start}.`));
  let state = initialState === undefined ? cell.zeroState(batchSize) : copy(initialState);
  /** The row of the original batch that each row came from. */
  let origins = Array.from({ length: batchSize }, (_, row) => row);
  let time = 0;
  return {
    step(input) {
      const rows = origins.length;
      const shape = ids ? [rows] : [rows, cell.inputSize];
      const numbers = numbersOf(cell as AnyCell, input, ids, tf.util.sizeFromShape(shape));
      let output: Float32Array | undefined;
      const next = tidy(() => {
        const x: Tensor = tf.tensor(numbers, shape, ids ? 'int32' : 'float32');
        const result = cell.step(params, x as StepInput<K>, state, { training: false, time });
        if (time === 0) checkResult(cell as AnyCell, 'step', result, [[rows, cell.outputSize]], rows);
        output = result.output.dataSync<'float32'>().slice();
        observe?.(result);
        return copy(result.state); // A user-defined cell may return any tensors.
      });
      disposeTree(state);
      state = next;
      time += 1;
      return output!;
    },
    state: () => copy(state),
    gather(from) {
      checkRows(cell as AnyCell, from, origins.length);
      const indices = tf.tensor1d(Array.from(from), 'int32');
      const before = state;
      const next = Array.from(from, (row) => origins[row]!);
      const stays = next.length === origins.length && next.every((origin, row) => origin === origins[row]);
      state = mapTree(before, (tensor, path) =>
        stays && isConstant(path) ? tf.clone(tensor) : tf.gather(tensor, indices),
      );
      origins = next;
      disposeTree([before, indices]);
    },
    dispose: () => disposeTree(state),
  };
}

/**
 * One step's input in the form of tfjs and the sampler. Throws for another length, and for ids that are not
 * integers.
 */
function numbersOf(cell: AnyCell, input: ArrayLike<number>, ids: boolean, size: number) {
  const Numbers = ids ? Int32Array : Float32Array;
  if (input instanceof Numbers && input.length === size) return input;
  const given: unknown = input;
  const isList = Array.isArray(given) || (ArrayBuffer.isView(given) && 'length' in given);
  const list = isList ? Array.from(input) : [];
  const fits = ids ? Number.isSafeInteger : (value: unknown) => typeof value === 'number';
  const bad = list.findIndex((value) => !fits(value));
  if (list.length === size && bad < 0) return Numbers.from(list);
  return refuse(`stepper(${nameOf(cell)})`, {
    expected: `an array of ${size} ${ids ? 'ids' : 'numbers'}`,
    got: !isList ? inWords(given) : bad >= 0 ? `${inWords(list[bad])} in it` : `an array of ${list.length}`,
    remedy:
      given instanceof tf.Tensor
        ? 'pass Array.from(await input.data())'
        : `pass one step for each of the batch's rows, row by row`,
  });
}

function checkRows(cell: AnyCell, rows: ArrayLike<number>, batchSize: number): void {
  const scope = `stepper(${nameOf(cell)})`;
  checkKind(scope, 'rows', rows, 'array or typed array');
  let fits = rows.length > 0;
  for (let n = 0; n < rows.length; n++) {
    const row = rows[n]!;
    fits &&= Number.isInteger(row) && row >= 0 && row < batchSize;
  }
  if (fits) return;
  refuse(scope, {
    expected: `at least one row, each in 0 … ${batchSize - 1}`,
    got: Array.from(rows).map(inWords).join(', ') || 'none',
    remedy: 'pass, for each new row, the number of the row that it continues',
  });
}
