import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { CrossEntropyArguments } from '../../generated/abi';
import type { UnrolledBackend } from '../backend/unrolled-backend';
import type { KernelHost, Resident } from './host';
import { kernel } from './kernel';

interface Attributes {
  readonly mean: boolean;
  /** ε of label smoothing; 0 for none. */
  readonly smoothing: number;
}

/** An exponential takes about as long as this many multiply-adds. */
const EXP_WORK = 32;

/** The inputs of a cross-entropy's gradient. */
interface Rows {
  readonly logits: TensorInfo;
  readonly ids: TensorInfo;
  /** Each row's maximum and the logarithm of its sum, [2, rows]. */
  readonly kept: TensorInfo;
  readonly smoothing: number;
}

/**
 * The loss of each row, and the data for its gradient.
 *
 * @param smoothing ε of label smoothing; 0 for none
 */
export function rowEntropies(
  host: KernelHost,
  logits: TensorInfo,
  ids: TensorInfo,
  smoothing: number,
): { loss: Resident; kept: Resident } {
  const classes = logits.shape[logits.shape.length - 1]!;
  const rows = util.sizeFromShape(ids.shape);
  const { engine } = host;
  return host.making((make) => {
    const loss = make(ids.shape, 'the loss of softmaxCrossEntropy');
    const kept = make([2, rows], 'the loss of softmaxCrossEntropy');
    engine.write(CrossEntropyArguments, {
      rows,
      classes,
      logits: host.address(logits, "softmaxCrossEntropy's logits"),
      ids: host.ids(ids, classes, 'softmaxCrossEntropy'),
      loss: loss.address,
      smoothing,
      ...keptAddresses(kept.address, rows),
    });
    engine.run('crossEntropy', engine.threadsFor(rows * classes * EXP_WORK));
    return { loss, kept };
  });
}

/** @param dLoss returns the address of the gradients of the rows' losses, [rows] */
export function rowEntropyGradient(
  host: KernelHost,
  { logits, ids, kept, smoothing }: Rows,
  dLoss: (rows: number) => number,
): TensorInfo {
  const classes = logits.shape[logits.shape.length - 1]!;
  const rows = util.sizeFromShape(ids.shape);
  const { engine } = host;
  return host.making((make) => {
    const dLogits = make(logits.shape, 'the gradient of softmaxCrossEntropy');
    engine.write(CrossEntropyArguments, {
      rows,
      classes,
      logits: host.address(logits, "softmaxCrossEntropy's logits"),
      ...keptAddresses(host.address(kept, "softmaxCrossEntropy's sums"), rows),
      dLoss: dLoss(rows),
      ids: host.ids(ids, classes, 'softmaxCrossEntropy'),
      dLogits: dLogits.address,
      smoothing,
    });
    engine.run('crossEntropyGradient', engine.threadsFor(rows * classes * EXP_WORK));
    return dLogits;
  });
}

const keptAddresses = (kept: number, rows: number) => ({ maximum: kept, logSum: kept + 4 * rows });

/** The loss, and a handle that keeps the logits and ids for the gradient. */
function forward(
  backend: UnrolledBackend,
  logits: TensorInfo,
  ids: TensorInfo,
  { mean, smoothing }: Attributes,
): TensorInfo[] {
  const { loss, kept } = rowEntropies(backend, logits, ids, smoothing);
  backend.hold(kept, [logits, ids]).crossEntropy = { logits, ids };
  return [mean ? meanOf(backend, loss) : loss, kept];
}

/**
 * The mean of losses, rounded like tfjs's sum in float64 and its division: it equals tfjs's result to the
 * last bit.
 */
export function meanOfLosses(values: Float32Array): number {
  let sum = 0;
  for (let n = 0; n < values.length; n++) sum += values[n]!;
  return Math.fround(Math.fround(sum) / values.length);
}

/** Replaces the losses by their mean. */
function meanOf(backend: UnrolledBackend, loss: TensorInfo): TensorInfo {
  const mean = Float32Array.of(meanOfLosses(backend.resident(loss, '').values));
  backend.disposeData(loss.dataId);
  return backend.makeTensorInfo([], 'float32', mean);
}

/**
 * The gradient of each row's loss, [rows]: the given one, or the mean's gradient divided by the number of
 * rows.
 */
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
  dLoss: TensorInfo,
  { smoothing }: Attributes,
): TensorInfo {
  const rows = { ...backend.keptBy(kept).crossEntropy!, kept, smoothing };
  return rowEntropyGradient(backend, rows, (count) => lossGradient(backend, dLoss, count));
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
