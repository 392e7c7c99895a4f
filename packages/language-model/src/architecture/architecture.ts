import type { Tensor } from '@tensorflow/tfjs-core';
import {
  type AnyCell,
  type Cell,
  dense,
  dropout as dropoutPart,
  embedding as embeddingPart,
  type RecurrentCellName,
  recurrentCells,
  residual as residualPart,
  stack,
  tiedEmbedding,
} from '@unrolled/cells';

/** The size and form of a model; with the vocabulary it is all that the model is built from. */
export interface Architecture {
  readonly cell: RecurrentCellName;
  /** Recurrent layers, one over the other. */
  readonly layers: number;
  /** H of each layer. */
  readonly units: number;
  /** The length of a token's embedding; 0 reads ids as one-hot vectors. */
  readonly embedding: number;
  /** The share of units dropped above each recurrent layer while training. */
  readonly dropout: number;
  /** Drop the same units at all time steps of a batch. */
  readonly variationalDropout: boolean;
  /** Add a layer's input to its output, in every layer whose input is as long as its output. */
  readonly residual: boolean;
  /** Score with the embedding's transpose; `embedding` equals `units` then. */
  readonly tied: boolean;
}

/** The architecture among a run's settings. */
export function architectureOf(settings: Architecture): Architecture {
  const { cell, layers, units, embedding, dropout, variationalDropout, residual, tied } = settings;
  return { cell, layers, units, embedding, dropout, variationalDropout, residual, tied };
}

/** Reads ids [B, T] and gives logits [B, T, V]. Parameters and states are lists, one entry a part. */
export type LanguageModel = Cell<unknown[], unknown[], 'ids'>;

/** ids → (embedding) → recurrent layers, each followed by dropout where asked → dense: one logit a token. */
export function languageModel(vocabularySize: number, architecture: Architecture): LanguageModel {
  const { units, embedding, tied } = architecture;
  const layers = recurrentParts(vocabularySize, architecture);
  const parts = tied
    ? [tiedEmbedding(stackOf(layers), { vocabularySize })]
    : [
        ...(embedding > 0 ? [embeddingPart({ vocabularySize, dimension: embedding })] : []),
        ...layers,
        dense({ inputSize: units, units: vocabularySize }),
      ];
  return stackOf(parts) as unknown as LanguageModel;
}

function recurrentParts(vocabularySize: number, architecture: Architecture): AnyCell[] {
  const { cell, layers, units, embedding, dropout: rate, variationalDropout: variational } = architecture;
  return Array.from({ length: layers }, (_, layer) => {
    const inputSize = inputSizeOf(vocabularySize, architecture, layer);
    const isFirst = layer === 0 && embedding === 0;
    const recurrent = recurrentCells[cell]({
      inputSize,
      units,
      ...(isFirst && { inputKind: 'ids' as const }),
    });
    const dropped = rate > 0 ? [dropoutPart({ size: units, rate, variational })] : [];
    const parts = [recurrent, ...dropped] as AnyCell[];
    return isResidual(architecture, layer) ? [residualPart(stackOf(parts))] : parts;
  }).flat();
}

const stackOf = (parts: readonly AnyCell[]): AnyCell => stack(parts as [AnyCell, ...AnyCell[]]);

function inputSizeOf(vocabularySize: number, { units, embedding }: Architecture, layer: number): number {
  return layer > 0 ? units : embedding || vocabularySize;
}

/** Whether a layer adds its input to its output: where it is asked for, and the two are vectors of one length. */
function isResidual({ residual, units, embedding }: Architecture, layer: number): boolean {
  return residual && (layer > 0 || embedding === units);
}

/** The parameters of a model as a tree of shapes: known without making any. */
type Shapes = Shape | readonly Shapes[] | { readonly [name: string]: Shapes };
class Shape {
  constructor(readonly sizes: readonly number[]) {}
}
const shape = (...sizes: number[]) => new Shape(sizes);

const gates = { rnn: 1, lstm: 4, gru: 3 };

/** What {@link languageModel}'s `init` makes, part by part. */
function shapesOf(vocabularySize: number, architecture: Architecture): readonly Shapes[] {
  const { layers, units, embedding, tied, dropout } = architecture;
  const recurrent = Array.from({ length: layers }, (_, layer): Shapes[] => {
    const own = layerShapes(vocabularySize, architecture, layer);
    const parts = dropout > 0 ? [own, {}] : [own];
    return isResidual(architecture, layer) ? [parts] : parts;
  }).flat();
  const embeddings = shape(vocabularySize, embedding);
  if (tied) return [{ embeddings, bias: shape(vocabularySize), body: recurrent }];
  return [
    ...(embedding > 0 ? [{ embeddings }] : []),
    ...recurrent,
    { kernel: shape(units, vocabularySize), bias: shape(vocabularySize) },
  ];
}

function layerShapes(vocabularySize: number, architecture: Architecture, layer: number): Shapes {
  const { cell, units } = architecture;
  const width = gates[cell] * units;
  return {
    kernel: shape(inputSizeOf(vocabularySize, architecture, layer), width),
    recurrentKernel: shape(units, width),
    bias: shape(width),
    ...(cell === 'gru' && { recurrentBias: shape(width) }),
  };
}

/** The same tree with `change(shape, path)` in each shape's place. */
function mapShapes<T>(
  tree: Shapes,
  change: (shape: readonly number[], path: string) => T,
  path = '',
): unknown {
  if (tree instanceof Shape) return change(tree.sizes, path);
  const mapped = Object.entries(tree).map(
    ([key, child]) => [key, mapShapes(child, change, path === '' ? key : `${path}.${key}`)] as const,
  );
  return Array.isArray(tree) ? mapped.map(([, child]) => child) : Object.fromEntries(mapped);
}

/**
 * The shape of every parameter by its path: what a checkpoint is held against before memory is taken for what it says.
 */
export function parameterShapes(
  vocabularySize: number,
  architecture: Architecture,
): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  mapShapes(shapesOf(vocabularySize, architecture), (sizes, path) => shapes.set(path, sizes));
  return shapes;
}

/** Parameters in the form that the model takes, from tensors by path. */
export function parametersOf(
  vocabularySize: number,
  architecture: Architecture,
  tensors: Readonly<Record<string, Tensor>>,
): unknown[] {
  return mapShapes(shapesOf(vocabularySize, architecture), (_, path) => tensors[path]!) as unknown[];
}
