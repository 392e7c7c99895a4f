import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { tfjsGradients } from './tfjs-gradients.ts';

const name = process.env.UNROLLED_MUTATE;
if (!name)
  throw new Error('[unrolled/mutation] expected UNROLLED_MUTATE to name a package: npm run mutation sets it');

/**
 * The tests of one package, for `scripts/mutation.mjs`. Stryker runs them in a copy of the repository, whose
 * node_modules link to the original. This resolves the package's own name to the copy.
 */
export default defineConfig({
  plugins: [tfjsGradients()],
  resolve: {
    conditions: ['@unrolled/source'],
    alias: [
      { find: new RegExp(`^@unrolled/${name}$`), replacement: path.resolve(`packages/${name}/src/index.ts`) },
      {
        find: new RegExp(`^@unrolled/${name}/node$`),
        replacement: path.resolve(`packages/${name}/src/node.ts`),
      },
    ],
  },
  ssr: { resolve: { conditions: ['@unrolled/source'], externalConditions: ['@unrolled/source'] } },
  test: {
    include: [`packages/${name}/test/**/*.test.ts`],
    env: { UNROLLED_BACKEND: 'cpu' },
    setupFiles: name === 'losses' ? ['scripts/test-backend.ts'] : [],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
