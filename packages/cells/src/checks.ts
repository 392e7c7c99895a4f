/** What every part checks of what it is given, in one place, so that all of them refuse in the same words. */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { inWords } from '@unrolled/errors';
import { type FirstOrderCheck, firstOrderCheckOf } from '@unrolled/kernels';
import { type AnyPart, inputKindOf, nameOf } from './contract';
import { check, refuse } from './refuse';
import { disposeTree, flattenParams } from './tree';

/** Refuses to compute inside a gradient's gradient. */
export const checkFirstOrder: FirstOrderCheck = /* @__PURE__ */ firstOrderCheckOf(refuse);

/** Refuses rates outside [0, 1). */
export function checkRate(scope: string, what: string, rate: number): void {
  const remedy = 'it is the share that is dropped, not the share that is kept';
  check.number(scope, what, rate, rate >= 0 && rate < 1, 'in [0, 1)', remedy);
}

/** Refuses an input [B, T, I] (ids: [B, T]) that does not fit the part. */
export function checkSequence(part: AnyPart, inputs: Tensor): void {
  const ids = inputKindOf(part) === 'ids';
  const fits = ids
    ? inputs.rank === 2 && inputs.dtype === 'int32'
    : inputs.rank === 3 && inputs.dtype === 'float32' && inputs.shape[2] === part.inputSize;
  if (!fits) refuseInput(part, ids ? 'int32 ids [B, T]' : `float32 input [B, T, ${part.inputSize}]`, inputs);
  const [batchSize, steps] = inputs.shape;
  if (batchSize === 0 || steps === 0) {
    const got = `[${inputs.shape.join(', ')}]`;
    refuse(nameOf(part), { expected: 'at least one row and one time step', got });
  }
}

/** A tensor of a part's state: where it stands, and what it is without its first axis, the rows. */
interface StateTensor {
  readonly path: string;
  readonly keys: readonly string[];
  readonly dtype: string;
  readonly rowShape: readonly number[];
}

const stateForms = new WeakMap<AnyPart, readonly StateTensor[]>();

function stateFormOf(part: AnyPart): readonly StateTensor[] {
  const known = stateForms.get(part);
  if (known) return known;
  const zeros: unknown = part.zeroState(1);
  const form = Object.entries(flattenParams(zeros)).map(([path, { dtype, shape }]) => {
    return { path, keys: path === '' ? [] : path.split('.'), dtype, rowShape: shape.slice(1) };
  });
  disposeTree(zeros);
  stateForms.set(part, form);
  return form;
}

/** Refuses a state that lacks a tensor of the part's, or has one of another shape or type. */
export function checkState(part: AnyPart, state: unknown, batchSize: number): void {
  for (const { path, keys, dtype, rowShape } of stateFormOf(part)) {
    let given = state;
    for (const key of keys) given = (given as Record<string, unknown> | null | undefined)?.[key];
    const isTensor = given instanceof tf.Tensor;
    if (isTensor && fits(given as Tensor, dtype, batchSize, rowShape)) continue;
    const { shape, dtype: got } = (isTensor ? given : {}) as Tensor;
    refuse(nameOf(part), {
      expected: `a state with ${path === '' ? 'a tensor' : `'${path}'`} ${dtype} [${[batchSize, ...rowShape].join(', ')}]`,
      got: isTensor ? `${got} [${shape.join(', ')}]` : given === undefined ? 'none' : inWords(given),
      remedy:
        'give a state as zeroState makes it and unroll returns it, with a row for each row of the input',
      code: 'shape',
    });
  }
}

function fits(
  { dtype, shape }: Tensor,
  type: string,
  batchSize: number,
  rowShape: readonly number[],
): boolean {
  if (dtype !== type || shape.length !== rowShape.length + 1 || shape[0] !== batchSize) return false;
  return rowShape.every((size, axis) => shape[axis + 1] === size);
}

/** Refuses one step of input [B, I] (ids: [B]) that does not fit the part. */
export function checkStep(part: AnyPart, input: Tensor): void {
  const ids = inputKindOf(part) === 'ids';
  const fits = ids
    ? input.rank === 1 && input.dtype === 'int32'
    : input.rank === 2 && input.shape[1] === part.inputSize;
  if (!fits) refuseInput(part, ids ? 'int32 ids [B]' : `input [B, ${part.inputSize}]`, input);
}

function refuseInput(part: AnyPart, expected: string, input: Tensor): never {
  refuse(nameOf(part), {
    expected,
    got: `${input.dtype} [${input.shape.join(', ')}]`,
    remedy:
      inputKindOf(part) === 'ids'
        ? 'give ids as an int32 tensor'
        : 'the encoder and the model disagree on the input size',
  });
}
