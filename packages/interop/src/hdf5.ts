/** Reads and writes HDF5 files in memory, with the HDF5 library itself (hdf5-module.ts). */
import { quoted, UnrolledError } from '@unrolled/errors';
import type { NamedTensors, SafetensorsTensor } from '@unrolled/safetensors';
import { mapOf } from './arrays';
import { type Hdf5, withHdf5 } from './hdf5-module';
import { refuse } from './refuse';

/** The type classes of the library. */
const INTEGER = 0;
const FLOAT = 1;
const STRING = 3;
const OPAQUE = 5;

const PATH = 'unrolled.h5';

/** A file that is open for reading. */
interface OpenFile {
  readonly hdf5: Hdf5;
  readonly id: bigint;
  /** Number of bytes that its arrays and texts may still use. */
  bytesLeft: number;
}

/** The contents of a file. */
export interface Hdf5Content {
  /** Every numeric array by its path. */
  readonly arrays: Map<string, SafetensorsTensor>;
  /** An attribute that is a text or a list of texts; otherwise undefined. */
  texts(path: string, name: string): readonly string[] | undefined;
}

/**
 * Reads an HDF5 file.
 *
 * @param pick reads what it needs while the file is open
 */
export async function readHdf5<T>(
  scope: string,
  content: Uint8Array,
  pick: (content: Hdf5Content) => T,
): Promise<T> {
  // Neither this package nor Keras compresses. A file that claims larger contents is refused.
  const mostBytes = 16 * content.length + 2 ** 20;
  try {
    checkGlobalHeaps(content);
    return await withHdf5((hdf5) => {
      hdf5.FS.writeFile(PATH, content);
      return withMemoryUpTo(2 ** 26 + 2 * mostBytes, () => {
        const id = hdf5.open(PATH, hdf5.H5F_ACC_RDONLY, false, -1, -1);
        const file = { hdf5, id, bytesLeft: mostBytes };
        const picked = pick({
          arrays: arraysIn(file),
          texts: (path, name) => textsOf(file, path, name),
        });
        hdf5.close_file(id);
        hdf5.FS.unlink(PATH);
        return picked;
      });
    });
  } catch (cause) {
    if (cause instanceof UnrolledError) throw cause;
    const got = cause instanceof Unreadable ? cause.message : 'a file that cannot be read';
    const remedy = 'it is damaged or truncated, or Keras did not write it';
    return refuse(scope, { expected: 'a complete HDF5 file', got, remedy, code: 'format' }, cause);
  }
}

/**
 * Refuses a collection of texts ("GCOL") whose objects do not fill it one after another. The library does not
 * check this.
 *
 *     signature 4, version 1, reserved 3, size 8; of each object number 2, references 2, reserved 4, size 8, and its bytes up to 8's multiple
 */
function checkGlobalHeaps(content: Uint8Array): void {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  for (let start = content.indexOf(0x47); start >= 0; start = content.indexOf(0x47, start + 1)) {
    if (start + 16 > content.length || view.getUint32(start, true) !== 0x4c4f4347) continue;
    const size = view.getBigUint64(start + 8, true);
    const end = start + Number(size);
    if (end > content.length) continue; // The library reports this case itself.
    for (let place = start + 16; place + 16 <= end; ) {
      const own = Number(view.getBigUint64(place + 8, true));
      // Object 0 is the free space, including its own header.
      const step = view.getUint16(place, true) === 0 ? own : 16 + 8 * Math.ceil(own / 8);
      if (step < 16 || place + step > end) throw new Unreadable('a file with damaged texts');
      place += step;
    }
  }
}

/** The fault of a file, as text for an error. */
class Unreadable extends Error {}

function arraysIn(file: OpenFile): Map<string, SafetensorsTensor> {
  const { hdf5, id } = file;
  const arrays = new Map<string, SafetensorsTensor>();
  for (const path of hdf5.get_names(id, '/', true)) {
    if (hdf5.get_type(id, path) !== hdf5.H5G_DATASET) continue;
    const { shape, type, size, signed, total_size } = hdf5.get_dataset_metadata(id, path);
    if (!shape || ![INTEGER, FLOAT, OPAQUE].includes(type)) continue;
    const dtype = dtypeOf(type, size, signed, size < 4 ? textsOf(file, path, 'dtype')?.[0] : undefined);
    if (!dtype) throw new Unreadable(`${quoted(path)} with elements of an unknown type of ${size} bytes`);
    const bytes = throughMemory(file, size * total_size, (place) =>
      hdf5.get_dataset_data(id, path, null, null, null, BigInt(place)),
    );
    const data = new ARRAYS[dtype](bytes.buffer);
    arrays.set(path, { dtype, shape, data } as SafetensorsTensor);
  }
  return arrays;
}

const ARRAYS = {
  I8: Int8Array,
  U8: Uint8Array,
  I16: Int16Array,
  U16: Uint16Array,
  I32: Int32Array,
  U32: Uint32Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  F8_E4M3: Uint8Array,
  F8_E5M2: Uint8Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  F32: Float32Array,
  F64: Float64Array,
} as const;

/**
 * The element type of a dataset. NumPy has no bfloat16, so h5py writes it as opaque bytes, and Keras adds its
 * name; a legacy .h5 of Keras 3 omits the name.
 *
 * @param named the attribute `dtype` of the dataset
 */
function dtypeOf(type: number, size: number, signed: boolean, named: string | undefined) {
  const bits = 8 * size;
  if (type === INTEGER && [8, 16, 32, 64].includes(bits)) {
    return `${signed ? 'I' : 'U'}${bits}` as 'I8' | 'U8' | 'I16' | 'U16' | 'I32' | 'U32' | 'I64' | 'U64';
  }
  if (size === 2 && (named === 'bfloat16' || (type === OPAQUE && named === undefined))) return 'BF16';
  if (type === FLOAT && [16, 32, 64].includes(bits)) return `F${bits}` as 'F16' | 'F32' | 'F64';
  if (size === 1 && named === 'float8_e4m3fn') return 'F8_E4M3';
  if (size === 1 && named === 'float8_e5m2') return 'F8_E5M2';
  return undefined;
}

/** The bytes that `read` writes to a position in the library's memory. */
function throughMemory(
  file: OpenFile,
  byteLength: number,
  read: (place: number) => number,
): Uint8Array<ArrayBuffer> {
  const { hdf5 } = file;
  file.bytesLeft -= byteLength;
  if (!(file.bytesLeft >= 0)) throw new Unreadable('arrays far larger than the file');
  const place = hdf5._malloc(byteLength);
  if (place === 0) throw new Error(`an allocation of ${byteLength} bytes that failed`);
  if (read(place) < 0) throw new Error('an error of the HDF5 library without a message');
  const bytes = hdf5.HEAPU8.slice(place, place + byteLength) as Uint8Array<ArrayBuffer>;
  hdf5._free(place);
  return bytes;
}

function textsOf(file: OpenFile, path: string, name: string): string[] | undefined {
  const present: string[] = file.hdf5.get_attribute_names(file.id, path);
  // Keras splits a value that is too long for one attribute into name0, name1, ….
  const place = (one: string) => Number(one.slice(name.length));
  const names = present
    .filter((one) => one.startsWith(name) && /^\d*$/.test(one.slice(name.length)))
    .sort((a, b) => place(a) - place(b));
  return names.length === 0 ? undefined : names.flatMap((one) => textsIn(file, path, one));
}

function textsIn(file: OpenFile, path: string, name: string): string[] {
  const { hdf5, id } = file;
  const { shape, type, size, total_size, vlen } = hdf5.get_attribute_metadata(id, path, name);
  if (!shape || type !== STRING) return [];
  const bytes = throughMemory(file, size * total_size, (place) =>
    hdf5.get_attribute_data(id, path, name, BigInt(place)),
  );
  // Texts of variable length are stored as pointers.
  if (vlen) return Array.from(new Uint32Array(bytes.buffer), (place) => hdf5.UTF8ToString(place));
  if (size === 0) throw new Unreadable('texts of size 0');
  return Array.from(
    { length: total_size },
    (_, index) => new TextDecoder().decode(bytes.subarray(index * size, (index + 1) * size)).split('\0')[0]!,
  );
}

/**
 * Writes an HDF5 file with these arrays at their paths. Each group gets a text attribute `name`.
 *
 * @param groups the name of each group by its path
 */
export async function writeHdf5(
  scope: string,
  arrays: NamedTensors,
  groups: ReadonlyMap<string, string>,
): Promise<Uint8Array> {
  const tensors = mapOf(scope, arrays);
  for (const [name, { dtype }] of tensors) {
    if (dtype !== 'F32')
      refuse(scope, {
        expected: `float32 values in ${name}`,
        got: dtype,
        remedy: 'save the model with float32 weights',
      });
  }
  return withHdf5((hdf5) =>
    atFixedTime(() => {
      const file = hdf5.open(PATH, hdf5.H5F_ACC_TRUNC, false, -1, -1);
      const made = new Set<string>();
      for (const [group, name] of groups) {
        makeGroups(hdf5, file, group, made);
        const text = { ...common, type: STRING, size: 4, vlen: true, shape: [], maxshape: [], total_size: 1 };
        hdf5.create_vlen_str_attribute(file, `/${group}`, 'name', [name], text);
      }
      for (const [name, { data, shape }] of tensors) {
        makeGroups(hdf5, file, name.split('/').slice(0, -1).join('/'), made);
        writeDataset(hdf5, file, `/${name}`, data as Float32Array, shape);
      }
      hdf5.close_file(file);
      const bytes = hdf5.FS.readFile(PATH);
      hdf5.FS.unlink(PATH);
      return bytes;
    }),
  );
}

const common = { signed: false, littleEndian: true } as const;

function writeDataset(
  hdf5: Hdf5,
  file: bigint,
  path: string,
  data: Float32Array,
  shape: readonly number[],
): void {
  const extents = shape.map(BigInt);
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const place = hdf5._malloc(bytes.length);
  hdf5.HEAPU8.set(bytes, place);
  const float32 = { ...common, type: FLOAT, size: 4, vlen: false, total_size: data.length };
  const layout = { chunks: null, compression: 0, compression_opts: [], track_order: false };
  hdf5.create_dataset(file, path, BigInt(place), {
    ...float32,
    ...layout,
    shape: extents,
    maxshape: extents,
  } as never);
  hdf5._free(place);
}

function makeGroups(hdf5: Hdf5, file: bigint, path: string, made: Set<string>): void {
  const parts = path.split('/').filter(Boolean);
  for (let depth = 1; depth <= parts.length; depth++) {
    const group = `/${parts.slice(0, depth).join('/')}`;
    if (!made.has(group)) hdf5.create_group(file, group, false);
    made.add(group);
  }
}

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

const memory = (globalThis as unknown as { WebAssembly: { Memory: { prototype: Memory } } }).WebAssembly
  .Memory;

/**
 * Runs `use` while no WebAssembly memory may grow beyond a size. The library allocates as much as a file
 * claims, up to 2 GB.
 */
function withMemoryUpTo<T>(byteLength: number, use: () => T): T {
  const { prototype } = memory;
  const { grow } = prototype;
  prototype.grow = function (pages: number) {
    if (this.buffer.byteLength + pages * 2 ** 16 > byteLength)
      throw new RangeError('growth beyond the limit');
    return grow.call(this, pages);
  };
  try {
    return use();
  } finally {
    prototype.grow = grow;
  }
}

/**
 * HDF5 writes the current time into its files, which the library takes from `Date.now`; no option prevents
 * it. A fixed time gives the same bytes for the same arrays.
 */
function atFixedTime<T>(use: () => T): T {
  const clock = Date.now;
  Date.now = () => Date.UTC(1980, 0, 1);
  try {
    return use();
  } finally {
    Date.now = clock;
  }
}
