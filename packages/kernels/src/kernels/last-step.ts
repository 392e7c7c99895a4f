import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { UnrolledBackend } from '../backend/unrolled-backend';

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
      float32.copyWithin(target, last, last + size);
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
    if (length > 0)
      float32.copyWithin(to + (row * time + length - 1) * size, from + row * size, from + (row + 1) * size);
  }
  return dX;
}

export const lastStepKernels: readonly KernelConfig[] = [
  {
    kernelName: 'LastStep',
    backendName: 'unrolled',
    kernelFunc: ({ inputs, backend, attrs }) =>
      forward(backend as UnrolledBackend, inputs.x!, attrs as unknown as LastStepAttributes),
  },
  {
    kernelName: 'LastStepGradient',
    backendName: 'unrolled',
    kernelFunc: ({ inputs, backend, attrs }) =>
      gradient(backend as UnrolledBackend, inputs.dOutput!, attrs as unknown as LastStepAttributes),
  },
];
