// The command line as one file, from the sources: a process of its own for the soak and the tests, whatever
// is built.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const app = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/**
 * Writes the bundle to `file`, a path that ends with `.mjs`. The bundled text and plots' PNGs are not in it.
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
