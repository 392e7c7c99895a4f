/**
 * A model and its loss as the input of a plan: plain data, and functions for what only the cells can compute.
 */
import type { ActivationData } from '../../layers/layer';
import { layerFacts } from '../../layers/layer-facts';
import type { LayerData, RecurrentLayer } from '../../layers/layer-types';

/** The position of a part in the trees of parameters and states: a prefix such as `0.`, or '' at the root. */
export interface PartPath {
  readonly params: string;
  readonly state: string;
}

/** A part of a model. */
export type PlanPart =
  | { readonly type: 'layer'; readonly layer: LayerData; readonly path: PartPath }
  | { readonly type: 'stack'; readonly parts: readonly PlanPart[] }
  | { readonly type: 'lastOutput'; readonly part: PlanPart }
  | { readonly type: 'residual'; readonly part: PlanPart }
  | { readonly type: 'bidirectional'; readonly forward: PlanPart; readonly backward: PlanPart }
  | AttentionPart
  | TiedPart
  | DropoutPart;

/**
 * A cell that attends to the source, `attentionWrapper` of the cells. The paths of the cell's states include
 * the wrapper's prefix.
 */
export interface AttentionPart {
  readonly type: 'attention';
  readonly score: 'general' | 'dot' | 'additive';
  readonly cell: PlanPart;
  readonly path: PartPath;
  /** Q: the length of the cell's output. */
  readonly querySize: number;
  readonly memorySize: number;
  /** U: the length of keys and queries. */
  readonly keySize: number;
  /** A: the length of the attentional vector, and its activation; undefined without an attentional vector. */
  readonly attentionUnits: number | undefined;
  readonly activation: ActivationData;
  /** The layer that also reads the previous step's attentional vector; undefined without input feeding. */
  readonly fed: { readonly layer: RecurrentLayer; readonly path: PartPath } | undefined;
}

/**
 * The source's part of a model: an encoder, and the bridge from its final state to the first state of the
 * decoder's cells.
 */
export interface PlanSource {
  readonly part: PlanPart;
  readonly readsIds: boolean;
  readonly inputSize: number;
  readonly outputSize: number;
  readonly bridge: PlanBridge;
}

export interface PlanBridge {
  readonly kind: 'dense' | 'copy' | 'zero' | 'learned';
  readonly states: readonly BridgedState[];
}

/** One tensor of the decoder's first state. */
export interface BridgedState {
  /** The path in the tree of the decoder's states. */
  readonly path: string;
  readonly size: number;
  /** The encoder's states that are concatenated to compute it. */
  readonly from: readonly { readonly path: string; readonly size: number }[];
  /** The prefix of the bridge's parameters. */
  readonly params: string;
}

/** A body between an embedding and the logits, which share one table. */
export interface TiedPart {
  readonly type: 'tiedEmbedding';
  readonly vocabularySize: number;
  readonly dimension: number;
  readonly path: PartPath;
  readonly body: PlanPart;
}

/** Dropout, active in training. */
export interface DropoutPart {
  readonly type: 'dropout';
  readonly rate: number;
  /**
   * The seed of the generator, xoroshiro128+, that draws a sequence's mask [B, n] at a time.
   *
   * @param seed the seed of the training step
   */
  seedAt(time: number, seed: number): number;
}

/** The kind of the minimised loss. */
export type PlanLoss = 'crossEntropy' | 'ctc' | 'meanSquaredError' | 'sumOfSquares' | 'meanAbsoluteError';

export interface PlanModel {
  /** For an encoder–decoder, the decoder. */
  readonly part: PlanPart;
  /** The encoder and bridge of an encoder–decoder. */
  readonly source: PlanSource | undefined;
  readonly loss: PlanLoss;
  /** ε of label smoothing, for the cross-entropy only; 0 for none. */
  readonly smoothing: number;
  /** Whether the model reads ids [B, T] from 0 to inputSize − 1, or vectors [B, T, inputSize]. */
  readonly readsIds: boolean;
  readonly inputSize: number;
  readonly outputSize: number;
  /** Whether the model has one output per row, [B, O], or one per step. */
  readonly isManyToOne: boolean;
}

/** The parameters of a model by path, with their shapes. */
export function parametersOfModel({ part, source }: PlanModel): Named[] {
  return source
    ? [...parametersOf(source.part), ...bridgeParameters(source.bridge), ...parametersOf(part)]
    : parametersOf(part);
}

type Named = [path: string, shape: readonly number[]];

function bridgeParameters({ kind, states }: PlanBridge): Named[] {
  if (kind === 'learned') return states.map(({ params, size }) => [`${params}initial`, [size]]);
  if (kind !== 'dense') return [];
  return states.flatMap(({ params, size, from }): Named[] => [
    [`${params}kernel`, [from.reduce((sum, one) => sum + one.size, 0), size]],
    [`${params}bias`, [size]],
  ]);
}

/** The wrapper's own parameters. */
export function attentionParameters(part: AttentionPart): Named[] {
  const { score, querySize, memorySize, keySize, attentionUnits, path } = part;
  const own: Named[] = [];
  if (score !== 'dot') own.push([`${path.params}memoryKernel`, [memorySize, keySize]]);
  if (score === 'additive')
    own.push([`${path.params}queryKernel`, [querySize, keySize]], [`${path.params}scoreVector`, [keySize]]);
  if (attentionUnits) own.push([`${path.params}attentionKernel`, [querySize + memorySize, attentionUnits]]);
  return own;
}

/** The parameters of a part by path, with their shapes. */
function parametersOf(part: PlanPart): Named[] {
  if (part.type === 'layer')
    return layerFacts(part.layer).parameters.map(([name, shape]): Named => [part.path.params + name, shape]);
  if (part.type === 'stack') return part.parts.flatMap(parametersOf);
  if (part.type === 'bidirectional') return [part.forward, part.backward].flatMap(parametersOf);
  if (part.type === 'attention') return [...parametersOf(part.cell), ...attentionParameters(part)];
  if (part.type === 'tiedEmbedding') {
    const { vocabularySize, dimension, path } = part;
    return [
      [`${path.params}embeddings`, [vocabularySize, dimension]],
      [`${path.params}bias`, [vocabularySize]],
      ...parametersOf(part.body),
    ];
  }
  return 'part' in part ? parametersOf(part.part) : [];
}
