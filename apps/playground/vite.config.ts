import { defineConfig } from 'vite';
import { sources } from '../../scripts/package-sources.ts';
import { kernelFiles } from './build/kernel-files.ts';
import { mobyDick } from './build/moby-dick.ts';
import { serviceWorker } from './build/service-worker.ts';

/** Our packages are taken from their sources, so that nothing has to be built before. */
const plugins = () => [kernelFiles(), sources()];

/** A static page: every address is relative, so that any folder of any file server holds it. */
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
  worker: { format: 'es', plugins },
});
