/** Checks of a model that runs step by step, and of its initial state. */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type AnyPart, disposeTree, flattenParams, isCell, structureOf, tensorsOf } from '@unrolled/cells';
import { inWords } from '@unrolled/errors';
import { refuse } from '../refuse';

/** Throws if a model cannot run single steps. */
export function checkSteps(scope: string, model: AnyPart): void {
  if (isCell(model)) return;
  const { name, carriesState } = model as Partial<AnyPart>;
  refuse(scope, {
    expected: 'a model that takes single steps: a cell, or a stack of cells',
    got: `${name ?? 'an object'}, which has no step`,
    remedy:
      carriesState === false
        ? 'use cells: a bidirectional layer starts at the end of a sequence, and convolution and pooling read the whole sequence at once'
        : 'pass the inner cells: lastOutput and other layers return one result for a whole sequence',
    code: 'unsupported',
  });
}

/** The form of a model's state. */
interface StateForm {
  /** Its tensors without the row axis, by path. */
  readonly tensors: readonly (readonly [path: string, tensor: Pick<Tensor, 'dtype' | 'shape' | 'size'>])[];
  /** Its records, with TENSOR in place of each tensor. */
  readonly tree: unknown;
}

const TENSOR = Symbol('a tensor');
/** The forms of built-in models, which do not change. */
const forms = new WeakMap<object, StateForm>();

export function stateForm(model: { zeroState(batchSize: number): unknown }): StateForm {
  const isBuiltIn = structureOf(model as AnyPart) !== undefined;
  const known = isBuiltIn ? forms.get(model) : undefined;
  if (known) return known;
  const template = model.zeroState(1);
  try {
    const tensors = Object.entries(flattenParams(template)).map(
      ([path, { dtype, shape, size }]) => [path, { dtype, shape, size }] as const,
    );
    const form = { tensors, tree: outlineOf(template) };
    if (isBuiltIn) forms.set(model, form);
    return form;
  } finally {
    disposeTree(template);
  }
}

function outlineOf(tree: unknown): unknown {
  if (tree instanceof tf.Tensor) return TENSOR;
  if (typeof tree !== 'object' || tree === null) return tree;
  return Object.fromEntries(Object.entries(tree).map(([key, child]) => [key, outlineOf(child)]));
}

/** The number of rows of a valid state; 1 for a state without tensors. */
export function rowsOf(state: unknown): number {
  return tensorsOf(state)[0]?.shape[0] ?? 1;
}

/** The number of texts: one for each prime, or for each row of the state if there is one prime. */
export function textsOf(primes: number, state: unknown): number {
  return primes > 1 ? primes : state === undefined ? 1 : rowsOf(state);
}

/**
 * Throws if a state's form is not the model's, or if its number of rows is neither one nor the number of
 * texts.
 */
export function checkInitialState(
  scope: string,
  model: { readonly name?: string; zeroState(batchSize: number): unknown },
  state: unknown,
  rows: number,
): void {
  const { tensors, tree } = stateForm(model);
  const complain = (expected: string, got: string) =>
    refuse(scope, {
      expected: `an initialState ${expected}`,
      got,
      remedy:
        state instanceof Promise
          ? 'await it'
          : "pass a state of the model's zeroState or of unroll; for a stack a list, with {} for a part without a state",
      code: 'shape',
    });
  const first = tensors[0] && at(state, tensors[0][0]);
  const batchSize = first instanceof tf.Tensor && first.shape[0] === rows ? rows : 1;
  for (const [path, { dtype, shape }] of tensors) {
    const given = at(state, path);
    const own = [batchSize, ...shape.slice(1)];
    if (isLive(given) && given.dtype === dtype && fits(given.shape, own)) continue;
    const others = shape.slice(1).map((size) => size || 'any');
    const sizes = [rows === 1 ? '1' : `1 or ${rows}`, ...others].join(', ');
    const what = path === '' ? 'which is a tensor' : `with '${path}'`;
    complain(`${what} ${dtype} [${sizes}]`, given === undefined ? 'none' : inWords(given));
  }
  const extra = extraIn(tree, state);
  if (extra !== undefined) complain(`of ${nameOf(model)}'s form`, `also '${extra}'`);
}

/** Whether two shapes differ. A size of 0 matches any size. */
const fits = (shape: readonly number[], own: readonly number[]) =>
  shape.length === own.length && own.every((size, axis) => size === 0 || shape[axis] === size);

const isLive = (value: unknown): value is Tensor => value instanceof tf.Tensor && !value.isDisposed;

const nameOf = ({ name = 'the model' }: { readonly name?: string }) => name;

/** The value of a tree at a path such as `0.h`. */
function at(tree: unknown, path: string): unknown {
  const keys = path === '' ? [] : path.split('.');
  return keys.reduce((branch, key) => (branch as Record<string, unknown> | null | undefined)?.[key], tree);
}

/** The path of the first entry of a tree that its form lacks. */
function extraIn(outline: unknown, tree: unknown, path = ''): string | undefined {
  if (outline === TENSOR) return undefined;
  if (typeof tree !== 'object' || tree === null) return path;
  const form = outline as Record<string, unknown>;
  for (const [key, child] of Object.entries(tree)) {
    if (child === undefined) continue;
    const below = path === '' ? key : `${path}.${key}`;
    const extra = Object.hasOwn(form, key) ? extraIn(form[key], child, below) : below;
    if (extra !== undefined) return extra;
  }
  return undefined;
}
