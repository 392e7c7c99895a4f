import { defineConfig } from 'tsup';
import { packageBuild } from '../../tsup.base';

// The parser is a file of its own, so that a page that reads no CSV drops it.
export default defineConfig(packageBuild(['src/index.ts', 'src/node.ts', 'src/csv/parser.ts']));
