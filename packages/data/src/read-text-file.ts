import { open } from 'node:fs/promises';
import { refuse } from './refuse';

const reasons: Record<string, string> = {
  ENOENT: 'no such file',
  ENOTDIR: 'a part of the path that is not a folder',
  EISDIR: 'a folder',
  EACCES: 'no permission to read it',
  EPERM: 'no permission to read it',
  ENAMETOOLONG: 'a name that is too long',
  ERR_FS_FILE_TOO_LARGE: 'a file above 2 GiB',
};

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
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    const offset = invalidUtf8Offset(bytes);
    if (offset < 0) {
      refuse(
        scope,
        { expected: `a text that fits in one string at ${path}`, got: `${bytes.length} bytes` },
        cause,
      );
    }
    const byte = bytes[offset]!.toString(16).padStart(2, '0');
    refuse(scope, {
      expected: `valid UTF-8 in ${path}`,
      got: `byte 0x${byte} at byte offset ${offset}`,
      remedy: 'save the file as UTF-8',
    });
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
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code !== 'string') throw error;
    refuse(
      scope,
      { expected: `a readable file at ${path}`, got: reasons[code] ?? (error as Error).message },
      error,
    );
  }
}

/** Where the first byte sequence starts that UTF-8 forbids (Unicode, table 3-7); -1 when there is none. */
export function invalidUtf8Offset(bytes: Uint8Array): number {
  for (let offset = 0; offset < bytes.length; ) {
    const length = sequenceLength(bytes, offset);
    if (length === 0) return offset;
    offset += length;
  }
  return -1;
}

/** The length of the well-formed sequence at `offset`, 0 when it is ill-formed. */
function sequenceLength(bytes: Uint8Array, offset: number): number {
  const lead = bytes[offset]!;
  if (lead < 0x80) return 1;
  const length = lead < 0xc2 || lead > 0xf4 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  // The second byte's range keeps out overlong forms, surrogates and what lies above U+10FFFF.
  const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  for (let index = 1; index < length; index += 1) {
    const byte = bytes[offset + index] ?? 0;
    if (byte < (index === 1 ? least : 0x80) || byte > (index === 1 ? most : 0xbf)) return 0;
  }
  return length;
}
