/**
 * Runs a part over a whole sequence (TF1's `dynamic_rnn`).
 *
 * The semantics of lengths are those of TF1: past a row's length the output is 0 and the state is copied
 * (`tensorflow/python/ops/rnn.py`, `_rnn_step`). In reverse, a row starts at its last valid step. Values past
 * a row's length, even NaN, affect no output, state or gradient.
 */

import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import { constantPaths } from './attention/places';
import { checkParams, checkResult } from './check-tensors';
import { checkCell, checkContext, checkPart, checkSequence, checkState } from './checks';
import {
  type AnyCell,
  type AnyLayer,
  type AnyPart,
  type Cell,
  type InputKind,
  type InputOf,
  inputKindOf,
  isCell,
  type Layer,
  NO_CONTEXT,
  nameOf,
  type OutputOf,
  type ParamsOf,
  type SequenceInput,
  type StateOf,
  type StepInput,
  type Unrolled,
  type UnrollOptions,
} from './contract';
import { builtIn, type Identity, identityOf, type UnrollSequence } from './identity';
import { keepValid, keepValidState, maskIds, maskSequence, maskState } from './masks';
import { checkLengths, checkOptions, refuse } from './refuse';
import type { PartStructure } from './structure';
import { mapTree, tensorsOf, tidy } from './tree';

/** The options of {@link unroll}. */
export interface RunOptions<S> extends Omit<UnrollOptions, 'lengths'> {
  /** Default all zeros. */
  readonly initialState?: S | undefined;
  /** Valid steps of each row, 0 … T; default all T. */
  readonly lengths?: ArrayLike<number> | undefined;
}

const STEP_OPTIONS: OptionKinds<UnrollOptions> = {
  lengths: 'value?',
  reverse: 'boolean?',
  context: 'object?',
  fused: 'boolean?',
};
const RUN_OPTIONS: OptionKinds<RunOptions<unknown>> = { initialState: 'value?', ...STEP_OPTIONS };

/**
 * Runs a cell or layer over a sequence: [B, T, I] (ids: [B, T]) → output [B, T, O] and the final state.
 *
 * @param options.initialState the state before the first step; default zeros
 * @param options.lengths valid steps of each row, 0 … T, in an array or a typed array
 * @param options.reverse runs from each row's last valid step to its first; the output keeps the order of the
 *   input
 * @param options.fused `false` forces the step-by-step reference. By default a built-in part uses a fused
 *   kernel if the backend has one, and another part its own `unroll` if it has one
 * @returns tensors that the caller owns; none of them is an argument. `output` is [B, O] for a part with one
 *   output a row, such as `lastOutput`
 * @throws UnrolledError if the input's shape, the lengths, the initial state or the parameters do not fit
 */
export function unroll<P, S, K extends InputKind = 'vectors', Y extends Tensor = Tensor3D>(
  part: Cell<P, S, K> | Layer<P, S, K, Y>,
  params: NoInfer<P>,
  inputs: SequenceInput<K>,
  options?: RunOptions<NoInfer<S>>,
): Unrolled<S, Y>;
export function unroll<L extends AnyPart>(
  part: L,
  params: ParamsOf<L>,
  inputs: InputOf<L>,
  options?: RunOptions<StateOf<L>>,
): Unrolled<StateOf<L>, OutputOf<L>>;
export function unroll(
  part: AnyPart,
  params: unknown,
  inputs: Tensor,
  options: RunOptions<unknown> = {},
): Unrolled<unknown, Tensor> {
  checkPart('unroll', part);
  checkOptions(`unroll(${nameOf(part)})`, options, RUN_OPTIONS);
  checkContext(`unroll(${nameOf(part)})`, options.context);
  const { initialState, ...rest } = options;
  checkSequence(part, inputs);
  const [batchSize, steps] = inputs.shape as [number, number];
  checkNoTime(part, rest);
  const lengths = checkLengths(nameOf(part), rest.lengths, batchSize, steps);
  if (initialState !== undefined) checkState(part, initialState, batchSize);
  checkParams(part, params);
  return tidy(() => {
    const state = initialState ?? part.zeroState(batchSize);
    return unrollPart(part as AnyLayer, params, inputs as never, state, { ...rest, lengths });
  });
}

/** Throws if options of sequences are given for a part that reads pictures. */
export function checkNoTime(
  part: AnyPart,
  { lengths, reverse }: Pick<RunOptions<unknown>, 'lengths' | 'reverse'>,
): void {
  if (inputKindOf(part) !== 'pictures') return;
  if (lengths === undefined && !reverse) return;
  refuse(nameOf(part), {
    expected: 'neither lengths nor reverse with pictures, which have no time axis',
    got: lengths === undefined ? 'reverse' : 'lengths',
    remedy: 'omit them',
  });
}

/**
 * The form of {@link unroll} that wrappers use for their parts, with a given state. It uses a part's own
 * implementation for a whole sequence, unless `fused: false` requests steps and the part supports them. No
 * tensor of the result is an argument, or occurs in it twice.
 */
export function unrollPart<P, S, K extends InputKind, Y extends Tensor = Tensor3D>(
  part: Cell<P, S, K> | Layer<P, S, K, Y>,
  params: P,
  inputs: SequenceInput<K>,
  state: S,
  options: UnrollOptions,
): Unrolled<S, Y> {
  const taken = new Set([inputs as Tensor, ...tensorsOf(state), ...tensorsOf(params)].map(({ id }) => id));
  return tidy(() => {
    const result = wayThrough(part as AnyPart, options.fused)(params, inputs, state, options);
    const [batchSize, steps] = inputs.shape as [number, number];
    const whole = part.outputShape?.(inputs.shape) ?? [batchSize, steps, part.outputSize];
    const shapes = isCell(part as AnyPart) ? [whole] : [whole, [batchSize, part.outputSize]];
    checkResult(part as AnyPart, 'unroll', result, shapes, batchSize);
    return mapTree(result, (tensor) => {
      if (taken.has(tensor.id)) return tf.clone(tensor);
      taken.add(tensor.id);
      return tensor;
    }) as Unrolled<S, Y>;
  });
}

/** Registers a layer of this package. A direct call of its `unroll` checks the arguments. */
export function builtInLayer<L extends AnyLayer>(
  layer: L,
  structure: PartStructure<AnyPart>,
  more: Pick<Identity, 'initialization' | 'parameters'> = {},
): L {
  const scope = `${nameOf(layer)}.unroll`;
  const identity = { structure, unroll: layer.unroll, ...more };
  const own = builtIn(layer as AnyPart, identity);
  const checked = {
    ...layer,
    unroll: ((params, inputs, state, options = {}) => {
      checkOptions(scope, options, STEP_OPTIONS);
      return unroll(own, params, inputs, { ...options, initialState: state ?? null });
    }) as UnrollSequence,
  };
  return builtIn(checked as AnyPart, identity) as L;
}

/** A part's implementation for a whole sequence. */
function wayThrough(part: AnyPart, fused = true): UnrollSequence {
  if (fused || !isCell(part)) {
    const identity = identityOf(part);
    if (identity?.unroll) return identity.unroll;
    if (identity?.stepsAreApart) return (...given) => unrollAtOnce(part as AnyCell, ...given);
    if (part.unroll) return (...given) => part.unroll!(...given);
  }
  return (...given) => stepThrough(part as AnyCell, ...given);
}

/** All steps of a cell without a state as one step of B·T rows. */
function unrollAtOnce<P, S, K extends InputKind>(
  cell: Cell<P, S, K>,
  params: P,
  inputs: SequenceInput<K>,
  state: S,
  { lengths }: UnrollOptions = {},
): Unrolled<S> {
  const [batchSize, steps] = inputs.shape as [number, number];
  const shape = [batchSize * steps, ...inputs.shape.slice(2)] as [number, number];
  const rows = tf.reshape(maskInputs(inputs, lengths), shape) as StepInput<K>;
  const next = cell.step(params, rows, state);
  const output = tf.reshape(next.output, [batchSize, steps, cell.outputSize]) as Tensor3D;
  return { output: maskSequence(output, lengths), state: next.state };
}

function maskInputs<K extends InputKind>(inputs: SequenceInput<K>, lengths: UnrollOptions['lengths']) {
  return inputs.rank === 3 ? maskSequence(inputs as Tensor3D, lengths) : maskIds(inputs as Tensor2D, lengths);
}

/**
 * The reference implementation, which calls `step` once per step. Steps past every row's length are skipped.
 * If no row has a step, one step runs, so that the gradients of its inputs are 0, as in every implementation.
 * `unroll` uses it if there is no other implementation. A cell's own `unroll` may compute the products of all
 * steps at once, and pass a cell that computes the rest of a step.
 *
 * @param inputs [B, T, I] (ids: [B, T])
 * @returns output [B, T, O], 0 past a row's length, and the state after each row's last step
 * @throws UnrolledError as {@link unroll}
 */
export function unrollSteps<P, S, K extends InputKind>(
  cell: Cell<P, S, K>,
  params: P,
  inputs: SequenceInput<K>,
  initialState: S,
  options: UnrollOptions = {},
): Unrolled<S> {
  const scope = 'unrollSteps';
  checkCell(scope, cell);
  checkOptions(scope, options, STEP_OPTIONS);
  checkContext(scope, options.context);
  checkSequence(cell, inputs);
  const [batchSize, steps] = inputs.shape as [number, number];
  const lengths = checkLengths(scope, options.lengths, batchSize, steps);
  checkState(cell, initialState, batchSize);
  checkParams(cell, params);
  return stepThrough(cell, params, inputs, initialState, { ...options, lengths });
}

/** The same as {@link unrollSteps}, for checked arguments. */
export function stepThrough<P, S, K extends InputKind>(
  cell: Cell<P, S, K>,
  params: P,
  inputs: SequenceInput<K>,
  initialState: S,
  options: UnrollOptions = {},
): Unrolled<S> {
  return tidy(() => allSteps(cell, params, inputs, initialState, options));
}

function allSteps<P, S, K extends InputKind>(
  cell: Cell<P, S, K>,
  params: P,
  inputs: SequenceInput<K>,
  initialState: S,
  { lengths, reverse = false, context = NO_CONTEXT }: UnrollOptions,
): Unrolled<S> {
  const [batchSize, steps] = inputs.shape as [number, number];
  const longest = lengths ? Math.max(1, ...lengths) : steps;
  const masked = maskInputs(inputs, lengths);
  const empty = lengths?.includes(0) ? lengths : undefined;
  // tfjs 4.22 passes the gradient of an unstack with one result as a tensor instead of a list, and throws.
  const perStep = (steps === 1 ? [tf.squeeze(masked, [1])] : tf.unstack(masked, 1)) as StepInput<K>[];
  const outputs = new Array<Tensor2D>(steps);
  const constant = constantPaths(cell as AnyCell);
  let state = empty ? maskState(empty, initialState) : initialState;
  for (let i = 0; i < longest; i++) {
    const time = reverse ? longest - 1 - i : i;
    const next = cell.step(params, perStep[time]!, state, { ...context, time });
    if (i === 0) checkResult(cell, 'step', next, [[batchSize, cell.outputSize]], batchSize);
    const partly = lengths?.some((length) => time >= length) ? lengths : undefined;
    outputs[time] = partly ? keepValid(partly, time, next.output, tf.zerosLike(next.output)) : next.output;
    state = partly ? keepValidState(partly, time, next.state, state, constant) : next.state;
  }
  for (let time = longest; time < steps; time++) outputs[time] = tf.zeros([batchSize, cell.outputSize]);
  if (empty) state = keepValidState(empty, 0, state, initialState);
  return { output: tf.stack(outputs, 1) as Tensor3D, state };
}
