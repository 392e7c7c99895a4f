import { type FileHandle, open } from 'node:fs/promises';
import { type OptionKinds, UnrolledError } from '@unrolled/errors';
import { readingProblem } from '@unrolled/errors/node';
import {
  checkedMetadata,
  type ReadOptions,
  readHeader,
  readHeaderLength,
  type SafetensorsFile,
  START_BYTES,
  tensorsIn,
} from './read';
import { bytesInWords, checkKind, checkOptions, type Place, refuse } from './refuse';

const KINDS: OptionKinds<Pick<ReadOptions, 'maximumHeaderBytes'>> = {
  maximumHeaderBytes: 'number?',
};

/**
 * Reads a safetensors file from disk, by the rules of `readSafetensors`.
 *
 * The header is read and compared with the file's size before memory for the tensors is allocated. Tensors
 * are views of that one allocation if their alignment allows it, which is always the case for files that this
 * package wrote.
 *
 * @throws UnrolledError naming the path: no such file, a folder or device, no permission, or a violation of
 * the format
 */
export async function readSafetensorsFile(
  path: string,
  options: Pick<ReadOptions, 'maximumHeaderBytes'> = {},
): Promise<SafetensorsFile> {
  checkKind('readSafetensorsFile', 'path', path, 'string');
  checkOptions('readSafetensorsFile', options, KINDS);
  const place: Place = { scope: 'readSafetensorsFile', path, code: 'format' };
  try {
    const handle = await open(path, 'r');
    try {
      return await readFrom(handle, options, place);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof UnrolledError) throw error;
    const got = readingProblem(error);
    if (got === undefined) throw error;
    const expected = `a readable safetensors file at ${path}`;
    return refuse(
      { scope: place.scope },
      { expected, got, code: 'file', remedy: 'pass the path of a file that you may read' },
      error,
    );
  }
}

async function readFrom(handle: FileHandle, options: ReadOptions, place: Place): Promise<SafetensorsFile> {
  const status = await handle.stat();
  if (!status.isFile()) {
    refuse(
      { scope: place.scope },
      {
        expected: `a readable safetensors file at ${place.path}`,
        got: status.isDirectory() ? 'a folder' : 'a device or pipe',
        code: 'file',
        remedy: 'pass the path of a regular file',
      },
    );
  }
  const start = new Uint8Array(Math.min(START_BYTES, status.size));
  await readFully(handle, start, 0, place);
  const headerBytes = readHeaderLength(start, status.size, options, place);
  const headerText = allocate(headerBytes, place);
  await readFully(handle, headerText, 8, place);
  const header = readHeader(headerText, status.size, place);
  const data = allocate(status.size - 8 - headerBytes, place);
  await readFully(handle, data, 8 + headerBytes, place);
  const checked = checkedMetadata(header.metadata, [start.subarray(0, 8), headerText, data], place);
  return { tensors: tensorsIn(data, 0, header.entries, false), ...checked };
}

function allocate(byteCount: number, place: Place): Uint8Array {
  try {
    return new Uint8Array(byteCount);
  } catch (cause) {
    return refuse(
      place,
      {
        expected: 'a file that fits in one Uint8Array of this machine',
        got: bytesInWords(byteCount),
        remedy: 'split it into several files with the program that wrote it',
        code: 'memory',
      },
      cause,
    );
  }
}

/** Fills `target` from byte `position` of the file. One read call returns at most 2 GiB. */
async function readFully(
  handle: FileHandle,
  target: Uint8Array,
  position: number,
  place: Place,
): Promise<void> {
  for (let filled = 0; filled < target.length; ) {
    const length = Math.min(target.length - filled, 2 ** 30);
    const { bytesRead } = await handle.read(target, filled, length, position + filled);
    if (bytesRead === 0) {
      refuse(place, {
        expected: `${position + target.length} bytes`,
        got: `the end of the file after ${position + filled} bytes`,
        remedy: 'read the file again when it is complete: it was truncated during reading',
      });
    }
    filled += bytesRead;
  }
}
