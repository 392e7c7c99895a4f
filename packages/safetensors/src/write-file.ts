import { dirname } from 'node:path';
import type { OptionKinds } from '@unrolled/errors';
import { writeFileAtomically, writingProblem } from '@unrolled/errors/node';
import { checkKind, checkOptions, refuse } from './refuse';
import { fileParts, type Metadata, type NamedTensors, type WriteOptions } from './write';

const KINDS: OptionKinds<WriteOptions> = {
  checksum: 'boolean?',
};

/**
 * Writes tensors to a safetensors file atomically. A temporary file in the same folder is written, synced and
 * renamed over `path`, and the folder is synced. A failure or a crash leaves `path` unchanged; after a
 * failure, no temporary file remains. The bytes are those of `writeSafetensors`, without a second copy in
 * memory, so do not change the tensors' data before the promise resolves.
 *
 * @throws UnrolledError in the cases of `writeSafetensors`, or if the folder is missing, full or not writable
 */
export async function writeSafetensorsFile(
  path: string,
  tensors: NamedTensors,
  metadata: Metadata = {},
  options: WriteOptions = {},
): Promise<void> {
  checkKind('writeSafetensorsFile', 'path', path, 'string');
  checkKind('writeSafetensorsFile', 'tensors', tensors, 'object');
  checkKind('writeSafetensorsFile', 'metadata', metadata, 'object?');
  checkOptions('writeSafetensorsFile', options, KINDS);
  const place = { scope: 'writeSafetensorsFile' };
  const parts = fileParts(tensors, metadata, options, place);
  try {
    await writeFileAtomically(path, parts);
  } catch (error) {
    const got = writingProblem(error);
    if (got === undefined) throw error;
    const expected = `a file that can be written at ${path}`;
    const remedy = `check that the folder ${dirname(path)} exists, is writable and has space, and that no folder has this name`;
    refuse(place, { expected, got, remedy, code: 'file' }, error);
  }
}
