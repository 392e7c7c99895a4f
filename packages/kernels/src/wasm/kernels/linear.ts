import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { LinearGradientArguments } from '../../generated/abi';
import type { UnrolledBackend } from '../backend/unrolled-backend';
import { gradientGroups, weightScratchBytes } from '../engine/buffer-sizes';
import { runProduct } from './matmul';

/** x·kernel + bias. */
export function linearForward(
  backend: UnrolledBackend,
  x: TensorInfo,
  kernel: TensorInfo,
  bias: TensorInfo | undefined,
): TensorInfo {
  const [inner, columns] = kernel.shape as [number, number];
  return runProduct(backend, x, kernel, bias, [...x.shape.slice(0, -1), columns], {
    batch: 1,
    rows: util.sizeFromShape(x.shape) / inner,
    columns,
    inner,
    transposeA: false,
    transposeB: false,
    aBroadcast: true,
    bBroadcast: true,
  });
}

/** dOutput·kernelᵀ. */
export function linearInputGradient(
  backend: UnrolledBackend,
  dOutput: TensorInfo,
  kernel: TensorInfo,
): TensorInfo {
  const [columns, inner] = kernel.shape as [number, number];
  return runProduct(backend, dOutput, kernel, undefined, [...dOutput.shape.slice(0, -1), columns], {
    batch: 1,
    rows: util.sizeFromShape(dOutput.shape) / inner,
    columns,
    inner,
    transposeA: false,
    transposeB: true,
    aBroadcast: true,
    bBroadcast: true,
  });
}

/** The gradients of the kernel and, where there is one, of the bias. */
export function linearGradient(
  backend: UnrolledBackend,
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
    const scratchBytes = weightScratchBytes(inputSize);
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

export const linearKernels: readonly KernelConfig[] = [
  {
    kernelName: 'Linear',
    backendName: 'unrolled',
    kernelFunc: ({ inputs, backend }) =>
      linearForward(backend as UnrolledBackend, inputs.x!, inputs.kernel!, inputs.bias),
  },
  {
    kernelName: 'LinearGradient',
    backendName: 'unrolled',
    kernelFunc: ({ inputs, backend, attrs }) =>
      linearGradient(backend as UnrolledBackend, inputs.x!, inputs.dOutput!, attrs!.hasBias as boolean),
  },
  {
    kernelName: 'LinearInputGradient',
    backendName: 'unrolled',
    kernelFunc: ({ inputs, backend }) =>
      linearInputGradient(backend as UnrolledBackend, inputs.dOutput!, inputs.kernel!),
  },
];
