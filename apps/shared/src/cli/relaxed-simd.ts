import { setFlagsFromString } from 'node:v8';

/**
 * Enables multiply-add instructions of WebAssembly on Node 20 and 21, where V8 has them behind a flag
 * (enabled from Node 22). They make training up to a third faster. Call it before anything is compiled. A
 * program may do this; a library must not.
 */
export function enableRelaxedSimd(): void {
  const [major] = process.versions.node.split('.');
  if (Number(major) < 22) setFlagsFromString('--experimental-wasm-relaxed-simd');
}
