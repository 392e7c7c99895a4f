/**
 * Parts one after the other (TF1's `MultiRNNCell`, Keras's `Sequential`).
 *
 * A stack unrolls part by part, so that each uses its own fused path over the whole sequence; the result is
 * the same as taking all parts through one step after the other, because no part sees a later one.
 */
import type { Tensor, Tensor3D } from '@tensorflow/tfjs-core';
import type { StackPart } from '@unrolled/kernels';
import {
  type AnyCell,
  type AnyLayer,
  type AnyPart,
  type Cell,
  type InputKindOf,
  inputKindOf,
  isCell,
  type Layer,
  nameOf,
  type ParamsOf,
  type StateOf,
  type Unrolled,
  type UnrollOptions,
} from './contract';
import { forSite } from './dropout';
import { unrollTogether } from './fused';
import { builtIn, structureOf, type UnrollSequence } from './identity';
import { deriveSeed } from './random';
import { refuse } from './refuse';
import { isLayer } from './structure';
import { tidy } from './tree';
import { unrollPart } from './unroll';

type Parts = readonly [AnyPart, ...AnyPart[]];
/** The parameters of a stack: those of each part, in order. */
export type StackParams<L extends Parts> = { -readonly [Index in keyof L]: ParamsOf<L[Index]> };
/** The state of a stack: that of each part, in order. */
export type StackState<L extends Parts> = { -readonly [Index in keyof L]: StateOf<L[Index]> };

type Whole<L extends Parts> = Layer<StackParams<L>, StackState<L>, InputKindOf<L[0]>>;
type Stepwise<L extends Parts> = Cell<StackParams<L>, StackState<L>, InputKindOf<L[0]>>;
/** A cell when every part is one, else a layer. */
export type Stack<L extends Parts> = L extends readonly AnyCell[] ? Stepwise<L> : Whole<L>;

/**
 * Feeds each part's output to the next. Parameters and state are arrays, one entry a part.
 *
 * @throws UnrolledError when there is no part, or one's output does not fit the next one's input
 */
export function stack<const L extends Parts>(parts: L): Stack<L> {
  checkFit(parts);
  const first = parts[0];
  const shared = {
    name: `stack(${parts.map(nameOf).join(', ')})`,
    inputSize: first.inputSize,
    outputSize: parts[parts.length - 1]!.outputSize,
    inputKind: inputKindOf(first),
    carriesState: parts.every((part) => part.carriesState !== false),
    init: (seed: number) => parts.map((part, index) => part.init(deriveSeed(seed, index))),
    zeroState: (batchSize: number) => parts.map((part) => part.zeroState(batchSize)),
  };
  const unroll: UnrollSequence = (params, inputs, state, options = {}) =>
    tidy(() => {
      const fused = fusedStack(parts, params, inputs, state, options);
      if (fused) return fused;
      let output: Tensor = inputs;
      const states = parts.map((part, index) => {
        const own = { ...options, context: forSite(options.context, index) };
        const next = unrollPart(part as AnyLayer, params[index], output as never, state[index], own);
        output = next.output;
        return next.state;
      });
      return { output: output as Tensor3D, state: states };
    });
  const structure = { type: 'stack', parts } as const;
  const cells = parts.filter(isCell);
  if (cells.length < parts.length)
    return builtIn({ ...shared, unroll }, { structure }) as unknown as Stack<L>;
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

/** All parts in one kernel, where every part is one layer and the kernel knows them all. */
function fusedStack(
  parts: Parts,
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

function checkFit(parts: Parts): void {
  if (parts.length === 0) {
    refuse('stack', { expected: 'at least one part', got: 'none' });
  }
  for (let index = 1; index < parts.length; index++) {
    const before = parts[index - 1]!;
    const part = parts[index]!;
    if (inputKindOf(part) === 'ids' || part.inputSize !== before.outputSize) {
      refuse('stack', {
        expected: `part ${index} (${nameOf(part)}) to read vectors of ${before.outputSize}, the output of part ${index - 1} (${nameOf(before)})`,
        got: `${inputKindOf(part)} of ${part.inputSize}`,
        remedy: 'make the sizes meet; only the first part may read ids',
      });
    }
  }
}
