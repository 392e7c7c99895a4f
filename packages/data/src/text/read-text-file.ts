import { open } from 'node:fs/promises';
import { decodeBytes } from '../encoding';
import { refuseUnreadable } from '../file-errors';
import { checkKind, refuse } from '../refuse';

/**
 * Reads a text file strictly, and removes a byte order mark.
 *
 * @param encoding as for `decodeText`; default UTF-8, or UTF-16 if a byte order mark or zero bytes show it
 * @throws UnrolledError naming the path: no such file, a folder, no permission, an empty file, or a byte that
 *   is invalid in the encoding
 */
export async function readTextFile(path: string, encoding?: string): Promise<string> {
  checkKind('readTextFile', 'path', path, 'string');
  checkKind('readTextFile', 'encoding', encoding, 'string?');
  const { text } = decodeBytes('readTextFile', path, await readBytes('readTextFile', path), encoding);
  requireText('readTextFile', path, text);
  return text;
}

/** Refuses an empty text on behalf of the function `scope`. */
export function requireText(scope: string, path: string, text: string): void {
  if (text === '')
    refuse(scope, {
      expected: `a text in ${path}`,
      got: 'an empty file',
      remedy: 'pass a file that contains text',
    });
}

/** Reads a file's bytes on behalf of the function `scope`. */
export async function readBytes(scope: string, path: string): Promise<Uint8Array> {
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
