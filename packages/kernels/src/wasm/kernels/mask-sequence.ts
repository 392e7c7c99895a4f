import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { UnrolledBackend } from '../backend/unrolled-backend';
import { kernel } from './kernel';

function mask(backend: UnrolledBackend, x: TensorInfo, lengths: readonly number[]): TensorInfo {
  const [, time, size] = x.shape as [number, number, number];
  const from = backend.address(x, 'the input of maskSequence') / 4;
  const output = backend.makeResident(x.shape, 'the output of maskSequence');
  const to = output.address / 4;
  const { float32 } = backend.engine;
  lengths.forEach((length, row) => {
    const start = row * time * size;
    const valid = start + length * size;
    float32.copyWithin(to + start, from + start, from + valid);
    float32.fill(0, to + valid, to + start + time * size);
  });
  return output;
}

/** The kernel of `maskSequence`. */
export function maskSequenceKernels(): KernelConfig[] {
  return [
    kernel<{ lengths: readonly number[] }>('MaskSequence', (backend, { x }, { lengths }) =>
      mask(backend, x!, lengths),
    ),
  ];
}
