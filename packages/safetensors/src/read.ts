import { inWords, type OptionKinds } from '@unrolled/errors';
import { CHECKSUM_KEY, checkSeal } from './checksum';
import { arrayOver, arraySize, type SafetensorsTensor } from './dtypes';
import { type Header, parseHeader } from './header-parser';
import { type CheckedEntry, checkLayout } from './layout';
import { otherFormat } from './other-formats';
import { bytesInWords, checkOptions, DAMAGED, type Place, refuse, requireLittleEndian } from './refuse';

/** The contents of a file. */
export interface SafetensorsFile {
  /** The tensors by name, in the order of their bytes in the file. */
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>;
  /**
   * The header's `__metadata__` without a checksum. It is an object without a prototype, empty if the file
   * has none.
   */
  readonly metadata: Readonly<Record<string, string>>;
  /** Whether the file has a checksum. If so, it was verified. */
  readonly hasChecksum: boolean;
}

/** Options for reading a file. */
export interface ReadOptions {
  /** The maximum size of the header in bytes; default 100,000,000, as in the reference implementation. */
  maximumHeaderBytes?: number;
  /**
   * true: every tensor has separate memory. false (default): a tensor is a view of `bytes` if its alignment
   * allows it, otherwise a copy.
   */
  copy?: boolean;
}

const KINDS: OptionKinds<ReadOptions> = {
  maximumHeaderBytes: 'number?',
  copy: 'boolean?',
};

const defaultMaximumHeaderBytes = 100_000_000;

/** Number of bytes that `readHeaderLength` needs: the length, and enough to recognise another format. */
export const START_BYTES = 300;

/**
 * Reads a whole safetensors file from memory.
 *
 * The file is not trusted. The header's length, its UTF-8, its JSON (unique keys, integers only), dtypes,
 * shapes and offsets are checked before any tensor is created. No allocation is larger than a few times the
 * actual header. Any name is accepted, also `__proto__`, because names are keys of a Map.
 *
 * @param bytes the file; tensors are views of it unless `copy` is set
 * @throws UnrolledError for a violation of the format, an unknown dtype, a wrong checksum (see
 *   `writeSafetensors`), or a big-endian machine
 * @see https://github.com/huggingface/safetensors#format
 */
export function readSafetensors(bytes: Uint8Array | ArrayBuffer, options: ReadOptions = {}): SafetensorsFile {
  checkOptions('readSafetensors', options, KINDS);
  const place: Place = { scope: 'readSafetensors', code: 'format' };
  if (!(ArrayBuffer.isView(bytes) || bytes instanceof ArrayBuffer)) {
    const remedy = 'read the file first with await readFile(path) or await response.arrayBuffer()';
    const got = inWords(bytes);
    refuse(place, { expected: 'a Uint8Array or an ArrayBuffer', got, remedy, code: 'argument' });
  }
  const file = ArrayBuffer.isView(bytes)
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes);
  const headerBytes = readHeaderLength(file.subarray(0, START_BYTES), file.length, options, place);
  const text = file.subarray(8, 8 + headerBytes);
  const header = readHeader(text, file.length, place);
  const parts = [file.subarray(0, 8), text, file.subarray(8 + headerBytes)] as const;
  return {
    tensors: tensorsIn(file, 8 + headerBytes, header.entries, options.copy ?? false),
    ...checkedMetadata(header.metadata, parts, place),
  };
}

/**
 * Verifies a file's checksum, if it has one.
 *
 * @param parts the length, the header's text and the data
 * @returns the metadata without the checksum, and whether the file had one
 */
export function checkedMetadata(
  metadata: Header['metadata'],
  parts: readonly [Uint8Array, Uint8Array, Uint8Array],
  place: Place,
): Pick<SafetensorsFile, 'metadata' | 'hasChecksum'> {
  if (!(CHECKSUM_KEY in metadata)) return { metadata, hasChecksum: false };
  checkSeal(parts, parts[1], place);
  const rest = Object.assign(Object.create(null), metadata);
  delete rest[CHECKSUM_KEY];
  return { metadata: rest, hasChecksum: true };
}

/**
 * The header's length in bytes, from the first {@link START_BYTES} of a file of `fileBytes`, or from all
 * bytes of a shorter file.
 */
export function readHeaderLength(
  start: Uint8Array,
  fileBytes: number,
  options: ReadOptions,
  place: Place,
): number {
  const { maximumHeaderBytes = defaultMaximumHeaderBytes } = options;
  if (!(Number.isSafeInteger(maximumHeaderBytes) && maximumHeaderBytes > 0)) {
    refuse(place, {
      expected: 'maximumHeaderBytes as a positive whole number',
      got: String(maximumHeaderBytes),
      code: 'argument',
      remedy: 'omit it to use the default',
    });
  }
  requireLittleEndian(place);
  const length = fileBytes < 8 ? 0n : new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true);
  const fits = length <= BigInt(maximumHeaderBytes) && length <= BigInt(fileBytes - 8);
  // A header starts with {. Files of other formats have another byte there, or a length far beyond the file.
  const other = fits && start[8] === 0x7b ? undefined : otherFormat(start);
  if (other) {
    refuse(place, { expected: 'a safetensors file', got: other.name, remedy: other.remedy });
  }
  if (fileBytes < 8) {
    refuse(place, {
      expected: 'a safetensors file of at least 8 bytes',
      got: bytesInWords(fileBytes),
      remedy: 'use another file: this one is empty, truncated or not a safetensors file',
    });
  }
  if (length > BigInt(maximumHeaderBytes)) {
    refuse(place, {
      expected: `a header of at most ${bytesInWords(maximumHeaderBytes)}`,
      got: bytesInWords(length),
      remedy: 'check the path: this is not a safetensors file, or maximumHeaderBytes is too low',
    });
  }
  if (!fits) {
    refuse(place, {
      expected: `a header within the file's ${bytesInWords(fileBytes)}`,
      got: `a header of ${bytesInWords(length)}`,
      remedy: 'use another file: this one is truncated or not a safetensors file',
    });
  }
  return Number(length);
}

/** Parses the header, and compares it with a file of `fileBytes`. */
export function readHeader(
  bytes: Uint8Array,
  fileBytes: number,
  place: Place,
): { entries: CheckedEntry[]; metadata: Header['metadata'] } {
  if (bytes[0] !== 0x7b) {
    refuse(place, {
      expected: 'a header that starts with {',
      got: bytes.length === 0 ? 'an empty header' : `byte 0x${bytes[0]!.toString(16).padStart(2, '0')}`,
      remedy: 'check the path: this is not a safetensors file',
    });
  }
  const header = parseHeader(decodeUtf8(bytes, place), place);
  return {
    entries: checkLayout(header.entries, fileBytes - 8 - bytes.length, place),
    metadata: header.metadata,
  };
}

function decodeUtf8(bytes: Uint8Array, place: Place): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    refuse(
      place,
      { expected: 'a header in valid UTF-8', got: 'bytes that are not UTF-8', remedy: DAMAGED },
      cause,
    );
  }
}

/** Creates the tensors of checked entries. Their data begins at byte `dataStart` of `file`. */
export function tensorsIn(
  file: Uint8Array,
  dataStart: number,
  entries: readonly CheckedEntry[],
  copy: boolean,
): Map<string, SafetensorsTensor> {
  const tensors = new Map<string, SafetensorsTensor>();
  for (const { name, dtype, shape, begin, end } of entries) {
    const start = file.byteOffset + dataStart + begin;
    const aligned = start % arraySize(dtype) === 0;
    const data =
      copy || !aligned
        ? arrayOver(dtype, file.slice(dataStart + begin, dataStart + end).buffer, 0, end - begin)
        : arrayOver(dtype, file.buffer, start, end - begin);
    tensors.set(name, { dtype, shape, data } as SafetensorsTensor);
  }
  return tensors;
}
