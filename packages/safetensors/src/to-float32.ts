import { inWords } from '@unrolled/errors';
import type { SafetensorsTensor } from './dtypes';
import { checkKind, refuse } from './refuse';

/**
 * Converts raw 16-bit values of IEEE 754 binary16 to float32. The conversion is exact, also for infinities,
 * NaN and subnormal numbers.
 */
export function float16ToFloat32(bits: Uint16Array): Float32Array {
  checkBits('float16ToFloat32', bits);
  return Float32Array.from(bits, (value) => {
    const sign = value & 0x8000 ? -1 : 1;
    const exponent = (value >> 10) & 0x1f;
    const fraction = value & 0x3ff;
    if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    // Below the smallest normal number, 2⁻¹⁴, there is no implicit leading one.
    return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}

/**
 * Converts raw 16-bit values of bfloat16 to float32. The conversion is exact: they are the upper half of a
 * float32.
 */
export function bfloat16ToFloat32(bits: Uint16Array): Float32Array {
  checkBits('bfloat16ToFloat32', bits);
  const upperHalves = Uint32Array.from(bits, (value) => value << 16);
  return new Float32Array(upperHalves.buffer);
}

/**
 * Converts a floating-point tensor's values to a new Float32Array. F16 and BF16 are converted exactly, F64 is
 * rounded to the nearest float32.
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
    ? 'convert the tensor to F32 or BF16 with the program that wrote the file: these values need a scale'
    : 'convert it with the program that wrote the file';
  refuse({ scope: 'toFloat32' }, { expected: 'a tensor of F16, BF16, F32 or F64', got: name, remedy });
}

function checkBits(scope: string, bits: Uint16Array): void {
  if (bits instanceof Uint16Array) return;
  const remedy = 'pass the data of a tensor with this dtype';
  refuse({ scope }, { expected: 'raw 16-bit values in a Uint16Array', got: inWords(bits), remedy });
}
