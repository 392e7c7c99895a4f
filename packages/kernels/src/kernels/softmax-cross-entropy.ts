import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { UnrolledBackend } from '../backend/unrolled-backend';
import { JOB } from '../engine/jobs';
import { temporaryIds } from './ids';

/** An exp takes as long as about this many multiply-adds. */
const EXP_WORK = 32;

function forward(backend: UnrolledBackend, logits: TensorInfo, ids: TensorInfo, mean: boolean): TensorInfo[] {
  const [rows, classes] = logits.shape as [number, number];
  const { engine } = backend;
  const loss = backend.makeResident([rows], 'the loss of softmaxCrossEntropy');
  const logSum = backend.makeResident([rows], 'the loss of softmaxCrossEntropy');
  try {
    const at = backend.address(logits, "softmaxCrossEntropy's logits");
    const idsAt = temporaryIds(backend, ids, classes, 'softmaxCrossEntropy');
    engine.arguments([rows, classes, at, idsAt, loss.address, logSum.address, 0, 0]);
    engine.run(JOB.crossEntropy, engine.threadsFor(rows * classes * EXP_WORK));
    return [mean ? meanOf(backend, loss) : loss, logSum];
  } catch (error) {
    backend.disposeData(loss.dataId);
    backend.disposeData(logSum.dataId);
    throw error;
  } finally {
    engine.releaseTemporaries();
  }
}

/** Replaces the losses by their mean, rounded as tfjs's sum in float64 and its division round, so that it is theirs to the last bit. */
function meanOf(backend: UnrolledBackend, loss: TensorInfo): TensorInfo {
  const { values } = backend.resident(loss, '');
  let sum = 0;
  for (let n = 0; n < values.length; n++) sum += values[n]!;
  const mean = Float32Array.of(Math.fround(sum) / values.length);
  backend.disposeData(loss.dataId);
  return backend.makeTensorInfo([], 'float32', mean);
}

/** The gradient of each row's loss, [rows]: given, or the mean's shared out. */
function lossGradient(backend: UnrolledBackend, dLoss: TensorInfo, rows: number): number {
  if (dLoss.shape.length > 0) return backend.address(dLoss, "softmaxCrossEntropy's gradient");
  const address = backend.engine.temporary(rows * 4, "softmaxCrossEntropy's gradient");
  const share = (backend.data.get(dLoss.dataId).values as Float32Array)[0]! / rows;
  backend.engine.float32.fill(share, address / 4, address / 4 + rows);
  return address;
}

function gradient(backend: UnrolledBackend, inputs: Record<string, TensorInfo | undefined>): TensorInfo {
  const logits = inputs.logits!;
  const [rows, classes] = logits.shape as [number, number];
  const { engine } = backend;
  const dLogits = backend.makeResident([rows, classes], 'the gradient of softmaxCrossEntropy');
  try {
    const at = backend.address(logits, "softmaxCrossEntropy's logits");
    const logSum = backend.address(inputs.kept!, "softmaxCrossEntropy's sums");
    const dLoss = lossGradient(backend, inputs.dLoss!, rows);
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
    kernelFunc: ({ inputs, backend, attrs }) =>
      forward(backend as UnrolledBackend, inputs.logits!, inputs.ids!, attrs?.mean === true),
  },
  {
    kernelName: 'SparseSoftmaxCrossEntropyGradient',
    backendName: 'unrolled',
    kernelFunc: ({ inputs, backend }) => gradient(backend as UnrolledBackend, inputs),
  },
];
