/** A model and its loss as a plan is made from them: plain data, and what only the cells know, as functions. */
import { layerFacts } from '../../layers/layer-facts';
import type { LayerData } from '../../layers/layer-types';

/** Where a part stands in the trees of parameters and of states: a prefix such as `0.`; empty at the root. */
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
  | TiedPart
  | DropoutPart;

/** A body between a table of embeddings and the same table as the kernel of the logits. */
export interface TiedPart {
  readonly type: 'tiedEmbedding';
  readonly vocabularySize: number;
  readonly dimension: number;
  readonly path: PartPath;
  readonly body: PlanPart;
}

/** Drops units of what passes through while training. */
export interface DropoutPart {
  readonly type: 'dropout';
  readonly rate: number;
  /**
   * Writes the step's mask of a sequence [B, T, n], T = 1 after the end of the time axis.
   *
   * @param seed the step's
   */
  fillMask(mask: Float32Array, shape: readonly [number, number, number], seed: number): void;
}

/** What is minimised, by how it is computed. */
export type PlanLoss = 'crossEntropy' | 'meanSquaredError' | 'sumOfSquares' | 'meanAbsoluteError';

export interface PlanModel {
  readonly part: PlanPart;
  readonly loss: PlanLoss;
  /** Whether it reads ids [B, T] from 0 to inputSize − 1, or vectors [B, T, inputSize]. */
  readonly readsIds: boolean;
  readonly inputSize: number;
  readonly outputSize: number;
  /** Whether it gives one output a row, [B, O], or one a step. */
  readonly isManyToOne: boolean;
}

/** The parameters of a part by path, with their shapes. */
export function parametersOf(part: PlanPart): [path: string, shape: readonly number[]][] {
  if (part.type === 'layer')
    return layerFacts(part.layer).parameters.map(([name, shape]) => [part.path.params + name, shape]);
  if (part.type === 'stack') return part.parts.flatMap(parametersOf);
  if (part.type === 'bidirectional') return [part.forward, part.backward].flatMap(parametersOf);
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
