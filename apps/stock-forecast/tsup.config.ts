import { copyFile, mkdir } from 'node:fs/promises';
import { defineConfig } from 'tsup';
import { appBuild } from '../../tsup.base';

export default defineConfig(
  appBuild({
    plots: true,
    // The prices come along, so that the published app needs no package for them; their licence comes with them.
    onSuccess: async () => {
      const source = 'node_modules/@observablehq/sample-datasets';
      await mkdir('dist/data', { recursive: true });
      await copyFile(`${source}/aapl.csv`, 'dist/data/aapl.csv');
      await copyFile(`${source}/LICENSE`, 'dist/data/aapl-LICENSE.txt');
    },
  }),
);
