/** Reads and writes the named arrays of another framework, in any layout. */
import { type AnyPart, type ParamsOf, paramsFrom } from '@unrolled/cells';
import { inWords, listed } from '@unrolled/errors';
import { type NamedTensors, type SafetensorsTensor, toFloat32 } from '@unrolled/safetensors';
import { refuseNames } from './foreign-names';
import type { Matrix } from './matrix';
import { below, type Leaf, nameOf, outputSizeOf, type Weights, weightsOf } from './model';
import { refuse } from './refuse';

/** Float32 arrays by name, in the form that `writeSafetensors` takes. */
export type NamedArrays = Record<string, Extract<SafetensorsTensor, { dtype: 'F32' }>>;

/** The layout of one leaf's weights in another framework. */
export interface LeafLayout {
  readonly leaf: Leaf;
  /** The arrays' full names and shapes, in the framework's order. */
  readonly slots: Readonly<Record<string, readonly number[]>>;
  /** Converts the framework's arrays, in the order of the slots, to our weights. */
  decode(arrays: readonly Matrix[]): Weights;
  /** The inverse conversion. */
  encode(weights: Weights): readonly Matrix[];
}

/** Arrays by name, looked up safely whether a Map or a record was given. */
export function mapOf(scope: string, tensors: NamedTensors): ReadonlyMap<string, SafetensorsTensor> {
  const given: unknown = tensors;
  const isBytes = ArrayBuffer.isView(given) || given instanceof ArrayBuffer;
  if (typeof given !== 'object' || given === null || isBytes || Array.isArray(given)) {
    refuse(scope, {
      expected: 'arrays by name, as a Map or an object',
      got: isBytes ? 'the bytes of a file' : inWords(given),
      remedy:
        'read the file first: readSafetensors(bytes).tensors of @unrolled/safetensors, or readKeras(bytes) of @unrolled/interop/keras',
    });
  }
  return tensors instanceof Map ? tensors : new Map(Object.entries(tensors));
}

/**
 * Creates new tensors for a model's parameters from the arrays that the layouts name.
 *
 * @param strict whether arrays that no layout names are refused
 */
export function decodeArrays<L extends AnyPart>(
  scope: string,
  model: L,
  layouts: readonly LeafLayout[],
  tensors: ReadonlyMap<string, SafetensorsTensor>,
  strict: boolean,
): ParamsOf<L> {
  checkNames(scope, model, new Set(layouts.flatMap(({ slots }) => Object.keys(slots))), tensors, strict);
  const weights = new Map<string, Weights>();
  for (const { leaf, slots, decode } of layouts) {
    const arrays = Object.entries(slots).map(([name, shape]) =>
      floatsOf(scope, leaf, name, shape, tensors.get(name)!),
    );
    weights.set(leaf.path, merged(scope, leaf, weights.get(leaf.path), decode(arrays)));
  }
  const values = [...weights].flatMap(([path, own]) =>
    Object.entries(own).map(([name, matrix]) => [below(path, name), matrix] as const),
  );
  return paramsFrom(model, Object.fromEntries(values));
}

function checkNames(
  scope: string,
  model: AnyPart,
  expected: ReadonlySet<string>,
  tensors: ReadonlyMap<string, unknown>,
  strict: boolean,
): void {
  const present = [...tensors.keys()];
  const missing = [...expected].filter((name) => !tensors.has(name));
  if (missing.length > 0) {
    const complaint = {
      expected: `arrays named ${listed(missing)} for ${nameOf(model)}`,
      got: `arrays named ${listed(present)}`,
      remedy: 'check the option names; if it is right, the weights belong to another architecture',
    };
    refuseNames(scope, complaint, present);
  }
  const unexpected = present.filter((name) => !expected.has(name));
  if (strict && unexpected.length > 0) {
    refuse(scope, {
      expected: `only the arrays of ${nameOf(model)}: ${listed([...expected])}`,
      got: `${listed(unexpected)} in addition`,
      remedy: 'set strict: false to ignore arrays that the model does not have',
    });
  }
}

function floatsOf(
  scope: string,
  leaf: Leaf,
  name: string,
  shape: readonly number[],
  tensor: SafetensorsTensor,
): Matrix {
  if (!['F16', 'BF16', 'F32', 'F64'].includes(tensor?.dtype)) {
    refuse(scope, {
      expected: `floating-point values in ${name}`,
      got: typeof tensor?.dtype === 'string' ? tensor.dtype : inWords(tensor),
      remedy: quantized.test(tensor?.dtype)
        ? 'these weights are quantized and need their scale: save the model in float32 or bfloat16'
        : "pass each array as { dtype: 'F32', shape, data }, as readSafetensors returns it",
    });
  }
  if (tensor.shape.length !== shape.length || tensor.shape.some((extent, axis) => extent !== shape[axis])) {
    refuse(scope, {
      expected: `shape [${shape.join(', ')}] for ${name}, the weights of ${leaf.name} from ${leaf.layer.inputSize} to ${outputSizeOf(leaf)}`,
      got: `[${tensor.shape.join(', ')}]`,
      remedy: 'build the model in the size of these weights',
    });
  }
  const count = shape.reduce((product, extent) => product * extent, 1);
  if (tensor.data.length !== count) {
    refuse(scope, {
      expected: `${count} values in ${name}`,
      got: String(tensor.data.length),
      remedy: 'export the weights again',
    });
  }
  return { shape, data: toFloat32(tensor) };
}

const quantized = /^(F[468]|[IU]\d)/;

/**
 * The weights of one path. Only the table of a tied embedding occurs twice, as input and output; both copies
 * must be equal.
 */
function merged(scope: string, leaf: Leaf, before: Weights | undefined, weights: Weights): Weights {
  const { embeddings: first } = before ?? {};
  const { embeddings: second } = weights;
  if (first && second && first.data.some((value, index) => !Object.is(value, second.data[index]))) {
    refuse(scope, {
      expected: `equal input and output tables for the tied embedding ${leaf.name}`,
      got: 'two different tables',
      remedy: 'load the weights into a stack of embedding, body and dense',
    });
  }
  return { ...before, ...weights };
}

/** Returns a model's parameters as the arrays that the layouts name. */
export function encodeArrays(scope: string, layouts: readonly LeafLayout[], params: unknown): NamedArrays {
  const arrays: NamedArrays = {};
  for (const { leaf, slots, encode } of layouts) {
    const encoded = encode(weightsOf(scope, leaf, params));
    for (const [index, name] of Object.keys(slots).entries()) {
      const { shape, data } = encoded[index]!;
      arrays[name] = { dtype: 'F32', shape, data };
    }
  }
  return arrays;
}

/** The arrays without the recurrent biases. Each of these must be 0. */
export function withoutBiases(
  scope: string,
  arrays: NamedArrays,
  biases: readonly string[],
  remedy: string,
): NamedArrays {
  const others = biases.find((name) => arrays[name]!.data.some((value) => value !== 0));
  if (others !== undefined) {
    refuse(scope, {
      expected: 'recurrent biases that are all 0, because `bias: false` leaves them out',
      got: `other values in ${others}`,
      remedy,
    });
  }
  return Object.fromEntries(Object.entries(arrays).filter(([name]) => !biases.includes(name)));
}
