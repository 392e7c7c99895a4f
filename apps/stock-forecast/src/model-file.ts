import { UnrolledError } from '@unrolled/errors';
import type { Forecaster } from '@unrolled/forecaster';
import { loadForecaster } from '@unrolled/forecaster/node';
import { refuse } from './refuse';

/**
 * Reads the model file that `--model` names.
 *
 * @throws UnrolledError if the file does not exist, is damaged, or was not written by `stock-forecast train`
 */
export async function loadModel(file: string): Promise<Forecaster> {
  try {
    return await loadForecaster(file);
  } catch (error) {
    // Errors about the file itself already name its path.
    if (!(error instanceof UnrolledError) || error.packageName === 'safetensors') throw error;
    return refuse(
      '--model',
      {
        expected: `a model in ${file} that stock-forecast train wrote`,
        got: error.code === 'shape' ? 'an architecture that contradicts its description' : error.got,
        remedy: 'pass the model.safetensors of a run',
        code: 'format',
      },
      error,
    );
  }
}
