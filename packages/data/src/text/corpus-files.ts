import { isUtf8 } from 'node:buffer';
import { open, stat } from 'node:fs/promises';
import { isAbsolute, resolve, sep } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { encodingOf, refuseUndecodable, strictDecoder } from '../encoding';
import { refuseUnreadable } from '../file-errors';
import { refuse } from '../refuse';
import { unfinishedBytes } from './utf8';

const chunkBytes = 2 ** 20;

/** A file of a corpus. */
export interface CorpusFile {
  /** The function that reads it, for messages; default `openCorpus`. */
  readonly scope?: string;
  /** The path as an argument, or `-`. */
  readonly given: string;
  /** Its name in messages. */
  readonly path: string;
  /**
   * Identifies the file's content; undefined for a source that is read only once, such as standard input or a
   * pipe.
   */
  readonly stamp: FileStamp | undefined;
  /** Its bytes in order. A chunk is valid until the next. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** The properties of a file that change with its content; plain JSON. */
export interface FileStamp {
  readonly path: string;
  readonly size: number;
  /** Modification and status-change times, in nanoseconds. The second cannot be set back. */
  readonly modified: string;
  readonly changed: string;
  readonly inode: string;
}

/**
 * Resolves paths and patterns to files, in the given order; the files of a pattern are sorted by path. A path
 * that exists is that file even if it looks like a pattern. `-` is standard input.
 *
 * @throws UnrolledError for a path that is not a readable file, or a pattern without a match
 */
export async function findCorpusFiles(
  pathsOrPatterns: readonly string[],
  standardInput: () => AsyncIterable<Uint8Array>,
  scope = 'openCorpus',
): Promise<CorpusFile[]> {
  const files: CorpusFile[] = [];
  for (const given of pathsOrPatterns) {
    if (given === '-') {
      files.push({ scope, given, path: 'standard input', stamp: undefined, chunks: standardInput });
      continue;
    }
    for (const path of await expand(scope, given)) {
      const stamp = await stampOf(scope, path);
      files.push({ scope, given: path, path, stamp, chunks: () => readChunks(scope, path) });
    }
  }
  return files;
}

async function expand(scope: string, given: string): Promise<string[]> {
  const exists = await stat(given).then(
    () => true,
    () => false,
  );
  if (exists) return [given];
  // Loaded on demand, so a program without patterns starts faster.
  const { glob, isDynamicPattern } = await import('tinyglobby');
  if (!isDynamicPattern(given)) return [given];
  const options = { absolute: isAbsolute(given), expandDirectories: false };
  const paths = await glob(given.replaceAll(sep, '/'), options);
  if (paths.length === 0) {
    refuse(scope, {
      expected: `files that match ${given}`,
      got: 'none',
      remedy: 'use ** for any number of folders, and * for part of a name',
    });
  }
  return paths.sort();
}

async function stampOf(scope: string, path: string): Promise<FileStamp | undefined> {
  const stats = await stat(path, { bigint: true }).catch((error) => refuseUnreadable(scope, path, error));
  if (stats.isDirectory()) {
    refuse(scope, {
      expected: `a readable file at ${path}`,
      got: 'a folder',
      remedy: `name the files in the folder: '${path}/**/*.txt'`,
    });
  }
  if (!stats.isFile()) return undefined;
  return {
    path: resolve(path),
    size: Number(stats.size),
    modified: String(stats.mtimeNs),
    changed: String(stats.ctimeNs),
    inode: String(stats.ino),
  };
}

async function* readChunks(scope: string, path: string): AsyncGenerator<Uint8Array> {
  const handle = await open(path, 'r').catch((error) => refuseUnreadable(scope, path, error));
  try {
    const buffer = new Uint8Array(chunkBytes);
    for (;;) {
      const { bytesRead } = await handle
        .read(buffer, 0, chunkBytes, null)
        .catch((error) => refuseUnreadable(scope, path, error));
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/**
 * The bytes of a file.
 *
 * @throws UnrolledError if the file is empty, or changes while it is read
 */
export async function* readBinary(file: CorpusFile): AsyncGenerator<Uint8Array> {
  const { scope = 'openCorpus' } = file;
  let length = 0;
  for await (const chunk of file.chunks()) {
    length += chunk.length;
    yield chunk;
  }
  if (length === 0)
    refuse(scope, { expected: `a text in ${file.path}`, got: 'an empty file', remedy: 'leave out the file' });
  if (file.stamp === undefined || isDeepStrictEqual(await stampOf(scope, file.path), file.stamp)) return;
  refuse(scope, {
    expected: `${file.path} not to change while it is read`,
    got: 'a file that changed',
    remedy: 'run again when the file is complete',
  });
}

/** How to decode a text. */
export interface TextReading {
  /** The encoding for `decodeText`; default UTF-8, or UTF-16 if a byte order mark or zero bytes show it. */
  readonly encoding?: string | undefined;
  /** Unicode normalization form of its characters; default none. */
  readonly normalize?: 'NFC' | 'NFD' | undefined;
}

/**
 * A file's text as UTF-8 in pieces of whole code points, without a byte order mark.
 *
 * @throws UnrolledError as {@link readBinary}, and for bytes that are invalid in the encoding
 */
export async function* readUtf8(file: CorpusFile, reading: TextReading = {}): AsyncGenerator<Uint8Array> {
  const { scope = 'openCorpus' } = file;
  let rest = new Uint8Array(0);
  let offset = 0;
  let isEmpty = true;
  let before: Uint8Array = new Uint8Array(0);
  let convert: ((piece: Uint8Array, isLast: boolean) => Uint8Array) | undefined;
  let encoding: string | undefined;
  const refuseInvalid = (bytes: Uint8Array) => {
    const remedy = 'save the file as UTF-8, or read it with the unit byte';
    if (bytes.length === 0)
      refuse(scope, {
        expected: `valid ${encoding} in ${file.path}`,
        got: 'a truncated last character',
        remedy,
        code: 'format',
      });
    return refuseUndecodable(scope, file.path, bytes, { encoding, start: offset, remedy });
  };
  const asUtf8 = (bytes: Uint8Array, isLast: boolean) => {
    try {
      return convert!(bytes, isLast);
    } catch (error) {
      if (error instanceof TypeError) return refuseInvalid(bytes);
      throw error;
    }
  };
  for await (const chunk of withHead(readBinary(file))) {
    if (encoding === undefined) {
      encoding = encodingOf(scope, chunk, reading.encoding ?? (isFullOfZeros(chunk) ? undefined : 'utf-8'));
      if (encoding !== 'utf-8' || reading.normalize) convert = converter(encoding, reading.normalize);
    }
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const isUtf = encoding === 'utf-8';
    const piece = isUtf ? bytes.subarray(0, bytes.length - unfinishedBytes(bytes)) : bytes;
    if (isUtf && !isUtf8(piece)) refuseInvalid(piece);
    const plain = isUtf && offset === 0 && startsWithMark(piece) ? piece.subarray(3) : piece;
    const text = convert ? asUtf8(plain, false) : plain;
    isEmpty &&= text.length === 0;
    yield text;
    rest = bytes.slice(piece.length);
    offset += piece.length;
    before = piece;
  }
  if (rest.length > 0) {
    // The bytes before a truncated character show whether the text is UTF-8.
    offset -= before.length;
    refuseInvalid(Buffer.concat([before, rest]));
  }
  const end = convert ? asUtf8(new Uint8Array(0), true) : rest;
  if (isEmpty && end.length === 0)
    refuse(scope, { expected: `a text in ${file.path}`, got: 'an empty file', remedy: 'leave out the file' });
  if (end.length > 0) yield end;
}

/** A text may contain a few zeros; only UTF-16 has many. */
function isFullOfZeros(head: Uint8Array): boolean {
  const sample = head.subarray(0, HEAD);
  return sample.reduce((count, byte) => count + Number(byte === 0), 0) > sample.length / 4;
}

/** The number of bytes that determine a text's encoding. */
const HEAD = 4096;

/** Regroups chunks so that the first has at least {@link HEAD} bytes, if there are as many. */
async function* withHead(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | undefined = new Uint8Array(0);
  for await (const chunk of chunks) {
    if (head !== undefined) head = Buffer.concat([head, chunk]);
    if (head !== undefined && head.length < HEAD) continue;
    yield head ?? chunk;
    head = undefined;
  }
  if (head !== undefined && head.length > 0) yield head;
}

/** Converts pieces of a text to UTF-8 in a normalization form. */
function converter(
  encoding: string,
  normalization: TextReading['normalize'],
): (piece: Uint8Array, isLast: boolean) => Uint8Array {
  const decoder = strictDecoder(encoding);
  const encoder = new TextEncoder();
  let held = '';
  return (piece, isLast) => {
    const text = held + decoder.decode(piece, { stream: !isLast });
    // Text after an ASCII character may combine with it, but not with anything before it, so this is a safe
    // cut.
    const end = isLast || !normalization ? text.length : lastAscii(text);
    held = text.slice(end);
    const whole = text.slice(0, end);
    return encoder.encode(normalization ? whole.normalize(normalization) : whole);
  };
}

function lastAscii(text: string): number {
  let at = text.length - 1;
  while (at > 0 && text.charCodeAt(at) > 0x7f) at -= 1;
  return Math.max(0, at);
}

const startsWithMark = (bytes: Uint8Array) => bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
