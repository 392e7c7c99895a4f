/**
 * Parameters and states are plain nested records of tensors. These functions visit them in a fixed order
 * (arrays by index, records in insertion order) and give each tensor a path such as `0.kernel`.
 */

import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { inWords } from '@unrolled/errors';
import { checkKind, refuse } from './refuse';

type Branch = Record<string, unknown>;

function entries(branch: unknown): [string, unknown][] {
  return Object.entries(branch as Branch).filter(([, child]) => child !== undefined);
}

function checkBranch(scope: string, tree: unknown, path: string): void {
  if (typeof tree === 'object' && tree !== null) return;
  refuse(scope, {
    expected: 'tensors in nested records and arrays',
    got: `${inWords(tree)} at '${path}'`,
    remedy: 'pass parameters of init, or a state of zeroState',
  });
}

function collect(tree: unknown, path: string, into: Record<string, Tensor>): void {
  if (tree instanceof tf.Tensor) {
    into[path] = tree;
    return;
  }
  checkBranch('flattenParams', tree, path);
  for (const [key, child] of entries(tree)) collect(child, path === '' ? key : `${path}.${key}`, into);
}

/**
 * A flat record of the same tensors (not copies), by path: `{ '0.kernel': …, '0.bias': …, '1.kernel': … }`.
 *
 * @throws UnrolledError if the tree contains anything other than tensors
 */
export function flattenParams(tree: unknown): Record<string, Tensor> {
  const flat: Record<string, Tensor> = {};
  collect(tree, '', flat);
  return flat;
}

/** A tree of the same form with every tensor replaced by `change(tensor, path)`. */
export function mapTree<T>(tree: T, change: (tensor: Tensor, path: string) => Tensor): T {
  checkKind('mapTree', 'change', change, 'function');
  return mapBelow(tree, change, '');
}

function mapBelow<T>(tree: T, change: (tensor: Tensor, path: string) => Tensor, path: string): T {
  if (tree instanceof tf.Tensor) return change(tree, path) as T;
  checkBranch('mapTree', tree, path);
  const mapped = entries(tree).map(
    ([key, child]) => [key, mapBelow(child, change, path === '' ? key : `${path}.${key}`)] as const,
  );
  return (Array.isArray(tree) ? mapped.map(([, child]) => child) : Object.fromEntries(mapped)) as T;
}

/**
 * The inverse of {@link flattenParams}: the tensors of `flat` (not copies) in the form of `template`.
 *
 * @param template a tree with the expected names and shapes, such as `layer.init(0)`
 * @throws UnrolledError if a name is missing or extra, or has another shape
 */
export function unflattenParams<T>(template: T, flat: Readonly<Record<string, Tensor>>): T {
  checkKind('unflattenParams', 'the tensors', flat, 'object');
  const names = new Set(Object.keys(flat));
  const tree = mapTree(template, (expected, path) => {
    const tensor = Object.hasOwn(flat, path) ? flat[path] : undefined;
    if (!(tensor instanceof tf.Tensor)) {
      refuse('unflattenParams', {
        expected: `a tensor '${path}' of shape [${expected.shape}]`,
        got: `the names ${Object.keys(flat).join(', ') || '(none)'}`,
        remedy: 'build the model that the parameters belong to',
      });
    }
    if (!tf.util.arraysEqual(tensor.shape, expected.shape)) {
      refuse('unflattenParams', {
        expected: `'${path}' of shape [${expected.shape}]`,
        got: `[${tensor.shape}]`,
        remedy: 'build the model that the parameters belong to: a size differs',
      });
    }
    names.delete(path);
    return tensor;
  });
  if (names.size > 0) {
    refuse('unflattenParams', {
      expected: `only the names ${Object.keys(flattenParams(template)).join(', ')}`,
      got: `also ${[...names].join(', ')}`,
      remedy: 'build the model that the parameters belong to',
    });
  }
  return tree;
}

/** Every tensor of a tree, in its fixed order. */
export function tensorsOf(tree: unknown): Tensor[] {
  return Object.values(flattenParams(tree));
}

/** Disposes of every tensor of a tree. */
export function disposeTree(tree: unknown): void {
  for (const tensor of tensorsOf(tree)) tensor.dispose();
}

/** `tf.tidy` for any nested record of tensors; tfjs's own type requires an index signature. */
export function tidy<T>(compute: () => T): T {
  return tf.tidy(compute as unknown as () => tf.TensorContainer) as T;
}
