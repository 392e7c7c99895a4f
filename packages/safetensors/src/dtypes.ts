/**
 * The element types of the format, in the alignment order of the reference implementation
 * (huggingface/safetensors 0.8, `enum Dtype`). A writer stores the types at the end of this list first, so
 * every tensor starts at a multiple of its element size.
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

/** The name of an element type in the format. */
export type Dtype = (typeof dtypes)[number];

/**
 * The typed array of each element type. `F16` and `BF16` are raw 16-bit values. `BOOL` is one byte per
 * element. `C64` is two numbers per element, real and imaginary part. Floating-point types of 8 bits or fewer
 * are raw bytes; `F4` and `F6` are packed as in the file.
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

/** The types whose elements are not one typed-array element each. */
const otherBits: Partial<Record<Dtype, number>> = { F4: 4, F6_E2M3: 6, F6_E3M2: 6, C64: 64 };

const ranks = new Map<string, number>(dtypes.map((dtype, rank) => [dtype, rank]));

/** Whether `value` is the name of an element type. */
export function isDtype(value: unknown): value is Dtype {
  return typeof value === 'string' && ranks.has(value);
}

/** The position of the element type in the alignment order. */
export function dtypeRank(dtype: Dtype): number {
  return ranks.get(dtype)!;
}

/** Bits per element. */
export function dtypeBits(dtype: Dtype): number {
  return otherBits[dtype] ?? 8 * arraySize(dtype);
}

/** Bytes per element of its typed array. */
export function arraySize(dtype: Dtype): number {
  return arrayTypes[dtype].BYTES_PER_ELEMENT;
}

/** The class name of its typed array: `Float32Array`. */
export function arrayTypeName(dtype: Dtype): string {
  return arrayTypes[dtype].name;
}

/**
 * A typed array over `byteLength` bytes of `buffer`. The offset and the length must be multiples of its
 * element size.
 */
export function arrayOver(dtype: Dtype, buffer: ArrayBufferLike, byteOffset: number, byteLength: number) {
  return new arrayTypes[dtype](buffer as ArrayBuffer, byteOffset, byteLength / arraySize(dtype));
}
