/**
 * Convolution, pooling, layer normalisation, and the parts that turn images into vectors, as operators of
 * set 14. Inside the graph, sequences are time-major, [T, B, C], and images channels-first, [B, C, H, W], as
 * the operators require.
 */
import type { AnyPart, ChannelStructure } from '@unrolled/cells';
import { filterOf } from '../matrix';
import { below, type Leaf, nameOf, weightsOf } from '../model';
import { refuse } from '../refuse';
import { activate } from './activations';
import type { ExportContext, Place } from './context';
import type { AttributeValue } from './messages';
import { backwards, keptWhere, lengthsAfter, masked, withoutEmptyRows } from './row-steps';

type Of<T extends ChannelStructure['type']> = Extract<ChannelStructure, { readonly type: T }>;

/** Adds a part that works on channels, and returns its output. */
export function addChannels(
  context: ExportContext,
  part: AnyPart,
  structure: ChannelStructure,
  input: string,
  place: Place,
): string {
  const { graph } = context;
  const { path } = place;
  switch (structure.type) {
    case 'conv1d':
      return overSteps(context, part, input, place, (rows) =>
        addConvolution(context, part, structure, rows, path),
      );
    case 'conv2d':
      return addConvolution(context, part, structure, input, path);
    case 'pool1d':
      return overSteps(context, part, input, place, (rows) => addPool(context, part, structure, rows, path));
    case 'pool2d':
      return addPool(context, part, structure, input, path);
    case 'globalPool':
      return structure.of === 'pictures'
        ? graph.value(REDUCE[structure.kind], path, [input], { axes: [2, 3], keepdims: 0 })
        : addOverTime(context, structure, input, path);
    case 'flatten': {
      const last = graph.value('Transpose', path, [input], { perm: [0, 2, 3, 1] });
      const size = structure.height * structure.width * structure.channels;
      return graph.value('Reshape', path, [last, graph.integers(-1, size)]);
    }
    case 'pixelSteps': {
      const steps = graph.value('Reshape', path, [input, graph.integers(0, structure.channels, -1)]);
      return graph.value('Transpose', path, [steps], { perm: [2, 0, 1] }); // [B, C, H·W] → [H·W, B, C]
    }
    case 'layerNorm':
      return addNorm(context, part, structure, input, path);
    case 'attentionPool':
    case 'layerNormLstm':
      return refuse('toOnnx', {
        expected: 'only parts that ONNX export supports',
        got: nameOf(part),
        remedy: 'export the parts before and after it separately, and run this part in between',
        code: 'unsupported',
      });
  }
}

const REDUCE = { max: 'ReduceMax', average: 'ReduceMean' } as const;
const POOL = { max: 'MaxPool', average: 'AveragePool' } as const;

/**
 * [T, B, I] → [T', B, O], by a function that maps [B, I, T] to [B, O, T']. With reverse, each row is
 * reversed.
 */
function overSteps(
  context: ExportContext,
  part: AnyPart,
  input: string,
  { path, reverse }: Place,
  make: (rows: string) => string,
): string {
  const { graph } = context;
  const turned = (rows: string, lengths: string | undefined) =>
    reverse ? backwards({ graph, lengths }, rows) : rows;
  const rows = turned(masked(context, input), context.lengths);
  const made = make(graph.value('Transpose', path, [rows], { perm: [1, 2, 0] }));
  return turned(graph.value('Transpose', path, [made], { perm: [2, 0, 1] }), lengthsAfter(context, part));
}

function addConvolution(
  { graph, params }: ExportContext,
  part: AnyPart,
  structure: Of<'conv1d'> | Of<'conv2d'>,
  input: string,
  path: string,
): string {
  const { channels: inputSize, filters: units, type, activation } = structure;
  const leaf: Leaf = { path, name: nameOf(part), layer: { type, inputSize, units, structure } };
  const { kernel, bias } = weightsOf('toOnnx', leaf, params);
  const weights = [
    graph.weights(below(path, 'kernel'), filterOf(kernel!)),
    ...(bias ? [graph.weights(below(path, 'bias'), bias)] : []),
  ];
  const [taps, strides, dilations] = [structure.kernelSize, structure.stride, structure.dilation].map((one) =>
    [one].flat(),
  ) as [number[], number[], number[]];
  const attributes = { kernel_shape: taps, strides, dilations, ...paddingOf(part, structure) };
  const made = graph.value('Conv', path, [input, ...weights], attributes);
  return activate(graph, nameOf(part), path, made, activation);
}

type Numbers = readonly number[];
type Pairs = readonly Numbers[];

/** The padding attributes: fixed numbers if they do not depend on the input size. */
function paddingOf(part: AnyPart, structure: Of<'conv1d'> | Of<'conv2d'>): Record<string, AttributeValue> {
  const { kernelSize, stride, dilation, padding } = structure;
  const dilations = [dilation].flat();
  const spans = [kernelSize].flat().map((size, axis) => (size - 1) * dilations[axis]!);
  if (padding === 'valid') return {};
  if (padding === 'causal') return around([[spans[0]!, 0]]);
  if (padding !== 'same')
    return around(typeof padding[0] === 'number' ? [padding as Numbers] : (padding as Pairs));
  return samePadding(nameOf(part), { spans, strides: [stride].flat(), dilations });
}

const around = (pairs: Pairs) => ({
  pads: [...pairs.map(([before]) => before!), ...pairs.map(([, after]) => after!)],
});

interface Window {
  /** Steps from the first position of a window to its last. */
  readonly spans: Numbers;
  readonly strides: Numbers;
  readonly dilations: Numbers;
}

/**
 * Zeros for ⌈size / stride⌉ windows; an odd one is at the end. They are fixed numbers, or are computed by the
 * operator if they depend on the size.
 */
function samePadding(name: string, { spans, strides, dilations }: Window): Record<string, AttributeValue> {
  // A window of one or two positions has its zero at the end for any size, and none if it fits.
  if (spans.every((span, axis) => strides[axis] === 1 || span < 2))
    return around(spans.map((span) => [Math.floor(span / 2), Math.ceil(span / 2)]));
  // For windows with gaps between them, onnxruntime computes a negative padding and fails.
  const isSparse = spans.some((span, axis) => span + 1 < strides[axis]!);
  if (!isSparse && dilations.every((one) => one === 1)) return { auto_pad: 'SAME_UPPER' };
  return refuse('toOnnx', {
    expected: "padding: 'same' with a stride of at most the size, and with either a stride or a dilation",
    got: isSparse ? `${name} with a larger stride` : `${name} with a stride and a dilation`,
    remedy: 'set padding to explicit numbers of zeros, or pool without padding',
    code: 'unsupported',
  });
}

function addPool(
  { graph }: ExportContext,
  part: AnyPart,
  structure: Of<'pool1d'> | Of<'pool2d'>,
  input: string,
  path: string,
): string {
  const { kind } = structure;
  const [size, strides] = [[structure.size].flat(), [structure.stride].flat()];
  const isPadded = structure.type === 'pool2d' && structure.padding === 'same';
  const window = { spans: size.map((one) => one - 1), strides, dilations: [1, 1] };
  return graph.value(POOL[kind], path, [input], {
    ...{ kernel_shape: size, strides },
    ...(isPadded && samePadding(nameOf(part), window)),
  });
}

/** [T, B, C] → [B, C]: over the valid steps of each row; 0 for a row of length 0. */
function addOverTime(
  context: ExportContext,
  { kind }: Of<'globalPool'>,
  input: string,
  path: string,
): string {
  const { graph, lengths } = context;
  if (lengths === undefined) return graph.value(REDUCE[kind], path, [input], { axes: [0], keepdims: 0 });
  if (kind === 'max') {
    const kept = keptWhere(context, 'Less', input, lengths, -3e38);
    const largest = graph.value('ReduceMax', path, [kept], { axes: [0], keepdims: 0 });
    return withoutEmptyRows(context, largest);
  }
  const sum = graph.value('ReduceSum', path, [masked(context, input), graph.integers(0)], { keepdims: 0 });
  const counts = graph.value('Max', path, [lengths, graph.scalar(1, 'int32')]);
  const column = graph.value('Unsqueeze', path, [counts, graph.integers(1)]);
  return graph.value('Div', path, [sum, graph.value('Cast', path, [column], { to: FLOAT })]);
}

const FLOAT = 1;

/** Layer normalisation over the last axis. Operator set 14 has no operator for it. */
function addNorm(
  { graph, params }: ExportContext,
  part: AnyPart,
  structure: Of<'layerNorm'>,
  input: string,
  path: string,
): string {
  const { channels, epsilon } = structure;
  const layer = { type: 'layerNorm', inputSize: channels, units: channels, structure } as const;
  const { gamma, beta } = weightsOf('toOnnx', { path, name: nameOf(part), layer }, params);
  const mean = (value: string) => graph.value('ReduceMean', path, [value], { axes: [-1], keepdims: 1 });
  const centred = graph.value('Sub', path, [input, mean(input)]);
  const variance = mean(graph.value('Mul', path, [centred, centred]));
  const deviation = graph.value('Sqrt', path, [
    graph.value('Add', path, [variance, graph.scalar(epsilon, 'float32')]),
  ]);
  const normal = graph.value('Div', path, [centred, deviation]);
  const scaled = graph.value('Mul', path, [normal, graph.weights(below(path, 'gamma'), gamma!)]);
  return graph.value('Add', path, [scaled, graph.weights(below(path, 'beta'), beta!)]);
}
