// Runs before each test file of the `cpu`, `unrolled` and `tensorflow` projects: selects tfjs's backend for
// it.
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
// Registers the gradients, and contains our backend.
import * as kernels from '@unrolled/kernels';

tf.enableProdMode(); // Keeps tfjs's advice about tfjs-node out of the log; in Node it changes nothing else.

const backend = process.env.UNROLLED_BACKEND ?? 'cpu';
if (backend === 'unrolled') {
  // One thread: the test files run in parallel, and threads change no bit of a result
  // (packages/kernels/test).
  await kernels.registerUnrolledBackend({ threads: 1 });
} else if (backend === 'tensorflow') {
  // One thread, as above.
  const { selectBackend } = await import('@unrolled/kernels/node');
  await selectBackend('native', { threads: 1 });
}
// For an unknown backend some versions throw and others return false. Neither may count as a run on that
// backend.
const chosen = await tf.setBackend(backend);
if (!chosen || tf.getBackend() !== backend)
  throw new Error(`the tests need the backend '${backend}', got '${tf.getBackend()}'`);
