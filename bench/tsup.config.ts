import { defineConfig } from 'tsup';

/** The measured packages are not bundled. The bench imports their builds, like an application. */
export default defineConfig({
  entry: ['src/main.ts', 'src/scaling.ts', 'src/pairs.ts', 'src/child.ts'],
  format: ['esm'],
  target: 'node20',
  platform: 'node',
  clean: true,
  splitting: true,
  external: [
    /^@tensorflow\//,
    '@jax-js/jax',
    'onnxruntime-node',
    '@unrolled/cells',
    '@unrolled/interop',
    '@unrolled/kernels',
    '@unrolled/losses',
    '@unrolled/training',
  ],
  noExternal: ['@unrolled/errors'],
});
