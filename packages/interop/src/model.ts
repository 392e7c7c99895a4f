/** Splits a model into the layers that other frameworks know, with their parameters. */
import {
  type AnyPart,
  type ChannelStructure,
  flattenParams,
  type LayerData,
  layerType,
  type MinimalLayer,
  type PartStructure,
  parameterShapes,
  type RecurrentLayer,
  type Shape,
  structureOf,
} from '@unrolled/cells';
import { listed } from '@unrolled/errors';
import type { Matrix } from './matrix';
import { refuse } from './refuse';

/**
 * Weights under our names: kernel, recurrentKernel, bias, recurrentBias, peephole, projection, embeddings.
 */
export type Weights = Readonly<Record<string, Matrix>>;

/** The output side of a tied embedding: logits [units] from vectors [inputSize] with the same table. */
export interface TiedHead {
  readonly type: 'tiedHead';
  readonly inputSize: number;
  readonly units: number;
}

/**
 * One weight of an attention wrapper, or the learned initial state of a bridge: a matrix [inputSize, units],
 * or a vector [units].
 */
export interface AttentionWeight {
  readonly type: 'attentionWeight';
  /** Its name among our parameters, such as memoryKernel. */
  readonly weight: string;
  readonly inputSize: number;
  readonly units: number;
  readonly shape: Shape;
}

/**
 * A convolution, layer normalisation or LSTM with layer normalisation. It has weights, but is no layer of
 * `@unrolled/kernels`.
 */
export interface ChannelLayer<T extends ChannelType = Exclude<ChannelType, 'layerNormLstm'>> {
  readonly type: T;
  readonly inputSize: number;
  readonly units: number;
  readonly structure: Extract<ChannelStructure, { type: T }>;
}

type ChannelType = 'conv1d' | 'conv2d' | 'layerNorm' | 'layerNormLstm';

/**
 * A layer with weights, and its path in the model's parameters: '0', '1.forward', or '' for the model itself.
 */
export interface Leaf<L = LayerData | TiedHead | AttentionWeight | ChannelLayer<ChannelType>> {
  readonly path: string;
  readonly name: string;
  readonly layer: L;
}

/** One layer of other frameworks: one leaf, or one per direction. */
export interface WeightedLayer {
  readonly directions: readonly [Leaf] | readonly [Leaf, Leaf];
  /** Whether the layer is inside a residual part, so the next layer reads more than its output. */
  readonly residual: boolean;
}

/** A path within a tree of parameters or states. */
export const below = (path: string, key: string | number) => (path === '' ? String(key) : `${path}.${key}`);

/** A part's name for messages. */
export const nameOf = (part: AnyPart): string => (typeof part.name === 'string' ? part.name : 'cell');

/** The structure of a part. A user-defined part is refused by its name. */
export function structureFor(scope: string, part: AnyPart): PartStructure<AnyPart> {
  return (
    structureOf(part) ??
    refuse(scope, {
      expected: 'parts that were created by @unrolled/cells',
      got: `${nameOf(part)}, a user-defined part`,
      remedy: 'convert the parts before and after it separately',
    })
  );
}

/** The parts inside a part. */
export function partsWithin(scope: string, part: AnyPart): readonly AnyPart[] {
  const structure = structureFor(scope, part);
  switch (structure.type) {
    case 'stack':
      return structure.parts;
    case 'bidirectional':
      return [structure.forward, structure.backward];
    case 'encoderDecoder':
      return [structure.encoder, structure.decoder];
    case 'residual':
    case 'lastOutput':
    case 'dropoutWrapper':
      return [structure.part];
    case 'attentionWrapper':
      return [structure.cell];
    case 'tiedEmbedding':
      return [structure.body];
    default:
      return [];
  }
}

/** Whether a part outputs images: a convolution or pooling of images, or a stack that ends with one. */
export function givesPictures(part: AnyPart): boolean {
  const structure = structureOf(part);
  if (structure?.type === 'stack') return givesPictures(structure.parts.at(-1)!);
  return structure?.type === 'conv2d' || structure?.type === 'pool2d';
}

/** The table and the output layer of a tied embedding. */
export function tiedLayers(vocabularySize: number, dimension: number) {
  return {
    table: { type: 'embedding', inputSize: vocabularySize, units: dimension },
    head: { type: 'tiedHead', inputSize: dimension, units: vocabularySize },
  } as const;
}

/** The layers with weights, in order. */
export function weightedLayers(scope: string, part: AnyPart, path = '', residual = false): WeightedLayer[] {
  const structure = structureFor(scope, part);
  const within = (inner: AnyPart, at: string) => weightedLayers(scope, inner, at, residual);
  const leaf = (layer: Leaf['layer']): WeightedLayer => ({
    directions: [{ path, name: nameOf(part), layer }],
    residual,
  });
  switch (structure.type) {
    case 'dropout':
      return [];
    case 'stack':
      return structure.parts.flatMap((inner, index) => within(inner, below(path, index)));
    case 'bidirectional': {
      const forward = onlyCell(nameOf(part), within(structure.forward, below(path, 'forward')), scope);
      const backward = onlyCell(nameOf(part), within(structure.backward, below(path, 'backward')), scope);
      return [{ directions: [forward, backward], residual }];
    }
    case 'residual':
      return weightedLayers(scope, structure.part, path, true);
    case 'lastOutput':
    case 'dropoutWrapper':
      return within(structure.part, path);
    case 'attentionWrapper':
      return [...within(structure.cell, below(path, 'cell')), ...attentionWeights(part, path, /^[^.]*$/)];
    case 'encoderDecoder':
      return [
        ...within(structure.encoder, below(path, 'encoder')),
        ...attentionWeights(part, path, /^bridge\./),
        ...weightedLayers(scope, structure.decoder, below(path, 'decoder'), true),
      ];
    case 'tiedEmbedding': {
      const { table, head } = tiedLayers(structure.vocabularySize, structure.body.inputSize);
      return [leaf(table), ...within(structure.body, below(path, 'body')), leaf(head)];
    }
    case 'pool1d':
    case 'pool2d':
    case 'globalPool':
    case 'flatten':
    case 'pixelSteps':
      return [];
    case 'attentionPool':
      return attentionWeights(part, path, /./);
    case 'conv1d':
    case 'conv2d':
      return [
        leaf({ type: structure.type, inputSize: structure.channels, units: structure.filters, structure }),
      ];
    case 'layerNorm':
      return [
        leaf({ type: 'layerNorm', inputSize: structure.channels, units: structure.channels, structure }),
      ];
    case 'layerNormLstm':
      return [
        leaf({ type: structure.type, inputSize: structure.channels, units: structure.units, structure }),
      ];
    default:
      return [leaf(structure)];
  }
}

/** A part's own weights that have one of these names. A kernel with its bias is a linear layer. */
function attentionWeights(part: AnyPart, path: string, names: RegExp): WeightedLayer[] {
  const own = Object.entries(parameterShapes(part)).filter(([name]) => names.test(name));
  return own.flatMap(([name, shape]): WeightedLayer[] => {
    const at = name.slice(0, Math.max(0, name.lastIndexOf('.')));
    const weight = name.slice(name.lastIndexOf('.') + 1);
    const [inputSize, units] = shape.length === 2 ? (shape as [number, number]) : [1, shape[0]!];
    const leafPath = at === '' ? path : below(path, at);
    const leaf = (layer: Leaf['layer']): WeightedLayer => ({
      directions: [{ path: leafPath, name: nameOf(part), layer }],
      residual: true,
    });
    if (weight === 'bias') return [];
    if (weight === 'kernel')
      return [leaf({ type: 'linear', inputSize, units, activation: 'tanh', useBias: true })];
    return [leaf({ type: 'attentionWeight', weight, inputSize, units, shape })];
  });
}

/** Whether a leaf is an LSTM with layer normalisation inside. */
export function isNormalizedLstm(leaf: Leaf): leaf is Leaf<ChannelLayer<'layerNormLstm'>> {
  return leaf.layer.type === 'layerNormLstm';
}

/** Whether a leaf is a convolution or layer normalisation. */
export function isChannelLayer(leaf: Leaf): leaf is Leaf<ChannelLayer> {
  return 'structure' in leaf.layer && !isNormalizedLstm(leaf);
}

function onlyCell(name: string, layers: readonly WeightedLayer[], scope: string): Leaf {
  const [leaf, other] = layers.flatMap(({ directions }) => directions);
  if (!leaf || other || !(isRecurrent(leaf) || isNormalizedLstm(leaf)) || layers[0]!.residual) {
    refuse(scope, {
      expected: 'one plain recurrent cell per direction',
      got: name,
      remedy: 'stack bidirectional parts, instead of making a stack bidirectional',
    });
  }
  return leaf;
}

/** Whether a leaf has a recurrent kernel. */
export function isRecurrent(leaf: Leaf): leaf is Leaf<RecurrentLayer> {
  return !('structure' in leaf.layer) && 'recurrentKernel' in weightShapes(leaf);
}

/** Whether a leaf's gates do not depend on its state: minGru, minLstm. */
export function isMinimal(leaf: Leaf): leaf is Leaf<MinimalLayer> {
  return leaf.layer.type === 'minGru' || leaf.layer.type === 'minLstm';
}

/** Whether two layers compute the same function, apart from their input size. */
export function areAlike(a: Leaf, b: Leaf): boolean {
  const [one, other] = [a, b].map(({ layer: { inputSize, ...rest } }) => JSON.stringify(rest));
  return one === other;
}

/** Number of gate columns in a kernel: `units` for each gate. */
export const columnsOf = ({ layer }: Leaf<RecurrentLayer | MinimalLayer>) =>
  layerType<RecurrentLayer | MinimalLayer>(layer).gates.length * layer.units;

/** O, the output size; for a recurrent leaf the size of its hidden state. */
export const outputSizeOf = ({ layer }: Leaf) =>
  layer.type === 'tiedHead' || layer.type === 'attentionWeight' || 'structure' in layer
    ? layer.units
    : layerType<LayerData>(layer).outputSize(layer);

/** The shape of each of a leaf's parameters, under our names. */
export function weightShapes({ layer }: Leaf): Readonly<Record<string, Shape>> {
  if (layer.type === 'attentionWeight') return { [layer.weight]: layer.shape };
  if ('structure' in layer) return channelShapes(layer);
  if (layer.type !== 'tiedHead') return layerType<LayerData>(layer).parameters(layer);
  return { embeddings: [layer.units, layer.inputSize], bias: [layer.units] };
}

function channelShapes({
  structure,
  inputSize,
  units,
}: ChannelLayer<ChannelType>): Readonly<Record<string, Shape>> {
  if (structure.type === 'layerNorm') return { gamma: [units], beta: [units] };
  if (structure.type === 'layerNormLstm') {
    const [columns, norms] = [4 * units, [5, units]];
    return { kernel: [inputSize, columns], recurrentKernel: [units, columns], gamma: norms, beta: norms };
  }
  const taps = [structure.kernelSize].flat();
  return { kernel: [...taps, inputSize, units], ...(structure.useBias && { bias: [units] }) };
}

/** Copies a leaf's weights from a model's parameters. */
export function weightsOf(scope: string, leaf: Leaf, params: unknown): Weights {
  const flat = flattenParams(params);
  return Object.fromEntries(
    Object.entries(weightShapes(leaf)).map(([name, shape]) => {
      const path = below(leaf.path, name);
      const tensor = flat[path];
      if (!tensor || String(tensor.shape) !== String(shape)) {
        refuse(scope, {
          expected: `a parameter '${path}' [${shape.join(', ')}] for ${leaf.name}`,
          got: tensor ? `[${tensor.shape.join(', ')}]` : `the parameters ${listed(Object.keys(flat))}`,
          remedy: 'pass the parameters that belong to this model',
        });
      }
      return [name, { shape, data: Float32Array.from(tensor.dataSync()) }];
    }),
  );
}
