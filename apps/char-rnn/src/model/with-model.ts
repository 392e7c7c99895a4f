import { quietTensorflow, type Reporter } from '@unrolled/app-shared';
import { disposeTree } from '@unrolled/cells';
import { selectBackend } from '@unrolled/kernels/node';
import type { BackendName } from '../settings/settings';
import { loadModel, type TrainedModel } from './checkpoint';

/** What every command that uses a trained model is told. */
export interface ModelOptions {
  readonly checkpoint: string;
  readonly backend: BackendName;
}

/**
 * Chooses the backend, reads the model, and frees it however `use` ends. The backend and why it was chosen go to standard error, so
 * that standard output stays the text.
 */
export async function withModel<T>(
  { checkpoint, backend }: ModelOptions,
  reporter: Reporter,
  use: (trained: TrainedModel) => Promise<T>,
): Promise<T> {
  quietTensorflow();
  const { name, reason } = await selectBackend(backend, { batchSize: 1 });
  const trained = await loadModel(checkpoint);
  reporter.warn(`backend ${name}: ${reason}`);
  try {
    return await use(trained);
  } finally {
    disposeTree(trained.params);
  }
}
