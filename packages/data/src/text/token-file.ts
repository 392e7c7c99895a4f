/**
 * The file of a corpus's tokens, for reading by position:
 *
 *     ids             1, 2 or 4 bytes each, in the machine's byte order, the first at offset 0
 *     description     JSON, see {@link TokenFileDescription}
 *     trailer         the description's length (uint32), its SHA-256, and the letters UNROLLED
 *
 * It is written under a temporary name and renamed when it is complete. It is not synced: after a power
 * failure its checksums fail, and it is built again.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { refuse } from '../refuse';
import { checkRange, type TokenSource } from './token-source';
import type { TokenUnit } from './vocabulary-contract';

type Width = 1 | 2 | 4;

/** The vocabulary of the ids, and their origin. */
export interface TokenFileDescription {
  readonly unit: TokenUnit | 'pair';
  readonly symbols: readonly string[];
  /** Infinity is stored as null, because JSON lacks it. */
  readonly firstPositions: readonly (number | null)[];
  /** Compared as a whole with the current state of the files. */
  readonly origin: unknown;
}

interface Contents extends TokenFileDescription {
  readonly length: number;
  readonly width: Width;
  /** SHA-256 of the ids. */
  readonly digest: string;
}

const magic = Buffer.from('UNROLLED');
const trailerLength = 4 + 32 + magic.length;
const blockBytes = 2 ** 20;
const arrays = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array } as const;

/** Writes ids block by block, in the narrowest integer type that fits. */
export class TokenFileWriter {
  private width: Width = 1;
  private length = 0;

  private constructor(
    private readonly path: string,
    private temporary: string,
    private handle: FileHandle,
  ) {}

  /** Creates a temporary file next to `path`. */
  static async create(path: string): Promise<TokenFileWriter> {
    const temporary = temporaryName(path);
    return new TokenFileWriter(path, temporary, await open(temporary, 'wx+'));
  }

  /** @param bound exclusive upper bound of the ids */
  async write(ids: Int32Array, bound: number): Promise<void> {
    const width = widthFor(bound);
    if (width > this.width) await this.widen(width);
    await this.handle.appendFile(bytesOf(new arrays[this.width](ids)));
    this.length += ids.length;
  }

  /** Starts again with wider ids. A text with more than 256 characters mostly shows it early. */
  private async widen(width: Width): Promise<void> {
    const narrow = { handle: this.handle, temporary: this.temporary, width: this.width };
    const temporary = temporaryName(this.path);
    this.handle = await open(temporary, 'wx+');
    this.temporary = temporary;
    this.width = width;
    try {
      for await (const block of blocksOf(narrow.handle, this.length * narrow.width)) {
        const ids = new arrays[narrow.width](block.buffer, block.byteOffset, block.length / narrow.width);
        await this.handle.appendFile(bytesOf(new arrays[width](ids)));
      }
    } finally {
      await discard(narrow.handle, narrow.temporary);
    }
  }

  /** Completes the file and renames it to its final name. */
  async keep(description: TokenFileDescription): Promise<TokenFile> {
    const { length, width } = this;
    const digest = await digestOf(this.handle, length * width);
    const json = Buffer.from(JSON.stringify({ ...description, length, width, digest } satisfies Contents));
    const size = Buffer.alloc(4);
    size.writeUInt32LE(json.length);
    await this.handle.appendFile(Buffer.concat([json, size, sha256(json), magic]));
    await rename(this.temporary, this.path);
    return new TokenFile(this.handle, length, width);
  }

  /** Returns the ids and unlinks the file, which stays readable while it is open. */
  async lend(): Promise<TokenFile> {
    await rm(this.temporary);
    return new TokenFile(this.handle, this.length, this.width);
  }

  /** Deletes the file. */
  async discard(): Promise<void> {
    await discard(this.handle, this.temporary);
  }
}

/** Ids in a file, read piece by piece. */
export class TokenFile implements TokenSource {
  private buffer = new ArrayBuffer(0);

  constructor(
    private readonly handle: FileHandle,
    readonly length: number,
    private readonly width: Width,
  ) {}

  read(start: number, end: number): Int32Array {
    checkRange(start, end, this.length);
    const bytes = (end - start) * this.width;
    if (this.buffer.byteLength < bytes) this.buffer = new ArrayBuffer(bytes);
    const view = new Uint8Array(this.buffer, 0, bytes);
    for (let done = 0; done < bytes; ) {
      const count = readSync(this.handle.fd, view, done, bytes - done, start * this.width + done);
      if (count === 0)
        refuse('TokenSource', {
          expected: 'a token cache that does not change while it is open',
          got: 'a truncated token cache',
          remedy: 'delete the cache and open the corpus again',
        });
      done += count;
    }
    return Int32Array.from(new arrays[this.width](this.buffer, 0, end - start));
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

/**
 * Opens a token file that was written from `origin`.
 *
 * @returns undefined if there is no readable file, its origin differs, or a checksum does not match
 */
export async function openTokenFile(
  path: string,
  origin: unknown,
): Promise<{ tokens: TokenFile; contents: Contents } | undefined> {
  const handle = await open(path, 'r').catch(() => undefined);
  const contents = handle && (await readContents(handle, origin).catch(() => undefined));
  if (handle && contents) return { tokens: new TokenFile(handle, contents.length, contents.width), contents };
  await handle?.close();
  return undefined;
}

async function readContents(handle: FileHandle, origin: unknown): Promise<Contents | undefined> {
  const { size } = await handle.stat();
  if (size < trailerLength) return undefined;
  const trailer = await readAt(handle, size - trailerLength, trailerLength);
  if (!trailer.subarray(-magic.length).equals(magic)) return undefined;
  const start = size - trailerLength - trailer.readUInt32LE(0);
  if (start < 0) return undefined;
  const json = await readAt(handle, start, size - trailerLength - start);
  if (!sha256(json).equals(trailer.subarray(4, 36))) return undefined;
  const contents = JSON.parse(json.toString()) as Contents;
  const fits =
    contents.length * contents.width === start &&
    isDeepStrictEqual(contents.origin, origin) &&
    (await digestOf(handle, start)) === contents.digest;
  return fits ? contents : undefined;
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

/** A file's first `length` bytes in blocks of whole ids. Each block is valid until the next. */
async function* blocksOf(handle: FileHandle, length: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const buffer = new Uint8Array(Math.min(blockBytes, length));
  for (let start = 0; start < length; ) {
    const wanted = Math.min(buffer.length, length - start);
    for (let done = 0; done < wanted; ) {
      const { bytesRead } = await handle.read(buffer, done, wanted - done, start + done);
      if (bytesRead === 0) return;
      done += bytesRead;
    }
    yield buffer.subarray(0, wanted);
    start += wanted;
  }
}

async function digestOf(handle: FileHandle, length: number): Promise<string> {
  const hash = createHash('sha256');
  for await (const block of blocksOf(handle, length)) hash.update(block);
  return hash.digest('hex');
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

const widthFor = (bound: number): Width => (bound <= 2 ** 8 ? 1 : bound <= 2 ** 16 ? 2 : 4);

const bytesOf = (ids: Uint8Array | Uint16Array | Uint32Array) =>
  new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength);

const temporaryName = (path: string) => `${path}.${randomUUID()}${temporaryEnding}`;

/** The temporary name of an unfinished token file. */
export const temporaryEnding = '.tmp';

async function discard(handle: FileHandle, path: string): Promise<void> {
  await handle.close().catch(() => {});
  await rm(path, { force: true });
}
