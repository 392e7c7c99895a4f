/**
 * A model as an ONNX graph with batch-major inputs and outputs, as in our models. B and T are known at run
 * time. Operator set 14, which all current runtimes read.
 */
import { type AnyPart, isManyToOne, type ParamsOf } from '@unrolled/cells';
import type { OptionKinds } from '@unrolled/errors';
import { givesPictures, nameOf } from '../model';
import { checkKind, checkOptions, refuse } from '../refuse';
import { feedsBack } from './attention';
import { Graph } from './graph';
import { encodeModel } from './messages';
import { addModel } from './whole-model';

export interface OnnxOptions {
  /**
   * Adds the input `lengths`, int32 [B]: the number of valid steps of each row, 0 … T. Default false: all
   * rows have T steps.
   */
  readonly lengths?: boolean;
  /**
   * Adds an input `initial_state.<path>` and an output `final_state.<path>` for each state. Default false:
   * states start at zero.
   */
  readonly state?: boolean;
  /** The type of ids; default 'int64', as in PyTorch. */
  readonly idType?: 'int32' | 'int64';
  /** Texts to store in the file (`metadata_props`), such as the vocabulary. */
  readonly metadata?: Readonly<Record<string, string>>;
}

const KINDS: OptionKinds<OnnxOptions> = {
  lengths: 'boolean?',
  state: 'boolean?',
  idType: "'int32' or 'int64'?",
  metadata: 'object?',
};

/**
 * Writes a model with its parameters for onnxruntime and other readers of ONNX. Dropout is omitted.
 *
 * | name | shape | |
 * |---|---|---|
 * | `input` | float32 [B, T, I], ids [B, T], or pictures [B, H, W, I] | |
 * | `lengths` | int32 [B] | with `lengths: true` |
 * | `initial_state.0.h` | float32 [B, H] | with `state: true`; the path is that of `flattenParams(model.zeroState(B))` |
 * | `output` | float32 [B, T, O], pictures [B, H, W, O], or [B, O] of a model that gives one output a row | 0 past a row's length |
 * | `final_state.0.h` | float32 [B, H] | with `state: true` |
 *
 * If the model has an attentionWrapper (an encoder–decoder is exported as its decoder), the source is part of
 * the initial state, which the graph of `toOnnxEncoder` returns. `state: true` is then required. With input
 * feeding, T is 1.
 *
 * @returns the bytes of an `.onnx` file
 * @throws UnrolledError if the parameters do not belong to the model, or the model has a feature that ONNX's
 *   operators lack: projection, cell clipping, activations that are functions, a user-defined part
 */
export function toOnnx<L extends AnyPart>(
  model: L,
  params: ParamsOf<L>,
  options: OnnxOptions = {},
): Uint8Array {
  checkKind('toOnnx', 'model', model, 'object');
  checkKind('toOnnx', 'params', params, 'object or array');
  checkOptions('toOnnx', options, KINDS);
  const { lengths = false, state = false, idType = 'int64', metadata = {} } = options;
  const graph = new Graph();
  const context = { graph, params, state, idType, lengths: addInputs(graph, model, { lengths, idType }) };
  graph.rename(addModel(context, model, 'input'), 'output');
  graph.outputs.unshift({ name: 'output', type: 'float32', ...outputOf(model) });
  return encodeModel({ ...graph, name: nameOf(model), metadata });
}

/** Adds the inputs of a model, and returns the name of the one with lengths. */
export function addInputs(graph: Graph, model: AnyPart, options: OnnxOptions): string | undefined {
  const { inputKind = 'vectors', inputSize } = model;
  const time = feedsBack(model) ? 1 : 'time';
  const type = inputKind === 'ids' ? options.idType! : 'float32';
  graph.inputs.push({ name: 'input', type, ...inputOf(inputKind, inputSize, time) });
  if (!options.lengths) return undefined;
  if (inputKind === 'pictures') refuseLengths(model);
  const description = 'number of valid steps of each row';
  graph.inputs.push({ name: 'lengths', type: 'int32', shape: ['batch'], description });
  return 'lengths';
}

function inputOf(kind: 'ids' | 'vectors' | 'pictures', size: number, time: 'time' | 1) {
  switch (kind) {
    case 'ids':
      return { shape: ['batch', time], description: `ids in 0 … ${size - 1}` };
    case 'vectors':
      return { shape: ['batch', time, size], description: 'a sequence of vectors in each row' };
    case 'pictures':
      return { shape: ['batch', 'height', 'width', size], description: 'images, channels last' };
  }
}

function outputOf(model: AnyPart) {
  const { inputKind, outputShape, outputSize } = model;
  if (isManyToOne(model)) {
    const description =
      inputKind === 'pictures' ? 'the output of each image' : 'the output at the last step of each row';
    return { shape: ['batch', outputSize], description };
  }
  if (givesPictures(model))
    return { shape: ['batch', 'output_height', 'output_width', outputSize], description: 'pictures' };
  const time = feedsBack(model) ? 1 : outputShape ? 'output_time' : 'time';
  return { shape: ['batch', time, outputSize], description: 'the output at every step' };
}

function refuseLengths(model: AnyPart): never {
  refuse('toOnnx', {
    expected: 'no input of lengths for images, which have no time axis',
    got: `lengths: true for ${nameOf(model)}`,
    remedy: 'omit the option lengths',
  });
}
