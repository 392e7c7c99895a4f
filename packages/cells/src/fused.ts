/**
 * Where a cell takes the fused sequence kernels of `@unrolled/kernels`, and where it cannot.
 *
 * A backend without the kernel simply runs the step-by-step path: slower, never wrong. A backend that has it, with a
 * cell whose options it lacks, says so once, through a listener that a program may replace.
 */
import type { Tensor, Tensor3D } from '@tensorflow/tfjs-core';
import {
  type FusedOp,
  gruSequence,
  hasFusedKernel,
  type LayerData,
  layerType,
  lstmSequence,
  type RecurrentLayer,
  type StackPart,
  sequenceStack,
  simpleRnnSequence,
} from '@unrolled/kernels';
import { type AnyCell, nameOf, type UnrollOptions } from './contract';
import type { UnrollSequence } from './identity';
import { unrollSteps } from './unroll';

/** Why a cell runs step by step although the backend has a fused kernel for its kind. */
export interface Fallback {
  /** The cell's name: 'lstm'. */
  readonly cell: string;
  /** The kernel that was passed over: 'lstmSequence'. */
  readonly kernel: FusedOp;
  /** What the kernel lacks: ['peepholes']. */
  readonly lacking: readonly string[];
}

const warn = ({ cell, lacking }: Fallback) =>
  console.warn(
    `[unrolled/cells] ${cell}: the fused kernel has no ${lacking.join(', no ')}; running step by step, which is slower`,
  );

let listener: (fallback: Fallback) => void = warn;
const told = new Set<string>();

/**
 * Replaces what happens when a cell cannot use the fused kernel of the current backend; by default one line
 * per cell kind and reason goes to `console.warn`. Each is told once per listener.
 *
 * @returns a function that puts the default back
 */
export function onFallback(listen: (fallback: Fallback) => void): () => void {
  listener = listen;
  told.clear();
  return () => {
    listener = warn;
    told.clear();
  };
}

/** Whether `cell` can run on the current backend's fused kernel, of which it would miss what `lacking` names. */
function usesFused(cell: AnyCell, kernel: FusedOp, lacking: readonly string[]): boolean {
  if (!hasFusedKernel(kernel)) return false;
  if (lacking.length === 0) return true;
  const fallback = { cell: nameOf(cell), kernel, lacking };
  const key = JSON.stringify(fallback);
  if (!told.has(key)) {
    told.add(key);
    listener(fallback);
  }
  return false;
}

/** A recurrent cell's way through a whole sequence: in one kernel where the backend has it, else step by step. */
export function unrollFused(cell: AnyCell, layer: RecurrentLayer): UnrollSequence {
  const { op, lacking } = layerType<RecurrentLayer>(layer);
  const missing = lacking(layer);
  return (params, inputs, state, options = {}) => {
    if (!usesFused(cell, op, missing)) return unrollSteps(cell, params, inputs, state, options);
    const { lengths, reverse } = options;
    const part = stackPart({ layer, params, state });
    const sequence = SEQUENCES[layer.type] as (tensors: object, options: object) => { output: Tensor3D };
    const { output, ...after } = sequence({ ...part, x: inputs }, { ...part, lengths, reverse });
    return { output, state: after };
  };
}

const SEQUENCES = { lstm: lstmSequence, gru: gruSequence, simpleRnn: simpleRnnSequence };

/** A layer with its parameters and its state. */
export interface BoundLayer {
  readonly layer: LayerData;
  // biome-ignore lint/suspicious/noExplicitAny: the tree that belongs to the layer.
  readonly params: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  readonly state: any;
}

function stackPart({ layer, params, state }: BoundLayer): StackPart {
  const { kernel, recurrentKernel, bias, recurrentBias } = params;
  if (layer.type === 'linear') return { type: 'linear', kernel, bias };
  return {
    ...{ kernel, recurrentKernel, bias, initialH: state.h },
    ...(layer.type === 'lstm' && { initialC: state.c }),
    ...(layer.type === 'gru' && { recurrentBias, variant: layer.variant }),
    ...(layer.type === 'simpleRnn' && { activation: layer.activation }),
    type: layer.type,
  } as StackPart;
}

/** All layers in one kernel; undefined where the backend lacks it, or it lacks one of the layers. */
export function unrollTogether(
  layers: readonly BoundLayer[],
  inputs: Tensor,
  { lengths, reverse }: UnrollOptions,
): { output: Tensor3D; states: readonly object[] } | undefined {
  const fits = ({ layer }: BoundLayer) =>
    layer.type !== 'embedding' &&
    layerType(layer).lacking(layer).length === 0 &&
    !(lengths && layer.type === 'linear');
  if (!hasFusedKernel('sequenceStack') || !layers.every(fits)) return undefined;
  return sequenceStack(inputs, layers.map(stackPart), { lengths, reverse });
}
