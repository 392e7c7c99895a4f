import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { sources } from './scripts/package-sources.ts';
import { tfjsGradients } from './scripts/tfjs-gradients.ts';

/**
 * Tests that run in Chromium, twice: on a cross-origin isolated page, where threads share memory, and on one
 * that is not.
 */
const INCLUDE = [
  ...['packages/kernels/test/**/*.{test,browser}.ts', 'packages/cells/test/*.test.ts'],
  'packages/{forecaster,language-model}/test/browser/*.browser.ts',
];
/** A guide's page, which Node builds, serves and opens in a separate Chromium. */
const GUIDE = 'tests/documentation-page.chromium.ts';
/** `scripts/test-browser.mjs` prints these with their reasons. */
const EXCLUDE = (process.env.UNROLLED_NEEDS_NODE ?? '')
  .split(',')
  .filter(Boolean)
  .map((place) => (place.endsWith('.ts') ? place : `${place}/**`));
const CHROMIUM = process.env.UNROLLED_CHROMIUM;
if (!CHROMIUM) throw new Error('run it with npm run test:browser, which finds Chromium');

const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** Nothing but the tests: no window, no GPU, and no call of the browser's own to the outside. */
const ARGUMENTS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/**
 * The golden tests read their vectors with Node's file system; in a page, a module with the vectors replaces
 * it.
 */
function goldenVectors(): Plugin {
  return {
    name: 'unrolled:golden-vectors',
    enforce: 'pre',
    resolveId(source, importer) {
      const asked = source === 'node:fs' && importer?.includes('/packages/cells/test/');
      return asked ? fileURLToPath(new URL('scripts/browser-fixtures.ts', import.meta.url)) : undefined;
    },
  };
}

function onPage(name: string, isolated: boolean, groupOrder: number) {
  return {
    extends: true as const,
    server: { headers: isolated ? ISOLATION : {} },
    cacheDir: `node_modules/.cache/unrolled/browser-${name}`,
    test: { name, provide: { isolated }, sequence: { groupOrder } },
  };
}

export default defineConfig({
  plugins: [sources(), tfjsGradients(), goldenVectors()],
  // Named, so Vite does not find them one by one and reload the page under a test.
  optimizeDeps: { include: ['@tensorflow/tfjs', '@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu'] },
  worker: { format: 'es', plugins: () => [sources(), tfjsGradients()] },
  test: {
    include: INCLUDE,
    exclude: EXCLUDE,
    testTimeout: 180_000,
    globalSetup: [
      'packages/kernels/test/browser/node-digests.ts',
      'packages/forecaster/test/browser/node-numbers.ts',
      'packages/language-model/test/browser/node-run.ts',
    ],
    setupFiles: ['packages/kernels/test/browser/setup.ts'],
    // One page at a time has the cores for its threads.
    fileParallelism: false,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({
        launchOptions: { executablePath: CHROMIUM, args: ARGUMENTS },
      }),
      instances: [{ browser: 'chromium' as const }],
    },
    projects: [
      onPage('isolated', true, 0),
      onPage('not-isolated', false, 1),
      {
        test: { name: 'guide', include: [GUIDE], testTimeout: 120_000, sequence: { groupOrder: 2 } },
      },
    ],
  },
});
