import { type Dtype, dtypes, type SafetensorsTensor } from '@unrolled/safetensors';
import fc from 'fast-check';

const arrays = {
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
};

/** How many elements of its typed array an element is. */
const perElement: Partial<Record<Dtype, number>> = { F4: 1 / 2, F6_E2M3: 3 / 4, F6_E3M2: 3 / 4, C64: 2 };

/** A tensor of any dtype and bits, up to three dimensions, empty and scalar ones among them. */
const tensor: fc.Arbitrary<SafetensorsTensor> = fc
  .tuple(
    fc.constantFrom<Dtype>(...dtypes),
    fc.array(fc.nat(3), { maxLength: 3 }),
    fc.infiniteStream(fc.nat(255)),
  )
  .map(([dtype, extents, bytes]) => {
    // Elements of 4 and 6 bits fill whole bytes.
    const shape = (perElement[dtype] ?? 1) < 1 ? [...extents, 4] : extents;
    const count = shape.reduce((product, extent) => product * extent, perElement[dtype] ?? 1);
    const raw = Uint8Array.from(
      { length: count * arrays[dtype].BYTES_PER_ELEMENT },
      () => bytes.next().value,
    );
    return { dtype, shape, data: new arrays[dtype](raw.buffer, 0, count) } as SafetensorsTensor;
  });

const name = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom('__proto__', 'constructor', 'toString', '', '"\\\n\u0000', '가', '😀', '\uffff'),
);

/** Tensors under any names that Unicode allows. */
export const namedTensors = fc
  .uniqueArray(fc.tuple(name, tensor), { selector: ([key]) => key, maxLength: 6 })
  .map((entries) => new Map(entries));

/** Metadata under any keys that Unicode allows. */
export const metadata = fc
  .uniqueArray(fc.tuple(name, fc.string({ unit: 'binary', maxLength: 8 })), {
    selector: ([key]) => key,
    maxLength: 4,
  })
  .map((entries) => new Map(entries));

/** A tensor with its bits in the open, so that NaN equals itself and −0 differs from 0. */
export function bitsOf({ dtype, shape, data }: SafetensorsTensor) {
  return {
    dtype,
    shape: [...shape],
    bytes: [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)],
  };
}
