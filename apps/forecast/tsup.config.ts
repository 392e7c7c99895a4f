import { defineConfig } from 'tsup';
import { appBuild } from '../../tsup.base';

export default defineConfig(
  appBuild({
    // The thread of a fit starts from a separate file.
    entry: { cli: 'src/cli.ts', 'fold-thread': 'src/fold-thread.ts' },
  }),
);
