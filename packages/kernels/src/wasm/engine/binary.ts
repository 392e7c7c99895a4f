import { plainBinary } from '../../generated/plain';
import { relaxedBinary } from '../../generated/relaxed';
import { refuse } from '../../refuse';
import { decode } from './binary-format';
import { webAssembly } from './web-assembly';

/**
 * `plain`: SIMD as every engine since 2021 has it; `relaxed`: with multiply-add in one instruction; `auto`:
 * relaxed if it runs.
 */
export type BinaryChoice = 'auto' | 'plain' | 'relaxed';

/**
 * The binary that this engine can run, and its name.
 *
 * @throws UnrolledError where there is no WebAssembly SIMD, or `relaxed` is asked for and missing
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
      got: api ? 'WebAssembly without them' : 'no WebAssembly',
      remedy: "use tf.setBackend('cpu'): everything works there, only slower",
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
