/**
 * The element types of the format, in the reference implementation's alignment order (huggingface/safetensors
 * 0.8, `enum Dtype`): a writer puts the last of this list first in the file, so every tensor starts at a
 * multiple of its own element size.
 */
export const dtypes = [
  'BOOL',
  'F4',
  'F6_E2M3',
  'F6_E3M2',
  'U8',
  'I8',
  'F8_E5M2',
  'F8_E4M3',
  'F8_E8M0',
  'F8_E4M3FNUZ',
  'F8_E5M2FNUZ',
  'I16',
  'U16',
  'F16',
  'BF16',
  'I32',
  'U32',
  'F32',
  'C64',
  'F64',
  'I64',
  'U64',
] as const;

/** An element type as the format spells it. */
export type Dtype = (typeof dtypes)[number];

/**
 * The typed array that holds each element type. `F16` and `BF16` are the raw 16 bits, `BOOL` one byte per
 * element, `C64` two numbers per element, real and imaginary. The floats of 8 bits and fewer are the raw
 * bytes, `F4` and `F6` packed as in the file.
 */
export interface DtypeArrays {
  BOOL: Uint8Array;
  F4: Uint8Array;
  F6_E2M3: Uint8Array;
  F6_E3M2: Uint8Array;
  U8: Uint8Array;
  I8: Int8Array;
  F8_E5M2: Uint8Array;
  F8_E4M3: Uint8Array;
  F8_E8M0: Uint8Array;
  F8_E4M3FNUZ: Uint8Array;
  F8_E5M2FNUZ: Uint8Array;
  I16: Int16Array;
  U16: Uint16Array;
  F16: Uint16Array;
  BF16: Uint16Array;
  I32: Int32Array;
  U32: Uint32Array;
  F32: Float32Array;
  C64: Float32Array;
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
  F4: Uint8Array,
  F6_E2M3: Uint8Array,
  F6_E3M2: Uint8Array,
  U8: Uint8Array,
  I8: Int8Array,
  F8_E5M2: Uint8Array,
  F8_E4M3: Uint8Array,
  F8_E8M0: Uint8Array,
  F8_E4M3FNUZ: Uint8Array,
  F8_E5M2FNUZ: Uint8Array,
  I16: Int16Array,
  U16: Uint16Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I32: Int32Array,
  U32: Uint32Array,
  F32: Float32Array,
  C64: Float32Array,
  F64: Float64Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
} as const;

/** Those with other than one typed-array element for each element. */
const otherBits: Partial<Record<Dtype, number>> = { F4: 4, F6_E2M3: 6, F6_E3M2: 6, C64: 64 };

const ranks = new Map<string, number>(dtypes.map((dtype, rank) => [dtype, rank]));

/** Whether `value` names an element type that this package knows. */
export function isDtype(value: unknown): value is Dtype {
  return typeof value === 'string' && ranks.has(value);
}

/** The element type's place in the alignment order. */
export function dtypeRank(dtype: Dtype): number {
  return ranks.get(dtype)!;
}

/** Bits per element. */
export function dtypeBits(dtype: Dtype): number {
  return otherBits[dtype] ?? 8 * arraySize(dtype);
}

/** Bytes per element of the typed array that holds the element type. */
export function arraySize(dtype: Dtype): number {
  return arrayTypes[dtype].BYTES_PER_ELEMENT;
}

/** The name of the typed array class that holds the element type: `Float32Array`. */
export function arrayTypeName(dtype: Dtype): string {
  return arrayTypes[dtype].name;
}

/** A typed array over `byteLength` bytes of `buffer`; both must be multiples of its element size. */
export function arrayOver(dtype: Dtype, buffer: ArrayBufferLike, byteOffset: number, byteLength: number) {
  return new arrayTypes[dtype](buffer as ArrayBuffer, byteOffset, byteLength / arraySize(dtype));
}
