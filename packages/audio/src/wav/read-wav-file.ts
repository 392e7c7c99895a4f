import { readFile } from 'node:fs/promises';
import { readingProblem } from '@unrolled/errors/node';
import { checkKind, refuse } from '../refuse';
import { type Audio, readWav } from './read-wav';

/**
 * Reads a WAV file, as `readWav` does.
 *
 * @throws UnrolledError that names the file, in the cases of `readWav`, or if the file cannot be read
 */
export async function readWavFile(path: string): Promise<Audio> {
  checkKind('readWavFile', 'path', path, 'string');
  const bytes = await readFile(path).catch((error) => {
    const [got, remedy] = [readingProblem(error), 'pass the path of a file that you may read'];
    if (got === undefined) throw error;
    return refuse(
      'readWavFile',
      { expected: `a readable file at ${path}`, got, remedy, code: 'file' },
      error,
    );
  });
  return readWav(bytes, { name: path });
}
