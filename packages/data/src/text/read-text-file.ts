import { isUtf8 } from 'node:buffer';
import { open } from 'node:fs/promises';
import { refuseUnreadable } from '../file-errors';
import { refuse } from '../refuse';
import { refuseInvalidUtf8 } from './utf8';

/**
 * Reads a text file in strict UTF-8; a byte order mark is left out.
 *
 * @throws UnrolledError naming the path: no such file, a folder, no permission, an empty file, or the byte at which it
 * stops being UTF-8
 */
export async function readTextFile(path: string): Promise<string> {
  return readText('readTextFile', path);
}

/** As `readTextFile`, in the name of the function `scope`. */
export async function readText(scope: string, path: string): Promise<string> {
  const bytes = await readBytes(scope, path);
  if (!isUtf8(bytes)) refuseInvalidUtf8(scope, path, bytes);
  let text: string;
  try {
    text = new TextDecoder().decode(bytes);
  } catch (cause) {
    refuse(
      scope,
      { expected: `a text that fits in one string at ${path}`, got: `${bytes.length} bytes` },
      cause,
    );
  }
  if (text === '') refuse(scope, { expected: `a text in ${path}`, got: 'an empty file' });
  return text;
}

async function readBytes(scope: string, path: string): Promise<Uint8Array> {
  try {
    const handle = await open(path, 'r');
    try {
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    refuseUnreadable(scope, path, error);
  }
}
