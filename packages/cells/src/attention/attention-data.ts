/** The sizes of an attention wrapper, and the shapes of its parameters. */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { Shape } from '@unrolled/kernels';
import type { AnyPart } from '../contract';
import type { AttentionWrapperStructure } from '../structure';
import { type ScoreData, type ScoreParams, scoreShapes } from './score';

/** Sizes and options of a wrapper, with defaults filled in. */
export interface AttentionData extends ScoreData {
  readonly attentionUnits?: number | undefined;
  readonly inputFeeding: boolean;
}

/** The parameters of an attention wrapper. */
export type AttentionParams<P> = ScoreParams & {
  readonly cell: P;
  /** [Q + M, A], of an attentional vector: first the rows for the cell's output, then those for the source */
  readonly attentionKernel?: Tensor2D;
};

/** The sizes of an existing wrapper. */
export function attentionDataOf(structure: AttentionWrapperStructure<AnyPart>): AttentionData {
  const { score, cell, memorySize, units, normalized = false, attentionUnits, inputFeeding } = structure;
  const querySize = cell.outputSize;
  return {
    score,
    memorySize,
    normalized,
    units: units ?? querySize,
    querySize,
    attentionUnits,
    inputFeeding,
  };
}

/** The wrapper's own parameters by name and shape, in order. They come after those of its cell. */
export function attentionShapes(data: AttentionData): (readonly [name: string, shape: Shape])[] {
  const { attentionUnits, querySize, memorySize } = data;
  const own: (readonly [name: string, shape: Shape])[] = scoreShapes(data);
  return attentionUnits ? [...own, ['attentionKernel', [querySize + memorySize, attentionUnits]]] : own;
}
