/** A `.keras` file: a zip archive of the weights, the model's configuration and metadata about the writer. */
import { listed, quoted } from '@unrolled/errors';
import crc32 from 'crc-32';
import { inflateSync, strFromU8 } from 'fflate';
import { refuse } from './refuse';

/** The path of the weights in the archive. */
export const WEIGHTS = 'model.weights.h5';

/** Keras does not compress. An archive that claims larger files is refused. */
const MOST_TIMES = 16;
const ALWAYS_BYTES = 2 ** 20;

/** A file in the archive, as described in the directory at the archive's end. */
interface Entry {
  readonly compressed: boolean;
  readonly checksum: number;
  /** The position of its bytes, and its uncompressed size. */
  readonly begin: number;
  readonly end: number;
  readonly size: number;
}

/**
 * Returns the relevant files of a `.keras` archive, uncompressed and verified by their checksums.
 *
 * @throws UnrolledError if the archive is damaged, or claims contents far larger than itself
 */
export function unzipKeras(scope: string, bytes: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const entries = directoryOf(scope, bytes);
  if (!entries.has(WEIGHTS)) {
    refuse(scope, {
      expected: `a zip archive with ${WEIGHTS}`,
      got: `an archive of ${listed([...entries.keys()].map((name) => quoted(name)))}`,
      remedy: 'save the model with model.save of Keras 3',
      code: 'format',
    });
  }
  const files = new Map<string, Uint8Array>();
  for (const name of ['metadata.json', 'config.json', WEIGHTS]) {
    const entry = entries.get(name);
    if (entry) files.set(name, unpack(scope, bytes, name, entry));
  }
  return files;
}

/**
 * Records of the zip format (APPNOTE.TXT 6.3.10): the end record (4.3.16), the directory (4.3.12) and the
 * header of each file (4.3.7).
 */
const END = { signature: 0x06054b50, size: 22 };
const DIRECTORY = { signature: 0x02014b50, size: 46 };
const FILE = { signature: 0x04034b50, size: 30 };

function directoryOf(scope: string, bytes: Uint8Array): Map<string, Entry> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const has = (place: number, { signature, size }: { signature: number; size: number }) =>
    place >= 0 && place + size <= bytes.length && view.getUint32(place, true) === signature;
  let end = bytes.length - END.size;
  // A comment of at most 65,535 bytes may follow.
  while (end >= 0 && end >= bytes.length - END.size - 0xffff && !has(end, END)) end--;
  if (!has(end, END)) damaged(scope, 'an archive without its directory');
  const count = view.getUint16(end + 10, true);
  let place = view.getUint32(end + 16, true);
  if (place === 0xffffffff || count === 0xffff) {
    refuse(scope, {
      expected: 'a .keras file below 4 GB',
      got: 'an archive in the Zip64 format, for larger files',
      code: 'unsupported',
      remedy: 'save only the weights, as .weights.h5',
    });
  }
  const entries = new Map<string, Entry>();
  for (let index = 0; index < count; index++) {
    if (!has(place, DIRECTORY)) damaged(scope, 'an archive with a truncated directory');
    const nameLength = view.getUint16(place + 28, true);
    const name = strFromU8(bytes.subarray(place + DIRECTORY.size, place + DIRECTORY.size + nameLength));
    if (entries.has(name)) damaged(scope, `an archive that lists ${quoted(name)} twice`);
    entries.set(
      name,
      entryAt(scope, view, place, name, (header) => has(header, FILE)),
    );
    place +=
      DIRECTORY.size + nameLength + view.getUint16(place + 30, true) + view.getUint16(place + 32, true);
  }
  return entries;
}

function entryAt(
  scope: string,
  view: DataView,
  place: number,
  name: string,
  isFile: (header: number) => boolean,
): Entry {
  const method = view.getUint16(place + 10, true);
  if ((view.getUint16(place + 8, true) & 1) !== 0 || ![0, 8].includes(method)) {
    damaged(scope, `${quoted(name)}, encrypted or compressed by a method that Keras does not use`);
  }
  const header = view.getUint32(place + 42, true);
  if (!isFile(header)) damaged(scope, `an archive that lacks the start of ${quoted(name)}`);
  const begin = header + FILE.size + view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
  const end = begin + view.getUint32(place + 20, true);
  if (end > view.byteLength) damaged(scope, `an archive that lacks the end of ${quoted(name)}`);
  const size = view.getUint32(place + 24, true);
  return { compressed: method === 8, checksum: view.getInt32(place + 16, true), begin, end, size };
}

function unpack(scope: string, bytes: Uint8Array, name: string, entry: Entry): Uint8Array {
  const { compressed, checksum, begin, end, size } = entry;
  const packed = bytes.subarray(begin, end);
  if (size > (compressed ? MOST_TIMES * packed.length + ALWAYS_BYTES : packed.length)) {
    damaged(scope, `${quoted(name)} with ${size} bytes, compressed into ${packed.length}`);
  }
  const content = compressed ? inflated(scope, name, packed, size) : packed;
  if (content.length !== size || crc32.buf(content) !== checksum) {
    damaged(scope, `${quoted(name)} with a wrong checksum`);
  }
  return content;
}

function inflated(scope: string, name: string, packed: Uint8Array, size: number): Uint8Array {
  try {
    return inflateSync(packed, { out: new Uint8Array(size) });
  } catch (cause) {
    return damaged(scope, `${quoted(name)} with compressed data that cannot be read`, cause);
  }
}

function damaged(scope: string, got: string, cause?: unknown): never {
  const remedy = 'use another copy: this one is damaged or truncated';
  return refuse(scope, { expected: 'a complete .keras file', got, remedy, code: 'format' }, cause);
}
