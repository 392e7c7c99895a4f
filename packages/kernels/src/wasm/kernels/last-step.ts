import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { UnrolledBackend } from '../backend/unrolled-backend';
import { kernel } from './kernel';

/** The attributes of LastStep and its gradient. */
interface LastStepAttributes {
  time: number;
  lengths: readonly number[] | null;
}

function forward(backend: UnrolledBackend, x: TensorInfo, { time, lengths }: LastStepAttributes): TensorInfo {
  const [batch, , size] = x.shape as [number, number, number];
  const from = backend.address(x, 'the input of lastStep') / 4;
  const output = backend.makeResident([batch, size], 'the output of lastStep');
  const to = output.address / 4;
  const { float32 } = backend.engine;
  for (let row = 0; row < batch; row++) {
    const length = lengths ? lengths[row]! : time;
    const target = to + row * size;
    if (length === 0) float32.fill(0, target, target + size);
    else {
      const last = from + (row * time + length - 1) * size;
      copy(float32, target, last, size);
    }
  }
  return output;
}

function gradient(
  backend: UnrolledBackend,
  dOutput: TensorInfo,
  { time, lengths }: LastStepAttributes,
): TensorInfo {
  const [batch, size] = dOutput.shape as [number, number];
  const from = backend.address(dOutput, "lastStep's gradient") / 4;
  const dX = backend.makeResident([batch, time, size], "lastStep's gradient");
  const to = dX.address / 4;
  const { float32 } = backend.engine;
  float32.fill(0, to, to + batch * time * size);
  for (let row = 0; row < batch; row++) {
    const length = lengths ? lengths[row]! : time;
    if (length > 0) copy(float32, to + (row * time + length - 1) * size, from + row * size, size);
  }
  return dX;
}

/** A call of `copyWithin` takes as long as copying some dozen floats in a loop. */
const SHORT = 32;

function copy(floats: Float32Array, to: number, from: number, size: number): void {
  if (size > SHORT) floats.copyWithin(to, from, from + size);
  else for (let i = 0; i < size; i++) floats[to + i] = floats[from + i]!;
}

/** The kernels of `lastStep`. */
export function lastStepKernels(): KernelConfig[] {
  return [
    kernel<LastStepAttributes>('LastStep', (backend, { x }, attributes) => forward(backend, x!, attributes)),
    kernel<LastStepAttributes>('LastStepGradient', (backend, { dOutput }, attributes) =>
      gradient(backend, dOutput!, attributes),
    ),
  ];
}
