import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';

const app = path.resolve(import.meta.dirname, '../..');

/** Bundles the command line and its worker side by side, as the app's build does; `remove` deletes them. */
export async function buildApp(): Promise<{ cli: string; remove: () => Promise<void> }> {
  const directory = await mkdtemp(path.join(tmpdir(), 'stock-forecast-build-'));
  await build({
    entryPoints: {
      cli: path.join(app, 'src/cli.ts'),
      worker: path.join(app, '../../packages/forecaster/src/node/worker.ts'),
    },
    outdir: directory,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    // tfjs would resolve to its CommonJS build otherwise, of which each entry had its own copy.
    mainFields: ['module', 'main'],
    conditions: ['@unrolled/source'],
    external: ['@resvg/resvg-js', '@tensorflow/tfjs-node*', 'onnxruntime-node'],
    logLevel: 'error',
  });
  await writeFile(path.join(directory, 'package.json'), '{"type":"module"}');
  return {
    cli: path.join(directory, 'cli.js'),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
