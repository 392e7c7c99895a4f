// Bundles the command line from the sources into one file, so the soak and the tests can start it as a
// process, independently of the build.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const app = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/**
 * Writes the bundle to `file`, a path that ends with `.mjs`. It does not contain the included text, and
 * cannot write plots as PNG.
 */
export async function bundleCli(file) {
  await build({
    entryPoints: [path.join(app, 'src', 'cli.ts')],
    outfile: file,
    bundle: true,
    format: 'esm',
    platform: 'node',
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
    conditions: ['@unrolled/source'],
    external: ['@resvg/resvg-js'],
    logLevel: 'silent',
  });
}
