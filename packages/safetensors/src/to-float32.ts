import { inWords } from '@unrolled/errors';
import type { SafetensorsTensor } from './dtypes';
import { checkKind, refuse } from './refuse';

/**
 * IEEE 754 binary16 values, given as their 16 bits, as float32; exact. Infinities, NaN and subnormal values
 * included.
 */
export function float16ToFloat32(bits: Uint16Array): Float32Array {
  checkBits('float16ToFloat32', bits);
  return Float32Array.from(bits, (value) => {
    const sign = value & 0x8000 ? -1 : 1;
    const exponent = (value >> 10) & 0x1f;
    const fraction = value & 0x3ff;
    if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    // Without the leading one below the smallest normal value, 2⁻¹⁴.
    return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}

/** bfloat16 values, given as their 16 bits, as float32; exact: they are a float32's upper half. */
export function bfloat16ToFloat32(bits: Uint16Array): Float32Array {
  checkBits('bfloat16ToFloat32', bits);
  const upperHalves = Uint32Array.from(bits, (value) => value << 16);
  return new Float32Array(upperHalves.buffer);
}

/**
 * A floating-point tensor's values as a new Float32Array: F16 and BF16 exactly, F64 rounded to the nearest
 * float32.
 *
 * @throws UnrolledError for a dtype that is not floating-point
 */
export function toFloat32(tensor: SafetensorsTensor): Float32Array {
  checkKind('toFloat32', 'tensor', tensor, 'object');
  checkKind('toFloat32', 'data', tensor.data, 'array or typed array');
  switch (tensor.dtype) {
    case 'F32':
      return tensor.data.slice();
    case 'F64':
      return Float32Array.from(tensor.data);
    case 'F16':
      return float16ToFloat32(tensor.data);
    case 'BF16':
      return bfloat16ToFloat32(tensor.data);
    default:
      return refuseDtype((tensor as SafetensorsTensor).dtype);
  }
}

function refuseDtype(dtype: unknown): never {
  const name = typeof dtype === 'string' ? dtype : inWords(dtype);
  const remedy = /^F[468]/.test(name)
    ? 'such values need their scale: convert the tensor to F32 or BF16 in the program that wrote the file'
    : 'convert it in the program that wrote the file';
  refuse({ scope: 'toFloat32' }, { expected: 'a tensor of F16, BF16, F32 or F64', got: name, remedy });
}

function checkBits(scope: string, bits: Uint16Array): void {
  if (bits instanceof Uint16Array) return;
  const remedy = 'give the data of a tensor of that dtype';
  refuse({ scope }, { expected: 'the bits in a Uint16Array', got: inWords(bits), remedy });
}
