import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkKind } from './refuse';

/**
 * Writes `parts` to `path` atomically: a reader, or a crash at any moment, sees the old file or the complete
 * new one. A temporary file in the same folder is written and synced, then renamed over `path`, then the
 * folder is synced. The temporary file is removed if anything fails. A symbolic link at `path` is replaced,
 * not followed.
 */
export async function writeFileAtomically(path: string, parts: readonly Uint8Array[]): Promise<void> {
  checkKind('writeFileAtomically', 'path', path, 'string');
  checkKind('writeFileAtomically', 'parts', parts, 'array');
  for (const part of parts) checkKind('writeFileAtomically', 'a part', part, 'Uint8Array');
  const folder = dirname(path);
  const temporary = join(folder, `.unrolled-${randomBytes(8).toString('hex')}.tmp`);
  // Exclusive creation, so it never writes through an existing file or link.
  const handle = await open(temporary, 'wx');
  try {
    try {
      for (const part of parts) await writeFully(handle, part);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

/** Writes all of `part`. One write call takes at most 2 GiB and may take less than requested. */
async function writeFully(handle: FileHandle, part: Uint8Array): Promise<void> {
  for (let written = 0; written < part.length; ) {
    const { bytesWritten } = await handle.write(part, written, Math.min(part.length - written, 2 ** 30));
    written += bytesWritten;
  }
}

/**
 * Makes the rename durable. Windows and some network file systems cannot sync a folder; there this does
 * nothing.
 */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, 'r');
    await handle.sync();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP', 'EBADF'].includes(code ?? '')) throw error;
  } finally {
    await handle?.close();
  }
}
