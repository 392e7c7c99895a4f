/**
 * Digests of the results of the fused ops, to compare engines. WebAssembly without relaxed instructions
 * computes the same bits on every machine, and so does the JavaScript around it.
 */
import { unregisterUnrolledBackend, unrolledBackendInfo, useUnrolledBackend } from '@unrolled/kernels';
import { fusedSequence, outputsAndGradients, randomCase } from '../fused';
import type { Layer } from '../reference';

const LAYERS: Layer[] = ['lstm', 'gru-after', 'gru-before', 'rnn-tanh', 'rnn-relu'];

/** FNV-1a over the bytes, 32 bits. */
function hash(arrays: Iterable<Float32Array>): string {
  let value = 0x811c9dc5;
  for (const array of arrays)
    for (const byte of new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
      value = Math.imul(value ^ byte, 0x01000193);
  return (value >>> 0).toString(16).padStart(8, '0');
}

export interface Digests {
  threads: number;
  jobs: number;
  /** Outputs and gradients of each layer, for a case that is large enough for threads to share. */
  layers: Record<string, string>;
}

/** Runs each layer forward and backward on a new backend, with the plain binary. */
export async function digests(threads: number): Promise<Digests> {
  await useUnrolledBackend({ threads, binary: 'plain' });
  const layers: Record<string, string> = {};
  for (const layer of LAYERS) {
    const sequence = randomCase(layer, { batch: 13, time: 20, inputSize: 37, units: 65 }, 12);
    const result = outputsAndGradients(fusedSequence, layer, sequence, {
      lengths: [20, 0, 1, 7, 20, 3, 20, 20, 9, 2, 5, 20, 20],
    });
    layers[layer] = hash(Object.values(result));
  }
  const info = unrolledBackendInfo()!;
  const jobs = [...info.jobCounts.values()].reduce((a, b) => a + b, 0);
  unregisterUnrolledBackend();
  return { threads: info.threads, jobs, layers };
}
