/**
 * Writes each kind of part as operators. Inside the graph, sequences are time-major, [T, B, I], or ids
 * [T, B], as the operators require.
 */
import type { AnyPart, LayerData } from '@unrolled/cells';
import { minimalLayer, refuseLacking } from '../lacking';
import {
  below,
  isRecurrent,
  type Leaf,
  nameOf,
  structureFor,
  type TiedHead,
  tiedLayers,
  weightsOf,
} from '../model';
import { activate } from './activations';
import { addAttention } from './attention';
import { addChannels } from './channels';
import type { ExportContext, Place } from './context';
import { addRecurrent } from './recurrent';
import { lastOf, lengthsAfter } from './row-steps';

/** Adds a part that reads `input`, and returns its output [T, B, O]; [B, O] after `lastOutput`. */
export function addPart(context: ExportContext, part: AnyPart, input: string, place: Place): string {
  const { graph } = context;
  const structure = structureFor('toOnnx', part);
  const inner = (key: string | number): Place => ({
    ...place,
    path: below(place.path, key),
    statePath: below(place.statePath, key),
  });
  switch (structure.type) {
    case 'dropout': // Dropout does nothing in inference.
      return input;
    case 'dropoutWrapper':
      return addPart(context, structure.part, input, place);
    case 'residual':
      return graph.value('Add', place.path, [input, addPart(context, structure.part, input, place)]);
    case 'stack':
      return addStack(context, structure.parts, input, inner);
    case 'bidirectional': {
      const { forward, backward } = structure;
      const ahead = addPart(context, forward, input, inner('forward'));
      const reversed = { ...inner('backward'), reverse: !place.reverse };
      const behind = addPart(context, backward, input, reversed);
      return graph.value('Concat', place.path, [ahead, behind], { axis: 2 });
    }
    case 'attentionWrapper':
      return addAttention(context, part, structure, input, place, (read) =>
        addPart(context, structure.cell, read, inner('cell')),
      );
    case 'encoderDecoder':
      return addPart(context, structure.decoder, input, { ...place, path: below(place.path, 'decoder') });
    case 'tiedEmbedding': {
      const { vocabularySize, body } = structure;
      const { table, head } = tiedLayers(vocabularySize, body.inputSize);
      const embedded = addEmbedding(context, leafOf(part, place, table), input);
      const hidden = addPart(context, body, embedded, { ...place, path: below(place.path, 'body') });
      return addTiedHead(context, leafOf(part, place, head), hidden);
    }
    case 'lastOutput':
      return lastOf(
        { graph, lengths: lengthsAfter(context, structure.part) },
        addPart(context, structure.part, input, place),
      );
    default:
      if ('channels' in structure) return addChannels(context, part, structure, input, place);
      return addLeaf(context, leafOf(part, place, structure), input, place);
  }
}

/** Each part reads the output of the previous one, with the row lengths that this part leaves. */
function addStack(
  context: ExportContext,
  parts: readonly AnyPart[],
  input: string,
  placeOf: (index: number) => Place,
): string {
  let [value, lengths] = [input, context.lengths];
  for (const [index, part] of parts.entries()) {
    const own = { ...context, lengths };
    value = addPart(own, part, value, placeOf(index));
    lengths = lengthsAfter(own, part);
  }
  return value;
}

const leafOf = <L>(part: AnyPart, { path }: Place, layer: L): Leaf<L> => ({
  path,
  name: nameOf(part),
  layer,
});

function addLeaf(context: ExportContext, leaf: Leaf<LayerData>, input: string, place: Place): string {
  refuseLacking('toOnnx', 'ONNX', leaf, minimalLayer(leaf));
  if (isRecurrent(leaf)) {
    const vectors = leaf.layer.inputKind === 'ids' ? addOneHot(context, leaf, input) : input;
    return addRecurrent(context, leaf, vectors, place);
  }
  return leaf.layer.type === 'embedding'
    ? addEmbedding(context, leaf, input)
    : addLinear(context, leaf, input);
}

/** ids [T, B] → [T, B, D] */
function addEmbedding({ graph, params }: ExportContext, leaf: Leaf, ids: string): string {
  const { embeddings } = weightsOf('toOnnx', leaf, params);
  return graph.value('Gather', leaf.path, [graph.weights(below(leaf.path, 'embeddings'), embeddings!), ids]);
}

/** ids [T, B] → [T, B, I] */
function addOneHot({ graph, idType }: ExportContext, { path, layer }: Leaf, ids: string): string {
  const depth = graph.scalar(layer.inputSize, idType);
  return graph.value('OneHot', path, [ids, depth, graph.floats(0, 1)]);
}

function addLinear({ graph, params }: ExportContext, leaf: Leaf, input: string): string {
  const { name, path, layer } = leaf;
  const { kernel, bias } = weightsOf('toOnnx', leaf, params);
  const product = graph.value('MatMul', path, [input, graph.weights(below(path, 'kernel'), kernel!)]);
  const sum = bias ? graph.value('Add', path, [product, graph.weights(below(path, 'bias'), bias)]) : product;
  return layer.type === 'linear' ? activate(graph, name, path, sum, layer.activation) : sum;
}

/** [T, B, D] → logits [T, B, V] with the embedding's table, which the graph stores once. */
function addTiedHead({ graph, params }: ExportContext, leaf: Leaf<TiedHead>, input: string): string {
  const { path } = leaf;
  const { bias } = weightsOf('toOnnx', leaf, params);
  const transposed = graph.value('Transpose', path, [below(path, 'embeddings')], { perm: [1, 0] });
  const product = graph.value('MatMul', path, [input, transposed]);
  return graph.value('Add', path, [product, graph.weights(below(path, 'bias'), bias!)]);
}
