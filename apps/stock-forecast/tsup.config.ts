import { copyFile, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { defineConfig } from 'tsup';
import { appBuild } from '../../tsup.base';

const require = createRequire(import.meta.url);

export default defineConfig(
  appBuild({
    // The prices are included, so the published app needs no package for them; their licence is included too.
    onSuccess: async () => {
      await mkdir('dist/data', { recursive: true });
      const prices = require.resolve('@observablehq/sample-datasets/aapl.csv');
      await copyFile(prices, 'dist/data/aapl.csv');
      await copyFile(path.join(path.dirname(prices), 'LICENSE'), 'dist/data/aapl-LICENSE.txt');
    },
  }),
);
