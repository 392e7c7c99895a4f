import type { AnyPart, ParamsOf } from '@unrolled/cells';
import type { Kind, OptionKinds } from '@unrolled/errors';
import { checkKind, checkOptions, refuse } from '../refuse';
import { Graph } from './graph';
import { type AttributeValue, encodeModel } from './messages';
import type { OnnxOptions } from './to-onnx';
import { addModel } from './whole-model';

/** A value in a graph, by its name. */
export type OnnxValue = string & { readonly '@unrolled/interop': 'value' };

/** A graph of parts and ONNX operators that the caller combines. */
export interface OnnxGraph {
  /** Adds a float32 input of this shape. A string names an axis whose size is known at run time. */
  input(name: string, shape: readonly (number | string)[]): OnnxValue;
  /**
   * Adds a model that reads an input [B, T, I], and returns its output [B, T, O], or [B, O] with
   * `lastOutput`. `name` is the prefix of its weights.
   */
  part<L extends AnyPart>(name: string, model: L, params: ParamsOf<L>, input: OnnxValue): OnnxValue;
  /** Adds a constant, row-major. */
  constant(name: string, values: Float32Array, shape: readonly number[]): OnnxValue;
  /** Adds integers [n], such as axes and shapes. */
  integers(...values: readonly number[]): OnnxValue;
  /** Adds any operator of set 14 that has one output, and returns it: `operator('Add', [a, b])`. */
  operator(
    operator: string,
    inputs: readonly OnnxValue[],
    attributes?: Readonly<Record<string, AttributeValue>>,
  ): OnnxValue;
  /** Makes a float32 value an output of the graph. */
  output(name: string, value: OnnxValue, shape: readonly (number | string)[]): void;
  /** The bytes of an `.onnx` file. */
  encode(): Uint8Array;
}

const KINDS: OptionKinds<Pick<OnnxOptions, 'metadata'>> = {
  metadata: 'object?',
};

/**
 * Creates a graph for a network of several parts: an ensemble, an encoder with a parallel linear layer, two
 * heads. For a single model use {@link toOnnx}. Rows have full length, and initial states are zero.
 *
 * @throws UnrolledError in the cases of `toOnnx`, and for a repeated name
 */
export function onnxGraph(options: Pick<OnnxOptions, 'metadata'> = {}): OnnxGraph {
  checkOptions('onnxGraph', options, KINDS);
  const { metadata = {} } = options;
  for (const [key, text] of Object.entries(metadata))
    checkKind('onnxGraph', `metadata.${key}`, text, 'string');
  const graph = new Graph();
  const names = new Set<string>();
  const claim = (name: string) => {
    checkKind('onnxGraph', 'a name', name, 'string');
    if (names.has(name))
      refuse('onnxGraph', {
        expected: 'unique names of inputs, outputs and models',
        got: `${name} twice`,
        remedy: 'choose another name',
      });
    names.add(name);
    return name as OnnxValue;
  };
  return {
    input(name, shape) {
      checkEach('shape', shape, 'string or integer of at least 0');
      graph.inputs.push({ name: claim(name), type: 'float32', shape, description: '' });
      return name as OnnxValue;
    },
    part(name, model, params, input) {
      checkKind('onnxGraph', 'model', model, 'object');
      checkKind('onnxGraph', 'input', input, 'string');
      const own = { graph, params: { [claim(name)]: params }, lengths: undefined, state: false };
      return addModel({ ...own, idType: 'int64' }, model, input, name) as OnnxValue;
    },
    constant(name, data, shape) {
      checkKind('onnxGraph', 'values', data, 'Float32Array');
      checkEach('shape', shape, 'integer of at least 0');
      return graph.weights(claim(name), { shape, data }) as OnnxValue;
    },
    integers(...values) {
      for (const value of values) {
        if (!Number.isSafeInteger(value))
          checkKind('onnxGraph', 'each value', value, 'integer of at least 0');
      }
      return graph.integers(...values) as OnnxValue;
    },
    operator(operator, inputs, attributes) {
      checkKind('onnxGraph', 'operator', operator, 'string');
      checkEach('inputs', inputs, 'string');
      checkKind('onnxGraph', 'attributes', attributes, 'object?');
      return graph.value(operator, '', inputs, attributes) as OnnxValue;
    },
    output(name, value, shape) {
      checkKind('onnxGraph', 'value', value, 'string');
      checkEach('shape', shape, 'string or integer of at least 0');
      graph.rename(graph.value('Identity', '', [value]), claim(name));
      graph.outputs.push({ name, type: 'float32', shape, description: '' });
    },
    encode: () => encodeModel({ ...graph, name: 'model', metadata }),
  };
}

function checkEach(what: string, list: readonly unknown[], kind: Kind): void {
  checkKind('onnxGraph', what, list, 'array');
  for (const one of list) checkKind('onnxGraph', `each of ${what}`, one, kind);
}
