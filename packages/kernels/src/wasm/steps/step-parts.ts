/** The parts for `createSteps`, in order, as data with their tensors. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { isLayer, isRecurrent, type LayerData, layerType } from '../../layers/layer-types';

/**
 * A layer with its parameters by name. An embedding reads ids, and so does a recurrent layer with `takesIds`.
 */
export interface LayerStep {
  readonly type: 'layer';
  readonly layer: LayerData;
  readonly params: Readonly<Record<string, Tensor>>;
  /** The prefix of its states' names: 'cell.' of 'cell.h'. */
  readonly path: string;
  readonly takesIds: boolean;
}

/** Attention over a source around parts, as `attentionSequence` has it. */
export interface AttentionStep {
  readonly type: 'attention';
  readonly cell: readonly StepPart[];
  readonly source: {
    /** [N,S,U] */
    readonly keys: Tensor;
    /** [N,S,M] */
    readonly memory: Tensor;
    /** [N,S], above 0 where a position is real */
    readonly valid: Tensor;
    /** [U], of the additive score */
    readonly vector?: Tensor | undefined;
  };
  /** `[Q, U]`, of what the cell gives, what is compared with the keys */
  readonly queryKernel?: Tensor | undefined;
  /** [Q + M,A], of an attentional vector */
  readonly attentionKernel?: Tensor | undefined;
  readonly activation: StepActivation;
  /** Whether the cell also reads what the step before attended to. */
  readonly inputFeeding: boolean;
  /** Like a layer's; its states are `attention`, with input feeding, and `alignments`. */
  readonly path: string;
}

export type StepPart = LayerStep | AttentionStep;

/** Activations of which there is a job, or nothing to do. */
export type StepActivation = 'linear' | 'tanh' | 'sigmoid';

export const isStepActivation = (name: unknown): name is StepActivation =>
  name === 'linear' || name === 'tanh' || name === 'sigmoid';

/** Whether `createSteps` has the layer. */
export function canStep(layer: LayerData): boolean {
  if (!isLayer(layer)) return false;
  if (layer.type === 'linear') return isStepActivation(layer.activation);
  return layer.type === 'embedding' || (isRecurrent(layer) && layerType(layer).lacking(layer).length === 0);
}

/** The tensors of the parts. */
export function tensorsOf(parts: readonly StepPart[]): Tensor[] {
  return parts.flatMap((part) => {
    if (part.type === 'layer') return Object.values(part.params);
    const { cell, source, queryKernel, attentionKernel } = part;
    return [...tensorsOf(cell), ...Object.values(source), queryKernel, attentionKernel].filter(
      (tensor): tensor is Tensor => tensor !== undefined,
    );
  });
}
