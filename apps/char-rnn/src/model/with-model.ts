import { type BackendName, quietTensorflow, type Reporter } from '@unrolled/app-shared';
import { disposeTree } from '@unrolled/cells';
import { selectBackend } from '@unrolled/kernels/node';
import type { TrainedModel } from '@unrolled/language-model';
import { loadModel } from '@unrolled/language-model/node';

/** The options of every command that uses a trained model. */
export interface ModelOptions {
  readonly checkpoint: string;
  readonly backend: BackendName;
}

/**
 * Selects the backend and reads the model. The model is disposed when `use` ends, also after an error. The
 * backend and the reason are printed on standard error, so standard output has only the result.
 */
export async function withModel<T>(
  { checkpoint, backend }: ModelOptions,
  reporter: Reporter,
  use: (trained: TrainedModel) => Promise<T>,
): Promise<T> {
  await quietTensorflow();
  const { name, reason } = await selectBackend(backend, { batchSize: 1 });
  const trained = await loadModel('--checkpoint', checkpoint);
  reporter.warn(`backend ${name}: ${reason}`);
  try {
    return await use(trained);
  } finally {
    disposeTree(trained.params);
  }
}
