/**
 * Checks whether a browser supports the instructions of the kernels. Each check is a module with one function
 * that uses one of them.
 */
const HEADER = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10];

/** i32.const 0, i8x16.splat, i8x16.popcnt */
const SIMD = [...HEADER, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];
/** i8x16.relaxed_swizzle of two splats */
const RELAXED = [...HEADER, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 11];

const validates = (bytes: readonly number[]) =>
  typeof WebAssembly === 'object' && WebAssembly.validate(Uint8Array.from(bytes));

export const hasSimd = () => validates(SIMD);
export const hasRelaxedSimd = () => validates(RELAXED);
