/**
 * The element types that this package reads and writes, in the reference implementation's alignment order
 * (huggingface/safetensors, `enum Dtype`): a writer puts the last of this list first in the file, so that
 * every tensor starts at a multiple of its own element size.
 */
export const dtypes = [
  'BOOL',
  'U8',
  'I8',
  'I16',
  'U16',
  'F16',
  'BF16',
  'I32',
  'U32',
  'F32',
  'F64',
  'I64',
  'U64',
] as const;

/** An element type as the format spells it. */
export type Dtype = (typeof dtypes)[number];

/** The typed array that holds each element type; `F16` and `BF16` are the raw 16 bits, `BOOL` one byte per element. */
export interface DtypeArrays {
  BOOL: Uint8Array;
  U8: Uint8Array;
  I8: Int8Array;
  I16: Int16Array;
  U16: Uint16Array;
  F16: Uint16Array;
  BF16: Uint16Array;
  I32: Int32Array;
  U32: Uint32Array;
  F32: Float32Array;
  F64: Float64Array;
  I64: BigInt64Array;
  U64: BigUint64Array;
}

/** One tensor: its element type, its shape (row-major; `[]` is a scalar) and its values. */
export type SafetensorsTensor = {
  [D in Dtype]: { readonly dtype: D; readonly shape: readonly number[]; readonly data: DtypeArrays[D] };
}[Dtype];

const arrayTypes = {
  BOOL: Uint8Array,
  U8: Uint8Array,
  I8: Int8Array,
  I16: Int16Array,
  U16: Uint16Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I32: Int32Array,
  U32: Uint32Array,
  F32: Float32Array,
  F64: Float64Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
} as const;

const ranks = new Map<string, number>(dtypes.map((dtype, rank) => [dtype, rank]));

/** Whether `value` names an element type that this package knows. */
export function isDtype(value: unknown): value is Dtype {
  return typeof value === 'string' && ranks.has(value);
}

/** The element type's place in the alignment order. */
export function dtypeRank(dtype: Dtype): number {
  return ranks.get(dtype)!;
}

/** Bytes per element. */
export function dtypeSize(dtype: Dtype): number {
  return arrayTypes[dtype].BYTES_PER_ELEMENT;
}

/** The name of the typed array class that holds the element type: `Float32Array`. */
export function arrayTypeName(dtype: Dtype): string {
  return arrayTypes[dtype].name;
}

/** A typed array over `length` elements of `buffer`; `byteOffset` must be a multiple of the element size. */
export function arrayOver(dtype: Dtype, buffer: ArrayBufferLike, byteOffset: number, length: number) {
  return new arrayTypes[dtype](buffer as ArrayBuffer, byteOffset, length);
}
