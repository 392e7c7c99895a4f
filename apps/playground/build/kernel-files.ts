import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { plainBinary } from '../../../packages/kernels/src/generated/plain.ts';
import { relaxedBinary } from '../../../packages/kernels/src/generated/relaxed.ts';
import { decode, withUnsharedMemory } from '../../../packages/kernels/src/wasm/engine/binary-format.ts';
import { WORKER_SCRIPT } from '../../../packages/kernels/src/wasm/engine/worker-script.ts';

const folder = fileURLToPath(new URL('../../../node_modules/.cache/unrolled/playground/', import.meta.url));

function contents(): Record<string, string | Uint8Array> {
  const [plain, relaxed] = [decode(plainBinary), decode(relaxedBinary)];
  return {
    'plain.wasm': withUnsharedMemory(plain),
    'plain-threads.wasm': plain,
    'relaxed.wasm': withUnsharedMemory(relaxed),
    'relaxed-threads.wasm': relaxed,
    'worker.js': WORKER_SCRIPT,
  };
}

/**
 * The files of `@unrolled/kernels` that a page loads by address, from its sources:
 * `@unrolled/kernels/plain.wasm?url`. The same binaries as text are left out. The page loads one of the four
 * files, which saves a tenth of its size.
 */
export function kernelFiles(): Plugin {
  const files = contents();
  return {
    name: 'unrolled:kernel-files',
    enforce: 'pre',
    buildStart() {
      mkdirSync(folder, { recursive: true });
      for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content);
    },
    resolveId(source, importer) {
      const [, name, query] = /^@unrolled\/kernels\/([\w.-]+)(\?.*)$/.exec(source) ?? [];
      if (name) return path.join(folder, name === 'worker' ? 'worker.js' : name) + query;
      const [, binary] = /\/generated\/(plain|relaxed)$/.exec(source) ?? [];
      return binary && importer?.includes('/packages/kernels/') ? `\0no-${binary}` : undefined;
    },
    load(id) {
      const [, binary] = /^\0no-(plain|relaxed)$/.exec(id) ?? [];
      return binary && `export const ${binary}Binary = '';`;
    },
  };
}
