import { defineConfig } from 'tsup';

// ES modules: what the examples fetch is imported as it is published.
export default defineConfig({
  entry: ['src/cli.ts'],
  format: ['esm'],
  target: 'node20',
  platform: 'node',
  clean: true,
  noExternal: ['@unrolled/app-shared', '@unrolled/example-data'],
});
