/** Taking a model apart into the layers that other frameworks know, and its parameters with it. */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type AnyPart, flattenParams, type LeafDescription, type PartDescription } from '@unrolled/cells';
import { listed } from '@unrolled/errors';
import type { Matrix } from './matrix';
import { refuse } from './refuse';

/** Weights by our names: kernel, recurrentKernel, bias, recurrentBias, peephole, projection, embeddings. */
export type Weights = Readonly<Record<string, Matrix>>;

/** A part that holds weights, and where they stand in the model's parameters: '0', '1.forward', '' for the model itself. */
export interface Leaf {
  readonly path: string;
  readonly name: string;
  /** I, or the number of distinct ids. */
  readonly inputSize: number;
  /** O; of a recurrent leaf the size of its hidden state. */
  readonly outputSize: number;
  /** 'tiedHead' is the other end of a tied embedding: logits from the same table. */
  readonly description: Exclude<LeafDescription, { kind: 'dropout' }> | { readonly kind: 'tiedHead' };
}

/** What other frameworks count as one layer: a leaf, or one for each direction. */
export interface WeightedLayer {
  readonly directions: readonly [Leaf] | readonly [Leaf, Leaf];
  /** Within a residual part, so that the next layer does not read its output alone. */
  readonly residual: boolean;
}

/** A path within a tree of parameters or states. */
export const below = (path: string, key: string | number) => (path === '' ? String(key) : `${path}.${key}`);

/** A part's name for messages. */
export const nameOf = (part: AnyPart): string => part.name ?? 'cell';

/** What a part is made of; one that does not say is refused by its name. */
export function descriptionOf(scope: string, part: AnyPart): PartDescription<AnyPart> {
  return (
    part.description ??
    refuse(scope, {
      expected: 'parts that @unrolled/cells made',
      got: `${nameOf(part)}, whose equations only its author knows`,
      remedy: 'convert the parts around it one by one',
    })
  );
}

/** The layers with weights, in order. */
export function weightedLayers(scope: string, part: AnyPart, path = '', residual = false): WeightedLayer[] {
  const description = descriptionOf(scope, part);
  const within = (inner: AnyPart, at: string) => weightedLayers(scope, inner, at, residual);
  const leaf = (own: Leaf['description'], inputSize: number, outputSize: number): WeightedLayer => ({
    directions: [{ path, name: nameOf(part), inputSize, outputSize, description: own }],
    residual,
  });
  switch (description.kind) {
    case 'dropout':
      return [];
    case 'stack':
      return description.parts.flatMap((inner, index) => within(inner, below(path, index)));
    case 'bidirectional': {
      const forward = onlyCell(nameOf(part), within(description.forward, below(path, 'forward')), scope);
      const backward = onlyCell(nameOf(part), within(description.backward, below(path, 'backward')), scope);
      return [{ directions: [forward, backward], residual }];
    }
    case 'residual':
      return weightedLayers(scope, description.part, path, true);
    case 'lastOutput':
    case 'dropoutWrapper':
      return within(description.part, path);
    case 'tiedEmbedding': {
      const { body } = description;
      return [
        leaf({ kind: 'embedding' }, part.inputSize, body.inputSize),
        ...within(body, below(path, 'body')),
        leaf({ kind: 'tiedHead' }, body.inputSize, part.inputSize),
      ];
    }
    default:
      return [leaf(description, part.inputSize, part.outputSize)];
  }
}

function onlyCell(name: string, layers: readonly WeightedLayer[], scope: string): Leaf {
  const [leaf, other] = layers.flatMap(({ directions }) => directions);
  if (!leaf || other || !isRecurrent(leaf) || layers[0]!.residual) {
    refuse(scope, {
      expected: 'one plain recurrent cell in each direction',
      got: name,
      remedy: 'stack bidirectional layers instead of making a stack bidirectional',
    });
  }
  return leaf;
}

export const isRecurrent = ({ description: { kind } }: Leaf) =>
  kind === 'simpleRnn' || kind === 'lstm' || kind === 'gru';

/** How many gates' columns stand side by side in a recurrent kernel. */
export const gateCount = ({ description: { kind } }: Leaf) => (kind === 'lstm' ? 4 : kind === 'gru' ? 3 : 1);

/** H of a recurrent leaf. */
export const unitsOf = ({ description }: Leaf) => ('units' in description ? description.units : 0);

/** The shape of each of a leaf's parameters, by our names. */
export function weightShapes(leaf: Leaf): Record<string, readonly number[]> {
  const { inputSize, outputSize, description } = leaf;
  if (description.kind === 'embedding') return { embeddings: [inputSize, outputSize] };
  if (description.kind === 'tiedHead') return { embeddings: [outputSize, inputSize], bias: [outputSize] };
  if (description.kind === 'dense') {
    return { kernel: [inputSize, outputSize], ...(description.useBias ? { bias: [outputSize] } : {}) };
  }
  const columns = gateCount(leaf) * description.units;
  const cell = { kernel: [inputSize, columns], recurrentKernel: [outputSize, columns], bias: [columns] };
  if (description.kind === 'gru') {
    return description.variant === 'reset-after' ? { ...cell, recurrentBias: [columns] } : cell;
  }
  if (description.kind === 'simpleRnn') return cell;
  const { units, peepholes, projection } = description;
  return {
    ...cell,
    ...(peepholes ? { peephole: [3, units] } : {}),
    ...(projection === undefined ? {} : { projection: [units, projection] }),
  };
}

/** A leaf's weights out of a model's parameters, as copies. */
export function weightsOf(scope: string, leaf: Leaf, params: unknown): Weights {
  const flat = flattenParams(params);
  return Object.fromEntries(
    Object.entries(weightShapes(leaf)).map(([name, shape]) => {
      const path = below(leaf.path, name);
      const tensor = flat[path];
      if (!tensor || !tf.util.arraysEqual(tensor.shape, [...shape])) {
        refuse(scope, {
          expected: `a parameter '${path}' [${shape.join(', ')}] for ${leaf.name}`,
          got: tensor ? `[${tensor.shape.join(', ')}]` : `the names ${listed(Object.keys(flat))}`,
          remedy: 'give the parameters that belong to this model',
        });
      }
      return [name, { shape, data: Float32Array.from(tensor.dataSync()) }];
    }),
  );
}

/** A model's parameters as new tensors, from each leaf's weights by the leaf's path. */
export function paramsFrom(
  scope: string,
  part: AnyPart,
  weights: ReadonlyMap<string, Weights>,
  path = '',
): unknown {
  const description = descriptionOf(scope, part);
  const within = (inner: AnyPart, key?: string | number) =>
    paramsFrom(scope, inner, weights, key === undefined ? path : below(path, key));
  switch (description.kind) {
    case 'dropout':
      return {};
    case 'stack':
      return description.parts.map(within);
    case 'bidirectional':
      return {
        forward: within(description.forward, 'forward'),
        backward: within(description.backward, 'backward'),
      };
    case 'residual':
    case 'lastOutput':
    case 'dropoutWrapper':
      return within(description.part);
    case 'tiedEmbedding':
      return { ...tensorsOf(weights.get(path)!), body: within(description.body, 'body') };
    default:
      return tensorsOf(weights.get(path)!);
  }
}

function tensorsOf(weights: Weights): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(weights).map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape], 'float32')]),
  );
}
