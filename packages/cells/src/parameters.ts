/** A model's parameters by path, in the order of the tree. For built-in parts no random numbers are drawn. */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '@unrolled/kernels';
import { checkPart } from './checks';
import type { AnyPart, ParamsOf } from './contract';
import { identityOf } from './identity';
import { checkKind, refuse } from './refuse';
import { disposeTree, mapTree } from './tree';

/** A tensor's values outside tfjs. */
export interface TensorValues {
  readonly shape: Shape;
  /** Float32Array for float32, Int32Array for int32; row-major. */
  readonly data: Float32Array | Int32Array;
}

type DataType = 'float32' | 'int32';
type Make<T> = (path: string, shape: Shape, dtype: DataType) => T;

const below = (path: string, key: string | number) => (path === '' ? String(key) : `${path}.${key}`);

/**
 * A tree in the form of the model's parameters, with the result of `make` for each.
 *
 * @param own returns the tree of a user-defined part
 */
export function parameterTree<T>(part: AnyPart, make: Make<T>, own = ownTree<T>, path = ''): unknown {
  const identity = identityOf(part);
  const within = (inner: AnyPart, key: string | number) => parameterTree(inner, make, own, below(path, key));
  const leaf = (shapes: readonly (readonly [name: string, shape: Shape])[]) =>
    Object.fromEntries(shapes.map(([name, shape]) => [name, make(below(path, name), shape, 'float32')]));
  if (identity === undefined) return own(part, make, path);
  const { structure, parameters, tree } = identity;
  if (tree) return tree((name, shape) => make(below(path, name), shape, 'float32'), within);
  if (parameters) return leaf(parameters);
  switch (structure.type) {
    case 'dropout':
      return {};
    case 'stack':
      return structure.parts.map(within);
    case 'bidirectional':
      return {
        forward: within(structure.forward, 'forward'),
        backward: within(structure.backward, 'backward'),
      };
    case 'residual':
    case 'lastOutput':
    case 'dropoutWrapper':
      return parameterTree(structure.part, make, own, path);
    case 'tiedEmbedding': {
      const { vocabularySize, body } = structure;
      const table = leaf([
        ['embeddings', [vocabularySize, body.inputSize]],
        ['bias', [vocabularySize]],
      ]);
      return { ...table, body: within(body, 'body') };
    }
  }
  return own(part, make, path);
}

/** Only user-defined parts must create parameters before their shapes are known. */
function ownTree<T>(part: AnyPart, make: Make<T>, path: string): unknown {
  const template: unknown = part.init(0);
  try {
    return mapTree(template, (tensor, key) => {
      const place = key === '' ? path : below(path, key);
      return make(place, tensor.shape, tensor.dtype as DataType) as Tensor;
    });
  } finally {
    disposeTree(template);
  }
}

/**
 * The shape of each of a model's parameters by path, as in `flattenParams(model.init(seed))`:
 * `{ '0.kernel': [8, 64], … }`. Built-in parts draw no numbers. A user-defined part creates its parameters
 * once, and they are disposed of.
 */
export function parameterShapes(model: AnyPart): Record<string, Shape> {
  checkPart('parameterShapes', model);
  const shapes: Record<string, Shape> = {};
  parameterTree(model, (path, shape) => {
    shapes[path] = shape;
  });
  return shapes;
}

/**
 * Creates a model's parameters from values by path, such as those of a file: new tensors in the form of
 * `model.init(seed)`, which the caller owns. Built-in parts draw no numbers.
 *
 * @throws UnrolledError with code 'shape' for a missing or extra name, or a wrong shape or dtype; no tensor
 *   leaks
 */
export function paramsFrom<L extends AnyPart>(
  model: L,
  values: Readonly<Record<string, TensorValues>>,
): ParamsOf<L> {
  checkPart('paramsFrom', model);
  checkKind('paramsFrom', 'the values', values, 'object');
  const names = new Set(Object.keys(values));
  parameterTree(model, (path, shape, dtype) => {
    checkValues(path, shape, dtype, Object.hasOwn(values, path) ? values[path] : undefined);
    names.delete(path);
  });
  const [extra] = names;
  if (extra !== undefined) {
    refuse('paramsFrom', {
      expected: `only the names ${Object.keys(parameterShapes(model)).join(', ') || '(none)'}`,
      got: `also ${extra}`,
      remedy: 'build the model that the parameters belong to',
      code: 'shape',
    });
  }
  // The copy protects the caller's arrays from in-place updates.
  return parameterTree(model, (path, shape, dtype) =>
    tf.tensor(values[path]!.data.slice(), [...shape], dtype),
  ) as ParamsOf<L>;
}

function checkValues(path: string, shape: Shape, dtype: DataType, values: TensorValues | undefined): void {
  const size = shape.reduce((product, extent) => product * extent, 1);
  const type = values?.data instanceof Int32Array ? 'int32' : 'float32';
  const fits = values && type === dtype && values.data.length === size;
  if (fits && tf.util.arraysEqual([...values.shape], [...shape])) return;
  refuse('paramsFrom', {
    expected: `'${path}' ${dtype} [${shape.join(', ')}]`,
    got: values
      ? `${type} [${values.shape.join(', ')}], ${values.data.length} values`
      : 'nothing of that name',
    remedy: 'build the model that the parameters belong to: the architecture or a size differs',
    code: 'shape',
  });
}
