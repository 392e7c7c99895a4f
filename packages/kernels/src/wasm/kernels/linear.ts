import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { LinearGradientArguments } from '../../generated/abi';
import { gradientGroups } from '../engine/buffer-sizes';
import type { KernelHost } from './host';
import { type Inputs, kernel } from './kernel';
import { runProduct } from './matmul';

/** Rows of x, of any rank, times a matrix or its transpose (+ bias). */
function rowsProduct(
  backend: KernelHost,
  x: TensorInfo,
  matrix: TensorInfo,
  transposeB: boolean,
  bias?: TensorInfo,
): TensorInfo {
  const inner = matrix.shape[transposeB ? 1 : 0]!;
  const columns = matrix.shape[transposeB ? 0 : 1]!;
  return runProduct(backend, x, matrix, bias, [...x.shape.slice(0, -1), columns], {
    batch: 1,
    rows: util.sizeFromShape(x.shape) / inner,
    columns,
    inner,
    transposeA: false,
    transposeB,
    aBroadcast: true,
    bBroadcast: true,
  });
}

/** x·kernel + bias. */
export function linearForward(backend: KernelHost, { x, kernel: weights, bias }: Inputs): TensorInfo {
  return rowsProduct(backend, x!, weights!, false, bias);
}

/** dOutput·kernelᵀ. */
export function linearInputGradient(backend: KernelHost, { dOutput, kernel: weights }: Inputs): TensorInfo {
  return rowsProduct(backend, dOutput!, weights!, true);
}

/** The gradients of the kernel and, if there is one, of the bias. */
export function linearGradient(
  backend: KernelHost,
  x: TensorInfo,
  dOutput: TensorInfo,
  hasBias: boolean,
): TensorInfo[] {
  const { engine } = backend;
  const inputSize = x.shape[x.shape.length - 1]!;
  const units = dOutput.shape[dOutput.shape.length - 1]!;
  const rows = util.sizeFromShape(x.shape) / inputSize;
  const what = () => `the gradient of linear [${rows}, ${inputSize}] · [${inputSize}, ${units}]`;
  return backend.making((make) => {
    const dKernel = make([inputSize, units], what);
    const dBias = hasBias ? make([units], what) : undefined;
    const threads = engine.threadsFor(rows * inputSize * units);
    const scratchBytes = engine.sizes('linearGradients').weightScratchBytes(inputSize);
    const sums = inputSize + 1;
    const groups = gradientGroups(rows, rows, sums);
    engine.write(LinearGradientArguments, {
      rows,
      inputSize,
      units,
      x: backend.address(x, what),
      dy: backend.address(dOutput, what),
      dKernel: dKernel.address,
      dBias: dBias?.address,
      scratch: engine.temporary(scratchBytes * threads, what),
      scratchBytes,
      groups,
      partials: engine.temporary(4 * (groups - 1) * sums * units, what),
    });
    engine.run('linearGradients', threads);
    if (groups > 1) engine.run('sumLinearGradients', engine.threadsFor(groups * sums * units));
    return dBias ? [dKernel, dBias] : [dKernel];
  });
}

/** The kernels of `linear`. */
export function linearKernels(): KernelConfig[] {
  return [
    kernel('Linear', linearForward),
    kernel<{ hasBias: boolean }>('LinearGradient', (backend, { x, dOutput }, { hasBias }) =>
      linearGradient(backend, x!, dOutput!, hasBias),
    ),
    kernel('LinearInputGradient', linearInputGradient),
  ];
}
