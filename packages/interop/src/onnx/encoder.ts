/** The encoder of an encoder–decoder, with the bridge that computes the decoder's initial state. */
import { type AnyPart, disposeTree, flattenParams, type ParamsOf } from '@unrolled/cells';
import type { OptionKinds } from '@unrolled/errors';
import { below, givesPictures, nameOf, structureFor } from '../model';
import { checkKind, checkOptions, refuse } from '../refuse';
import { type AttentionStructure, attentionWeights } from './attention';
import { bridged, cellStates, repeated, type State } from './bridge';
import type { ExportContext } from './context';
import { Graph } from './graph';
import { encodeModel } from './messages';
import { addPart } from './parts';
import { lengthsAfter, masked, stepsWithin } from './row-steps';
import { addInputs, type OnnxOptions } from './to-onnx';
import { inward } from './whole-model';

export type OnnxEncoderOptions = Omit<OnnxOptions, 'state'>;

const KINDS: OptionKinds<OnnxEncoderOptions> = {
  lengths: 'boolean?',
  idType: "'int32' or 'int64'?",
  metadata: 'object?',
};

const scope = 'toOnnxEncoder';

/**
 * Writes the encoder of an encoder–decoder as an ONNX graph that returns the decoder's initial state. Its
 * outputs `initial_state.<path>` have the names of the inputs of `toOnnx(model, params, { state: true })`. A
 * program runs this graph once per source, and the decoder once per step.
 *
 * | name | shape | |
 * |---|---|---|
 * | `input` | the encoder's input | the source |
 * | `lengths` | int32 [B] | with `lengths: true` |
 * | `initial_state.1.cell.h` | float32 [B, H] | of each state of the decoder's cells |
 * | `initial_state.1.memory`, `.valid`, `.keys` | float32 [B, S, M], [B, S], [B, S, U] | the memory, its mask and its keys |
 * | `initial_state.1.attention` | float32 [B, A], zeros | with input feeding |
 *
 * @returns the bytes of an `.onnx` file
 * @throws UnrolledError as `toOnnx`, and for a model that is not an encoder–decoder
 */
export function toOnnxEncoder<L extends AnyPart>(
  model: L,
  params: ParamsOf<L>,
  options: OnnxEncoderOptions = {},
): Uint8Array {
  checkKind(scope, 'model', model, 'object');
  checkKind(scope, 'params', params, 'object or array');
  checkOptions(scope, options, KINDS);
  const { idType = 'int64', metadata = {} } = options;
  const structure = structureFor(scope, model);
  if (structure.type !== 'encoderDecoder' || givesPictures(structure.encoder)) {
    return refuse(scope, {
      expected: 'a model that encoderDecoder(encoder, decoder) created',
      got: nameOf(model),
      remedy: 'use toOnnx for any other model',
    });
  }
  const { encoder, decoder, bridge } = structure;
  const graph = new Graph();
  const lengths = addInputs(graph, encoder, { ...options, idType });
  const finals = new Map<string, string>();
  const context: ExportContext = { graph, params, lengths, state: false, finals, idType };
  const read = inward(graph, encoder, 'input');
  const steps = addPart(context, encoder, read, { path: 'encoder', statePath: '', reverse: false });
  const after = { ...context, lengths: lengthsAfter(context, encoder) };
  const memory = graph.value('Transpose', '', [masked(after, steps)], { perm: [1, 0, 2] });

  const states = bridged(context, statesOf(encoder, finals), cellStates(decoder), bridge, memory);
  for (const [path, { value, size }] of states) give(graph, path, value, ['batch', size]);
  const valid = addValid(after, steps);
  for (const { path, statePath, part, structure: own } of wrappers(decoder, 'decoder', '')) {
    const size = own.memorySize;
    give(graph, below(statePath, 'memory'), memory, ['batch', 'source', size]);
    give(graph, below(statePath, 'valid'), valid, ['batch', 'source']);
    if (own.inputFeeding) {
      const width = own.attentionUnits ?? size;
      const nothing = repeated(graph, graph.scalar(0, 'float32'), memory, width);
      give(graph, below(statePath, 'attention'), nothing, ['batch', width]);
    }
    const { memoryKernel } = attentionWeights(context, part, path);
    if (!memoryKernel) continue;
    const kernel = graph.weights(below(path, 'memoryKernel'), memoryKernel);
    const keys = graph.value('MatMul', path, [memory, kernel]);
    give(graph, below(statePath, 'keys'), keys, ['batch', 'source', memoryKernel.shape[1]!]);
  }
  return encodeModel({ ...graph, name: nameOf(model), metadata });
}

/** Makes a value an output of the decoder's initial state. */
function give(graph: Graph, path: string, value: string, shape: readonly (number | string)[]): void {
  const name = `initial_state.${path}`;
  graph.outputs.push({ name, type: 'float32', shape, description: 'a part of the decoder’s initial state' });
  graph.rename(graph.value('Identity', path, [value]), name);
}

/** [B, S], 1 at valid positions. */
function addValid(context: ExportContext, steps: string): string {
  const { graph, lengths } = context;
  const shape = graph.value('Shape', '', [steps]);
  const turned = graph.value('Gather', '', [shape, graph.integers(1, 0)]); // [B, S]
  if (lengths === undefined) return graph.value('Expand', '', [graph.scalar(1, 'float32'), turned]);
  const row = stepsWithin(context, steps); // [S]
  const compared = graph.value('Less', '', [
    graph.value('Unsqueeze', '', [row, graph.integers(0)]),
    graph.value('Unsqueeze', '', [lengths, graph.integers(1)]),
  ]);
  return graph.value('Cast', '', [compared], { to: 1 });
}

/** The encoder's last states, in the order of its state tree. */
function statesOf(encoder: AnyPart, finals: ReadonlyMap<string, string>): Map<string, State> {
  const zeros = encoder.zeroState(1);
  const states = Object.entries(flattenParams(zeros)).map(([path, { size }]) => {
    const value = finals.get(path);
    if (value === undefined) {
      refuse(scope, {
        expected: 'an encoder of recurrent layers',
        got: `${nameOf(encoder)}, whose state has ${path}`,
        remedy: 'use an encoder without this state',
        code: 'unsupported',
      });
    }
    return [path, { value, size }] as const;
  });
  disposeTree(zeros);
  return new Map(states);
}

/** The attention wrappers of a decoder, with the paths of their parameters and states. */
function wrappers(
  part: AnyPart,
  path: string,
  statePath: string,
): { path: string; statePath: string; part: AnyPart; structure: AttentionStructure }[] {
  const structure = structureFor(scope, part);
  switch (structure.type) {
    case 'stack':
      return structure.parts.flatMap((one, index) =>
        wrappers(one, below(path, index), below(statePath, index)),
      );
    case 'residual':
    case 'lastOutput':
    case 'dropoutWrapper':
      return wrappers(structure.part, path, statePath);
    case 'tiedEmbedding':
      return wrappers(structure.body, below(path, 'body'), statePath);
    case 'attentionWrapper':
      return [
        { path, statePath, part, structure },
        ...wrappers(structure.cell, below(path, 'cell'), below(statePath, 'cell')),
      ];
    default:
      return [];
  }
}
