import { loadModel, selectBackend } from './engine';
import type { MethodName } from './method/method';
import { refuse } from './refuse';

/** The JSON that a forecast needs besides the network. */
const OUTSIDE: Readonly<Record<MethodName, string>> = {
  hybrid: 'the hybrid, whose forecast is a mixture of exponential smoothing, which is no part of its network',
  global: 'the global model, whose forecast is of many paths that are drawn step by step',
};

/**
 * A saved model for other programs.
 *
 * @throws UnrolledError for ONNX, naming the method, and as `loadModel`
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
