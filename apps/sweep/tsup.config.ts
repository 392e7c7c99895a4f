import { defineConfig } from 'tsup';
import { appBuild } from '../../tsup.base';

export default defineConfig(
  appBuild({
    async onSuccess() {
      const { build } = await import('esbuild');
      // The process of an objective loads modules of its user's, by import: it is one itself.
      await build({
        entryPoints: { objective: 'src/objective.ts' },
        outdir: 'dist',
        outExtension: { '.js': '.mjs' },
        ...{ bundle: true, format: 'esm', platform: 'node', target: 'node20', packages: 'external' },
      });
    },
  }),
);
