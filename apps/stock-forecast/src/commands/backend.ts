import { availableParallelism } from 'node:os';
import { type SelectedBackend, selectBackend } from '@unrolled/kernels/node';
import type { BackendName } from '../settings';

/** An engine for fits side by side. */
export interface SideBySide {
  readonly backend: SelectedBackend;
  /** Threads that fit, each with an engine of its own. */
  readonly workers: number;
  /** The engine that each of them starts. */
  readonly workerBackend: 'unrolled' | 'cpu';
}

/**
 * Makes an engine of one thread current, and says how many fit side by side: as asked, or as many as the machine has cores.
 * TensorFlow shares the machine out by itself, so it fits in one place.
 */
export async function selectSideBySide(
  choice: BackendName,
  asked: number | undefined,
  { units, batchSize }: { readonly units: number; readonly batchSize: number },
): Promise<SideBySide> {
  const backend = await selectBackend(choice, { threads: 1, units, batchSize });
  const own = backend.name === 'unrolled' || backend.name === 'cpu';
  return {
    backend,
    workers: own ? (asked ?? availableParallelism()) : 1,
    workerBackend: backend.name === 'cpu' ? 'cpu' : 'unrolled',
  };
}
