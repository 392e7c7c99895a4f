/**
 * The fused kernels of tfjs-node's backend `tensorflow`. Importing this package registers them, whether or
 * not the backend exists; it imports nothing native.
 */

import {
  getKernel,
  type KernelConfig,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { UnrolledError } from '@unrolled/errors';
import { tellFallback } from '../fallback';
import { type FusedOp, KERNEL, type NativeOp } from '../kernel-names';
import type { SequenceAttributes } from '../ops/recurrent-sequence';
import type { TriedKernel } from '../ops/registry';
import type { UpdateCall } from '../ops/update-parameters';
import { cudnnBackward, cudnnForward, giveUpCudnn, usesCudnn } from './cudnn';
import { lookup, lookupGradient } from './embedding';
import { tensorFlowType } from './layer-kinds';
import { linear, linearGradient, linearInputGradient } from './linear';
import { type Id, type NativeOps, withNativeOps } from './native-ops';
import { Sequence } from './sequence';
import { softmaxCrossEntropy, softmaxCrossEntropyGradient } from './softmax-cross-entropy';
import type { TensorFlowBackend } from './tensorflow-backend';
import { reasonOf, trial } from './trials';
import { updateParameters } from './update-parameters';

const BACKEND = 'tensorflow';

type Run<A> = (
  ops: NativeOps,
  inputs: Record<string, TensorInfo>,
  attributes: A,
) => TensorInfo | TensorInfo[];

function kernel<A = Record<string, never>>(kernelName: string, run: Run<A>): KernelConfig {
  return {
    kernelName,
    backendName: BACKEND,
    kernelFunc: ({ inputs, backend, attrs }) =>
      withNativeOps(backend as TensorFlowBackend, (ops) =>
        run(ops, inputs as Record<string, TensorInfo>, attrs as A),
      ),
  };
}

/**
 * Uses cuDNN if it supports the sequence. If cuDNN fails, the failure is reported and matrix products are
 * used from then on, either for the op or for the op with lengths, which cuDNN 9.19 rejects for some sizes of
 * LSTM.
 */
function forward(sequence: Sequence): Id[] {
  const { layer } = sequence;
  const byProducts = () => tensorFlowType(layer).forward(sequence);
  if (!usesCudnn(sequence)) return byProducts();
  try {
    return cudnnForward(sequence);
  } catch (error) {
    // An id out of range is the caller's error, not a failure of cuDNN.
    if (error instanceof UnrolledError) throw error;
    passOverCudnn(sequence.op, reasonOf(error), sequence.lengths !== null);
    return byProducts();
  }
}

function tell(op: FusedOp, passedOver: string, reason: string): void {
  const message = `[unrolled/kernels] ${op} on '${BACKEND}': ${passedOver} is not used, which is slower: ${reason}`;
  tellFallback({ caller: op, passedOver, reasons: [reason], message });
}

function passOverCudnn(op: FusedOp, reason: string, withLengths = false): void {
  const passedOver = withLengths ? 'cuDNN for rows with lengths' : 'cuDNN';
  tell(op, passedOver, reason);
  giveUpCudnn(op, withLengths);
}

/** The three kernels of a recurrent layer: cuDNN where it supports the layer, else matrix products. */
function sequenceKernels(op: NativeOp): KernelConfig[] {
  const tensors = (ops: NativeOps, ids: Id[]) => ids.map((id) => ops.toTensor(id));
  return [
    kernel<SequenceAttributes>(KERNEL[op], (ops, inputs, attributes) =>
      tensors(ops, forward(new Sequence(ops, inputs, attributes))),
    ),
    kernel<SequenceAttributes>(`${KERNEL[op]}Gradient`, (ops, inputs, attributes) => {
      const sequence = new Sequence(ops, inputs, attributes);
      // Only cuDNN's reserve has one dimension.
      const isCudnn = inputs.reserve!.shape.length === 1;
      const { backward } = tensorFlowType(attributes.layer);
      return tensors(ops, isCudnn ? cudnnBackward(sequence) : backward(sequence));
    }),
    kernel<SequenceAttributes>(`${KERNEL[op]}InputGradient`, (ops, inputs, attributes) => {
      const { dGates } = inputs;
      if (dGates!.shape.length === 3) return ops.toTensor(ops.one('Identity', [ops.input(dGates!)]));
      const { inputGradient } = tensorFlowType(attributes.layer);
      return ops.toTensor(inputGradient(new Sequence(ops, inputs, attributes)));
    }),
  ];
}

/** The kernels of each op; the first is the op's own. */
const KERNELS: Record<NativeOp, KernelConfig[]> = {
  lstmSequence: sequenceKernels('lstmSequence'),
  gruSequence: sequenceKernels('gruSequence'),
  simpleRnnSequence: sequenceKernels('simpleRnnSequence'),
  embeddingLookup: [
    kernel(KERNEL.embeddingLookup, (ops, { embeddings, ids }) => lookup(ops, embeddings!, ids!)),
    kernel<{ vocabularySize: number }>(
      'EmbeddingLookupGradient',
      (ops, { dOutput, ids }, { vocabularySize }) => lookupGradient(ops, dOutput!, ids!, vocabularySize),
    ),
  ],
  softmaxCrossEntropy: [
    kernel<{ mean: boolean }>(KERNEL.softmaxCrossEntropy, (ops, { logits, ids }, { mean }) =>
      softmaxCrossEntropy(ops, logits!, ids!, mean),
    ),
    kernel('SparseSoftmaxCrossEntropyGradient', (ops, { dLoss, kept }) =>
      softmaxCrossEntropyGradient(ops, dLoss!, kept!),
    ),
  ],
  linear: [
    kernel(KERNEL.linear, (ops, { x, kernel: weights, bias }) => linear(ops, x!, weights!, bias)),
    kernel<{ hasBias: boolean }>('LinearGradient', (ops, { x, dOutput }, { hasBias }) =>
      linearGradient(ops, x!, dOutput!, hasBias),
    ),
    kernel('LinearInputGradient', (ops, { dOutput, kernel: weights }) =>
      linearInputGradient(ops, dOutput!, weights!),
    ),
  ],
  updateParameters: [
    kernel<UpdateCall>(KERNEL.updateParameters, (ops, _inputs, call) => {
      updateParameters(ops, call);
      return [];
    }),
  ],
};

/** Tries an op's kernels. What fails is reported and not used again: first cuDNN, then the kernels. */
function tryOp(op: NativeOp, usesGpu: boolean): void {
  const problem = trial(op, usesGpu);
  if (problem === undefined) return;
  let reason: string | undefined = problem;
  if (usesGpu && op.endsWith('Sequence')) {
    passOverCudnn(op, problem);
    reason = trial(op, usesGpu);
  }
  if (reason === undefined) return;
  tell(op, 'the fused kernel', reason);
  for (const { kernelName } of KERNELS[op]) unregisterKernel(kernelName, BACKEND);
}

/** Registers the kernels, unless another copy of this package has registered them. */
export function registerTensorFlowKernels(): void {
  for (const [op, kernels] of Object.entries(KERNELS) as [NativeOp, KernelConfig[]][]) {
    if (getKernel(kernels[0]!.kernelName, BACKEND)) continue;
    const [first, ...others] = kernels as [TriedKernel, ...KernelConfig[]];
    first.trial = (backend) => tryOp(op, (backend as TensorFlowBackend).isUsingGpuDevice);
    for (const config of [first, ...others]) registerKernel(config);
  }
}
