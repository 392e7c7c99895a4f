/**
 * Decides whether a cell can use the fused sequence kernels of `@unrolled/kernels`.
 *
 * If the backend has no kernel, the slower step-by-step path runs. If the backend has the kernel but the
 * kernel does not support the cell's options, this is also reported once, through `onFallback`.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import {
  canStack,
  hasFusedKernel,
  type LayerData,
  layerType,
  type RecurrentLayer,
  recurrentSequence,
  type StackPart,
  sequenceStack,
  tellFallback,
} from '@unrolled/kernels';
import { checkFirstOrder } from './checks';
import { type AnyCell, nameOf, type Unrolled, type UnrollOptions } from './contract';
import type { UnrollSequence } from './identity';
import { stepThrough } from './unroll';

/** The kernels support hard sigmoid gates too, but the last bits differ from those of a cell's steps. */
const hasHardGates = (layer: LayerData) =>
  'recurrentActivation' in layer && layer.recurrentActivation === 'hardSigmoid';

/** The options of a layer that the fused kernels do not support, as text. */
export function lackingOf(layer: LayerData): readonly string[] {
  const lacking = layerType(layer).lacking(layer);
  return lacking.length === 0 && hasHardGates(layer) ? ['other activations'] : lacking;
}

/**
 * The implementation of a recurrent cell for a whole sequence: one kernel if the backend has it, otherwise
 * step by step.
 */
export function unrollFused(cell: AnyCell, layer: RecurrentLayer): UnrollSequence {
  const { op } = layerType<RecurrentLayer>(layer);
  const reasons = lackingOf(layer);
  return (params, inputs, state, options = {}) => {
    checkFirstOrder(nameOf(cell));
    const backendHasIt = hasFusedKernel(op);
    if (backendHasIt && reasons.length === 0) {
      const { lengths, reverse } = options;
      return recurrentSequence(inputs, { layer, params, state }, { lengths, reverse });
    }
    if (backendHasIt) tellOptions(nameOf(cell), reasons);
    return stepThrough(cell, params, inputs, state, options);
  };
}

function tellOptions(caller: string, reasons: readonly string[]): void {
  const message = `[unrolled/cells] ${caller}: the fused kernel has no ${reasons.join(', no ')}; running step by step, which is slower`;
  tellFallback({ caller, passedOver: 'the fused kernel', reasons, message });
}

/** All layers in one kernel; undefined if the backend lacks it, or it does not support one of the layers. */
export function unrollTogether(
  parts: readonly StackPart[],
  inputs: Tensor,
  { lengths, reverse }: UnrollOptions,
): Unrolled<object[]> | undefined {
  const layers = parts.map(({ layer }) => layer);
  if (!hasFusedKernel('sequenceStack') || !canStack(layers, { lengths }) || layers.some(hasHardGates)) {
    return undefined;
  }
  checkFirstOrder('stack');
  const { output, states } = sequenceStack(inputs, parts, { lengths, reverse });
  return { output, state: states };
}
