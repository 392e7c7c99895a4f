import { type GradConfig, sum, type Tensor, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import { layerFacts } from '../layers/layer-facts';
import type { RecurrentLayer } from '../layers/layer-types';
import { checkOptions } from '../refuse';
import type { AttentionSource } from './attention';
import { checkTensor } from './checks';
import {
  addInputs,
  checkPart,
  checkPartKinds,
  SEQUENCE_KINDS,
  type SequenceOptions,
  type StackPart,
  type StateTensors,
} from './recurrent-sequence';
import { isTapeOn, requireFirstOrder, requireFusedKernel, runKernel, runOp } from './registry';

/** The additional tensors of a recurrent layer with input feeding. */
export interface FedAttention extends AttentionSource {
  /** Wq [H,U], only with `vector`: the additive score's projection of the layer's output. */
  queryKernel?: Tensor2D | undefined;
  /** W [H + M,A] of the attentional vector. If it is missing, the context itself is fed back. */
  attentionKernel?: Tensor2D | undefined;
  /** The attentional vector before the first step, [B,A]; without attentionKernel the context, [B,M]. */
  attention: Tensor2D;
  /** The attention weights before the first step, [B,S]. They are returned for rows without a valid step. */
  alignments: Tensor2D;
  /** Whether tanh is applied to the attentional vector; otherwise it is linear. */
  squashes: boolean;
}

const KINDS: OptionKinds<FedAttention> = {
  keys: 'tensor',
  memory: 'tensor',
  valid: 'tensor',
  vector: 'tensor?',
  queryKernel: 'tensor?',
  attentionKernel: 'tensor?',
  attention: 'tensor',
  alignments: 'tensor',
  squashes: 'boolean',
};

/** The names of the source's tensors that may be inputs of the kernel, in order. */
const SOURCE = [
  'keys',
  'memory',
  'valid',
  'attention',
  'alignments',
  'vector',
  'queryKernel',
  'attentionKernel',
] as const;

/** The attributes of the kernel AttentionSequence. */
export interface FedAttributes {
  readonly layer: RecurrentLayer;
  readonly squashes: boolean;
  readonly lengths: readonly number[] | null;
  readonly reverse: boolean;
  readonly keep: boolean;
  /** The names of the kernel's inputs except x, in the order of their gradients. */
  readonly names: readonly string[];
}

/**
 * A recurrent layer over a whole sequence with attention and input feeding (Luong et al., 2015, section 3.3),
 * in one kernel; its gradient is also one kernel. At each step, with a' the attentional vector of the
 * previous step:
 *
 *   h = layer([x; a']),   c = the mean of the memory by the shares of the scores of h,   a = tanh([h; c]·W), without W a = c
 *
 * @param x float32 [B,T,I]; the layer's `inputSize` is I + A
 * @returns output [B,T,A], without attentionKernel [h; c] [B,T,H + M]; the state, the attentional vector and
 *   the attention weights after each row's last valid step
 * @throws UnrolledError on a shape or dtype that does not fit, an option that the fused kernels do not
 *   support, or a backend without the kernel
 */
export function attentionSequence<S extends StateTensors>(
  x: Tensor3D,
  part: StackPart<RecurrentLayer, S>,
  source: FedAttention,
  options: SequenceOptions = {},
): { output: Tensor3D; state: { [Name in keyof S]: Tensor2D }; attention: Tensor2D; alignments: Tensor2D } {
  const scope = 'attentionSequence';
  checkOptions(scope, options, SEQUENCE_KINDS);
  checkOptions(scope, source, KINDS);
  checkPartKinds(scope, part);
  requireFusedKernel(scope);
  requireFirstOrder(scope);
  const { layer } = part;
  const vectorSize = checkSource(x, layer.units, source);
  const { lengths, reverse = false } = options;
  const [batch, time, inputSize] = x.shape;
  const fed = { dtype: x.dtype, shape: [batch, time, inputSize + vectorSize] };
  const rows = checkPart(part, fed, lengths);
  const inputs: Record<string, Tensor> = { x };
  addInputs(inputs, part);
  for (const name of SOURCE) if (source[name]) inputs[name] = source[name];
  const names = Object.keys(inputs).slice(1);
  const keep = isTapeOn();
  const { squashes } = source;
  const attributes: FedAttributes = { layer, squashes, lengths: rows, reverse, keep, names };
  const outputs = runOp<Tensor[]>(GRADIENT, inputs, attributes);
  if (keep) outputs[0]!.dispose(); // The tensors saved on the tape keep it alive.
  const [output, attention, alignments, ...states] = keep ? outputs.slice(1) : outputs;
  const state = Object.fromEntries(layerFacts(layer).states.map(([name], n) => [name, states[n]!]));
  return {
    output: output as Tensor3D,
    state: state as { [Name in keyof S]: Tensor2D },
    attention: attention as Tensor2D,
    alignments: alignments as Tensor2D,
  };
}

/** Checks the source's tensors; returns the size of the vector that is fed back. */
function checkSource(x: Tensor3D, units: number, source: FedAttention): number {
  const scope = 'attentionSequence';
  const { keys, memory, valid, vector, queryKernel, attentionKernel, attention, alignments } = source;
  checkTensor(scope, 'x', x, 'float32', [null, null, null]);
  const [batch] = x.shape;
  checkTensor(scope, 'memory', memory, 'float32', [batch, null, null]);
  const [, positions, memorySize] = memory.shape;
  checkTensor(scope, 'keys', keys, 'float32', [batch, positions, queryKernel ? null : units]);
  const size = keys.shape[2];
  if (queryKernel) checkTensor(scope, 'queryKernel', queryKernel, 'float32', [units, size]);
  if (vector) checkTensor(scope, 'vector', vector, 'float32', [size]);
  checkTensor(scope, 'valid', valid, 'float32', [batch, positions]);
  checkTensor(scope, 'alignments', alignments, 'float32', [batch, positions]);
  if (attentionKernel)
    checkTensor(scope, 'attentionKernel', attentionKernel, 'float32', [units + memorySize, null]);
  const vectorSize = attentionKernel ? attentionKernel.shape[1] : memorySize;
  checkTensor(scope, 'attention', attention, 'float32', [batch, vectorSize]);
  return vectorSize;
}

const GRADIENT: GradConfig = {
  kernelName: 'AttentionSequence',
  outputsToSave: [true], // The handle of the other data that the gradient needs.
  gradFunc(dys, [kept], attrs) {
    const attributes = attrs as unknown as FedAttributes;
    const [, dOutput, dAttention, dAlignments, ...dStates] = dys as Tensor[];
    const inputs: Record<string, Tensor> = {
      kept: kept!,
      dOutput: dOutput!,
      dAttention: dAttention!,
      dAlignments: dAlignments!,
    };
    layerFacts(attributes.layer).states.forEach(([name], n) => {
      inputs[`d.${name}`] = dStates[n]!;
    });
    const gradients = runKernel<Tensor[]>('AttentionSequenceGradient', inputs, attributes);
    const result: Record<string, () => Tensor> = { x: () => gradients[0]! };
    attributes.names.forEach((name, n) => {
      const gradient = gradients[n + 1]!;
      result[name] = name === 'vector' ? () => sum(gradient, 0) : () => gradient;
    });
    return result;
  },
};
