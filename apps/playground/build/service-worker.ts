import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

/** Files that are cached on first use, not before: they are large, and few visitors open them. */
const LATER = /^moby-dick/;

/**
 * Writes `service-worker.js`, which knows the files of this build: the page works offline, and gets its
 * threads by it.
 */
export function serviceWorker(): Plugin {
  return {
    name: 'unrolled:service-worker',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const files = Object.keys(bundle).filter((name) => !LATER.test(name));
        const hash = createHash('sha256');
        for (const name of Object.keys(bundle).sort()) {
          const file = bundle[name]!;
          hash.update(name).update(file.type === 'chunk' ? file.code : file.source);
        }
        const template = readFileSync(fileURLToPath(new URL('service-worker.js', import.meta.url)), 'utf8');
        const source = template
          .replace("'VERSION'", JSON.stringify(hash.digest('hex').slice(0, 12)))
          .replace("['FILES']", JSON.stringify(['./', './icon.svg', ...files.map((name) => `./${name}`)]));
        this.emitFile({ type: 'asset', fileName: 'service-worker.js', source });
      },
    },
  };
}
