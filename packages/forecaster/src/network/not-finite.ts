import { UnrolledError } from '@unrolled/errors';
import { refuse } from '../refuse';

/** Rethrows an error of training; a loss or gradient that is not finite in this package's words. */
export function rethrowTraining(error: unknown): never {
  if (!(error instanceof UnrolledError) || error.code !== 'not-finite') throw error;
  const { expected, got, code } = error;
  return refuse('training', { expected, got, remedy: 'lower `learningRate`', code }, error);
}
