import { defineConfig } from 'tsup';
import { packageBuild } from '../../tsup.base';

// The WAV codec is published as ES modules alone, so the CommonJS build holds it.
export default defineConfig(
  packageBuild(['src/index.ts', 'src/node.ts'], { noExternal: ['@echogarden/wave-codec'] }),
);
