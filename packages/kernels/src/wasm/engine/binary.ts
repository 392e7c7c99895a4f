import { plainBinary } from '../../generated/plain';
import { relaxedBinary } from '../../generated/relaxed';
import { refuse } from '../../refuse';
import { decode } from './binary-format';
import { webAssembly } from './web-assembly';

/**
 * `plain`: SIMD as in all engines since 2021; `relaxed`: with a fused multiply-add instruction; `auto`:
 * relaxed if the engine supports it.
 */
export type BinaryChoice = 'auto' | 'plain' | 'relaxed';

/**
 * The binary that this engine can run, and its name.
 *
 * @throws UnrolledError if there is no WebAssembly SIMD, or if `relaxed` is requested and not supported
 */
export function chooseBinary(choice: BinaryChoice): {
  name: 'plain' | 'relaxed';
  bytes: Uint8Array<ArrayBuffer>;
} {
  const api = webAssembly();
  if (!api?.validate(decode(plainBinary))) {
    refuse('registerUnrolledBackend', {
      expected:
        'an engine with WebAssembly SIMD and atomics (Chrome 91, Firefox 89, Safari 16.4, Node 16.4 or newer)',
      got: api ? 'WebAssembly without SIMD or atomics' : 'no WebAssembly',
      remedy: "use tf.setBackend('cpu'), which works but is slower",
    });
  }
  if (choice === 'plain') return { name: 'plain', bytes: decode(plainBinary) };
  const relaxed = decode(relaxedBinary);
  if (api.validate(relaxed)) return { name: 'relaxed', bytes: relaxed };
  if (choice === 'relaxed') {
    refuse('registerUnrolledBackend', {
      expected: 'an engine with relaxed SIMD (Node 22 or newer, or node --experimental-wasm-relaxed-simd)',
      got: 'one without',
      remedy: "leave `binary` at 'auto'",
    });
  }
  return { name: 'plain', bytes: decode(plainBinary) };
}
