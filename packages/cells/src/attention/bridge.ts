/**
 * Computes a decoder's initial state from an encoder's last state, for any directions, layers and sizes,
 * including an LSTM's c.
 *
 *     dense    tanh(e·W + b) for each tensor of the decoder's state, e being all of the encoder's side by side
 *              (Bahdanau et al., 2015, of the backward direction's alone)
 *     copy     layer for layer and name for name; the two directions of a layer side by side
 *     zero     zeros
 *     learned  a vector for each tensor of the decoder's state, trained; the same for every source
 *
 * A dense bridge has E·n parameters for a state of n, where E is the total size of the encoder's states.
 */
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '@unrolled/kernels';
import { keptFor } from '../checks';
import { type AnyPart, nameOf } from '../contract';
import { structureOf } from '../identity';
import { glorotUniform } from '../initializers';
import { deriveSeed, random } from '../random';
import { refuse } from '../refuse';
import type { BridgeName } from '../structure';
import { disposeTree, flattenParams, mapTree } from '../tree';
import { insideOf } from './places';

/** The bridges by name. */
export const BRIDGES: readonly BridgeName[] = ['dense', 'copy', 'zero', 'learned'];

/** An encoder, a decoder and the bridge between them. */
export interface BridgeEnds {
  readonly encoder: AnyPart;
  readonly decoder: AnyPart;
  readonly bridge: BridgeName;
}

/**
 * The sizes of the states of a part's cells, in the form of `CellStates`. An attention wrapper's own state is
 * left out.
 */
type Sizes = Readonly<Record<string, number>>;

/** The states of a part's cells. Each attention wrapper's state is replaced by that of its inner cell. */
function cellStates(part: AnyPart): unknown {
  const structure = structureOf(part);
  const inside = insideOf(part);
  if (inside.length === 0) return part.zeroState(1);
  if (structure?.type === 'stack') return inside.map(([, inner]) => cellStates(inner));
  if (structure?.type === 'bidirectional')
    return Object.fromEntries(inside.map(([key, inner]) => [key, cellStates(inner)]));
  return cellStates(inside[0]![1]);
}

/** A tree in the form of the states of a part's cells, with the result of `make` for each size. */
function overCells(part: AnyPart, make: (path: string, size: number) => unknown): unknown {
  const zeros = cellStates(part);
  try {
    return mapTree(zeros, (tensor, path) => make(path, tensor.size) as Tensor);
  } finally {
    disposeTree(zeros);
  }
}

const sizesOf = /* @__PURE__ */ keptFor((part): Sizes => {
  const sizes: Record<string, number> = {};
  overCells(part, (path, size) => {
    sizes[path] = size;
  });
  return sizes;
});

const total = (sizes: Sizes) => Object.values(sizes).reduce((sum, size) => sum + size, 0);

/** The parameters of a bridge, each from `make`. */
export function bridgeTree(ends: BridgeEnds, make: (name: string, shape: Shape) => unknown): unknown {
  const { encoder, decoder, bridge } = ends;
  if (bridge === 'copy' || bridge === 'zero') return {};
  const width = total(sizesOf(encoder));
  return overCells(decoder, (path, size) => {
    const leaf = (name: string, shape: Shape) => [name, make(path === '' ? name : `${path}.${name}`, shape)];
    if (bridge === 'learned') return Object.fromEntries([leaf('initial', [size])]);
    return Object.fromEntries([leaf('kernel', [width, size]), leaf('bias', [size])]);
  });
}

/** New parameters of a bridge. */
export function initBridge(ends: BridgeEnds, seed: number): unknown {
  let index = 0;
  return bridgeTree(ends, (_name, shape) => {
    if (shape.length === 1) return tf.zeros([...shape]);
    return tf.tensor(glorotUniform(shape, random(deriveSeed(seed, index++))), [...shape], 'float32');
  });
}

/** Throws if a bridge does not fit its encoder and decoder. */
export function checkBridge({ encoder, decoder, bridge }: BridgeEnds): void {
  if (bridge === 'dense' && total(sizesOf(encoder)) === 0 && total(sizesOf(decoder)) > 0) {
    refuse('encoderDecoder', {
      expected: "an encoder with a state, for the bridge 'dense'",
      got: `${nameOf(encoder)}, which has no state`,
      remedy: "use bridge: 'learned' or 'zero'",
    });
  }
  if (bridge === 'copy') copyPlan(encoder, decoder);
}

/** The encoder states, by path, that form one state of the decoder. */
type CopyPlan = Readonly<Record<string, readonly string[]>>;

/** Groups paths by layer and name: `0.forward.h` and `0.backward.h` are both h of layer 0. */
function layersOf(part: AnyPart): Map<string, Map<string, string[]>> {
  const layers = new Map<string, Map<string, string[]>>();
  for (const path of Object.keys(sizesOf(part))) {
    const keys = path.split('.').filter((key) => key !== 'forward' && key !== 'backward');
    const name = keys.pop() ?? '';
    const layer = layers.get(keys.join('.')) ?? new Map<string, string[]>();
    layers.set(keys.join('.'), layer.set(name, [...(layer.get(name) ?? []), path]));
  }
  return layers;
}

function copyPlan(encoder: AnyPart, decoder: AnyPart): CopyPlan {
  const [from, to] = [sizesOf(encoder), sizesOf(decoder)];
  const [given, wanted] = [[...layersOf(encoder).values()], [...layersOf(decoder).values()]];
  const size = (sizes: Sizes, paths: readonly string[]) => paths.reduce((sum, path) => sum + sizes[path]!, 0);
  const inWords = (layers: Map<string, string[]>[], sizes: Sizes) =>
    layers
      .map((layer) => `{ ${[...layer].map(([name, paths]) => `${name}: ${size(sizes, paths)}`).join(', ')} }`)
      .join(', ') || 'none';
  const expected = inWords(wanted, to);
  const got = inWords(given, from);
  if (expected !== got) {
    refuse('encoderDecoder', {
      expected: `encoder states ${expected}, equal to those of the decoder, for the bridge 'copy'`,
      got,
      remedy: "use bridge: 'dense', which fits any sizes",
    });
  }
  return Object.fromEntries(
    wanted.flatMap((layer, index) =>
      [...layer].map(([name, [path]]) => [path!, given[index]!.get(name)!] as const),
    ),
  );
}

/**
 * One tensor of a decoder's initial state, and the encoder tensors that are concatenated to compute it: none
 * for 'zero' and 'learned'.
 */
export interface BridgedState {
  readonly path: string;
  readonly size: number;
  readonly from: readonly { readonly path: string; readonly size: number }[];
}

/**
 * The inputs and outputs of a bridge, as paths of the two parts' states, for programs that compute the bridge
 * themselves. An attention wrapper's path is that of its inner cell.
 */
export function bridgedStates({ encoder, decoder, bridge }: BridgeEnds): readonly BridgedState[] {
  const given = sizesOf(encoder);
  const plan = bridge === 'copy' ? copyPlan(encoder, decoder) : undefined;
  const all = bridge === 'dense' ? Object.keys(given) : [];
  return Object.entries(sizesOf(decoder)).map(([path, size]) => ({
    path,
    size,
    from: (plan?.[path] ?? all).map((from) => ({ path: from, size: given[from]! })),
  }));
}

/** The initial state of the decoder's cells from the encoder's last state: [B, …] each. */
export function bridged(ends: BridgeEnds, params: unknown, encoded: unknown, batchSize: number): unknown {
  const { encoder, decoder, bridge } = ends;
  const states = flattenParams(encoded);
  const own = flattenParams(params);
  const rows = (tensor: Tensor) => tf.reshape(tensor, [batchSize, -1]) as Tensor2D;
  const sideBySide = (paths: readonly string[]) =>
    paths.length === 1
      ? tf.clone(rows(states[paths[0]!]!))
      : tf.concat(
          paths.map((path) => rows(states[path]!)),
          1,
        );
  const all = bridge === 'dense' ? sideBySide(Object.keys(sizesOf(encoder))) : undefined;
  const plan = bridge === 'copy' ? copyPlan(encoder, decoder) : undefined;
  return overCells(decoder, (path, size) => {
    const parameter = (name: string) => own[path === '' ? name : `${path}.${name}`]!;
    switch (bridge) {
      case 'zero':
        return tf.zeros([batchSize, size]);
      case 'learned':
        return tf.add(tf.zeros([batchSize, size]), parameter('initial') as Tensor1D);
      case 'copy':
        return sideBySide(plan![path]!);
      case 'dense':
        return tf.tanh(tf.add(tf.matMul(all!, parameter('kernel') as Tensor2D), parameter('bias')));
    }
  });
}
