import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { checkOptions, refuse } from '../../refuse';
import { Engine } from '../engine/engine';
import type { ExecutorInfo } from '../engine/executor';
import { ENGINE_KINDS, type EngineOptions } from '../engine/runtime';
import { attentionKernels } from '../kernels/attention';
import { attentionSequenceKernels } from '../kernels/attention-sequence';
import { convolutionKernels } from '../kernels/convolution';
import { ctcKernels } from '../kernels/ctc';
import { embeddingKernels } from '../kernels/embedding';
import { lastStepKernels } from '../kernels/last-step';
import { linearKernels } from '../kernels/linear';
import { linearRecurrenceKernels } from '../kernels/linear-recurrence';
import { maskSequenceKernels } from '../kernels/mask-sequence';
import { positiveKernels } from '../kernels/positive';
import { replacedKernels } from '../kernels/replaced';
import { sequenceKernels } from '../kernels/sequence';
import { sequenceStackKernels } from '../kernels/sequence-stack';
import { crossEntropyKernels } from '../kernels/softmax-cross-entropy';
import { updateKernels } from '../kernels/update-parameters';
import { UnrolledBackend } from './unrolled-backend';

const NAME = 'unrolled';

/**
 * Some bundlers leave out files that are imported for what they do alone: tfjs's platform, and its list of
 * kernels.
 *
 * @throws UnrolledError where the kernels of tfjs's CPU backend are not there
 */
function checkCpuKernels(): void {
  if (tf.getKernel('Add', 'cpu') && tf.getKernel('Reshape', 'cpu')) return;
  refuse('registerUnrolledBackend', {
    code: 'unsupported',
    expected: "the kernels of tfjs's cpu backend to be registered",
    got: `${tf.getKernelsForBackend('cpu').length} of them`,
    remedy:
      'a bundler has left out what tfjs imports for its side effects alone: bun build --ignore-dce-annotations, elsewhere no tree shaking of @tensorflow/*',
  });
}

function registerKernels(): void {
  tf.copyRegisteredKernels('cpu', NAME);
  for (const kernel of replacedKernels()) {
    tf.unregisterKernel(kernel.kernelName, NAME);
    tf.registerKernel(kernel);
  }
  const own = [
    ...[sequenceKernels(), sequenceStackKernels(), lastStepKernels(), crossEntropyKernels()],
    ...[embeddingKernels(), linearKernels(), linearRecurrenceKernels(), maskSequenceKernels()],
    ...[attentionKernels(), attentionSequenceKernels(), convolutionKernels(), positiveKernels()],
    ...[updateKernels(), ctcKernels()],
  ];
  for (const kernel of own.flat()) tf.registerKernel(kernel);
}

/**
 * The registered backend. tfjs's registry is global, this module is not: an application may load it twice, as
 * ESM and as CommonJS.
 */
export function currentUnrolledBackend(): UnrolledBackend | undefined {
  return tf.findBackendFactory(NAME) ? (tf.findBackend(NAME) as UnrolledBackend) : undefined;
}

/**
 * Registers the tfjs backend `unrolled`: the CPU backend, with the fused ops of this package and the matrix
 * product in WebAssembly. `await registerUnrolledBackend()` and then `tf.setBackend('unrolled')`. A further
 * call applies its options to the existing backend, and keeps its tensors.
 *
 * @param options.threads how many threads compute; by default one per core, 1 where the platform shares no
 * memory
 * @param options.binary `auto` (default), `plain` or `relaxed` SIMD
 * @param options.executor `auto` (default), `native` or `webassembly`
 * @param options.module a compiled module of this package, where the host lets none be compiled
 * @param options.workerUrl the address of `@unrolled/kernels/worker`, where a page's policy allows no blob
 * @throws UnrolledError where WebAssembly SIMD is missing or refused, or memory is; tfjs's other backends
 *   work on
 */
export async function registerUnrolledBackend(options: EngineOptions = {}): Promise<void> {
  checkOptions('registerUnrolledBackend', options, ENGINE_KINDS);
  const current = currentUnrolledBackend();
  if (current) return current.engine.change(options);
  checkCpuKernels();
  const engine = await Engine.start(options);
  const other = currentUnrolledBackend();
  if (other) {
    engine.stop();
    return other.engine.change(options);
  }
  const backend = new UnrolledBackend(engine);
  registerKernels();
  tf.registerBackend(NAME, () => backend, 10);
}

/** Registers the backend if need be, makes it the current one, and says what it runs on. */
export async function useUnrolledBackend(options: EngineOptions = {}): Promise<UnrolledBackendInfo> {
  await registerUnrolledBackend(options);
  await tf.setBackend(NAME);
  return unrolledBackendInfo()!;
}

/** Removes the backend, with every tensor on it, and ends its threads. */
export function unregisterUnrolledBackend(): void {
  if (!currentUnrolledBackend()) return;
  if (tf.getBackend() === NAME) tf.setBackend('cpu');
  // Disposes the backend, which ends the threads.
  tf.removeBackend(NAME);
  for (const { kernelName } of tf.getKernelsForBackend(NAME)) tf.unregisterKernel(kernelName, NAME);
}

/** The engine of the backend, for logs and for tests. */
export interface UnrolledBackendInfo {
  binary: 'plain' | 'relaxed';
  /** The executor, native kernels or the binary, and the reason. */
  executor: ExecutorInfo;
  /** Threads that compute, the calling one included; fewer than at the start where some have ended since. */
  threads: number;
  /** Bytes that the WebAssembly memory has taken from the system, and those of them in use. */
  memoryBytes: number;
  usedBytes: number;
  /** How often each WebAssembly job ran, by its name. */
  jobCounts: ReadonlyMap<string, number>;
}

/** Facts on the registered backend; undefined while there is none. */
export function unrolledBackendInfo(): UnrolledBackendInfo | undefined {
  const current = currentUnrolledBackend();
  if (!current) return undefined;
  const { binary, executor, threads, memoryBytes, usedBytes, jobCounts } = current.engine;
  return { binary, executor, threads, memoryBytes, usedBytes, jobCounts };
}
