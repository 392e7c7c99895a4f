import { loadModel, selectBackend } from './engine';
import type { MethodName } from './method/method';
import { refuse } from './refuse';

/** For each method, the computations outside its network, which ONNX would lack. */
const OUTSIDE: Readonly<Record<MethodName, string>> = {
  hybrid: 'the hybrid, which computes exponential smoothing outside its network',
  global: 'the global model, which draws many sample paths outside its network',
};

/**
 * Encodes a saved model for other programs.
 *
 * @throws UnrolledError naming the method, if the format is ONNX, and as `loadModel`
 */
export async function exportModel(directory: string, format: 'onnx' | 'safetensors'): Promise<Uint8Array> {
  await selectBackend('cpu', { batchSize: 1 }); // nothing is computed
  const { method, fitted } = await loadModel(directory);
  if (format === 'safetensors') return fitted.encode();
  return refuse('--format', {
    expected: 'safetensors',
    got: `onnx of ${OUTSIDE[method]}`,
    remedy: 'export its weights (--format safetensors), or forecast here',
  });
}
