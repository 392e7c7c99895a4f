import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

/**
 * Resolves our packages to their sources, both in a page and in the code that Node runs for it. Export
 * conditions do not affect the latter.
 */
export function sources(): Plugin {
  return {
    name: 'unrolled:sources',
    enforce: 'pre',
    resolveId(source) {
      const [, name, entry] = /^@unrolled\/([\w-]+)(?:\/([\w-]+))?$/.exec(source) ?? [];
      if (!name) return undefined;
      const folder = new URL(`../packages/${name}/`, import.meta.url);
      const { exports } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
      const target = exports[entry ? `./${entry}` : '.'];
      const own = target['@unrolled/source'] ?? target;
      return fileURLToPath(new URL(own.default ?? own, folder));
    },
  };
}
