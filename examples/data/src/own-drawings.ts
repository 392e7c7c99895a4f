import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { UnrolledError } from '@unrolled/errors';
import { readingProblem } from '@unrolled/errors/node';
import type { Drawing } from './captioning';
import { type FetchOptions, fetchSource } from './fetch';
import { drawingOf, rasteriserIn } from './pictures';
import { refuse } from './refuse';
import { SOURCES } from './sources';

/**
 * Reads SVG and PNG files as pictures of one size. The renderer is downloaded if it is not in the cache.
 *
 * @throws UnrolledError that names the file if it cannot be read, is damaged, or shows nothing
 */
export async function ownDrawings(
  files: readonly string[],
  size: number,
  options?: FetchOptions,
): Promise<Drawing[]> {
  const read = await Promise.all(
    files.map((file) => readFile(file).catch((error) => refuseFile(file, error))),
  );
  const rasteriser = await rasteriserIn(await fetchSource(SOURCES.rasteriser, options));
  return files.map((file, at) => {
    try {
      return { title: basename(file), picture: drawingOf(rasteriser, read[at]!, { path: file, size }) };
    } catch (error) {
      return refuseFile(file, error);
    }
  });
}

function refuseFile(file: string, error: unknown): never {
  const [expected, remedy] = [`a drawing in ${file}`, 'pass SVG or PNG files'];
  if (error instanceof UnrolledError)
    return refuse('drawing', { expected, got: error.got, remedy, code: 'format' }, error);
  const got = readingProblem(error);
  if (got === undefined) throw error;
  return refuse('drawing', { expected, got, remedy, code: 'file' }, error);
}
