import type { GradConfig, Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { layerFacts, stackedNames } from '../layers/layer-facts';
import { isLayer, isMinimal, type LayerData } from '../layers/layer-types';
import { checkKind, checkOptions, refuse } from '../refuse';
import type { TensorKind } from './checks';
import {
  addInputs,
  checkPart,
  checkPartKinds,
  SEQUENCE_KINDS,
  type SequenceAttributes,
  type SequenceOptions,
  type StackPart,
} from './recurrent-sequence';
import { isTapeOn, requireFirstOrder, requireFusedKernel, runKernel, runOp } from './registry';

/** The attributes of the kernel SequenceStack. */
export interface StackAttributes extends Omit<SequenceAttributes, 'layer'> {
  readonly layers: readonly LayerData[];
}

/**
 * Whether `sequenceStack` supports these layers: at least one, each recurrent or linear, with options that
 * the fused kernels support. With `lengths` no layer may be linear, because a linear layer would write past
 * them.
 */
export function canStack(layers: readonly LayerData[], options: SequenceOptions = {}): boolean {
  checkKind('canStack', 'layers', layers, 'array');
  checkOptions('canStack', options, SEQUENCE_KINDS);
  const { lengths } = options;
  const fits = (layer: LayerData) =>
    isLayer(layer) &&
    layer.type !== 'embedding' &&
    !isMinimal(layer) &&
    !(lengths && layer.type === 'linear') &&
    layerFacts(layer).lacking.length === 0;
  return layers.length > 0 && layers.every(fits);
}

/**
 * Runs several layers in one kernel, with one gradient kernel. The results are those of the separate ops, to
 * the last bit, without tfjs's overhead per op. Only the backend `unrolled` has it.
 *
 * @param x float32 [B,T,I], or int32 ids [B,T] if the first layer is recurrent
 * @param parts the layers with their tensors; each reads the output of the one before (see `canStack`)
 * @returns output [B,T,O] of the last layer, and each layer's states after each row's last valid step
 * @throws UnrolledError for the reasons of `recurrentSequence` and `linear`, or if `canStack` is false
 */
export function sequenceStack(
  x: Tensor,
  parts: readonly StackPart[],
  options: SequenceOptions = {},
): { output: Tensor3D; states: Record<string, Tensor2D>[] } {
  checkKind('sequenceStack', 'parts', parts, 'array');
  checkOptions('sequenceStack', options, SEQUENCE_KINDS);
  const { lengths, reverse = false } = options;
  requireFusedKernel('sequenceStack');
  requireFirstOrder('sequenceStack');
  const layers = parts.map((part) => {
    checkPartKinds('sequenceStack', part);
    return part.layer;
  });
  if (!canStack(layers, { lengths })) {
    refuse('sequenceStack', {
      expected: 'recurrent or linear layers, at least one, and no lengths where one is linear',
      got: `${layers.map(({ type }) => type).join(', ') || 'none'}${lengths ? ' with lengths' : ''}`,
      remedy: 'call canStack first',
    });
  }
  const inputs: Record<string, Tensor> = { x };
  let read: TensorKind = x;
  let rows: readonly number[] | null = null;
  for (const [index, part] of parts.entries()) {
    rows = checkPart(part, read, lengths);
    addInputs(inputs, part, stackedNames(part.layer, index).tensors);
    const { outputSize } = layerFacts(part.layer);
    read = { dtype: 'float32', shape: [x.shape[0]!, x.shape[1]!, outputSize] };
  }
  const keep = isTapeOn();
  const attributes: StackAttributes = { layers, lengths: rows, reverse, keep };
  const outputs = runOp<Tensor[]>(GRADIENT, inputs, attributes);
  // The array belongs to the tape too.
  if (keep) outputs[0]!.dispose();
  let next = keep ? 1 : 0;
  const output = outputs[next++] as Tensor3D;
  const states = layers.map((layer) => {
    const own: Record<string, Tensor2D> = {};
    for (const [name] of layerFacts(layer).states) own[name] = outputs[next++] as Tensor2D;
    return own;
  });
  return { output, states };
}

const GRADIENT: GradConfig = {
  kernelName: 'SequenceStack',
  outputsToSave: [true], // The reserve: the handle of the other data that the gradient needs.
  gradFunc: (dys, [reserve], attrs) => {
    const { layers } = attrs as unknown as StackAttributes;
    const all = dys as Tensor[];
    const inputs: Record<string, Tensor> = { reserve: reserve!, dOutput: all[1]! };
    let next = 2;
    layers.forEach((layer, index) => {
      for (const name of stackedNames(layer, index).stateGradients) inputs[name] = all[next++]!;
    });
    const gradients = runKernel<Tensor[]>('SequenceStackGradient', inputs);
    const result: Record<string, () => Tensor> = {
      x: () => runKernel<Tensor>('SequenceStackInputGradient', { reserve }),
    };
    let n = 0;
    layers.forEach((layer, index) => {
      for (const name of stackedNames(layer, index).tensors) {
        const gradient = gradients[n++]!;
        result[name] = () => gradient;
      }
    });
    return result;
  },
};
