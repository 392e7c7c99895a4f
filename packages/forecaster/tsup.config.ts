import { defineConfig } from 'tsup';
import { packageBuild } from '../../tsup.base';

export default defineConfig(
  packageBuild([], {
    // A back-test's threads start from a separate file beside the others.
    entry: {
      index: 'src/index.ts',
      node: 'src/node.ts',
      settings: 'src/settings.ts',
      worker: 'src/node/worker.ts',
    },
    shims: true,
  }),
);
