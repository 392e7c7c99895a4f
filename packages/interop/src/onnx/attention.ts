/**
 * A cell that attends to a source, over all steps at once (for the equations see `attentionWrapper` of
 * `@unrolled/cells`). The source, its keys and its mask are inputs of the state, as `toOnnxEncoder` returns
 * them. With input feeding, a step reads the attention output of the previous step, so such a graph takes one
 * step.
 */
import { type AnyPart, type PartStructure, parameterShapes } from '@unrolled/cells';
import type { Matrix } from '../matrix';
import { below, type Leaf, nameOf, partsWithin, structureFor, weightsOf } from '../model';
import { refuse } from '../refuse';
import { activate } from './activations';
import type { ExportContext, Place } from './context';
import { lastOf } from './row-steps';

export type AttentionStructure = Extract<PartStructure<AnyPart>, { type: 'attentionWrapper' }>;

/** Whether a step of the part reads the attention output of the previous step. */
export const feedsBack = (part: AnyPart): boolean => {
  const structure = structureFor('toOnnx', part);
  return (
    (structure.type === 'attentionWrapper' && structure.inputFeeding) ||
    partsWithin('toOnnx', part).some(feedsBack)
  );
};

/** Far below any score. Its exponential, relative to that of the largest score, is exactly 0 in float32. */
const NEVER = -1e30;

/** [T, B, I] → [T, B, O]. @param addCell adds the inner cell, [T, B, …] → [T, B, Q] */
export function addAttention(
  context: ExportContext,
  part: AnyPart,
  structure: AttentionStructure,
  input: string,
  place: Place,
  addCell: (input: string) => string,
): string {
  const { graph } = context;
  const { path } = place;
  if (!context.state || place.reverse) refuseState(part, place);
  const { memorySize, attentionUnits, activation = 'tanh', inputFeeding } = structure;
  const state = (name: string, shape: readonly (number | string)[], description: string) => {
    const full = `initial_state.${below(place.statePath, name)}`;
    graph.inputs.push({ name: full, type: 'float32', shape, description });
    return full;
  };
  const before = inputFeeding
    ? state('attention', ['batch', attentionUnits ?? memorySize], 'the attention output of the previous step')
    : undefined;
  const fed = before && graph.value('Unsqueeze', path, [before, graph.integers(0)]);
  const output = addCell(fed ? graph.value('Concat', path, [input, fed], { axis: 2 }) : input);
  const memory = state('memory', ['batch', 'source', memorySize], 'the source');
  const valid = state('valid', ['batch', 'source'], 'above 0 at valid positions');
  const weights = attentionWeights(context, part, path);
  const hasKeys = weights.memoryKernel !== undefined;
  const keys = hasKeys
    ? state('keys', ['batch', 'source', weights.memoryKernel!.shape[1]!], "the source's projection")
    : memory;

  const queries = graph.value('Transpose', path, [output], { perm: [1, 0, 2] }); // [B, T, Q]
  const scores = addScores(context, structure, weights, { keys, queries, path });
  const column = graph.value('Unsqueeze', path, [valid, graph.integers(1)]); // [B, 1, S]
  const real = graph.value('Greater', path, [column, graph.scalar(0, 'float32')]);
  const raised = graph.value('Where', path, [real, scores, graph.scalar(NEVER, 'float32')]);
  const softmax = graph.value('Softmax', path, [raised], { axis: -1 });
  const shares = graph.value('Where', path, [real, softmax, graph.scalar(0, 'float32')]);
  const seen = graph.value('MatMul', path, [shares, memory]); // [B, T, M]
  const both = graph.value('Concat', path, [queries, seen], { axis: 2 });
  const vector = weights.attentionKernel
    ? activate(
        graph,
        nameOf(part),
        path,
        graph.value('MatMul', path, [both, weight(context, path, 'attentionKernel', weights)]),
        activation,
      )
    : both;
  const finalState = (name: string, steps: string, size: number | string, initial?: string) => {
    const last = lastOf(context, graph.value('Transpose', path, [steps], { perm: [1, 0, 2] }));
    const full = `final_state.${below(place.statePath, name)}`;
    graph.outputs.push({
      name: full,
      type: 'float32',
      shape: ['batch', size],
      description: 'after the last step',
    });
    graph.rename(carried(context, last, initial), full);
  };
  finalState('alignments', shares, 'source');
  if (before) finalState('attention', attentionUnits ? vector : seen, attentionUnits ?? memorySize, before);
  return graph.value('Transpose', path, [vector], { perm: [1, 0, 2] });
}

/** A state [B, n] after the last step. A row without a step keeps its initial state. */
function carried({ graph, lengths }: ExportContext, last: string, initial: string | undefined): string {
  if (lengths === undefined || initial === undefined) return graph.value('Identity', '', [last]);
  const column = graph.value('Unsqueeze', '', [lengths, graph.integers(1)]);
  const some = graph.value('Greater', '', [column, graph.scalar(0, 'int32')]);
  return graph.value('Where', '', [some, last, initial]);
}

type Weights = Readonly<Record<string, Matrix | undefined>>;

/** The wrapper's own weights by name. */
export function attentionWeights(
  { params }: Pick<ExportContext, 'params'>,
  part: AnyPart,
  path: string,
): Weights {
  const own = Object.entries(parameterShapes(part)).filter(([name]) => !name.includes('.'));
  return Object.fromEntries(
    own.map(([name, shape]) => {
      const layer = { type: 'attentionWeight', weight: name, inputSize: 1, units: 1, shape } as const;
      const leaf: Leaf = { path, name: nameOf(part), layer };
      return [name, weightsOf('toOnnx', leaf, params)[name]!];
    }),
  );
}

const weight = ({ graph }: ExportContext, path: string, name: string, weights: Weights) =>
  graph.weights(below(path, name), weights[name]!);

/** The scores [B, T, S] of queries [B, T, Q] and keys [B, S, U]. */
function addScores(
  context: ExportContext,
  { score, normalized }: AttentionStructure,
  weights: Weights,
  { keys, queries, path }: Readonly<Record<'keys' | 'queries' | 'path', string>>,
): string {
  const { graph } = context;
  if (score !== 'additive') {
    const turned = graph.value('Transpose', path, [keys], { perm: [0, 2, 1] });
    const products = graph.value('MatMul', path, [queries, turned]);
    return score === 'scaled'
      ? graph.value('Mul', path, [products, weight(context, path, 'scoreGain', weights)])
      : products;
  }
  const projected = graph.value('MatMul', path, [queries, weight(context, path, 'queryKernel', weights)]);
  const asked = normalized
    ? graph.value('Add', path, [projected, weight(context, path, 'scoreBias', weights)])
    : projected;
  const sums = graph.value('Add', path, [
    graph.value('Unsqueeze', path, [asked, graph.integers(2)]), // [B, T, 1, U]
    graph.value('Unsqueeze', path, [keys, graph.integers(1)]), // [B, 1, S, U]
  ]);
  const vector = graph.weights(below(path, 'scoreVector'), columnOf(weights));
  const scores = graph.value('MatMul', path, [graph.value('Tanh', path, [sums]), vector]);
  return graph.value('Squeeze', path, [scores, graph.integers(3)]);
}

/** v [U, 1]; for a normalised score g·v/‖v‖. */
function columnOf({ scoreVector, scoreGain }: Weights): Matrix {
  const { data } = scoreVector!;
  const factor = scoreGain ? scoreGain.data[0]! / Math.hypot(...data) : 1;
  return { shape: [data.length, 1], data: data.map((value) => value * factor) };
}

function refuseState(part: AnyPart, { reverse }: Place): never {
  refuse('toOnnx', {
    expected: reverse ? 'attention that runs forward' : 'state: true, for a model with attention',
    got: `${nameOf(part)}${reverse ? ' in reverse' : ' without it'}`,
    remedy: reverse
      ? 'export the inner part separately'
      : 'set state: true, and export the encoder with toOnnxEncoder, which writes the initial state',
    code: 'unsupported',
  });
}
