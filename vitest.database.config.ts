import { defineConfig } from 'vitest/config';

/**
 * Tests that need Node 22.12 and a database: `npm run test:sweeps-database` runs them, with a Node from npm
 * if yours is older.
 */
const CONDITIONS = ['@unrolled/source', 'node'];

export default defineConfig({
  resolve: { conditions: CONDITIONS },
  ssr: { resolve: { conditions: CONDITIONS, externalConditions: CONDITIONS } },
  test: {
    include: ['{packages/sweeps,apps/sweep}/test/database/**/*.database.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    maxWorkers: 2,
  },
});
