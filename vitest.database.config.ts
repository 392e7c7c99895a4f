import { defineConfig } from 'vitest/config';

/**
 * What needs Node 22.12 and a database: `npm run test:sweeps-database` runs it, under a Node from npm where
 * need be.
 */
const CONDITIONS = ['@unrolled/source', 'node'];

export default defineConfig({
  resolve: { conditions: CONDITIONS },
  ssr: { resolve: { conditions: CONDITIONS, externalConditions: CONDITIONS } },
  test: {
    include: ['{packages/sweeps,apps/sweep}/test/database/**/*.database.ts'],
    testTimeout: 180_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
