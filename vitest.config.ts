import { defineConfig } from 'vitest/config';
import { tfjsGradients } from './scripts/tfjs-gradients.ts';

export default defineConfig({
  plugins: [tfjsGradients()],
  resolve: { conditions: ['@unrolled/source'] },
  ssr: { resolve: { conditions: ['@unrolled/source'], externalConditions: ['@unrolled/source'] } },
  test: {
    include: ['{packages,apps}/*/test/**/*.test.ts', 'tests/**/*.test.ts'],
    testTimeout: 60_000,
  },
});
