import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { UnrolledBackend } from '../backend/unrolled-backend';
import { JOB } from '../engine/jobs';
import { temporaryIds } from './ids';

/** exp is about this many multiply-adds. */
const EXP_WORK = 8;

function forward(backend: UnrolledBackend, logits: TensorInfo, ids: TensorInfo): TensorInfo[] {
  const [rows, classes] = logits.shape as [number, number];
  const { engine } = backend;
  const loss = backend.makeResident([rows], 'the loss of softmaxCrossEntropy');
  const logSum = backend.makeResident([rows], 'the loss of softmaxCrossEntropy');
  try {
    const at = backend.address(logits, "softmaxCrossEntropy's logits");
    const idsAt = temporaryIds(backend, ids, classes, 'softmaxCrossEntropy');
    engine.arguments([rows, classes, at, idsAt, loss.address, logSum.address, 0, 0]);
    engine.run(JOB.crossEntropy, engine.threadsFor(rows * classes * EXP_WORK));
    return [loss, logSum];
  } catch (error) {
    backend.disposeData(loss.dataId);
    backend.disposeData(logSum.dataId);
    throw error;
  } finally {
    engine.releaseTemporaries();
  }
}

function gradient(backend: UnrolledBackend, inputs: Record<string, TensorInfo | undefined>): TensorInfo {
  const logits = inputs.logits!;
  const [rows, classes] = logits.shape as [number, number];
  const { engine } = backend;
  const dLogits = backend.makeResident([rows, classes], 'the gradient of softmaxCrossEntropy');
  try {
    const at = backend.address(logits, "softmaxCrossEntropy's logits");
    const logSum = backend.address(inputs.logSum!, "softmaxCrossEntropy's sums");
    const dLoss = backend.address(inputs.dLoss!, "softmaxCrossEntropy's gradient");
    const idsAt = temporaryIds(backend, inputs.ids!, classes, 'softmaxCrossEntropy');
    engine.arguments([rows, classes, at, idsAt, 0, logSum, dLoss, dLogits.address]);
    engine.run(JOB.crossEntropyGradient, engine.threadsFor(rows * classes * EXP_WORK));
    return dLogits;
  } finally {
    engine.releaseTemporaries();
  }
}

export const crossEntropyKernels: readonly KernelConfig[] = [
  {
    kernelName: 'SparseSoftmaxCrossEntropy',
    backendName: 'unrolled',
    kernelFunc: ({ inputs, backend }) => forward(backend as UnrolledBackend, inputs.logits!, inputs.ids!),
  },
  {
    kernelName: 'SparseSoftmaxCrossEntropyGradient',
    backendName: 'unrolled',
    kernelFunc: ({ inputs, backend }) => gradient(backend as UnrolledBackend, inputs),
  },
];
