import { defineConfig } from 'vitest/config';
import { tfjsGradients } from '../../scripts/tfjs-gradients.ts';

const CONDITIONS = ['@unrolled/source', 'node'];

/**
 * The tests that open the built page in Chromium; `npm run test:playground` builds it and finds the browser.
 */
export default defineConfig({
  plugins: [tfjsGradients()],
  resolve: { conditions: CONDITIONS },
  ssr: { resolve: { conditions: CONDITIONS, externalConditions: CONDITIONS } },
  test: {
    include: ['apps/playground/test/page/*.chromium.ts'],
    maxWorkers: 1,
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 30_000 } },
  },
});
