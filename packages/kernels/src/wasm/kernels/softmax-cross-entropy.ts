import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { CrossEntropyArguments } from '../../generated/abi';
import type { UnrolledBackend } from '../backend/unrolled-backend';
import { temporaryIds } from './ids';
import { kernel } from './kernel';

interface Attributes {
  readonly mean: boolean;
  /** ε of label smoothing; 0 for none. */
  readonly smoothing: number;
}

/** An exp takes as long as about this many multiply-adds. */
const EXP_WORK = 32;

/** The loss, and each row's maximum and logarithm of its sum [2, rows], which hold the logits and ids for the gradient. */
function forward(
  backend: UnrolledBackend,
  logits: TensorInfo,
  ids: TensorInfo,
  { mean, smoothing }: Attributes,
): TensorInfo[] {
  const classes = logits.shape[logits.shape.length - 1]!;
  const rows = util.sizeFromShape(ids.shape);
  const { engine } = backend;
  return backend.making((make) => {
    const loss = make(ids.shape, 'the loss of softmaxCrossEntropy');
    const kept = make([2, rows], 'the loss of softmaxCrossEntropy');
    engine.write(CrossEntropyArguments, {
      rows,
      classes,
      logits: backend.address(logits, "softmaxCrossEntropy's logits"),
      ids: temporaryIds(backend, ids, classes, 'softmaxCrossEntropy'),
      loss: loss.address,
      smoothing,
      ...keptAddresses(kept.address, rows),
    });
    engine.run('crossEntropy', engine.threadsFor(rows * classes * EXP_WORK));
    backend.hold(kept, [logits, ids]).crossEntropy = { logits, ids };
    return [mean ? meanOf(backend, loss) : loss, kept];
  });
}

const keptAddresses = (kept: number, rows: number) => ({ maximum: kept, logSum: kept + 4 * rows });

/**
 * Replaces the losses by their mean, rounded as tfjs's sum in float64 and its division round, so that it is
 * theirs to the last bit.
 */
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

function gradient(
  backend: UnrolledBackend,
  kept: TensorInfo,
  dLossInfo: TensorInfo,
  { smoothing }: Omit<Attributes, 'mean'>,
): TensorInfo {
  const { logits, ids } = backend.keptBy(kept).crossEntropy!;
  const classes = logits.shape[logits.shape.length - 1]!;
  const rows = util.sizeFromShape(ids.shape);
  const { engine } = backend;
  return backend.making((make) => {
    const dLogits = make(logits.shape, 'the gradient of softmaxCrossEntropy');
    engine.write(CrossEntropyArguments, {
      rows,
      classes,
      logits: backend.address(logits, "softmaxCrossEntropy's logits"),
      ...keptAddresses(backend.address(kept, "softmaxCrossEntropy's sums"), rows),
      dLoss: lossGradient(backend, dLossInfo, rows),
      ids: temporaryIds(backend, ids, classes, 'softmaxCrossEntropy'),
      dLogits: dLogits.address,
      smoothing,
    });
    engine.run('crossEntropyGradient', engine.threadsFor(rows * classes * EXP_WORK));
    return dLogits;
  });
}

/** The kernels of `softmaxCrossEntropy`. */
export function crossEntropyKernels(): KernelConfig[] {
  return [
    kernel<Attributes>('SparseSoftmaxCrossEntropy', (backend, { logits, ids }, attributes) =>
      forward(backend, logits!, ids!, attributes),
    ),
    kernel<Attributes>('SparseSoftmaxCrossEntropyGradient', (backend, { kept, dLoss }, attributes) =>
      gradient(backend, kept!, dLoss!, attributes),
    ),
  ];
}
