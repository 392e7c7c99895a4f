import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';
import type { Plugin } from 'vite';

const GRADIENTS = '@tensorflow/tfjs-core/dist/register_all_gradients';

/** The path of the list, which exists once the tests have been configured. */
export function gradientsBundle(): string {
  const require = createRequire(path.resolve('packages/kernels/package.json'));
  const { version } = require('@tensorflow/tfjs-core/package.json') as { version: string };
  return path.resolve(`node_modules/.cache/unrolled/tfjs-gradients-${version}.mjs`);
}

/**
 * Lets source tests import tfjs-core's gradient list.
 *
 * The published build of `@unrolled/kernels` bundles that list, because Node cannot import it unbundled.
 * Tests read our sources, so this plugin bundles the same list once, into the cache folder, and resolves to
 * it.
 */
export function tfjsGradients(): Plugin {
  const require = createRequire(path.resolve('packages/kernels/package.json'));
  const bundle = gradientsBundle();
  return {
    name: 'unrolled:tfjs-gradients',
    enforce: 'pre',
    async config() {
      if (existsSync(bundle)) return;
      const root = path.dirname(require.resolve('@tensorflow/tfjs-core/package.json'));
      await build({
        entryPoints: [path.join(root, 'dist/register_all_gradients.js')],
        outfile: bundle,
        bundle: true,
        format: 'esm',
        platform: 'neutral',
        minify: true,
        banner: { js: "import '@tensorflow/tfjs-core';" },
        external: ['@tensorflow/tfjs-core'],
        mainFields: ['module', 'main'],
        logLevel: 'warning',
      });
    },
    resolveId(source) {
      return source === GRADIENTS ? { id: bundle, external: false } : undefined;
    },
  };
}
