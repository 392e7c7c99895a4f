import { defineConfig } from 'vite';
import { sources } from '../../scripts/package-sources.ts';
import { kernelFiles } from './build/kernel-files.ts';
import { mobyDick } from './build/moby-dick.ts';
import { serviceWorker } from './build/service-worker.ts';

/** Our packages are resolved to their sources, so nothing has to be built first. */
const plugins = () => [kernelFiles(), sources()];

/** A chunk of a package whose entry is called `index` or is in `src` is named after the package. */
function chunkName({
  name,
  moduleIds,
}: {
  readonly name: string;
  readonly moduleIds: readonly string[];
}): string {
  const [, owner] = /\/packages\/([\w-]+)\/src\/index/.exec(moduleIds.at(-1) ?? '') ?? [];
  return `assets/${owner ?? name}-[hash].js`;
}

/** A static page: every address is relative, so it works in any folder of any file server. */
export default defineConfig({
  base: './',
  plugins: [...plugins(), mobyDick(), serviceWorker()],
  build: {
    target: 'es2022',
    // The page's policy allows no data: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
  },
  worker: { format: 'es', plugins, rollupOptions: { output: { chunkFileNames: chunkName } } },
});
