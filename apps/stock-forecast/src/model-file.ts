import { UnrolledError } from '@unrolled/errors';
import type { Forecaster } from '@unrolled/forecaster';
import { loadForecaster } from '@unrolled/forecaster/node';
import { refuse } from './refuse';

/**
 * Reads the model file that `--model` names.
 *
 * @throws UnrolledError if there is none, it is damaged, or `stock-forecast train` did not write it
 */
export async function loadModel(file: string): Promise<Forecaster> {
  try {
    return await loadForecaster(file);
  } catch (error) {
    // Faults of the file itself name its path already.
    if (!(error instanceof UnrolledError) || error.packageName === 'safetensors') throw error;
    return refuse(
      '--model',
      {
        expected: `a model that stock-forecast train wrote in ${file}`,
        got: error.code === 'shape' ? 'an architecture that contradicts its description' : error.got,
        remedy: 'give its model.safetensors',
        code: 'format',
      },
      error,
    );
  }
}
