/** The input checks that all parts share, so that their messages are the same. */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { inWords } from '@unrolled/errors';
import { type FirstOrderCheck, firstOrderCheckOf } from '@unrolled/kernels';
import { type AnyCell, type AnyPart, type Context, inputKindOf, isCell, nameOf } from './contract';
import { identityOf } from './identity';
import { check, checkKind, refuse } from './refuse';
import { disposeTree, flattenParams, tidy } from './tree';

/** Throws inside second-order gradients. */
export const checkFirstOrder: FirstOrderCheck = /* @__PURE__ */ firstOrderCheckOf(refuse);

/** Throws if a seed is not a finite number. */
export function checkSeed(scope: string, seed: number): void {
  if (Number.isFinite(seed)) return;
  refuse(scope, { expected: 'the seed to be a finite number', got: inWords(seed), remedy: 'pass a number' });
}

/** Throws if a rate is outside [0, 1). */
export function checkRate(scope: string, what: string, rate: number): void {
  const remedy = 'it is the share of units to drop, not the share to keep';
  check.number(scope, what, rate, rate >= 0 && rate < 1, 'in [0, 1)', remedy);
}

/** Throws if a value is not a cell or layer. */
export function checkPart(scope: string, part: unknown): asserts part is AnyPart {
  const { init, zeroState, step, unroll } = Object(part) as Record<string, unknown>;
  const methods = [init, zeroState, step ?? unroll, unroll ?? step];
  if (!methods.every((method) => typeof method === 'function')) {
    refuse(scope, {
      expected: 'a cell or layer, with init, zeroState and step or unroll',
      got: inWords(part),
      remedy: 'pass a part such as lstm({ inputSize, units }), stack([…]) or your own cell',
    });
  }
  const own = part as AnyPart;
  if (identityOf(own)) return;
  check.count(nameOf(own), 'inputSize', own.inputSize);
  check.count(nameOf(own), 'outputSize', own.outputSize);
  checkKind(nameOf(own), 'inputKind', own.inputKind, "'vectors' or 'ids' or 'pictures'?");
  checkKind(nameOf(own), 'outputShape', own.outputShape, 'function?');
}

/** Throws if a part cannot run single steps. */
export function checkCell(scope: string, part: unknown): asserts part is AnyCell {
  checkPart(scope, part);
  if (isCell(part)) return;
  refuse(scope, {
    expected: 'a cell, which takes single steps',
    got: `${nameOf(part)}, a layer, which reads whole sequences`,
    remedy: 'pass the cell inside it, a stack of cells, or a model without lastOutput; unroll runs a layer',
  });
}

/** Throws if a context is neither { training: true, seed } nor { training: false }. */
export function checkContext(scope: string, context: Context | undefined): void {
  if (context === undefined || context.training === false) return;
  if (context.training === true && Number.isFinite(context.seed)) return;
  refuse(scope, {
    expected: 'context to be { training: true, seed } or { training: false }',
    got: inWords(context),
    remedy: 'pass the context that lossOf receives',
  });
}

/** Throws if an input [B, T, I] (ids: [B, T], pictures: [B, H, W, I]) does not fit the part. */
export function checkSequence(part: AnyPart, inputs: Tensor): void {
  const kind = inputKindOf(part);
  const size = part.inputSize;
  const expected = {
    ids: 'int32 ids [B, T]',
    vectors: `float32 input [B, T, ${size}]`,
    pictures: `float32 pictures [B, H, W, ${size}]`,
  }[kind];
  if (!isAlive(inputs)) refuseInput(part, expected, inputs);
  const isFloat = inputs.dtype === 'float32' && inputs.shape.at(-1) === size;
  const fits =
    kind === 'ids'
      ? inputs.rank === 2 && inputs.dtype === 'int32'
      : inputs.rank === (kind === 'pictures' ? 4 : 3) && isFloat;
  if (!fits) refuseInput(part, expected, inputs);
  if (kind === 'pictures' && inputs.size === 0) {
    const got = `[${inputs.shape.join(', ')}]`;
    const remedy = 'omit an empty batch';
    refuse(nameOf(part), { expected: 'at least one picture with at least one pixel', got, remedy });
  }
  const [batchSize, steps] = inputs.shape;
  if (batchSize === 0 || steps === 0) {
    const got = `[${inputs.shape.join(', ')}]`;
    refuse(nameOf(part), {
      expected: 'at least one row and one time step',
      got,
      remedy: 'omit an empty batch',
    });
  }
}

/** Throws if a value is not the shape of an input. */
export function checkShape(scope: string, shape: readonly number[]): void {
  const fits = Array.isArray(shape) && shape.length >= 2 && shape.every((n) => Number.isInteger(n) && n >= 0);
  if (fits) return;
  refuse(scope, {
    expected: 'the shape of an input, [B, T, I], or [B, H, W, I] for pictures',
    got: inWords(shape),
    remedy: 'pass outputShape(inputs.shape)',
  });
}

/** A tensor of a tree: its path, dtype and shape. For a state the shape is without the row axis. */
interface Leaf {
  readonly path: string;
  readonly keys: readonly string[];
  readonly dtype: string;
  readonly shape: readonly number[];
}

const keysOf = (path: string) => (path === '' ? [] : path.split('.'));

const isAlive = (value: unknown): value is Tensor => value instanceof tf.Tensor && !value.isDisposed;

/** Whether a value is a tensor with the dtype and shape. A size of 0 matches any size. */
export function isTensorOf(value: unknown, dtype: string, shape: readonly number[]): value is Tensor {
  if (!isAlive(value) || value.dtype !== dtype || value.rank !== shape.length) return false;
  return shape.every((size, axis) => size === 0 || value.shape[axis] === size);
}

/** A shape for a message: `4, any, 8`. */
const shapeInWords = (shape: readonly number[]) => shape.map((size) => size || 'any').join(', ');

/** Describes a value that should be a tensor, for a message. */
export function tensorInWords(value: unknown): string {
  if (value === undefined) return 'none';
  if (!(value instanceof tf.Tensor)) return inWords(value);
  return value.isDisposed ? 'a tensor that was disposed' : `${value.dtype} [${value.shape.join(', ')}]`;
}

/** The value of a tree at a path. */
export function valueAt(tree: unknown, keys: readonly string[]): unknown {
  let value = tree;
  for (const key of keys) value = (value as Record<string, unknown> | null | undefined)?.[key];
  return value;
}

/** Cached data of each part, created on first use. */
export function keptFor<T extends object>(make: (part: AnyPart) => T): (part: AnyPart) => T {
  const kept = new WeakMap<AnyPart, T>();
  return (part) => {
    const known = kept.get(part) ?? make(part);
    kept.set(part, known);
    return known;
  };
}

/** The tensors of a part's state. */
export const stateFormOf = /* @__PURE__ */ keptFor((part): readonly Leaf[] => {
  const zeros: unknown = part.zeroState(1);
  const form = Object.entries(flattenParams(zeros)).map(([path, { dtype, shape }]) => {
    return { path, keys: keysOf(path), dtype, shape: shape.slice(1) };
  });
  disposeTree(zeros);
  return form;
});

/** A description of a tree's structure: `[{ h, c }, {}]`. */
export function formInWords(tree: unknown): string {
  if (tree instanceof tf.Tensor) return 'a tensor';
  if (Array.isArray(tree)) return `[${tree.map(formInWords).join(', ')}]`;
  const fields = Object.entries(tree as object).map(([key, child]) =>
    child instanceof tf.Tensor ? key : `${key}: ${formInWords(child)}`,
  );
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

/** Throws if a tensor of the part's state is missing, or has another shape or dtype. */
export function checkState(part: AnyPart, state: unknown, batchSize: number): void {
  for (const { path, keys, dtype, shape } of stateFormOf(part)) {
    const given = valueAt(state, keys);
    const rows = [batchSize, ...shape];
    if (isTensorOf(given, dtype, rows)) continue;
    const form = tidy(() => formInWords(part.zeroState(1)));
    refuse(nameOf(part), {
      expected: `a state with ${path === '' ? 'a tensor' : `'${path}'`} ${dtype} [${shapeInWords(rows)}]`,
      got: tensorInWords(given),
      remedy: `pass a state of zeroState or unroll, ${form}, with a row for each row of the input`,
      code: 'shape',
    });
  }
}

/** Throws if a value is not a parameter with the expected name and shape. */
export function checkParameter(scope: string, path: string, shape: readonly number[], given: unknown): void {
  if (isTensorOf(given, 'float32', shape)) return;
  refuse(scope, {
    expected: `parameters with '${path}' float32 [${shape.join(', ')}]`,
    got: tensorInWords(given),
    remedy: 'pass the result of init of the same model, or the params of lossOf',
    code: 'shape',
  });
}

/** Throws if one step of input [B, I] (ids: [B]) does not fit the part. */
export function checkStep(part: AnyPart, input: Tensor): void {
  const ids = inputKindOf(part) === 'ids';
  const fits = ids
    ? input?.rank === 1 && input.dtype === 'int32'
    : input?.rank === 2 && input.shape[1] === part.inputSize;
  if (!fits || !isAlive(input))
    refuseInput(part, ids ? 'int32 ids [B]' : `input [B, ${part.inputSize}]`, input);
}

function refuseInput(part: AnyPart, expected: string, input: Tensor): never {
  const ids = inputKindOf(part) === 'ids';
  refuse(nameOf(part), {
    expected,
    got: tensorInWords(input),
    remedy: ids
      ? 'pass ids as an int32 tensor'
      : input?.dtype === 'int32' || input?.dtype === 'bool'
        ? "use tf.cast(input, 'float32')"
        : "pass a tensor of the part's inputSize",
  });
}
