import { type OptionKinds, quoted } from '@unrolled/errors';
import { CHECKSUM_KEY, NO_CHECKSUM, seal } from './checksum';
import { arraySize, arrayTypeName, dtypeRank, dtypes, isDtype, type SafetensorsTensor } from './dtypes';
import { byteCount, shapeInWords } from './layout';
import { checkKind, checkOptions, type Place, refuse, requireLittleEndian } from './refuse';

/** Tensors by name; use a Map if a name could be `__proto__`. */
export type NamedTensors =
  | ReadonlyMap<string, SafetensorsTensor>
  | Readonly<Record<string, SafetensorsTensor>>;

/** The header's `__metadata__`: strings by key. A number or a nested record is written as its JSON text. */
export type Metadata = ReadonlyMap<string, string> | Readonly<Record<string, string>>;

/** Options for writing a file. */
export interface WriteOptions {
  /**
   * true: the file has a checksum of all its bytes, as the string `unrolled.crc32` in its metadata. The
   * readers of this package refuse the file if a byte differs. false (default): no checksum.
   */
  checksum?: boolean;
}

const KINDS: OptionKinds<WriteOptions> = {
  checksum: 'boolean?',
};

const maximumHeaderBytes = 100_000_000;

/**
 * Writes tensors as a safetensors file in memory.
 *
 * The bytes depend only on the arguments' contents. As in the reference implementation, tensors are sorted by
 * descending element alignment, then by name in code-point order. Metadata is sorted by key. The header is
 * padded with spaces to a multiple of 8 bytes, so every tensor is aligned in the file.
 *
 * @throws UnrolledError for a name that is `__metadata__` or not valid Unicode, an unknown dtype, data whose
 * array type or length contradicts dtype and shape, metadata that is not text or has the key
 * `unrolled.crc32`, or a header above 100,000,000 bytes
 */
export function writeSafetensors(
  tensors: NamedTensors,
  metadata: Metadata = {},
  options: WriteOptions = {},
): Uint8Array {
  checkKind('writeSafetensors', 'tensors', tensors, 'object');
  checkKind('writeSafetensors', 'metadata', metadata, 'object?');
  checkOptions('writeSafetensors', options, KINDS);
  const place = { scope: 'writeSafetensors' };
  const parts = fileParts(tensors, metadata, options, place);
  const file = allocate(
    parts.reduce((sum, part) => sum + part.length, 0),
    place,
  );
  let offset = 0;
  for (const part of parts) {
    file.set(part, offset);
    offset += part.length;
  }
  return file;
}

function allocate(byteCount: number, place: Place): Uint8Array {
  try {
    return new Uint8Array(byteCount);
  } catch (cause) {
    refuse(
      place,
      {
        expected: 'a file that fits in one Uint8Array',
        got: `${byteCount} bytes`,
        remedy: 'write to disk with writeSafetensorsFile, or split the tensors into several files',
        code: 'memory',
      },
      cause,
    );
  }
}

/** The file in pieces: the header with its length, then views of each tensor's memory in file order. */
export function fileParts(
  tensors: NamedTensors,
  metadata: Metadata,
  { checksum = false }: WriteOptions,
  place: Place,
): Uint8Array[] {
  requireLittleEndian(place);
  const sorted = entriesOf(tensors);
  for (const [name, tensor] of sorted) checkTensor(name, tensor, place);
  sorted.sort(
    ([nameA, a], [nameB, b]) => dtypeRank(b.dtype) - dtypeRank(a.dtype) || compareCodePoints(nameA, nameB),
  );
  const parts = [
    headerOf(sorted, metadataEntries(metadata, checksum, place), place),
    ...sorted.map(([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ];
  if (checksum) seal(parts);
  return parts;
}

function metadataEntries(metadata: Metadata, checksum: boolean, place: Place): [string, string][] {
  const entries = entriesOf(metadata);
  if (entries.some(([key]) => key === CHECKSUM_KEY)) {
    refuse(place, {
      expected: `a metadata key other than ${CHECKSUM_KEY}`,
      got: CHECKSUM_KEY,
      remedy: 'set the option checksum, which writes this key',
    });
  }
  return checksum ? [...entries, [CHECKSUM_KEY, NO_CHECKSUM]] : entries;
}

function entriesOf<T>(record: ReadonlyMap<string, T> | Readonly<Record<string, T>>): [string, T][] {
  return record instanceof Map ? [...record] : Object.entries(record);
}

function checkTensor(name: string, tensor: SafetensorsTensor, place: Place): void {
  const label = `tensor ${quoted(String(name))}`;
  if (name === '__metadata__') {
    refuse(place, {
      expected: 'a tensor name other than __metadata__',
      got: name,
      remedy: 'choose another name: the format reserves this one',
    });
  }
  requireUnicode(name, 'a tensor name', place);
  const given: unknown = tensor?.dtype;
  if (!isDtype(given)) {
    refuse(place, {
      expected: `a dtype of ${dtypes.join(', ')} for ${label}`,
      got: String(given),
      remedy: 'use one of these',
    });
  }
  const { dtype, shape, data } = tensor;
  if (!Array.isArray(shape) || !shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0)) {
    refuse(place, {
      expected: `a shape of whole numbers for ${label}`,
      got: String(shape),
      remedy: 'pass the sizes of the axes, for example [2, 3]',
    });
  }
  const type = Object.prototype.toString.call(data).slice(8, -1);
  if (type !== arrayTypeName(dtype)) {
    refuse(place, {
      expected: `${label} (${dtype}) as a ${arrayTypeName(dtype)}`,
      got: type,
      remedy: 'pass the values in an array of this type',
    });
  }
  const bytes = byteCount(dtype, shape, label, place);
  if (bytes !== data.byteLength) {
    refuse(place, {
      expected: `${bytes / arraySize(dtype)} values for ${label} of shape ${shapeInWords(shape)}`,
      got: String(data.length),
      remedy: 'pass one value for each element of the shape',
    });
  }
}

function requireUnicode(text: unknown, what: string, place: Place): asserts text is string {
  if (typeof text !== 'string')
    refuse(place, { expected: `a string as ${what}`, got: typeof text, remedy: 'pass a string' });
  if (/\p{Surrogate}/u.test(text)) {
    refuse(place, {
      expected: `valid Unicode as ${what}`,
      got: `${quoted(text)} with a lone surrogate`,
      remedy: 'remove that character',
    });
  }
}

function headerOf(
  sorted: readonly [string, SafetensorsTensor][],
  metadata: [string, string][],
  place: Place,
): Uint8Array {
  const members: string[] = [];
  const metadataJson = metadataMembers(metadata, place);
  if (metadataJson !== '') members.push(`"__metadata__":{${metadataJson}}`);
  let offset = 0;
  for (const [name, { dtype, shape, data }] of sorted) {
    const end = offset + data.byteLength;
    members.push(
      `${JSON.stringify(name)}:{"dtype":"${dtype}","shape":[${shape.join(',')}],"data_offsets":[${offset},${end}]}`,
    );
    offset = end;
  }
  const json = new TextEncoder().encode(`{${members.join(',')}}`);
  const length = Math.ceil(json.length / 8) * 8;
  if (length > maximumHeaderBytes) {
    refuse(place, {
      expected: `a header of at most ${maximumHeaderBytes} bytes`,
      got: String(length),
      remedy: 'store large data in a tensor instead of the metadata',
    });
  }
  const header = new Uint8Array(8 + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(json, 8);
  return header;
}

function metadataMembers(metadata: [string, string][], place: Place): string {
  return metadata
    .sort(([a], [b]) => compareCodePoints(a, b))
    .map(([key, value]) => {
      requireUnicode(key, 'a metadata key', place);
      requireUnicode(value, `metadata ${quoted(key)}`, place);
      return `${JSON.stringify(key)}:${JSON.stringify(value)}`;
    })
    .join(',');
}

/** Orders by code point, which is also the order of the UTF-8 bytes. `<` would order by UTF-16 unit. */
function compareCodePoints(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index += 1) {
    const difference = codePointWeight(a.charCodeAt(index)) - codePointWeight(b.charCodeAt(index));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Surrogates encode code points above U+FFFF, so they come after the units U+E000–U+FFFF. */
function codePointWeight(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
