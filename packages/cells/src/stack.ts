/**
 * Runs parts in sequence (TF1's `MultiRNNCell`, Keras's `Sequential`).
 *
 * A stack runs the whole sequence part by part, so that each part uses its own fused kernel. The result
 * equals that of running all parts at each step, because no part depends on a later one.
 */
import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { inWords } from '@unrolled/errors';
import type { StackPart } from '@unrolled/kernels';
import { checkPart, checkSeed, stateFormOf } from './checks';
import {
  type AnyCell,
  type AnyLayer,
  type AnyPart,
  type Cell,
  type InputKindOf,
  inputKindOf,
  isCell,
  type Layer,
  lengthsAfter,
  type NoState,
  nameOf,
  type OutputOf,
  outputShapeOf,
  type ParamsOf,
  type StateOf,
  type Unrolled,
  type UnrollOptions,
} from './contract';
import { forSite } from './dropout';
import { unrollTogether } from './fused';
import { builtIn, identityOf, structureOf, type UnrollSequence } from './identity';
import { givesPictures, isManyToOne, lastOutput } from './last-output';
import { deriveSeed } from './random';
import { refuse } from './refuse';
import { isLayer, type WrapperStructure } from './structure';
import { tidy } from './tree';
import { builtInLayer, unrollPart } from './unroll';

type Parts = readonly AnyPart[];
/** The parameters of a stack: the parameters of each part, in order. */
export type StackParams<L extends Parts> = { -readonly [Index in keyof L]: ParamsOf<L[Index]> };
/**
 * The state of a stack: a list of the parts' states. It is read-only, so that the type also accepts
 * `[state, {}] as const`.
 */
export type StackState<L extends Parts> = { readonly [Index in keyof L]: StateOf<L[Index]> };

/** [B, O] if one of the parts returns it, pictures if the last one does. */
type Output<L extends Parts> = true extends { [I in keyof L]: EndsTime<L[I]> }[number]
  ? Tensor2D
  : L extends readonly [...unknown[], infer Last]
    ? After<Last> extends 'pictures'
      ? Tensor4D
      : Tensor3D
    : Tensor3D;
type EndsTime<P> = OutputOf<P> extends Tensor2D ? true : false;
/** The output of a part inside a stack: one output a row, pictures, or a sequence of vectors. */
type After<P> = EndsTime<P> extends true ? 'row' : OutputOf<P> extends Tensor4D ? 'pictures' : 'vectors';
type Whole<L extends Parts> = Layer<StackParams<L>, StackState<L>, InputKindOf<L[0]>, Output<L>>;
type Stepwise<L extends Parts> = Cell<StackParams<L>, StackState<L>, InputKindOf<L[0]>>;
/** A cell if every part is a cell, otherwise a layer. */
export type Stack<L extends Parts> = L extends readonly AnyCell[] ? Stepwise<L> : Whole<L>;

/** The state of a part without one, or of a stack of such parts. */
type Stateless = NoState | readonly Stateless[];
// biome-ignore lint/suspicious/noExplicitAny: any parameters, any input.
type StatelessCell = Cell<any, Stateless, any>;
/**
 * A message type that names the first part that cannot read the output before it. Pictures before a part that
 * does not read them throw at run time, because the compiler does not know the input of a part of a generic
 * type.
 */
type Mistake<L extends Parts, Before = 'input'> = L extends readonly [infer Part, ...infer Rest extends Parts]
  ? Before extends 'row'
    ? Part extends StatelessCell
      ? Mistake<Rest, 'row'>
      : 'after lastOutput there are only cells without a state, such as dense and dropout'
    : InputKindOf<Part> extends 'pictures'
      ? Before extends 'vectors'
        ? 'a part that reads pictures must be the first, or follow a part that returns pictures'
        : Mistake<Rest, After<Part>>
      : Mistake<Rest, After<Part>>
  : never;
/**
 * An additional constraint on a list of parts: a message type that describes the mistake in the compiler's
 * error.
 */
type Fitting<L extends Parts> = L extends readonly []
  ? 'a stack has at least one part'
  : [Mistake<L>] extends [never]
    ? unknown
    : Mistake<L>;

/**
 * Passes each part's output to the next part. Parameters and state are arrays with one entry for each part.
 * The list may have any length, and may be built in a loop: `stack([...layers, dense(…)])`.
 *
 * After a part with one output a row, [B, O], such as `lastOutput`, only cells without a state may follow,
 * such as `dense` and `dropout`. They treat that output as one step, and the stack returns [B, O], 0 for a
 * row of length 0. `stack([lastOutput(a), b])` computes the same as `lastOutput(stack([a, b]))`. Global
 * pooling, attention pooling and `flatten` also end the time axis.
 *
 * Pictures [B, H, W, C] pass between parts that read them; `flatten`, `pixelSteps` and global pooling convert
 * them to vectors. If a part changes the number of steps, as a convolution with a stride does, the rows'
 * lengths change accordingly.
 *
 * @throws UnrolledError if there is no part, an output does not fit the next input, or a part that needs the
 *   time axis follows one that ends it
 */
export function stack<const L extends Parts>(list: L & Fitting<L>): Stack<L> {
  const parts = fittingParts(list);
  const first = parts[0]!;
  const shared = {
    name: `stack(${parts.map(nameOf).join(', ')})`,
    inputSize: first.inputSize,
    outputSize: parts.at(-1)!.outputSize,
    inputKind: inputKindOf(first),
    carriesState: parts.every((part) => part.carriesState !== false),
    ...(changesShape(parts) && {
      outputShape: (shape: readonly number[]) =>
        parts.reduce<readonly number[]>((before, part) => outputShapeOf(part, before), shape) as number[],
    }),
    init(seed: number) {
      checkSeed('stack', seed);
      return parts.map((part, index) => part.init(deriveSeed(seed, index)));
    },
    zeroState: (batchSize: number) => parts.map((part) => part.zeroState(batchSize)),
  };
  const structure = { type: 'stack', parts } as const;
  const unroll = unrollParts(parts);
  const cells = parts.filter(isCell);
  if (cells.length < parts.length)
    return builtInLayer({ ...shared, unroll }, structure) as unknown as Stack<L>;
  const step: AnyCell['step'] = (params, input, state, context) =>
    tidy(() => {
      let output: Tensor = input;
      const states = cells.map((part, index) => {
        const next = part.step(params[index], output as never, state[index], forSite(context, index));
        output = next.output;
        return next.state;
      });
      return { output: output as never, state: states };
    });
  return builtIn({ ...shared, step }, { structure, unroll }) as unknown as Stack<L>;
}

/** Whether the stack returns a shape other than [B, T, O], or [B, O] for one output a row. */
const changesShape = (parts: readonly AnyPart[]) =>
  parts.some((part) => part.outputShape) && !parts.some(isManyToOne);

function unrollParts(parts: readonly AnyPart[]): UnrollSequence {
  const end = parts.findIndex((part) => structureOf(part)?.type === 'lastOutput');
  // The parts up to lastOutput may run in one kernel.
  const body = end > 0 ? lastOutput(stack([...parts.slice(0, end), innerOf(parts[end]!)])) : undefined;
  return (params, inputs, state, options = {}) =>
    tidy(() => {
      const fused = fusedStack(parts, params, inputs, state, options);
      if (fused) return fused;
      const count = body ? end + 1 : 0;
      const before = body && unrollPart(body, params.slice(0, count), inputs, state.slice(0, count), options);
      let output: Tensor = before?.output ?? inputs;
      let ended = body !== undefined;
      let lengths = parts.slice(0, count).reduce((own, part) => lengthsAfter(part, own), options.lengths);
      const states: unknown[] = [...((before?.state ?? []) as unknown[])];
      for (let index = count; index < parts.length; index++) {
        const part = parts[index] as AnyLayer;
        const own = { ...options, lengths, context: forSite(options.context, index) };
        const run = ended ? unrollOnce : unrollPart;
        const next = run(part, params[index], output as never, state[index], own);
        output = next.output;
        ended ||= next.output.rank === 2;
        lengths = lengthsAfter(part, lengths);
        states.push(next.state);
      }
      return { output: output as Tensor3D, state: states };
    });
}

const innerOf = (part: AnyPart) => (structureOf(part) as WrapperStructure<AnyPart>).part;

/**
 * Runs a part after the end of the time axis, [B, I] → [B, O], as a sequence of one step. Rows of length 0
 * have no step.
 */
function unrollOnce(
  part: AnyPart,
  params: unknown,
  input: Tensor2D,
  state: unknown,
  { lengths, ...options }: UnrollOptions,
): Unrolled<unknown, Tensor2D> {
  if (!takesOneOutput(part)) refuseAfterEnd(part, 'a part with one output a row, [B, O]');
  const once = { ...options, lengths: lengths?.map((length) => Math.min(length, 1)) };
  const next = unrollPart(part as AnyLayer, params, tf.expandDims(input, 1) as never, state, once);
  return { output: tf.squeeze(next.output, [1]), state: next.state };
}

/** Whether the steps of a part are independent: a cell without a state. */
const takesOneOutput = (part: AnyPart) => isCell(part) && stateFormOf(part).length === 0;

function refuseAfterEnd(part: AnyPart, end: string): never {
  refuse('stack', {
    expected: `only cells without a state, such as dense and dropout, after ${end}`,
    got: nameOf(part),
    remedy:
      'put lastOutput around the last part that reads a sequence: stack([lstm, lastOutput(gru), dense])',
  });
}

/** All parts in one kernel, if every part is one layer and the kernel supports them all. */
function fusedStack(
  parts: readonly AnyPart[],
  params: unknown[],
  inputs: Tensor,
  state: unknown[],
  options: UnrollOptions,
): Unrolled<object[]> | undefined {
  if (options.fused === false) return undefined;
  const bound: StackPart[] = [];
  for (const [index, part] of parts.entries()) {
    const layer = structureOf(part);
    if (!layer || !isLayer(layer)) return undefined;
    bound.push({ layer, params: params[index], state: state[index] } as StackPart);
  }
  return unrollTogether(bound, inputs, options);
}

/** The parts of a stack, with sizes filled in. Throws if parts do not fit together. */
function fittingParts(list: unknown): readonly AnyPart[] {
  if (!Array.isArray(list) || list.length === 0) {
    refuse('stack', {
      expected: 'a list of at least one part',
      got: Array.isArray(list) ? 'none' : inWords(list),
      remedy: 'pass stack([lstm({ inputSize, units }), dense({ inputSize, units })])',
    });
  }
  const parts: AnyPart[] = [];
  let end: string | undefined;
  list.forEach((given: unknown, index) => {
    checkPart(`stack: part ${index}`, given);
    const part = identityOf(given)?.sized?.(sizeBeside(list, parts)) ?? given;
    if (index > 0) checkFit(parts[index - 1]!, part, index);
    if (end && !takesOneOutput(part)) refuseAfterEnd(part, end);
    if (isManyToOne(part)) end = `part ${index} (${nameOf(part)}), which returns one output a row, [B, O]`;
    parts.push(part);
  });
  return parts;
}

/**
 * The size between the previous parts and the next one: the output size of the last previous part, or the
 * input size of the first following part that has a size.
 */
function sizeBeside(list: readonly AnyPart[], done: readonly AnyPart[]): number {
  const before = done.at(-1);
  if (before) return before.outputSize;
  const after = list.find((part) => !identityOf(part)?.sized) ?? list[0]!;
  if (inputKindOf(after) === 'ids') {
    refuse('stack', {
      expected: 'dropout among vectors',
      got: `dropout of the ids that ${nameOf(after)} reads`,
      remedy: `put dropout after ${nameOf(after)}`,
    });
  }
  return after.inputSize;
}

function checkFit(before: AnyPart, part: AnyPart, index: number): void {
  const kind = givesPictures(before) ? 'pictures' : 'vectors';
  if (inputKindOf(part) === kind && part.inputSize === before.outputSize) return;
  refuse('stack', {
    expected: `part ${index} (${nameOf(part)}) to read ${kind} of ${before.outputSize}, the output of part ${index - 1} (${nameOf(before)})`,
    got: `${inputKindOf(part)} of ${part.inputSize}`,
    remedy:
      kind === 'pictures'
        ? 'make the channels equal, or put flatten, pixelSteps or globalAveragePool2d between them'
        : 'make the sizes equal; only the first part may read ids',
  });
}
