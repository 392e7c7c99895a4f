/**
 * Single steps of a decoder with attention, without tfjs ops: `createSteps` of `@unrolled/kernels` for a
 * model.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { canStep, createSteps, isStepActivation, type StepPart, type Steps } from '@unrolled/kernels';
import { type AnyCell, type AnyPart, inputKindOf } from '../contract';
import { structureOf } from '../identity';
import { isLayer } from '../structure';
import { flattenParams, tidy } from '../tree';
import { attentionDataOf } from './attention-data';
import type { AttentionState } from './attention-state';
import { attentionPlaces } from './places';
import { fedSource, type ScoreParams } from './score';

// biome-ignore lint/suspicious/noExplicitAny: trees that belong to the part.
type Tree = any;

/**
 * Steps from a state of `batchSize` rows; undefined if the backend has none, the model has no attention, or a
 * part or an activation is unsupported.
 *
 * @param room the expected maximum number of rows
 */
export function fusedSteps(
  cell: AnyCell,
  params: unknown,
  state: unknown,
  rows: number,
  room: number,
): Steps | undefined {
  if (tf.getBackend() !== 'unrolled' || state === undefined || attentionPlaces(cell).length === 0)
    return undefined;
  let steps: Steps | undefined;
  // Returns nothing from the tidy: tfjs would search all numbers of it for tensors.
  tidy(() => {
    const takesIds = inputKindOf(cell) === 'ids';
    const parts = stepParts(cell, params, state, '', takesIds);
    if (!parts) return;
    const states = flattenParams(state);
    steps = createSteps(parts, { inputSize: cell.inputSize, takesIds, states, rows, room });
  });
  return steps;
}

/** The parts of a cell in order; undefined if one is unsupported. */
function stepParts(
  part: AnyPart,
  params: Tree,
  state: Tree,
  path: string,
  takesIds: boolean,
): readonly StepPart[] | undefined {
  const structure = structureOf(part);
  switch (structure?.type) {
    case 'dropout':
      return [];
    case 'dropoutWrapper':
      return stepParts(structure.part, params, state, path, takesIds);
    case 'encoderDecoder':
      return stepParts(structure.decoder, params.decoder, state, path, takesIds);
    case 'stack': {
      const all: StepPart[] = [];
      for (const [n, inner] of structure.parts.entries()) {
        const own = stepParts(inner, params[n], state[n], `${path}${n}.`, takesIds && all.length === 0);
        if (!own) return undefined;
        all.push(...own);
      }
      return all;
    }
    case 'attentionWrapper': {
      const { activation = 'tanh' } = structure;
      const { inputFeeding, attentionUnits, ...data } = attentionDataOf(structure);
      const cell = stepParts(structure.cell, params.cell, state.cell, `${path}cell.`, takesIds);
      const { memory, valid, keys } = state as AttentionState<unknown>;
      if (!cell || !(isStepActivation(activation) || !attentionUnits) || memory.shape[1] === 0)
        return undefined;
      const { queryKernel, ...source } = fedSource(data, params as ScoreParams, {
        memory,
        valid,
        keys,
      }) as Found;
      const { attentionKernel } = params;
      const kind = isStepActivation(activation) ? activation : 'linear';
      return [
        {
          type: 'attention',
          cell,
          source,
          queryKernel,
          attentionKernel,
          activation: kind,
          inputFeeding,
          path,
        },
      ];
    }
  }
  const isKnown = structure !== undefined && isLayer(structure) && canStep(structure);
  return isKnown ? [{ type: 'layer', layer: structure, params, path, takesIds }] : undefined;
}

interface Found {
  readonly keys: Tensor;
  readonly memory: Tensor;
  readonly valid: Tensor;
  readonly vector?: Tensor | undefined;
  readonly queryKernel?: Tensor | undefined;
}
