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
 * Some bundlers drop files that are imported only for their side effects, such as tfjs's platform and its
 * list of kernels.
 *
 * @throws UnrolledError if the kernels of tfjs's CPU backend are missing
 */
function checkCpuKernels(): void {
  if (tf.getKernel('Add', 'cpu') && tf.getKernel('Reshape', 'cpu')) return;
  refuse('registerUnrolledBackend', {
    code: 'unsupported',
    expected: "the kernels of tfjs's cpu backend to be registered",
    got: `${tf.getKernelsForBackend('cpu').length} kernels`,
    remedy:
      "keep tfjs's side-effect imports, which a bundler has dropped: bun build --ignore-dce-annotations, elsewhere no tree shaking of @tensorflow/*",
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
 * The registered backend. tfjs's registry is global but this module is not: an application may load it as ESM
 * and as CommonJS.
 */
export function currentUnrolledBackend(): UnrolledBackend | undefined {
  return tf.findBackendFactory(NAME) ? (tf.findBackend(NAME) as UnrolledBackend) : undefined;
}

/**
 * Registers the tfjs backend `unrolled`: the CPU backend, with the fused ops of this package and the matrix
 * product in WebAssembly. Call `await registerUnrolledBackend()`, then `tf.setBackend('unrolled')`. A second
 * call applies its options to the existing backend and keeps its tensors.
 *
 * @param options.threads number of threads; default one per core, or 1 if the platform has no shared memory
 * @param options.binary `auto` (default), `plain` or `relaxed` SIMD
 * @param options.executor `auto` (default), `native` or `webassembly`
 * @param options.module a compiled module of this package, for hosts that forbid compilation at run time
 * @param options.workerUrl the address of `@unrolled/kernels/worker`, for pages whose policy forbids blob
 *   URLs
 * @throws UnrolledError if WebAssembly SIMD or memory is not available; tfjs's other backends still work
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

/** Registers the backend if necessary, makes it current, and returns its facts, such as its executor. */
export async function useUnrolledBackend(options: EngineOptions = {}): Promise<UnrolledBackendInfo> {
  await registerUnrolledBackend(options);
  await tf.setBackend(NAME);
  return unrolledBackendInfo()!;
}

/** Removes the backend with all tensors on it, and ends its threads. */
export function unregisterUnrolledBackend(): void {
  if (!currentUnrolledBackend()) return;
  if (tf.getBackend() === NAME) tf.setBackend('cpu');
  // Disposes of the backend, which ends its threads.
  tf.removeBackend(NAME);
  for (const { kernelName } of tf.getKernelsForBackend(NAME)) tf.unregisterKernel(kernelName, NAME);
}

/** The state of the backend's engine, for logs and tests. */
export interface UnrolledBackendInfo {
  binary: 'plain' | 'relaxed';
  /** The executor (native kernels, or which binary), and the reason for the choice. */
  executor: ExecutorInfo;
  /** Number of threads that compute, including the calling one. It shrinks if threads exit. */
  threads: number;
  /** Size of the WebAssembly memory in bytes, and how many of them are in use. */
  memoryBytes: number;
  usedBytes: number;
  /** Number of runs of each WebAssembly job, by name. */
  jobCounts: ReadonlyMap<string, number>;
}

/** Facts about the registered backend; undefined if there is none. */
export function unrolledBackendInfo(): UnrolledBackendInfo | undefined {
  const current = currentUnrolledBackend();
  if (!current) return undefined;
  const { binary, executor, threads, memoryBytes, usedBytes, jobCounts } = current.engine;
  return { binary, executor, threads, memoryBytes, usedBytes, jobCounts };
}
