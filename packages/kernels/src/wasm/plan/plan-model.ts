/** A model and its loss as a plan is made from them: plain data, and what only the cells know, as functions. */
import { layerFacts } from '../../layers/layer-facts';
import type { LayerData } from '../../layers/layer-types';

/** A part of a model. `path` is where its parameters and states stand in their trees, such as `0.`; empty at the root. */
export type PlanPart =
  | { readonly type: 'layer'; readonly layer: LayerData; readonly path: string }
  | { readonly type: 'stack'; readonly parts: readonly PlanPart[] }
  | { readonly type: 'lastOutput'; readonly part: PlanPart }
  | { readonly type: 'residual'; readonly part: PlanPart }
  | DropoutPart;

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
    return layerFacts(part.layer).parameters.map(([name, shape]) => [part.path + name, shape]);
  if (part.type === 'stack') return part.parts.flatMap(parametersOf);
  return 'part' in part ? parametersOf(part.part) : [];
}
