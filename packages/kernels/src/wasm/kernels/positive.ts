import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { UnrolledBackend } from '../backend/unrolled-backend';
import { runBinary, runUnary } from './elementwise';
import { kernel } from './kernel';

function gradient(backend: UnrolledBackend, dOutput: TensorInfo, x: TensorInfo): TensorInfo {
  const whole = { row: true, column: true };
  const plan = { shape: x.shape, rows: 1, columns: util.sizeFromShape(x.shape), a: whole, b: whole };
  return runBinary(backend, 'positiveGradient', dOutput, x, plan);
}

/** The kernels of `positive`. */
export function positiveKernels(): KernelConfig[] {
  return [
    kernel('Positive', (backend, { x }) => runUnary(backend, 'positive', x!)),
    kernel('PositiveGradient', (backend, { dOutput, x }) => gradient(backend, dOutput!, x!)),
  ];
}
