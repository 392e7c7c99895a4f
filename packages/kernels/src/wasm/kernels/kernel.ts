import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { UnrolledBackend } from '../backend/unrolled-backend';

/** Tensors by name; src/kernel-names.ts describes the names. */
export type Inputs = Record<string, TensorInfo | undefined>;

/** Creates a kernel of the backend `unrolled` from a function of its inputs and attributes. */
export function kernel<A = Record<string, never>>(
  kernelName: string,
  run: (backend: UnrolledBackend, inputs: Inputs, attributes: A) => TensorInfo | TensorInfo[],
): KernelConfig {
  return {
    kernelName,
    backendName: 'unrolled',
    kernelFunc: ({ inputs, backend, attrs }) =>
      run(backend as UnrolledBackend, inputs as Inputs, attrs as unknown as A),
  };
}
